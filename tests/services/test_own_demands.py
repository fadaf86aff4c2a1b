"""A request that demands own fields: a rule of that request alone, and nothing else ever reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.domain.answers import Ranking
from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.matching.rules import RULES_VERSION
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import batches, duplicates, erasure, exports, indexes, invitations, matching, own_fields
from matcher.services.eligibility import failed_rule
from matcher.services.imports import import_records
from matcher.services.matching import PairOfIds
from matcher.services.replay import replay
from tests.support import stores
from tests.support.apps import Engine, terminal
from tests.support.cards import handle
from tests.support.files import text
from tests.support.region import alumnus, engine_in
from tests.support.stores import reading
from tests.support.worlds import AS_OF

ALUMNI, REQUESTS = RecordKind.ALUMNI, RecordKind.REQUESTS
HOBBY = OwnSpec("Hobby", OwnKind.CHOICE, personal=False, choices=("zeilen", "lezen"))
LICENCE = OwnSpec("Heeft rijbewijs", OwnKind.YES_NO, personal=False)
SECRET = OwnSpec("Opmerking", OwnKind.TEXT)
VALUES = {"A-1": {"own:Hobby": "zeilen", "own:Heeft rijbewijs": "ja"}, "A-7": {"own:Hobby": "zeilen"}}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The region, where A-1 and A-7 of Noord have own fields, and A-1 of Zuid the same."""
    made = engine_in(tmp_path, cache=tmp_path / "cache")
    for school in ("Noord", "Zuid"):
        for spec in (HOBBY, LICENCE, SECRET):
            stores.write(made.store, lambda tx, school=school, spec=spec: tx.own_fields.add(school, spec))  # type: ignore[misc]
    set_values(made, VALUES)
    stores.upsert(made.store, ALUMNI, [Upsert(2, "A-1", "Zuid", VALUES["A-1"])])
    return made


def set_values(engine: Engine, values: dict[str, dict[str, str]], school: str = "Noord") -> None:
    rows = [Upsert(row, number, school, own) for row, (number, own) in enumerate(values.items(), 2)]
    stores.upsert(engine.store, ALUMNI, rows)


def demand(engine: Engine, text_of_demand: str | None, request: str = "R-1") -> None:
    stores.upsert(engine.store, REQUESTS, [Upsert(2, request, "Noord", {"own_demands": text_of_demand})])


def ids(ranking: Ranking) -> list[str]:
    return [match.candidate_id for match in ranking.matches]


def scores(ranking: Ranking) -> list[tuple[str, float]]:
    return [(match.candidate_id, match.score) for match in ranking.matches]


def test_only_those_who_have_it_are_listed(engine: Engine) -> None:
    """With the scores that they had; the others are counted under the rule, which runs before `closed`."""
    before = terminal(engine).match("R-1")
    demand(engine, "Hobby = zeilen")
    after = terminal(engine).match("R-1")
    assert ids(after) == [one for one in ids(before) if one in {"A-1", "A-7"}]
    assert scores(after) == [pair for pair in scores(before) if pair[0] in {"A-1", "A-7"}]
    assert before.eligible - after.eligible == 3
    assert (after.excluded["own_field"] or 0) >= 3
    totals = [one.eligible + sum(count or 0 for count in one.excluded.values()) for one in (before, after)]
    assert totals[0] == totals[1]
    demand(engine, "Hobby = zeilen; Heeft rijbewijs = ja")
    assert ids(terminal(engine).match("R-1")) == ["A-1"]
    demand(engine, "Hobby = lezen")
    assert ids(terminal(engine).match("R-1")) == []
    demand(engine, None)
    assert scores(terminal(engine).match("R-1")) == scores(before)


@pytest.mark.parametrize(
    "demanded", ["Lengte = 1,80", "Hobby = tekenen", "Hobby", "Opmerking = x", "Hobby=lezen;Hobby=zeilen"]
)
def test_what_cannot_be_known_lists_nobody(engine: Engine, demanded: str) -> None:
    """A field that is gone or personal, or a value that it cannot hold: nobody is taken to have it."""
    demand(engine, demanded)
    assert ids(terminal(engine).match("R-1")) == []


