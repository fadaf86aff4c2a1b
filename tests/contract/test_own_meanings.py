"""What alumni say that own words mean, on each database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from matcher.domain.records import RecordKind
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.concepts import METAL, TALK
from tests.support.fakes import FixedClock
from tests.support.region import alumnus
from tests.support.stores import reading, revision, upsert, writing


def said(store: SqlStore, *keys: int) -> dict[int, list[tuple[str, str, bool]]]:
    found = reading(store).own_meanings.of(keys or None)
    return {key: [(one.label, one.uri, one.confirmed) for one in listed] for key, listed in found.items()}


def test_the_last_word_counts_until_it_is_taken_back(store: SqlStore, clock: FixedClock) -> None:
    """Each is a revision of that alumnus alone; saying the same again is none."""
    upsert(store, RecordKind.ALUMNI, [alumnus(2, "A-1"), alumnus(3, "A-2")])
    one, other = (stores.key_of(store, RecordKind.ALUMNI, id_, "Noord") for id_ in ("A-1", "A-2"))
    assert said(store) == {}
    origin, at_first = reading(store).changes.origin(), revision(store)
    assert writing(store).own_meanings.say(one, "lassen", METAL, confirmed=True)
    assert writing(store).own_meanings.say(one, "lassen", TALK, confirmed=False)
    assert not writing(store).own_meanings.say(one, "lassen", TALK, confirmed=False)
    clock.day += timedelta(days=1)
    assert writing(store).own_meanings.say(one, "lassen", METAL, confirmed=False)
    assert writing(store).own_meanings.say(other, "lassen", METAL, confirmed=True)
    assert revision(store) == at_first + 4
    assert said(store) == {
        one: [("lassen", METAL, False), ("lassen", TALK, False)],
        other: [("lassen", METAL, True)],
    }
    assert said(store, other) == {other: [("lassen", METAL, True)]}
    changed = reading(store).changes.since(origin)
    assert changed is not None
    assert (changed.alumni, changed.requests) == ({one, other}, frozenset())
    assert writing(store).own_meanings.take_back(one, "lassen", METAL)
    assert not writing(store).own_meanings.take_back(one, "lassen", METAL)
    assert not writing(store).own_meanings.take_back(other, "lassen", TALK)
    assert said(store, one) == {one: [("lassen", TALK, False)]}


def test_nothing_is_said_by_nobody_or_in_a_reading(store: SqlStore) -> None:
    with pytest.raises(KeyError):
        writing(store).own_meanings.say(5, "lassen", METAL, confirmed=True)
    for work in (
        lambda: reading(store).own_meanings.say(5, "lassen", METAL, confirmed=True),
        lambda: reading(store).own_meanings.take_back(5, "lassen", METAL),
    ):
        with pytest.raises(RuntimeError):
            work()
