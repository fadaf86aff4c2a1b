"""The logged lists of a period under other settings, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.matching.rules import RULES_VERSION
from matcher.matching.trials import Settings, heavier
from matcher.matching.weights import own, shipped
from matcher.policy import COMMAND_LINE, JOB, LOGIN_ROLES, VISITOR, Action, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import erasure, evaluation, matching, privacy, trials
from matcher.services.trials import Trial, simulate
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.apps import Engine, terminal
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.races import Gated
from tests.support.region import ALL, ALUMNI, LATER, OFFERINGS, REQUESTS, alumnus, remove
from tests.support.stores import upsert, writing
from tests.support.worlds import AS_OF, PLACES

PERIOD = (AS_OF - timedelta(days=2), AS_OF + timedelta(days=20))
NOORD = Asker(77, Role.COORDINATOR, "Noord")
TEACHER = Asker(78, Role.TEACHER, "Noord")
NEARER = own(heavier(shipped(), "travel", 3.0))
RESTED = own("[kinds.guest_lesson]\nversion = 9\nweights = { rest = 1.0 }\n")
LESSON = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "skills": ("wondzorg",), "town": "Zwolle"}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AS_OF)


def filled(store: SqlStore) -> None:
    """The region with two more requests, of two places each; R-4 of another school."""
    writing(store).places.add(PLACES)
    for kind, rows in (
        (RecordKind.ALUMNI, ALUMNI),
        (RecordKind.REQUESTS, REQUESTS),
        (RecordKind.OFFERINGS, OFFERINGS),
        (RecordKind.REQUESTS, [Upsert(2, "R-3", "Noord", {**LESSON, "people": 2})]),
        (RecordKind.REQUESTS, [Upsert(2, "R-4", "Zuid", {**LESSON, "people": 2})]),
    ):
        upsert(store, kind, rows)


def engine_on(store: SqlStore, folder: Path, clock: FixedClock, **more: Any) -> Engine:
    return Engine(store, HashEncoder(), clock, cache=folder / "cache", **more)


@pytest.fixture
def engine(store: SqlStore, clock: FixedClock, tmp_path: Path) -> Engine:
    filled(store)
    return engine_on(store, tmp_path, clock)


def tried(engine: Engine, asker: Asker = COMMAND_LINE, **changes: object) -> Trial:
    return simulate(engine.app, asker, *PERIOD, Settings(**changes))  # type: ignore[arg-type]


def shown(engine: Engine, request_id: str) -> list[str]:
    return [match.candidate_id for match in terminal(engine).match(request_id).matches]


def withdraw(engine: Engine, id_: str) -> None:
    row = replace(alumnus(2, id_, consents=ALL - {Purpose.GUEST_LESSON}), may_withdraw=True)
    upsert(engine.store, RecordKind.ALUMNI, [row])


def ask(engine: Engine, id_: str) -> None:
    """The alumnus was asked yesterday, for R-3."""
    key = stores.key_of(engine.store, RecordKind.ALUMNI, id_, "Noord")
    request = stores.key_of(engine.store, RecordKind.REQUESTS, "R-3")
    stores.add_to_ledger(engine.store, LedgerLine(key, request, LedgerEvent.ASKED, AS_OF - timedelta(days=1)))


def notes(engine: Engine) -> list[dict[str, object]]:
    """The details of the entries of trials, the newest first."""
    return [dict(one.details) for one in stores.log(engine.store, limit=200) if one.action == Action.TRIAL]


def test_unchanged_settings_give_what_was_logged(engine: Engine) -> None:
    """To the last bit, with the people of then, though the data changed since; by cards too."""
    for request_id in ("R-1", "R-2", "R-3", "R-4"):
        terminal(engine).match(request_id)
    matching.match(engine.app, TEACHER, "R-1")
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(30, "A-30", function="wondzorg", skills=("wondzorg", "EHBO"))])
    assert "A-30" in shown(engine, "R-3")
    found = tried(engine)
    assert (found.counted.lists, found.counted.of_then, found.counted.same, found.counted.of_today) == (6, 4, 4, 0)
    assert (found.changed, found.came, found.open) == (0, 0, 0)
    assert found.before == found.after
    assert found.before.asked == 6
    assert all(one.of_then and not one.who_came for one in found.requests)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("match"), st.sampled_from(["R-1", "R-2", "R-3", "R-4"])),
            st.tuples(st.just("teacher"), st.sampled_from(["R-1", "R-3"])),
            st.tuples(st.just("changed"), st.sampled_from(["A-1", "A-2", "A-4", "A-7"])),
            st.tuples(st.just("asked"), st.sampled_from(["A-1", "A-2", "A-4", "A-7"])),
            st.tuples(st.just("withdrawn"), st.sampled_from(["A-2", "A-7"])),
        ),
        max_size=10,
    )
)
def test_unchanged_settings_change_nothing_whatever_happened(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    """Any order of lists and changes: no difference, the same bits, and nobody who withdrew."""
    folder, clock = tmp_path_factory.mktemp("trial"), FixedClock(AS_OF, time(9))
    store = SqlStore(f"sqlite:///{folder}/store.db", clock)
    fresh.migrate(store)
    filled(store)
    engine = engine_on(store, folder, clock)
    gone = set()
    for number, (what, id_) in enumerate(steps):
        clock.advance(timedelta(hours=5))
        if what == "match":
            terminal(engine).match(id_)
        elif what == "teacher":
            matching.match(engine.app, TEACHER, id_)
        elif what == "changed":
            upsert(store, RecordKind.ALUMNI, [alumnus(2, id_, skills=(f"kunde {number}", "wondzorg"))])
        elif what == "asked":
            key = stores.key_of(store, RecordKind.ALUMNI, id_, "Noord")
            request = stores.key_of(store, RecordKind.REQUESTS, "R-3")
            stores.add_to_ledger(store, LedgerLine(key, request, LedgerEvent.ASKED, clock.today()))
        else:
            withdraw(engine, id_)
            gone.add(id_)
    found = tried(engine)
    assert found.counted.same == found.counted.of_then == len(found.requests)
    assert (found.changed, found.before) == (0, found.after)
    other = tried(engine, weights=RESTED)
    named = {one.alumnus_id for outcome in other.requests for one in (*outcome.who_came, *outcome.who_fell)}
    assert not named & gone
    store.close()


def test_other_weights_tell_who_comes_in_and_what_it_costs(engine: Engine) -> None:
    """By the places of each request; the fit of both lists by the weights in use; who was never asked before."""
    before = shown(engine, "R-1")
    ask(engine, before[0])
    assert shown(engine, "R-1")[0] == before[0], "the best one stays so, asked or not"
    found = tried(engine, weights=RESTED)
    (outcome,) = found.requests
    assert (outcome.request_id, outcome.places, outcome.came, outcome.fell) == ("R-1", 1, 1, 1)
    assert [one.alumnus_id for one in outcome.who_fell] == before[:1]
    assert outcome.who_came[0].alumnus_id != before[0]
    assert (found.before.first, found.after.first) == (0, 1)
    assert found.before.fit.score is not None
    assert found.after.fit.score is not None
    assert found.after.fit.score < found.before.fit.score
    assert found.yardstick == (shipped().names[0],)
    best = terminal(engine).match("R-1").matches[0].score
    assert found.before.fit.score == pytest.approx(best, abs=1e-12)


def test_fewer_asks_a_year_are_a_budget(engine: Engine) -> None:
    """Whoever was asked as often is not asked; asks beyond what is left are counted before and after."""
    terminal(engine).match("R-3")
    asked = [one.alumnus_id for one in tried(engine, asks_a_year=0).requests[0].who_fell]
    assert len(asked) == 2
    found = tried(engine, asks_a_year=0)
    assert (found.before.asked, found.after.asked, found.after.over) == (2, 0, 0)
    for id_ in ("R-1", "R-4"):
        terminal(engine).match(id_)
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(2, "A-1", max_asks_per_year=1)])
    found = tried(engine, asks_a_year=1)
    assert (found.before.asked, found.after.asked) == (5, 5), "no list knows of the asks of another"
    assert found.after.over > found.before.over > 0
    assert 0 < found.before.gini < 1


def test_who_withdrew_objects_or_is_gone_leaves_a_place_open(engine: Engine) -> None:
    """Also where the people of then still have them: neither named, nor counted, nor replaced."""
    first, second = shown(engine, "R-3")[:2]
    withdraw(engine, first)
    found = tried(engine)
    (outcome,) = found.requests
    assert (outcome.of_then, outcome.places, outcome.open) == (True, 1, 1)
    assert (found.open, found.before.asked, found.counted.same) == (1, 1, 1)
    privacy.object_to_ranking(engine.app, COMMAND_LINE, objects=True, alumnus_id=second, school="Noord")
    found = tried(engine, weights=RESTED)
    assert (found.open, found.before.asked, found.after.asked) == (2, 0, 0)
    assert found.named == ()


def test_after_an_erasure_the_people_of_today_count(engine: Engine) -> None:
    """No snapshot from before is left, so that nobody who was erased can be in it."""
    first = shown(engine, "R-3")[0]
    assert erasure.erase(engine.app, COMMAND_LINE, first, school="Noord").found_in == ()
    found = tried(engine, weights=RESTED)
    assert (found.counted.of_then, found.counted.of_today, found.counted.same) == (0, 1, 0)
    (outcome,) = found.requests
    assert (outcome.of_then, outcome.places, outcome.open) == (False, 2, 0)
    assert first not in {one.alumnus_id for one in (*outcome.who_came, *outcome.who_fell)}


def test_older_lists_count_though_the_request_is_over(engine: Engine, clock: FixedClock) -> None:
    """Without the people of then, those of today are asked as on that day: the request is as open as it was."""
    terminal(engine).match("R-1")
    key = stores.key_of(engine.store, RecordKind.ALUMNI, "A-1", "Noord")
    request = stores.key_of(engine.store, RecordKind.REQUESTS, "R-1")
    for event in (LedgerEvent.ASKED, LedgerEvent.ACCEPTED):
        stores.add_to_ledger(engine.store, LedgerLine(key, request, event, AS_OF + timedelta(days=1)))
    clock.advance(timedelta(days=20))
    elsewhere = Engine(engine.store, HashEncoder(), clock)
    found = tried(elsewhere)
    assert (found.counted.of_then, found.counted.of_today) == (0, 1)
    assert (found.before.asked, found.changed) == (1, 0)
    assert tried(elsewhere, weights=RESTED).counted.of_today == 1


def test_what_cannot_be_made_again_is_counted(engine: Engine, store: SqlStore) -> None:
    """Questions that were not saved, requests that are gone, lists of other rules, and what is too much."""
    for request_id in ("R-1", "R-3", "R-4"):
        terminal(engine).match(request_id)
    (question,) = [one for one in stores.requests(engine.store) if one.request_id == "R-3"]
    terminal(engine).match_unsaved(replace(question, key=0, request_id="?"))
    remove(store, RecordKind.REQUESTS, stores.key_of(engine.store, RecordKind.REQUESTS, "R-4"))
    entry = next(one for one in stores.log(engine.store) if one.details.get("query") == question.key)
    stores.note(engine.store, COMMAND_LINE, Action.MATCH, {**entry.details, "rules": RULES_VERSION + 1})
    found = tried(engine)
    counted = found.counted
    assert (counted.lists, counted.unsaved, counted.gone, counted.left_out) == (3, 1, 1, 0)
    assert (counted.of_then, counted.of_today) == (1, 1)
    assert simulate(engine.app, COMMAND_LINE, *PERIOD, most=1).counted.left_out == 1
    assert simulate(engine.app, COMMAND_LINE, date(2026, 1, 1), date(2026, 3, 1)).requests == ()


def test_the_second_encoder_can_be_left_out(store: SqlStore, clock: FixedClock, tmp_path: Path) -> None:
    """Lists that it read come out as logged; without it they are those of an installation without one."""
    filled(store)
    engine = engine_on(store, tmp_path, clock, second=HashEncoder(24, "second"))
    assert terminal(engine).match("R-3").basis.meaning is not None
    found = tried(engine)
    assert (found.counted.same, found.changed) == (1, 0)
    tried_out = tried(engine, meaning=False)
    alone = engine_on(store, tmp_path / "alone", clock)
    kept = {one.candidate_id for one in terminal(alone).match("R-3").matches[:2]}
    with_both = {one.candidate_id for one in terminal(engine).match("R-3").matches[:2]}
    (outcome,) = tried_out.requests
    assert {one.alumnus_id for one in outcome.who_came} == kept - with_both
    assert {one.alumnus_id for one in outcome.who_fell} == with_both - kept
    assert tried(engine, meaning=True).changed == 0


def test_a_shorter_term_of_consent_leaves_people_out(engine: Engine) -> None:
    """Of those who agreed longer ago than the term that is tried; a longer one brings nobody back."""
    terminal(engine).match("R-3")
    assert (AS_OF - LATER).days > 4 * 30
    assert tried(engine, months=4).after.asked == 0
    assert tried(engine, months=24).changed == 0


def test_each_school_tries_its_own(engine: Engine) -> None:
    """Only its requests count, and others' schools do not exist; who may not try is refused."""
    for request_id in ("R-1", "R-3", "R-4"):
        terminal(engine).match(request_id)
    assert {one.request_id for one in tried(engine, NOORD).requests} == {"R-1", "R-3"}
    assert {one.request_id for one in simulate(engine.app, COMMAND_LINE, *PERIOD, school="Zuid").requests} == {"R-4"}
    for asker, school in ((NOORD, "Zuid"), (COMMAND_LINE, "Nergens")):
        with pytest.raises(UnknownId):
            simulate(engine.app, asker, *PERIOD, school=school)
    others = [Asker(9, role, "Noord", 1) for role in LOGIN_ROLES if role is not Role.COORDINATOR]
    for asker in (VISITOR, JOB, *others):
        with pytest.raises(Forbidden):
            tried(engine, asker)


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ((AS_OF, AS_OF - timedelta(days=1)), "period_reversed"),
        ((AS_OF, AS_OF + timedelta(days=366)), "period_too_long"),
    ],
)
def test_a_period_that_is_none_is_refused(engine: Engine, days: tuple[date, date], code: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        simulate(engine.app, COMMAND_LINE, *days)
    assert refused.value.code == code


def test_a_trial_is_in_the_log_with_whom_it_names(engine: Engine) -> None:
    """What was tried as figures and names of rows; alumni only where they are shown; no setting is saved."""
    ask(engine, "A-1")
    terminal(engine).match("R-1")
    found = tried(engine, NOORD, weights=RESTED, asks_a_year=3)
    named, summary = notes(engine)
    (outcome,) = found.requests
    keys = [
        stores.key_of(engine.store, RecordKind.ALUMNI, one.alumnus_id, one.school)
        for one in (*outcome.who_came, *outcome.who_fell)
    ]
    assert keys
    assert named == {
        "query": stores.key_of(engine.store, RecordKind.REQUESTS, "R-1"),
        "purpose": "guest_lesson",
        "alumni": keys,
    }
    assert (summary["requests"], summary["changed"], summary["asks_a_year"]) == (1, 1, 3)
    assert summary["weights"] == [RESTED.names[0]]
    assert evaluation.kept(engine.app, COMMAND_LINE) == []
    tried(engine)
    assert len(notes(engine)) == 3, "where nothing changes nobody is named"


def test_who_withdraws_meanwhile_is_not_named(store: SqlStore, clock: FixedClock, tmp_path: Path) -> None:
    """Between the lists and the log somebody takes consent back."""
    filled(store)
    engine = engine_on(store, tmp_path, clock)
    ask(engine, "A-1")
    terminal(engine).match("R-1")
    expected = tried(engine, weights=RESTED).requests[0].who_came[0].alumnus_id
    gated = Gated(store, lambda: withdraw(engine, expected))
    late = Engine(gated, HashEncoder(), clock, cache=tmp_path / "cache")
    (outcome,) = simulate(late.app, COMMAND_LINE, *PERIOD, Settings(weights=RESTED)).requests
    assert outcome.came == 1
    assert outcome.who_came == ()
    assert outcome.who_fell
    key = stores.key_of(store, RecordKind.ALUMNI, expected, "Noord")
    assert all(key not in details.get("alumni", ()) for details in notes(engine)[:2])  # type: ignore[operator]


def test_what_one_weight_did_stands_beside_it_until_the_data_change(engine: Engine) -> None:
    """Only a trial of one weight and nothing else, of the own school; equal to what that trial said."""
    for request_id in ("R-1", "R-3", "R-4"):
        terminal(engine).match(request_id)
    assert trials.tried(engine.app, NOORD) == {}
    weight = own(heavier(shipped(), "rest", 0.0))
    tried(engine, NOORD, weights=weight)
    tried(engine, NOORD, weights=weight, heavier=("rest", 0.0), months=3)
    assert trials.tried(engine.app, NOORD) == {}
    whole = tried(engine, NOORD, weights=NEARER, heavier=("travel", 3.0))
    other = tried(engine, NOORD, weights=weight, heavier=("rest", 0.0))
    found = trials.tried(engine.app, NOORD)
    assert set(found) == {("travel", 3.0), ("rest", 0.0)}
    for key, trial in ((("travel", 3.0), whole), (("rest", 0.0), other)):
        beside = found[key]
        assert (beside.first, beside.last) == PERIOD
        assert (beside.requests, beside.changed, beside.came) == (len(trial.requests), trial.changed, trial.came)
        assert beside.gini == (trial.before.gini, trial.after.gini)
        assert beside.moved == trial.moved
    assert trials.tried(engine.app, replace(NOORD, school="Zuid")) == {}
    with pytest.raises(Forbidden):
        trials.tried(engine.app, TEACHER)
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(30, "A-30")])
    assert trials.tried(engine.app, NOORD) == {}


def test_who_wins_and_who_loses_are_the_places_of_groups(engine: Engine) -> None:
    """By field and by cohort, each adds up to the places that were filled; a list of nobody loses all of them."""
    for request_id in ("R-1", "R-3", "R-4"):
        terminal(engine).match(request_id)
    nobody = tried(engine, asks_a_year=0)
    assert nobody.after.asked == 0
    of_field = [one for one in nobody.moved if one.group.field is not None]
    assert sum(one.before for one in of_field) == nobody.before.asked > 0
    assert all(one.after == 0 for one in nobody.moved)
    assert [one.after - one.before for one in nobody.moved] == sorted(
        (one.after - one.before for one in nobody.moved), reverse=True
    )
    assert tried(engine).moved == ()
