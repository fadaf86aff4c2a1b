"""The store: one database behind `matcher.ports.Store`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Table, bindparam, select

from matcher.errors import ConfigurationError, StoreReadOnly, StoreUnavailable
from matcher.policy import Asker
from matcher.ports import Clock, DatabaseFacts, Place
from matcher.repositories import Records, Transaction
from matcher.store import files, removals, schema
from matcher.store.database import Database
from matcher.store.derived import Derived
from matcher.store.encryption import Encrypted
from matcher.store.erasure import secret_of
from matcher.store.facts import described
from matcher.store.installation import replace_value, stored_value
from matcher.store.journal import Journal, new_batch
from matcher.store.log_head import CONTACT_KEY, read_head, write_head
from matcher.store.marks import email_key, marks_of
from matcher.store.records import CHUNK, chunks
from matcher.store.removals import CacheFolders
from matcher.store.seals import Note
from matcher.store.together import Together
from matcher.store.transaction import SqlRecords, SqlTransaction
from matcher.store.unit import UnitOfWork
from matcher.store.vectors import VectorTable
from matcher.store.versions import migrate
from matcher.traces import Traces

T = TypeVar("T")

ENCRYPTED = (
    (schema.contacts, "alumnus_key"),
    (schema.requesters, "request_key"),
    (schema.own_values, "alumnus_key"),
    (schema.outbox, "key"),
    (schema.newcomers, "key"),
    (schema.imports, "key"),
    (schema.import_changes, "id"),
    (schema.merges, "key"),
    (schema.uploads, "key"),
    (schema.upload_parts, "key"),
    (schema.invitations, "key"),
    (schema.request_letters, "key"),
    (schema.inbox_doubts, "key"),
    (schema.calendars, "key"),
    (schema.aftercare_cases, "key"),
    (schema.appointments, "key"),
    (schema.shortlist, "key"),
    (schema.disputes, "key"),
    (schema.segment_messages, "key"),
    (schema.feedback_texts, "key"),
    (schema.sources, "key"),
    (schema.source_answers, "key"),
)
"""Every table with encrypted columns, and the key of its rows."""

_FEW = 16
"""Parts of files, of half a megabyte each, that are encrypted again at a time."""


class SqlStore:
    """A SQLite file (`sqlite:///path`) or PostgreSQL (`postgresql://...`); connects on first use.

    Implements `matcher.ports.Store`. May be shared by threads. `on_mail` is called after a commit that adds mail to
    the outbox or makes some due. `journal`: what alumni take back is written there before it is committed here. Raises
    ConfigurationError for an unusable URL, and StoreUnavailable from every method if the database is unavailable.
    """

    def __init__(self, url: str, clock: Clock, keys: Sequence[str] = (), journal: Journal | None = None) -> None:
        self._database = Database(url, keys)
        self._clock = clock
        self._journal = journal
        self._derived = Derived()
        self._notes = Together(self._note_all)
        self.on_mail: Callable[[], object] | None = None
        self.vectors = VectorTable(self._database)
        self.cache_folders = CacheFolders(self._database, clock)

    @contextmanager
    def read(self) -> Iterator[Records]:
        """One state of the data."""
        with self._database.reading() as connection:
            yield SqlRecords(UnitOfWork(connection, self._clock.now(), derived=self._derived))

    def write(self, work: Callable[[Transaction], T], *, by: Asker) -> T:
        """Runs `work` as the only writer, commits it with one revision and its log entries, and returns its result.

        `work` may run again from the start after a serialization failure or deadlock of PostgreSQL.
        """
        unit: UnitOfWork
        batch = new_batch()

        def attempt(connection: Connection) -> T:
            nonlocal unit
            unit = UnitOfWork(connection, self._clock.now(), by)
            result = work(SqlTransaction(unit))
            unit.seal()
            if self._journal is not None and unit.taken_back:
                self._journal.announce(batch, secret_of(connection), unit.taken_back, unit.now)
            return result

        result = self._database.write(attempt)
        if unit.revision is not None:
            self._derived.end(unit.revision)
        if self._journal is not None and unit.taken_back:
            with suppress(StoreUnavailable):  # it is committed, and an unsettled line counts
                self._journal.settle(batch, done=True)
        if unit.to_clean is not None:
            with suppress(StoreUnavailable):  # the write itself is committed
                self._clean_at_once(unit.to_clean)
        if unit.mailed and self.on_mail is not None:
            self.on_mail()
        return result

    def note(self, action: str, details: Mapping[str, object], *, by: Asker) -> None:
        """Adds an entry to the log and commits it, in one transaction with those that others add at the same moment.

        None of them is added where that fails, and each raises the error.
        """
        self._notes(Note(by, str(action), details))

    def _note_all(self, notes: Sequence[Note]) -> None:
        def work(tx: Transaction) -> None:
            for note in notes:
                tx.note(note.action, note.details, by=note.by)

        self.write(work, by=notes[0].by)

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
            empty = not any(connection.execute(select(table.c[key]).limit(1)).first() for table, key in ENCRYPTED)
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
            rows = sum(_reseal(connection, table, key) for table, key in ENCRYPTED)
            _take_key(connection, keyring.fingerprint if keyring else "")
            unit.note("keys.rotate", {"rows": rows})
            if rows:
                unit.remove(removals.NEW_KEY)
            unit.seal()
            return rows

        return self._database.write(work)

    def clean(self, traces: Traces | None = None, *, large: bool = False) -> tuple[Place, ...]:
        """Removes what erased and overwritten values have left in files of the database, and says how each place is.

        `traces` are then searched there. Where nothing waits and nothing is searched, nothing is done. `large`: also
        what keeps others waiting for more than a moment: writing large tables of PostgreSQL anew.
        """
        with self._database.reading() as connection:
            number = removals.waiting(connection)
        if number is None and traces is None:
            return ()
        is_clean, places = files.clean(self._database, traces or Traces(), large=large)
        if is_clean and number is not None:
            self._database.write(lambda connection: removals.finish(connection, number))
        return places

    def search(self, traces: Traces, paths: Iterable[Path]) -> bool:
        """Whether any of these files holds a key, or a word that stands in no table. Raises OSError."""
        return files.holds(self._database, traces, paths)

    def _clean_at_once(self, number: int) -> None:
        if files.attempt(self._database):
            self._database.write(lambda connection: removals.finish(connection, number))

    def describe(self) -> DatabaseFacts:
        """What can be seen of the database, whatever the version of its tables."""
        return described(self._database)

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
    update = table.update().where(table.c[key] == bindparam("the_key"))
    keys = connection.execute(select(table.c[key])).scalars().all()
    columns = (table.c[key], *(table.c[name] for name in names))
    for part in chunks(keys, _FEW if table in (schema.upload_parts, schema.source_answers) else CHUNK):
        rows = connection.execute(select(*columns).where(table.c[key].in_(part))).all()
        values = [{"the_key": row[0], **dict(zip(names, row[1:], strict=True))} for row in rows]
        if table is schema.contacts:
            values = [{**row, **marks_of(row)} for row in values]
        elif "email_key" in table.c:
            values = [{**row, "email_key": email_key(row["email"])} for row in values]
        connection.execute(update, values)
    return len(keys)
