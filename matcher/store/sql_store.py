"""The store: one database behind `matcher.ports.Store`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from sqlalchemy import Connection, Table, bindparam, select

from matcher.errors import ConfigurationError, StoreReadOnly, StoreUnavailable
from matcher.policy import Asker
from matcher.ports import Clock
from matcher.repositories import Records, Transaction
from matcher.store import schema
from matcher.store.codecs import email_key
from matcher.store.database import Database
from matcher.store.encryption import Encrypted
from matcher.store.installation import replace_value, stored_value
from matcher.store.log_head import CONTACT_KEY, read_head, write_head
from matcher.store.records import chunks
from matcher.store.transaction import SqlRecords, SqlTransaction
from matcher.store.unit import UnitOfWork
from matcher.store.vectors import VectorTable
from matcher.store.versions import migrate

T = TypeVar("T")

_ENCRYPTED = ((schema.contacts, "alumnus_key"), (schema.requesters, "request_key"), (schema.outbox, "key"))


class SqlStore:
    """A SQLite file (`sqlite:///path`) or PostgreSQL (`postgresql://...`); connects on first use.

    Implements `matcher.ports.Store`. May be shared by threads. `on_mail` is called after a commit that adds mail to
    the outbox or makes some due. Raises ConfigurationError for an unusable URL, and StoreUnavailable from every
    method if the database is unavailable.
    """

    def __init__(self, url: str, clock: Clock, keys: Sequence[str] = ()) -> None:
        self._database = Database(url, keys)
        self._clock = clock
        self.on_mail: Callable[[], object] | None = None
        self._clean = True
        """False where a reading kept the last erasure from being cleaned up; the next write tries again."""
        self.vectors = VectorTable(self._database)

    @contextmanager
    def read(self) -> Iterator[Records]:
        """One state of the data."""
        with self._database.reading() as connection:
            yield SqlRecords(UnitOfWork(connection, self._clock.now()))

    def write(self, work: Callable[[Transaction], T], *, by: Asker) -> T:
        """Runs `work` as the only writer, commits it with one revision and its log entries, and returns its result.

        `work` may run again from the start after a serialization failure or deadlock of PostgreSQL.
        """
        unit: UnitOfWork

        def attempt(connection: Connection) -> T:
            nonlocal unit
            unit = UnitOfWork(connection, self._clock.now(), by)
            result = work(SqlTransaction(unit))
            unit.seal()
            return result

        result = self._database.write(attempt)
        if unit.erased:
            self.clean()
        elif not self._clean:
            with suppress(StoreUnavailable):  # the write itself is committed
                self._clean = self._database.sweep(patient=False)
        if unit.mailed and self.on_mail is not None:
            self.on_mail()
        return result

    def origin(self) -> str:
        """The newest revision and the moment it was made (UTC)."""
        with self.read() as records:
            return records.changes.origin()

    def migrate(self) -> None:
        """Upgrades the tables to this version; one select if they are. Raises ConfigurationError('store_newer')."""
        migrate(self._database)

    def check_keys(self) -> None:
        """Checks that contact details are encrypted with the first key. Raises ConfigurationError if not."""
        keyring = self._database.keyring
        now = keyring.fingerprint if keyring else ""
        with self._database.reading() as connection:
            before = stored_value(connection, CONTACT_KEY)
            empty = not any(connection.execute(select(table.c[key]).limit(1)).first() for table, key in _ENCRYPTED)
        if (before or "") == now:
            return
        if before is None and empty:
            with suppress(StoreReadOnly):  # there is nothing to encrypt, and never will be as long as that holds
                self._database.write(lambda connection: _take_key(connection, now))
            return
        raise ConfigurationError("contact_key_missing" if keyring is None else "contact_key_new")

    def reseal(self, *, by: Asker) -> int:
        """Re-encrypts all contact details with the first key, all or nothing; returns how many rows. No revision."""
        keyring = self._database.keyring

        def work(connection: Connection) -> int:
            unit = UnitOfWork(connection, self._clock.now(), by)
            rows = sum(_reseal(connection, table, key) for table, key in _ENCRYPTED)
            _take_key(connection, keyring.fingerprint if keyring else "")
            unit.note("keys.rotate", {"rows": rows})
            unit.seal()
            return rows

        return self._database.write(work)

    def clean(self) -> None:
        """Empties SQLite's write-ahead log, which may hold a page from before an erasure; no-op on PostgreSQL."""
        self._clean = self._database.sweep()

    def close(self) -> None:
        """Closes the connections that are kept for reuse; the store can be used again."""
        self._database.close()


def _take_key(connection: Connection, fingerprint: str) -> None:
    """Makes this the key of the installation, and seals the end of the log with it, unless its seal was broken."""
    head = read_head(connection)
    replace_value(connection, CONTACT_KEY, fingerprint)
    if head is not None:
        write_head(connection, head)


def _reseal(connection: Connection, table: Table, key: str) -> int:
    """Rewrites the encrypted columns of a table; returns how many rows."""
    names = [column.name for column in table.columns if isinstance(column.type, Encrypted)]
    rows = connection.execute(select(table.c[key], *(table.c[name] for name in names))).all()
    update = table.update().where(table.c[key] == bindparam("the_key"))
    values = [{"the_key": row[0], **dict(zip(names, row[1:], strict=True))} for row in rows]
    if "email_key" in table.c:
        values = [{**row, "email_key": email_key(row["email"])} for row in values]
    for part in chunks(values):
        connection.execute(update, part)
    return len(values)
