"""Alumni whom a reading of this state of the data found are not read again, and go with that state."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from matcher.domain.records import Alumnus, RecordKind
from matcher.policy import COMMAND_LINE
from matcher.services import erasure
from matcher.store import records
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import HashEncoder
from tests.support.records import row
from tests.support.stores import upsert

IDS = [f"A-{number}" for number in range(1, 6)]


@pytest.fixture
def keys(store: SqlStore) -> list[int]:
    """The random keys of five alumni, who say what they know."""
    upsert(store, RecordKind.ALUMNI, [row(number, id_, experience=f"woord {id_}") for number, id_ in enumerate(IDS, 1)])
    return [stores.key_of(store, RecordKind.ALUMNI, id_) for id_ in IDS]


def read(store: SqlStore, keys: list[int]) -> dict[int, str | None]:
    """What these alumni know, by random key."""
    with store.read() as reading:
        return {
            key: one.experience for key, one in reading.records.by_key(RecordKind.ALUMNI, keys, consents=False).items()
        }  # type: ignore[union-attr]


@contextmanager
def statements(store: SqlStore) -> Iterator[list[str]]:
    """The statements about alumni that are run meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM alumni" in statement:
            found.append(statement)

    event.listen(store._database.engine, "before_cursor_execute", note)
    yield found
    event.remove(store._database.engine, "before_cursor_execute", note)


def in_memory(key: int) -> list[Alumnus]:
    """The records of an alumnus that this process holds.

    Objects are asked for their type and not for their ``__class__``, which some of another library answer in
    code of their own (torch 2.13.0 warns in it).
    """
    gc.collect()
    return [one for one in gc.get_objects() if type(one) is Alumnus and one.key == key]


def test_in_one_state_each_is_read_once(store: SqlStore, keys: list[int]) -> None:
    """In the order of the keys, without who is unknown; after a change all are read again."""
    first = read(store, keys[:3])
    assert [*first] == keys[:3]
    with statements(store) as run:
        assert read(store, keys[2::-1]) == first
        assert run == []
        assert read(store, [*keys, 99]) == dict(zip(keys, (f"woord {id_}" for id_ in IDS), strict=True))
        assert len(run) == 1
        upsert(store, RecordKind.ALUMNI, [row(1, IDS[0], experience="een ander woord")])
        run.clear()
        assert read(store, keys)[keys[0]] == "een ander woord"
        assert len(run) == 1


def test_a_long_list_is_read_each_time(store: SqlStore, keys: list[int]) -> None:
    """As it always was: only what a screen has room for is held."""
    many = [*keys, *range(1, records._FEW_KEYS)]
    with statements(store) as run:
        for _ in range(2):
            assert read(store, many).keys() == set(keys)
        assert len(run) == 2


def test_a_transaction_reads_for_itself(store: SqlStore, keys: list[int]) -> None:
    """What it changes is what it reads, and nobody else before it is committed."""
    read(store, keys)

    def change(tx: Any) -> str:
        tx.people.correct(keys[0], "experience", "in deze transactie")
        return str(tx.records.by_key(RecordKind.ALUMNI, keys[:1], consents=False)[keys[0]].experience)

    assert store.write(change, by=COMMAND_LINE) == "in deze transactie"
    assert read(store, keys)[keys[0]] == "in deze transactie"


def erase(store: SqlStore, id_: str) -> None:
    erasure.erase(Engine(store, HashEncoder(), store._clock).app, COMMAND_LINE, id_)


def test_an_erasure_leaves_nobody_in_memory(store: SqlStore, keys: list[int]) -> None:
    """Also where a reading that began before goes on after it: what that finds is not held."""
    read(store, keys)
    assert in_memory(keys[0])
    with store.read() as before:
        before.changes.revision()
        erase(store, IDS[0])
        assert keys[0] in before.records.by_key(RecordKind.ALUMNI, keys, consents=False)
    del before
    assert in_memory(keys[0]) == []
    assert keys[0] not in read(store, keys)


def test_after_an_erasure_elsewhere_the_next_reading_forgets(
    store: SqlStore, keys: list[int], database_url: str
) -> None:
    """As the pool in memory does."""
    read(store, keys)
    other = SqlStore(database_url, store._clock)
    erase(other, IDS[0])
    other.close()
    assert keys[0] not in read(store, keys[1:])
    assert in_memory(keys[0]) == []