def test_a_patched_pool_is_a_rebuilt_one(engine: Engine) -> None:
    """After values, demands, a new name, a merge and an erasure, each merged into the pool that was there."""
    demand(engine, "Hobby = zeilen")
    engine.pool()

    def as_built() -> None:
        engine.pool()
        assert indexes.verify(engine.app, COMMAND_LINE) == []

    as_built()
    set_values(engine, {"A-2": {"own:Hobby": "zeilen"}, "A-7": {"own:Hobby": "lezen"}})
    as_built()
    assert {"A-1", "A-2"} == set(ids(terminal(engine).match("R-1")))
    own_fields.rename(engine.app, COMMAND_LINE, "Hobby", "Vrije tijd", "Noord")
    as_built()
    assert {"A-1", "A-2"} == set(ids(terminal(engine).match("R-1")))
    assert reading(engine.store).own_fields.demands()[0][2] == "Vrije tijd = zeilen"
    duplicates.merge(engine.app, COMMAND_LINE, "A-3", "A-2", school="Noord")
    as_built()
    erasure.erase(engine.app, COMMAND_LINE, "A-1", school="Noord")
    as_built()
    stores.upsert(engine.store, ALUMNI, [alumnus(2, "A-90", **{"own:Vrije tijd": "zeilen"})])
    as_built()
    assert "A-90" in ids(terminal(engine).match("R-1"))


def test_a_logged_ranking_replays_on_the_fields_of_then(engine: Engine) -> None:
    """With demands, and one from before there were any: the version of the rules is the same."""
    terminal(engine).match("R-1")
    first = stores.log(engine.store, limit=1)[0].id
    demand(engine, "Hobby = zeilen")
    terminal(engine).match("R-1")
    second = stores.log(engine.store, limit=1)[0].id
    set_values(engine, {"A-1": {"own:Hobby": "lezen"}})
    assert ids(terminal(engine).match("R-1")) == ["A-7"]
    assert [replay(engine.app, COMMAND_LINE, number) for number in (first, second)] == ["same", "same"]
    assert RULES_VERSION == 1


def test_the_account_says_which(engine: Engine) -> None:
    """For whoever may list alumni: the rule with what was demanded, passed or failed."""
    demand(engine, "Hobby = zeilen")
    for number, passed in (("A-1", True), ("A-4", False)):
        pair = PairOfIds("R-1", number, school="Noord")
        account = matching.why(engine.app, COMMAND_LINE, pair)
        (outcome,) = [one for one in account.rules if one.code == "own_field"]
        assert (outcome.passed, dict(outcome.evidence)) == (passed, {"demanded": "Hobby = zeilen"})


def test_a_card_says_nothing_of_it(engine: Engine) -> None:
    """Who sees cards is told no more of who has what than by the list itself, and cannot open the others."""
    teacher = Asker(77, Role.TEACHER, "Noord")
    card = handle(engine.store, "R-1", "A-4")
    demand(engine, "Hobby = zeilen")
    ranking = matching.match(engine.app, teacher, "R-1")
    assert len(ranking.matches) == 2
    assert "own_field" not in ranking.excluded
    assert "zeilen" not in repr(ranking.matches)
    with pytest.raises(UnknownId, match="unknown_pair"):
        invitations.invite(engine.app, teacher, "R-1", card)


def test_recommendations_follow_the_rule_too(engine: Engine) -> None:
    """In the other direction: a role that demands what an alumnus lacks is not recommended."""

    def roles(number: str) -> list[str]:
        found = matching.recommend(engine.app, COMMAND_LINE, number, "requests", school="Noord")
        return [match.candidate_id for match in found.matches]

    assert "R-1" in roles("A-1")
    assert "R-1" in roles("A-2")
    demand(engine, "Hobby = zeilen")
    assert "R-1" in roles("A-1")
    assert "R-1" not in roles("A-2")


