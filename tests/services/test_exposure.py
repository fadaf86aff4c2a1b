"""Who stands first in the list of an open request, saved once and counted in all others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind
from matcher.engine import open_engine
from matcher.errors import Forbidden
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import erasure, exposure, matching, privacy
from matcher.services.app import App
from tests.support import stores
from tests.support.apps import Engine, app_of
from tests.support.fakes import HashEncoder
from tests.support.races import Gated
from tests.support.region import engine_in
from tests.support.stores import reading, upsert
from tests.support.worlds import AS_OF

LESSON = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "skills": ("wondzorg",), "closes_on": None}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


def lessons(engine: Engine, *ids: str, **values: Any) -> None:
    upsert(engine.store, RecordKind.REQUESTS, [Upsert(2, id_, "Noord", {**LESSON, **values}) for id_ in ids])


def firsts(engine: Engine) -> dict[str, str]:
    """Who stands first in the saved list of which request, by their ids."""
    records = reading(engine.store).records
    pairs = list(reading(engine.store).exposures.all())
    requests = records.by_key(RecordKind.REQUESTS, [request for request, _ in pairs])
    alumni = records.by_key(RecordKind.ALUMNI, [alumnus for _, alumnus in pairs])
    return {requests[one].request_id: alumni[other].alumnus_id for one, other in pairs}


def rest(engine: Engine, request_id: str, alumnus_id: str) -> tuple[float, object]:
    """The value of the signal, and in how many other lists the evidence says that the alumnus stands first."""
    account = matching.why(
        app_of(engine), COMMAND_LINE, matching.PairOfIds(request_id, alumnus_id, "request", "Noord", "Noord")
    )
    assert account.match is not None
    (term,) = [one for one in account.match.contributions if one.signal == "rest"]
    return term.value, term.evidence.get("first_places", 0)


def test_the_list_of_an_open_request_is_saved_once(engine: Engine) -> None:
    """Of requests that ask alumni and are open; each list stays as it is until its request changes."""
    lessons(engine, "R-3")
    lessons(engine, "R-4", closes_on=AS_OF - timedelta(days=1))
    app = app_of(engine)
    assert exposure.advance(app) == 2
    assert set(firsts(engine)) == {"R-1", "R-3"}, "not the one that is closed, and not aftercare"
    before = firsts(engine), stores.revision(engine.store)
    assert exposure.advance(app) == 0
    assert (firsts(engine), stores.revision(engine.store)) == before
    lessons(engine, "R-3", skills=("lassen",), title="Lassen")
    assert set(firsts(engine)) == {"R-1"}
    assert exposure.advance(app) == 1
    assert firsts(engine)["R-3"] == "A-3"


def test_whoever_stands_first_makes_room_in_other_lists(engine: Engine) -> None:
    """Their rest counts a half in every other list and whole in their own, which therefore stays as it was."""
    lessons(engine, "R-3", "R-4")
    app = app_of(engine)
    exposure.advance(app)
    saved = firsts(engine)
    assert len(saved) == 3
    assert len(set(saved.values())) > 1, "three equal requests do not all begin with the same alumnus"
    for request_id in saved:
        for first in set(saved.values()):
            others = sum(one == first for other, one in saved.items() if other != request_id)
            assert rest(engine, request_id, first) == (max(0.0, 1.0 - 0.5 * others), others)


def test_a_request_that_nobody_fits_has_a_saved_list_too(engine: Engine) -> None:
    """It is looked at once, and not at every round."""
    upsert(engine.store, RecordKind.REQUESTS, [Upsert(2, "R-9", "Oost", {"kind": RequestKind.MENTOR, "title": "Kaas"})])
    app = app_of(engine)
    exposure.advance(app)
    key = stores.key_of(engine.store, RecordKind.REQUESTS, "R-9")
    assert key in reading(engine.store).exposures.saved()
    assert "R-9" not in firsts(engine)
    assert exposure.advance(app) == 0


def test_an_erased_alumnus_stands_nowhere(engine: Engine) -> None:
    """The list is made again without them; until then nobody stands first in it."""
    app = app_of(engine)
    exposure.advance(app)
    first = firsts(engine)["R-1"]
    known = privacy.known(app, COMMAND_LINE, alumnus_id=first, school="Noord")
    assert known["first_places"] == [stores.key_of(engine.store, RecordKind.REQUESTS, "R-1")]
    assert erasure.erase(app, COMMAND_LINE, first, school="Noord").found_in == ()
    assert firsts(engine) == {}
    assert exposure.advance(app) == 1
    assert firsts(engine)["R-1"] != first


@pytest.mark.parametrize("meanwhile", ["saved", "changed", "erased"])
def test_what_happens_meanwhile_counts(engine: Engine, meanwhile: str) -> None:
    """Another process saves the list, the request changes, or whoever stands first is erased before it is saved."""
    other = app_of(engine)

    def happens() -> None:
        if meanwhile == "saved":
            exposure.advance(other)
        elif meanwhile == "changed":
            lessons(engine, "R-1", title="Lassen", skills=("lassen",))
        else:
            for id_ in ("A-1", "A-2", "A-4", "A-7"):
                erasure.erase(other, COMMAND_LINE, id_, school="Noord")

    gated: Any = Gated(engine.store, happens)
    app = App(gated, open_engine(engine.store, HashEncoder()), engine.clock)
    assert exposure.advance(app) == 0
    assert len(firsts(engine)) == (meanwhile == "saved")


def test_only_the_job_and_the_command_line_may(engine: Engine) -> None:
    """Nobody else has to: the lists are nobody's answer."""
    with pytest.raises(Forbidden):
        exposure.advance(app_of(engine), Asker(77, Role.COORDINATOR, "Noord"))
    assert exposure.advance(app_of(engine), JOB) == 1
