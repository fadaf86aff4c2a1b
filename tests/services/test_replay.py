"""A logged ranking, asked again: on the basis that the log holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, UnknownId
from matcher.matching.rules import RULES_VERSION
from matcher.policy import COMMAND_LINE, JOB, LOGIN_ROLES, VISITOR, Action, Asker, Role
from matcher.services.matching import match
from matcher.services.replay import Beside, beside, place, replay
from tests.support import stores
from tests.support.apps import Engine, app_of, terminal
from tests.support.region import ALL, alumnus, engine_in
from tests.support.stores import writing


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path, cache=tmp_path / "cache")


def relogged(engine: Engine, **changes: object) -> int:
    """The newest entry once more with other details; None leaves one out. Its number."""
    details = {**stores.log(engine.store, limit=1)[0].details, **changes}
    left = {name: value for name, value in details.items() if value is not None}
    return stores.note(engine.store, COMMAND_LINE, Action.MATCH, left)


def test_the_log_holds_the_basis_of_the_pool_that_was_ranked(engine: Engine) -> None:
    """Also where the data change between the ranking and its note: the origin is not guessed afterwards."""
    ranking = terminal(engine).match("R-1")
    (entry,) = stores.log(engine.store)
    basis = ranking.basis
    assert (basis.origin, basis.rules) == (engine.pool().origin, RULES_VERSION)
    logged = {name: entry.details[name] for name in ("as_of", "revision", "origin", "encoder", "weights", "rules")}
    assert logged == {
        "as_of": basis.as_of.isoformat(),
        "revision": basis.revision,
        "origin": basis.origin,
        "encoder": basis.encoder,
        "weights": basis.weights,
        "rules": basis.rules,
    }


def test_a_ranking_of_an_earlier_state_is_the_same_again(engine: Engine) -> None:
    """On the snapshot of then, while a new ranking has another outcome."""
    before = terminal(engine).match("R-1")
    number = stores.log(engine.store, limit=1)[0].id
    withdrawn = replace(alumnus(2, "A-1", consents=ALL - {Purpose.GUEST_LESSON}), may_withdraw=True)
    stores.upsert(engine.store, RecordKind.ALUMNI, [withdrawn])
    after = terminal(engine).match("R-1")
    assert after.basis.origin != before.basis.origin
    assert after.matches != before.matches
    assert replay(engine.app, COMMAND_LINE, number) == "same"


def test_who_is_gone_otherwise_than_by_an_erasure_is_no_difference(engine: Engine) -> None:
    """Somebody who was shown was merged, or came with an import that was taken back: the data are newer."""
    import_id = str(writing(engine.store).imports.begin(RecordKind.ALUMNI, "Noord", "list.csv"))
    writing(engine.store).imports.upsert(RecordKind.ALUMNI, [alumnus(2, "A-77")], import_id=import_id)
    shown = {match.candidate_id: match.key for match in terminal(engine).match("R-1").matches}
    first = stores.log(engine.store, limit=1)[0].id
    merge_id = writing(engine.store).duplicates.merge(shown["A-1"], shown["A-77"], {})
    assert replay(engine.app, COMMAND_LINE, first) == "newer_data"
    writing(engine.store).merges.undo(merge_id)
    assert replay(engine.app, COMMAND_LINE, first) == "same"
    assert writing(engine.store).imports.undo(import_id).removed == 1
    assert replay(engine.app, COMMAND_LINE, first) == "newer_data"


def test_other_rules_are_told_from_another_answer(engine: Engine) -> None:
    """An entry of another version of the rules is not compared; one that names no version counts as version 1."""
    terminal(engine).match("R-1")
    assert replay(engine.app, COMMAND_LINE, relogged(engine, rules=RULES_VERSION + 1)) == "other_rules"
    unnamed = relogged(engine, rules=None)
    assert replay(engine.app, COMMAND_LINE, unnamed) == ("same" if RULES_VERSION == 1 else "other_rules")


def test_other_weights_and_encoders_are_told(engine: Engine) -> None:
    """The entry names another version than this installation has."""
    terminal(engine).match("R-1")
    assert replay(engine.app, COMMAND_LINE, relogged(engine, weights="guest_lesson@0")) == "other_versions"
    assert replay(engine.app, COMMAND_LINE, relogged(engine, encoder="other@1", weights=None)) == "other_versions"


def test_another_answer_is_told(engine: Engine) -> None:
    """A score that differs in the last bit."""
    ranking = terminal(engine).match("R-1")
    shown = [[match.key, match.score + 1e-16 + abs(match.score) * 2.3e-16] for match in ranking.matches]
    assert replay(engine.app, COMMAND_LINE, relogged(engine, shown=shown)) == "differs"


OTHERS = [role for role in LOGIN_ROLES if role is not Role.PRIVACY_OFFICER]


@pytest.mark.parametrize("asker", [VISITOR, JOB, *(Asker(9, role, "Noord", 1) for role in OTHERS)])
def test_only_the_privacy_officer_and_the_command_line_replay(engine: Engine, asker: Asker) -> None:
    """Everyone else is refused, whatever the entry."""
    terminal(engine).match("R-1")
    for one in (replay, beside):
        with pytest.raises(Forbidden):
            one(engine.app, asker, 1)
    with pytest.raises(Forbidden):
        place(engine.app, asker, 1, 1)


def test_a_privacy_officer_replays_the_own_school_beside_the_original(engine: Engine) -> None:
    """The same keys and scores twice; an entry of others, of the operator too, is as unknown as none."""
    me, app = Asker(9, Role.PRIVACY_OFFICER, "Noord"), app_of(engine)
    ranking = match(app, Asker(5, Role.COORDINATOR, "Noord"), "R-1")
    number = stores.log(engine.store, limit=1)[0].id
    both = beside(app, me, number)
    assert both.verdict == replay(app, me, number) == "same"
    assert both.original == both.again == tuple((one.key, one.score) for one in ranking.matches)
    terminal(engine).match("R-1")
    for elsewhere in (stores.log(engine.store, limit=1)[0].id, 10**9):
        with pytest.raises(UnknownId):
            beside(app, me, elsewhere)
    assert beside(app, COMMAND_LINE, number).verdict == "same"
    listed = stores.note(engine.store, Asker(5, Role.COORDINATOR, "Noord"), Action.ALUMNI_LIST, {})
    assert beside(app, me, listed) == Beside("no_ranking", (), None)


def test_the_terms_of_each_place_add_up_to_what_was_logged(engine: Engine) -> None:
    """Of the original and of the list made again; noted with whom it is about, and not for a place there is not."""
    me, app = Asker(9, Role.PRIVACY_OFFICER, "Noord"), app_of(engine)
    ranking = match(app, Asker(5, Role.COORDINATOR, "Noord"), "R-1")
    number = stores.log(engine.store, limit=1)[0].id
    own = 0
    for one in ranking.matches:
        found = place(app, me, number, one.rank)
        noted = dict(stores.log(engine.store, limit=1)[0].details)
        assert found.original is not None
        assert found.original == found.again
        assert (found.original.key, found.original.score) == (one.key, one.score)
        if one.owner != "Noord":
            assert found.original.match is None
            assert "alumni" not in noted
            continue
        own += 1
        assert found.original.match is not None
        assert found.original.match.contributions == one.contributions
        assert (found.original.is_proven, found.original.is_as_then) == (True, True)
        assert noted == {"entry": number, "verdict": "same", "rank": one.rank, "alumni": [one.key]}
    assert own
    for wrong in (0, len(ranking.matches) + 1):
        with pytest.raises(UnknownId):
            place(app, me, number, wrong)
    with pytest.raises(UnknownId):
        place(app, replace(me, school="Zuid"), number, 1)


def test_the_reasons_of_what_was_advised_are_noted_with_whom_it_was_advised_to(engine: Engine) -> None:
    """Of a course for an alumnus the reasons are about that alumnus."""
    terminal(engine).recommend("A-2", "requests")
    number = stores.log(engine.store, limit=1)[0].id
    found = place(app_of(engine), COMMAND_LINE, number, 1)
    assert found.original is not None
    assert found.original.match is not None
    noted = stores.log(engine.store, limit=1)[0].details
    assert noted["alumni"] == [stores.key_of(engine.store, RecordKind.ALUMNI, "A-2")]


def test_terms_that_are_not_of_then_are_not_said_to_be(engine: Engine) -> None:
    """A score in the log that is another than the one made again; a record that changed; a list that cannot be made."""
    ranking = terminal(engine).match("R-1")
    app, first = app_of(engine), ranking.matches[0]
    other = relogged(engine, shown=[[first.key, first.score + 0.01]])
    gone = place(app, COMMAND_LINE, relogged(engine, encoder="another"), 1)
    assert (gone.verdict, gone.query_kind, gone.again) == ("other_versions", "", None)
    assert gone.original is not None
    assert gone.original.match is None
    found = place(app, COMMAND_LINE, other, 1)
    assert found.verdict == "differs"
    assert found.original is not None
    assert found.again is not None
    assert (found.original.is_proven, found.original.rank) == (False, 1)
    assert found.again.match is not None
    writing(engine.store).people.correct(first.key, "town", "Zwolle")
    changed = place(app, COMMAND_LINE, 1, 1).original
    assert changed is not None
    assert (changed.is_proven, changed.is_as_then) == (True, False)
