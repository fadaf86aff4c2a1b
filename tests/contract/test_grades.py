"""Grades and the ranking in use, on both databases: replaced, moved with a merge, gone with the alumnus."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.store.sql_store import SqlStore
from tests.contract.test_undo import tables
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.records import FULL_ALUMNUS, SCHOOL
from tests.support.stores import reading, upsert, writing

ONE, OTHER = (Asker(key, Role.ADVISER, SCHOOL) for key in (7, 8))


@pytest.fixture
def keys(store: SqlStore) -> dict[str, int]:
    """Two alumni and two requests, of which one is of another school."""
    people = [Upsert(row, id_, SCHOOL, FULL_ALUMNUS) for row, id_ in enumerate(("A-1", "A-2"), 2)]
    upsert(store, RecordKind.ALUMNI, people)
    what = {"kind": RequestKind.MENTOR, "title": "Iets"}
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", SCHOOL, what), Upsert(3, "R-2", "Elders", what)])
    alumni = {id_: stores.key_of(store, RecordKind.ALUMNI, id_) for id_ in ("A-1", "A-2")}
    return alumni | {id_: stores.key_of(store, RecordKind.REQUESTS, id_) for id_ in ("R-1", "R-2")}


def judge(store: SqlStore, asker: Asker, *pairs: tuple[int, int, int | None]) -> None:
    """A sitting in which an asker says this of these pairs."""
    writing(store, asker).grades.draw([pair[:2] for pair in pairs])
    for one, (_, _, grade) in zip(reading(store).grades.sitting(asker.key), pairs, strict=True):
        assert writing(store, asker).grades.put(one.key, grade)


def given(store: SqlStore, school: str | None = None) -> list[tuple[int, int, int, int | None]]:
    return [(one.request_key, one.alumnus_key, one.actor, one.grade) for one in reading(store).grades.given(school)]


def test_what_somebody_says_again_replaces(store: SqlStore, keys: dict[str, int], clock: FixedClock) -> None:
    """In the same sitting or a later one; what others said stays, and a skip takes nothing back."""
    pair = keys["R-1"], keys["A-1"]
    judge(store, ONE, (*pair, 3))
    judge(store, OTHER, (*pair, 2))
    clock.advance(timedelta(seconds=60))
    judge(store, ONE, (*pair, 1))
    assert sorted(given(store)) == [(*pair, 7, 1), (*pair, 8, 2)]
    (again,) = reading(store).grades.sitting(7)
    assert not writing(store, OTHER).grades.put(again.key, 0)
    assert writing(store, ONE).grades.put(again.key, 0)
    clock.advance(timedelta(seconds=60))
    judge(store, ONE, (*pair, None))
    assert sorted(given(store)) == [(*pair, 7, 0), (*pair, 8, 2)]


def test_a_new_sitting_drops_what_was_open(store: SqlStore, keys: dict[str, int], clock: FixedClock) -> None:
    """And shows only its own pairs, in their order; grades are of a school by its requests."""
    judge(store, ONE, (keys["R-1"], keys["A-1"], 2))
    clock.advance(timedelta(seconds=60))
    writing(store, ONE).grades.draw([(keys["R-1"], keys["A-2"])])
    clock.advance(timedelta(seconds=60))
    writing(store, ONE).grades.draw([(keys["R-2"], keys["A-2"]), (keys["R-2"], keys["A-1"])])
    shown = [(one.number, one.alumnus_key) for one in reading(store).grades.sitting(7)]
    assert shown == [(1, keys["A-2"]), (2, keys["A-1"])]
    assert len(reading(store).grades.about(keys["A-2"])) == 1
    assert writing(store, ONE).grades.put(reading(store).grades.sitting(7)[0].key, 3)
    assert [len(given(store, school)) for school in (None, SCHOOL, "Elders", "Nergens")] == [2, 1, 1, 0]


def test_a_merge_takes_them_along_and_gives_them_back(store: SqlStore, keys: dict[str, int]) -> None:
    """All tables are as before after the undo."""
    judge(store, ONE, (keys["R-1"], keys["A-1"], 3), (keys["R-1"], keys["A-2"], 0))
    before = tables(store)
    merge_id = writing(store).duplicates.merge(keys["A-1"], keys["A-2"], {})
    assert {one[:2] for one in given(store)} == {(keys["R-1"], keys["A-1"])}
    assert len(given(store)) == 2
    writing(store).merges.undo(merge_id)
    assert tables(store) == before
    merge_id = writing(store).duplicates.merge(keys["A-1"], keys["A-2"], {})
    first = reading(store).grades.sitting(7)[0]
    assert writing(store, ONE).grades.put(first.key, 1)
    writing(store).merges.undo(merge_id)
    assert given(store) == [(keys["R-1"], keys["A-1"], 7, 1)]


def test_they_go_with_the_alumnus_and_the_request(store: SqlStore, keys: dict[str, int]) -> None:
    """An erasure leaves no grade, no pair to judge."""
    judge(store, ONE, (keys["R-1"], keys["A-1"], 3), (keys["R-1"], keys["A-2"], None), (keys["R-2"], keys["A-2"], 2))
    stores.write(store, lambda tx: tx.people.erase(keys["A-2"], []))
    assert given(store) == [(keys["R-1"], keys["A-1"], 7, 3)]
    assert len(reading(store).grades.sitting(7)) == 1


def test_they_are_kept_for_a_term(store: SqlStore, keys: dict[str, int], clock: FixedClock) -> None:
    """Grades from when they were given, open and skipped pairs from when they were drawn."""
    judge(store, ONE, (keys["R-1"], keys["A-1"], 3), (keys["R-1"], keys["A-2"], None))
    writing(store, OTHER).grades.draw([(keys["R-1"], keys["A-2"])])

    def forget(days_open: int, days_given: int) -> Any:
        now = clock.now().replace(tzinfo=None)
        return writing(store).grades.forget(given=now - timedelta(days_given), open_=now - timedelta(days_open))

    clock.advance(timedelta(days=31))
    assert (forget(40, 40), forget(30, 40)) == (0, 2)
    assert len(given(store)) == 1
    assert forget(30, 30) == 1
    assert given(store) == []


def test_a_ranking_is_in_use_until_it_is_taken_back(store: SqlStore, clock: FixedClock, tmp_path: Path) -> None:
    """Each change is a revision in which no record changed; all of them stay."""
    revision = stores.revision(store)
    assert reading(store).rankings.in_use() is None
    assert writing(store).rankings.back() is None
    assert stores.revision(store) == revision
    first = writing(store).rankings.use("a = 1", None, {"pairs": 3})
    second = writing(store).rankings.use("a = 1", "models/other", {})
    assert reading(store).rankings.in_use() == second
    origin = stores.read(store, lambda records: records.changes.origin())
    assert writing(store).rankings.back() == second
    assert reading(store).rankings.in_use() == first
    assert stores.revision(store) == revision + 3
    changes = reading(store).changes.since(origin)
    assert changes is not None
    assert len(changes) == 0
    kept = reading(store).rankings.listed()
    assert [(one.number, one.measured, one.ended_at is None) for one in kept] == [
        (2, {}, False),
        (1, {"pairs": 3}, True),
    ]
    assert COMMAND_LINE.role.value == kept[0].role
