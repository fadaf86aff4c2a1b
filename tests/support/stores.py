"""Short ways to fill and read a store in tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import time
from itertools import count
from typing import Any, TypeVar, cast

from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Alumnus, Offering, Record, RecordKind, Request
from matcher.policy import COMMAND_LINE, Asker
from matcher.ports import Store
from matcher.repositories import Records, Transaction
from matcher.repositories.values import LogEntry, Mail, Upsert, UpsertResult
from matcher.store.sql_store import SqlStore
from tests.support.fakes import FixedClock
from tests.support.worlds import AS_OF

T = TypeVar("T")
_MOMENTS = count(1)


def open_store(url: str, *keys: str) -> SqlStore:
    """A store whose clock stands still on AS_OF, at a moment distinct from every other store."""
    return SqlStore(url, FixedClock(AS_OF, time(12, microsecond=next(_MOMENTS))), keys)


def read(store: Store, question: Callable[[Records], T]) -> T:
    """The answer from one state of the data."""
    with store.read() as records:
        return question(records)


def write(store: Store, work: Callable[[Transaction], T], by: Asker = COMMAND_LINE) -> T:
    """Runs and commits the work; returns its result."""
    return store.write(work, by=by)


class _Calls:
    """Calls of one repository, each in a reading or a transaction of its own."""

    def __init__(self, run: Callable[[Callable[[Records], Any]], Any], repository: str) -> None:
        self._run, self._repository = run, repository

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: object, **named: object) -> Any:
            def ask(records: Records) -> Any:
                answer = getattr(getattr(records, self._repository), name)(*arguments, **named)
                return list(answer) if isinstance(answer, Iterator) else answer

            return self._run(ask)

        return call


class _Repositories:
    def __init__(self, run: Callable[[Callable[[Records], Any]], Any]) -> None:
        self._run = run

    def __getattr__(self, name: str) -> _Calls:
        return _Calls(self._run, name)


def reading(store: Store) -> Any:
    """The repositories, where each call is a reading of its own: `reading(store).sessions.find(secret)`."""
    return _Repositories(lambda ask: read(store, ask))


def writing(store: Store, by: Asker = COMMAND_LINE) -> Any:
    """The same, where each call is a transaction of its own: `writing(store).sessions.open(account)`."""
    return _Repositories(lambda ask: write(store, ask, by))


def note(store: Store, by: Asker, action: str, details: Mapping[str, object]) -> int:
    """Adds an entry to the log; its number."""
    write(store, lambda tx: tx.note(action, details), by)
    return log(store, limit=1)[0].id


def add_to_ledger(store: Store, line: LedgerLine) -> bool:
    """Adds a line; False if the ask or a reply to it exists already. A no replaces a yes."""
    ask = line.event is LedgerEvent.ASKED
    exclusive = {LedgerEvent.ASKED} if ask else {LedgerEvent.ACCEPTED, LedgerEvent.DECLINED}

    def work(tx: Transaction) -> bool:
        lines = tx.ledger.of(line.alumnus_key)
        before = {earlier.event for earlier in lines if earlier.request_key == line.request_key} & exclusive
        if before and not (line.event is LedgerEvent.DECLINED and before == {LedgerEvent.ACCEPTED}):
            return False
        if before:
            tx.ledger.add(LedgerLine(line.alumnus_key, line.request_key, LedgerEvent.RETRACTED, line.on))
        tx.ledger.add(line)
        return True

    return write(store, work)


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


def mails(store: Store) -> list[Mail]:
    """The messages of the outbox, a thousand at most, the newest first."""
    return read(store, lambda records: records.outbox.page(limit=1000))


def revision(store: Store) -> int:
    """The newest data revision."""
    return read(store, lambda records: records.changes.revision())


def log(store: Store, school: str | None = None, *, before: int | None = None, limit: int = 100) -> list[LogEntry]:
    """The newest entries of the log first."""
    return read(store, lambda records: records.audit.page(school, before=before, limit=limit))
