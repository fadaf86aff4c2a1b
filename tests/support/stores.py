"""Short ways to fill and read a store in tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from matcher.domain.records import Alumnus, Offering, Record, RecordKind, Request
from matcher.policy import COMMAND_LINE, Asker
from matcher.ports import LogEntry, Records, Store, Transaction, Upsert, UpsertResult

T = TypeVar("T")


def read(store: Store, question: Callable[[Records], T]) -> T:
    """The answer of one state of the data."""
    with store.read() as records:
        return question(records)


def write(store: Store, work: Callable[[Transaction], T], by: Asker = COMMAND_LINE) -> T:
    """What the work returns, committed."""
    return store.write(work, by=by)


def upsert(store: Store, kind: RecordKind, rows: Sequence[Upsert]) -> list[UpsertResult]:
    """Writes import rows in one transaction."""
    return write(store, lambda tx: tx.imports.upsert(kind, rows))


def alumni(store: Store) -> list[Alumnus]:
    """Every alumnus, by key."""
    return read(store, lambda records: cast("list[Alumnus]", list(records.records.stream(RecordKind.ALUMNI))))


def requests(store: Store) -> list[Request]:
    """Every request, by key."""
    return read(store, lambda records: cast("list[Request]", list(records.records.stream(RecordKind.REQUESTS))))


def offerings(store: Store) -> list[Offering]:
    """Every course, by key."""
    return read(store, lambda records: cast("list[Offering]", list(records.records.stream(RecordKind.OFFERINGS))))


def find(store: Store, kind: RecordKind, id_: str, owner: str | None = None) -> list[Record]:
    """The records with this id, by owner."""
    return read(store, lambda records: records.records.find(kind, id_, owner))


def key_of(store: Store, kind: RecordKind, id_: str, owner: str | None = None) -> int:
    """The random key of the only record with this id."""
    (record,) = find(store, kind, id_, owner)
    return record.key


def revision(store: Store) -> int:
    """The newest data revision."""
    return read(store, lambda records: records.changes.revision())


def log(store: Store, school: str | None = None, *, before: int | None = None, limit: int = 100) -> list[LogEntry]:
    """The newest entries of the log first."""
    return read(store, lambda records: records.audit.page(school, before=before, limit=limit))