LIST = "aanvraag_id;soort;titel;eigen_velden\n{}\n"


def test_a_list_of_requests_brings_demands(engine: Engine, tmp_path: Path) -> None:
    """As the fields are called; what no field can meet is left out and named; an export gives the same again."""
    demands = "hobby = ZEILEN; Lengte = 1,80; Opmerking = x; Heeft rijbewijs = soms"
    file = text(tmp_path / "in.csv", LIST.format(f'R-9;gastles;Iets;"{demands}"'))
    report = import_records(engine.app, COMMAND_LINE, file, REQUESTS, school="Noord")
    assert [(one.remark.code, one.shown) for one in report.left_out] == [
        ("own_demand_unknown", "Lengte = 1,80"),
        ("own_demand_unknown", "Opmerking = x"),
        ("own_demand_value", "Heeft rijbewijs = soms"),
    ]
    key = stores.key_of(engine.store, REQUESTS, "R-9", "Noord")
    assert reading(engine.store).own_fields.demands(key) == [(key, "Noord", "Hobby = zeilen")]
    exports.export_records(engine.app, COMMAND_LINE, tmp_path / "uit.csv", REQUESTS, school="Noord")
    again = import_records(engine.app, COMMAND_LINE, tmp_path / "uit.csv", REQUESTS, school="Noord")
    assert (again.updated, again.left_out) == (0, [])


def test_a_field_that_is_demanded_is_not_removed(engine: Engine) -> None:
    """The request would list everybody, or nobody: first the request changes."""
    demand(engine, "Hobby = zeilen")
    with pytest.raises(InvalidValue, match="own_field_demanded"):
        own_fields.remove(engine.app, COMMAND_LINE, "Hobby", "Noord")
    own_fields.remove(engine.app, COMMAND_LINE, "Hobby", "Zuid")
    demand(engine, None)
    assert own_fields.remove(engine.app, COMMAND_LINE, "Hobby", "Noord") == 2


