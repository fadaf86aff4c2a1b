"""What a store carries on from one state of the data to the next: nobody who was erased, and nothing twice."""

from __future__ import annotations

from datetime import timedelta

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.records import SCHOOL, TODAY
from tests.support.stores import reading, upsert, writing

SINCE = TODAY - timedelta(days=365)


def add(store: SqlStore, *numbers: str) -> list[int]:
    """Alumni who left today; their random keys."""
    rows = [Upsert(row, number, SCHOOL, {"left_on": TODAY}) for row, number in enumerate(numbers, 2)]
    upsert(store, RecordKind.ALUMNI, rows)
    return [stores.key_of(store, RecordKind.ALUMNI, number) for number in numbers]


def carried(store: SqlStore) -> set[int]:
    """Everybody in what the store carries on, whatever it is called."""
    return {key for one in store._derived._carried.values() for key in one.work.keys(one.found)}


def test_who_is_erased_is_carried_on_nowhere(store: SqlStore) -> None:
    """Not in what nobody asks for again either: the next reading of anything takes them out of all of it."""
    one, other = add(store, "A-1", "A-2")
    now = reading(store)
    now.aftercare.leavers(SINCE, SCHOOL)
    now.people.unreachable(SCHOOL)
    now.figures.left_out(SCHOOL)
    now.figures.counted()
    now.facts.oldest(SCHOOL, 5)
    assert carried(store) == {one, other}
    writing(store).people.erase(one, [])
    assert list(now.people.unreachable(SCHOOL)) == [other]
    assert carried(store) == {other}
    assert list(now.aftercare.leavers(SINCE, SCHOOL)) == [other]
    assert now.figures.counted().key.tolist() == [other]


def test_a_state_that_is_given_again_is_not_read_again(store: SqlStore) -> None:
    """The same for as long as nothing changes; another after a change, of which the earlier one keeps nothing."""
    (one,) = add(store, "A-1")
    before = reading(store).figures.left_out(SCHOOL)
    assert reading(store).figures.left_out(SCHOOL) is before
    writing(store).consents.state(one, Purpose.MENTOR, given=True)
    after = reading(store).figures.left_out(SCHOOL)
    assert (before[one], after[one].value) == (None, "agreed")


def test_a_new_day_is_read_anew(store: SqlStore) -> None:
    """Who may have left since a day is not who may have since another."""
    (one,) = add(store, "A-1")
    assert list(reading(store).aftercare.leavers(TODAY, SCHOOL)) == [one]
    assert not reading(store).aftercare.leavers(TODAY + timedelta(days=1), SCHOOL)
    assert list(reading(store).aftercare.leavers(TODAY, SCHOOL)) == [one]


def test_a_reading_that_began_before_an_erasure_keeps_nobody(store: SqlStore) -> None:
    """It is told what there was when it began, and leaves nothing of that behind."""
    one, other = add(store, "A-1", "A-2")
    with store.read() as earlier:
        assert earlier.changes.origin() == reading(store).changes.origin()
        writing(store).people.erase(one, [])
        assert list(reading(store).people.unreachable(SCHOOL)) == [other]
        assert set(earlier.people.unreachable(SCHOOL)) == {one, other}
        assert set(earlier.figures.left_out(SCHOOL)) == {one, other}
    assert carried(store) == {other}
