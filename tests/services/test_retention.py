"""How long data are kept: each step on its day, and none for who says that they may stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.engine.current import Engine
from matcher.ports import Upsert
from matcher.services import privacy, retention
from matcher.services.retention import Terms
from tests.support.fakes import HashEncoder
from tests.support.region import store_in

TERMS = Terms(12, {Purpose.MENTOR: 6})
GIVEN = date(2027, 1, 1)


@dataclass
class Days:
    """A clock that is set."""

    day: date

    def today(self) -> date:
        return self.day


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """A store with one alumnus, who agreed to two purposes on the same day."""
    store = store_in(tmp_path)
    for one in list(store.alumni()):
        store.erase(one.key, [], today=GIVEN)
    values = {"consents": frozenset({Purpose.MENTOR, Purpose.GUEST_LESSON}), "consent_date": GIVEN, "town": "Zwolle"}
    store.upsert(RecordKind.ALUMNI, [Upsert(2, "B-1", "Noord", values)], today=GIVEN)
    return Engine(store, HashEncoder(), Days(GIVEN))


def on(engine: Engine, day: date) -> tuple[dict[str, int], list[str]]:
    """What the job does on a day, and whom it tells."""
    told: list[str] = []
    engine.clock.day = day  # type: ignore[attr-defined]
    planned = retention.plan(engine, TERMS).counts
    done = retention.run(engine, TERMS, lambda _, step: told.append(step) is None).counts
    assert planned == done
    return {name: count for name, count in done.items() if count}, told


def test_each_step_comes_on_its_day(engine: Engine) -> None:
    """The shorter term ends first; then the rest, a question, a reminder, and erasure with nothing left."""
    store = engine.store
    assert on(engine, GIVEN) == ({}, [])
    assert on(engine, date(2027, 7, 4)) == ({"lapse": 1}, [])
    assert on(engine, date(2027, 12, 31)) == ({}, [])
    assert on(engine, date(2028, 1, 3)) == ({"lapse": 1, "ask": 1}, ["ask"])
    assert on(engine, date(2028, 1, 4)) == ({}, [])
    assert on(engine, date(2028, 2, 2)) == ({"remind": 1}, ["remind"])
    assert on(engine, date(2028, 3, 2)) == ({}, [])
    assert on(engine, date(2028, 3, 3)) == ({"erase": 1}, [])
    assert list(store.alumni()) == []
    actions = [entry.action for entry in store.entries(limit=5)]  # type: ignore[attr-defined]
    assert actions == ["person.erase", "retention.remind", "retention.ask", "retention.lapse", "retention.lapse"]


def test_a_term_ends_without_the_job(engine: Engine) -> None:
    """Before the first ranking of a day, or of changed data, and not before the day itself."""
    engine.before_use = partial(retention.lapse, terms=TERMS)
    clock = cast("Days", engine.clock)
    clock.day = date(2027, 7, 2)
    held = purposes(engine)
    clock.day = date(2027, 7, 4)
    assert held == {Purpose.MENTOR, Purpose.GUEST_LESSON}
    assert purposes(engine) == {Purpose.GUEST_LESSON}
    values = {"consents": frozenset({Purpose.MENTOR}), "consent_date": GIVEN, "town": "Zwolle"}
    engine.store.upsert(RecordKind.ALUMNI, [Upsert(2, "B-2", "Noord", values)], today=GIVEN)  # type: ignore[attr-defined]
    assert purposes(engine) == {Purpose.GUEST_LESSON}


def purposes(engine: Engine) -> set[Purpose]:
    """The purposes that anybody in the pool agreed to."""
    mask = int(np.bitwise_or.reduce(engine.pool().people.consents))
    return {purpose for place, purpose in enumerate(Purpose) if mask >> place & 1}


def test_who_cannot_be_asked_is_not_erased(engine: Engine) -> None:
    """Without mail, or without an address, nothing is sent: then nobody was asked, and nobody goes."""
    for day in (date(2028, 1, 3), date(2028, 2, 2), date(2028, 3, 3), date(2028, 9, 3)):
        engine.clock.day = day  # type: ignore[attr-defined]
        done = retention.run(engine, TERMS, lambda _, __: False).counts
        assert (done["ask"], done["remind"], done["erase"]) == (0, 0, 0)
    assert [one.alumnus_id for one in engine.store.alumni()] == ["B-1"]


def test_a_run_that_stops_tells_nobody_twice(engine: Engine) -> None:
    """Who was told before it stopped is noted; the next run tells the others."""
    rows = [Upsert(row, f"B-{row}", "Noord", {"town": "Zwolle"}) for row in (2, 3, 4)]
    engine.store.upsert(RecordKind.ALUMNI, rows, today=GIVEN)
    told: list[int] = []

    def tell(key: int, _: str) -> bool:
        if told and len(told) < 2:
            told.append(0)
            raise KeyboardInterrupt
        told.append(key)
        return True

    with pytest.raises(KeyboardInterrupt):
        retention.run(engine, TERMS, tell)
    retention.run(engine, TERMS, tell)
    people = [one.key for one in engine.store.alumni() if one.alumnus_id != "B-1"]
    assert sorted(told) == sorted([0, *people])


@pytest.mark.parametrize("says", ["keep", "consent"])
def test_who_answers_is_left_alone(engine: Engine, says: str) -> None:
    """Saying that the data may stay, or a new consent, begins a new term."""
    on(engine, date(2028, 1, 3))
    day = date(2028, 1, 20)
    engine.clock.day = day  # type: ignore[attr-defined]
    privacy.give(engine, None, Purpose.GUEST_LESSON, given=True, alumnus_id="B-1")
    if says == "keep":
        privacy.keep(engine, None, "B-1")
    assert engine.store.retention() == {}
    for later in (30, 60, 120, 360):
        assert on(engine, day + timedelta(days=later)) == ({}, [])


def test_who_was_asked_lately_is_kept(engine: Engine) -> None:
    """What somebody was asked for counts as a sign of life."""
    (key,) = (one.key for one in engine.store.alumni())
    request = next(iter(engine.store.requests()))
    line = LedgerLine(key, request.key, LedgerEvent.ASKED, date(2027, 12, 1))
    engine.store.add_to_ledger(line, "invite", {})
    assert on(engine, date(2028, 1, 3)) == ({"lapse": 1 + 1}, [])
    assert on(engine, date(2028, 11, 30)) == ({}, [])
    assert on(engine, date(2028, 12, 3)) == ({"ask": 1}, ["ask"])


def test_a_consent_without_a_day_has_ended(engine: Engine) -> None:
    """Nobody can say that its term is not over."""
    values = {"consents": frozenset({Purpose.FEEDBACK}), "consent_date": None}
    engine.store.upsert(RecordKind.ALUMNI, [Upsert(2, "B-2", "Noord", values)], today=GIVEN)
    assert on(engine, GIVEN) == ({"lapse": 1, "ask": 1}, ["ask"])


def test_an_objection_is_no_reason_to_erase(engine: Engine) -> None:
    """Who objects to being ranked keeps the consents for later: they end on the same days, and nobody asks sooner."""
    privacy.object_to_ranking(engine, None, objects=True, alumnus_id="B-1")
    assert on(engine, date(2027, 1, 2)) == ({}, [])
    assert on(engine, date(2027, 7, 4)) == ({"lapse": 1}, [])
    privacy.object_to_ranking(engine, None, objects=False, alumnus_id="B-1")
    (one,) = engine.store.alumni()
    assert [consent.purpose for consent in one.consents if consent.in_force] == [Purpose.GUEST_LESSON]


def test_many_are_erased_at_once(engine: Engine) -> None:
    """Each with an entry in the log, and nobody is left in tables or pool."""
    engine.store.upsert(
        RecordKind.ALUMNI, [Upsert(row, f"B-{row}", "Noord", {"town": "Zwolle"}) for row in range(2, 7)], today=GIVEN
    )
    assert on(engine, GIVEN) == ({"ask": 5}, ["ask"] * 5)
    assert on(engine, date(2027, 2, 1)) == ({"remind": 5}, ["remind"] * 5)
    assert on(engine, date(2027, 3, 4)) == ({"erase": 5}, [])
    assert [one.alumnus_id for one in engine.store.alumni()] == ["B-1"]
    assert len(engine.pool().people) == 1
    gone = [entry for entry in engine.store.entries(limit=50) if entry.action == "person.erase"]  # type: ignore[attr-defined]
    assert len({entry.details["alumnus"] for entry in gone} & {one.key for one in engine.store.alumni()}) == 0
    assert len(gone) >= 5