values = st.dictionaries(
    st.sampled_from([f"A-{number}" for number in range(1, 10)]),
    st.fixed_dictionaries({}, optional={
        "own:Hobby": st.sampled_from(["zeilen", "lezen"]),
        "own:Heeft rijbewijs": st.sampled_from(["ja", "nee"]),
        "own:Opmerking": st.sampled_from(["wondzorg", "EHBO", "gastles over wondzorg"]),
    }),
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(own=values)
def test_own_fields_change_no_ranking_without_a_demand(engine: Engine, own: dict[str, dict[str, str]]) -> None:
    """Whatever alumni have, words of the question too: the same people, scores and vectors, to the last bit.

    Also of a request next to one that does demand something.
    """
    demand(engine, "Hobby = zeilen", request="R-2")
    before, pool = terminal(engine).match("R-1"), engine.pool()
    set_values(engine, own)
    after, now = terminal(engine).match("R-1"), engine.pool()
    assert (scores(after), after.excluded, after.eligible) == (scores(before), before.excluded, before.eligible)
    for column in ("key", "can_text", "wants_text", "card_can_text", "card_wants_text"):
        assert np.array_equal(getattr(pool.people, column), getattr(now.people, column)), column
    for column in ("can", "wants", "card_can", "card_wants"):
        assert np.array_equal(getattr(pool.people, column)[:], getattr(now.people, column)[:]), column
    assert np.array_equal(pool.people.texts.number, now.people.texts.number)


def test_an_account_without_a_demand_does_not_name_the_rule(engine: Engine) -> None:
    """It is as it was before there were own fields."""
    account = matching.why(engine.app, COMMAND_LINE, PairOfIds("R-1", "A-1", school="Noord"))
    assert "own_field" not in [outcome.code for outcome in account.rules]


def test_one_run_for_everybody_follows_the_rule(engine: Engine) -> None:
    """In slices of the pool too."""
    demand(engine, "Hobby = zeilen")
    run = batches.recommend_all(engine.app, COMMAND_LINE, "requests", top=3)
    table = exports.recommendations(engine.app, COMMAND_LINE, run)
    to_whom = table[(table["request"] == "R-1")]
    assert set(zip(to_whom["school"], to_whom["alumnus"], strict=True)) == {("Noord", "A-1"), ("Noord", "A-7")}


def test_the_rule_is_checked_again_inside_a_write(engine: Engine) -> None:
    """By the data of the transaction, for one pair: as the whole pool has it."""
    demand(engine, "Hobby = zeilen")
    (asked,) = [one for one in stores.requests(engine.store) if one.request_id == "R-1"]
    people = {one.alumnus_id: one for one in stores.alumni(engine.store) if one.school == "Noord"}
    with engine.store.read() as records:
        found = {
            number: failed_rule(records, engine.terms, asked, people[number], AS_OF) for number in ("A-1", "A-2", "A-7")
        }
    assert found == {"A-1": None, "A-2": "own_field", "A-7": None}


def wished(engine: Engine, demanded: str | None, asker: Asker = COMMAND_LINE) -> Ranking:
    """The same as R-1, unsaved, with other demands."""
    (saved,) = [one for one in stores.requests(engine.store) if one.request_id == "R-1"]
    wish = replace(saved, key=0, request_id="", own_demands=demanded)
    return matching.match_unsaved(engine.app, asker, wish)


def test_an_unsaved_request_demands_as_a_saved_one_does(engine: Engine) -> None:
    """The same people, scores and counts; others' demands change nothing; the log has a hash of it and no word."""
    coordinator = Asker(78, Role.COORDINATOR, "Noord")
    demand(engine, "Hobby = lezen", request="R-2")
    for demanded in ("Hobby = zeilen", "hobby = ZEILEN; Heeft rijbewijs = ja", "Hobby = lezen", None):
        demand(engine, demanded)
        saved, typed = terminal(engine).match("R-1"), wished(engine, demanded, coordinator)
        assert (scores(typed), typed.excluded, typed.eligible) == (scores(saved), saved.excluded, saved.eligible)
    assert scores(wished(engine, " ; ", coordinator)) == scores(saved)
    entries = [entry.details for entry in stores.log(engine.store, limit=40) if entry.action == "match.unsaved"]
    assert "zeilen" not in repr(entries).lower()
    assert (len(entries), len({entry["text"] for entry in entries})) == (5, 4), "that of no demand is one"


@pytest.mark.parametrize(
    ("demanded", "code"),
    [
        ("Lengte = 1,80", "own_demand_unknown"),
        ("Opmerking = x", "own_demand_unknown"),
        ("Hobby = tekenen", "own_demand_value"),
        ("Hobby", "own_demand_value"),
        ("Hobby=lezen;Heeft rijbewijs=ja;Extra=x;Meer=x", "own_demand_many"),
    ],
)
def test_what_an_unsaved_request_cannot_demand_is_refused(engine: Engine, demanded: str, code: str) -> None:
    """As the list of requests says it, before anything is ranked."""
    for name in ("Extra", "Meer"):
        stores.write(
            engine.store,
            lambda tx, name=name: tx.own_fields.add("Noord", OwnSpec(name, OwnKind.TEXT, personal=False)),  # type: ignore[misc]
        )
    before = stores.log(engine.store, limit=1)
    with pytest.raises(InvalidValue, match=code):
        wished(engine, demanded)
    assert stores.log(engine.store, limit=1) == before


def test_who_sees_cards_cannot_ask_value_after_value(engine: Engine) -> None:
    """A teacher would learn of each card what the alumnus has; a saved request is the coordinator's to make."""
    with pytest.raises(Forbidden, match="own_demands_on_cards"):
        wished(engine, "Hobby = zeilen", Asker(77, Role.TEACHER, "Noord"))
    assert wished(engine, None, Asker(77, Role.TEACHER, "Noord")).matches
