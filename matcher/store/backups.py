"""Back-ups of the database and back, of a SQLite file; those of PostgreSQL are in `dumps.py`.

A back-up of SQLite is a database itself. It is unpacked beside the database, brought to this version and corrected
there, and then replaces the whole database in one transaction of SQLite: other processes see the one or the other.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from sqlalchemy import Connection, inspect, select, text

from matcher import atomic
from matcher.domain.moments import stored
from matcher.errors import ConfigurationError, StoreError, StoreUnavailable, UnreadableFile
from matcher.leftovers import PUT_ASIDE, UNPACKED
from matcher.ports import Clock, Copy, TakenBack
from matcher.store import removals, schema
from matcher.store.database import Database
from matcher.store.encryption import Encrypted
from matcher.store.erasure import TOMBSTONES, bury, secret_of
from matcher.store.errors import translated
from matcher.store.files import attempt
from matcher.store.former import all_keys
from matcher.store.installation import replace_value, stored_value
from matcher.store.journal import Journal
from matcher.store.revisions import add_revision
from matcher.store.sql_store import SqlStore
from matcher.store.sqlite_connections import BUSY_MS
from matcher.store.versions import HEAD, downgrade, migrate, version

_FILLED = ("alumni", "requests", "offerings", "audit")
"""A database is empty as long as none of these tables has a row."""
_DAMAGED = ("database_not_a_database", "database_damaged")


class UnpackedPlace(ABC):
    """Implements `matcher.ports.Unpacked`, but for how the place replaces the database."""

    def __init__(self, url: str, clock: Clock, keys: Sequence[str], journal: Journal | None) -> None:
        self.database = Database(url, keys)
        self.store = SqlStore(url, clock, keys)
        self._clock = clock
        self._journal = journal
        self.version = ""

    def __enter__(self) -> Self:
        try:
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()
        self.store.close()

    def _prepare(self) -> None:
        """Brings the tables to this version. Raises ConfigurationError where the settings have not the right key."""
        with self.database.reading() as connection:
            number = version(connection)
        if number is None:
            raise UnreadableFile("backup_unreadable")
        self.version = number
        migrate(self.database, restoring=True)
        try:
            self.store.check_keys()
        except ConfigurationError:
            raise ConfigurationError("backup_key") from None

    def verify(self) -> list[str]:
        """What cannot be read: `log` for a broken seal, `keys` for contact details that no key opens."""
        problems = []
        with self.store.read() as records:
            if records.audit.verify().wrong is not None:
                problems.append("log")
        try:
            with self.database.reading() as connection:
                _read_encrypted(connection)
        except ConfigurationError:
            problems.append("keys")
        return problems

    def taken_back(self) -> TakenBack:
        """What its alumni took back since. Raises ConfigurationError('journal_none', ...)."""
        if self._journal is None:
            raise ConfigurationError("journal_none")
        with self.database.reading() as connection:
            keys = all_keys(connection)
            secret = stored_value(connection, TOMBSTONES)
        return self._journal.taken_back(keys, secret)

    def bury(self, tombstones: Mapping[str, Collection[str]]) -> int:
        """Stores tombstones by the secret that made them; returns how many cannot be used with the secret here."""
        today = self._clock.today()

        def work(connection: Connection) -> int:
            own = stored_value(connection, TOMBSTONES)
            made = (schema.tombstones.c.digest, schema.former_addresses.c.digest, schema.closed_addresses.c.digest)
            if not any(connection.execute(select(digest).limit(1)).first() for digest in made):
                newest = next(reversed([secret for secret in tombstones if secret]), own)
                if newest is not None and newest != own:
                    replace_value(connection, TOMBSTONES, newest)
                    own = newest
            usable = set(tombstones.get(own or "", ()))
            bury(connection, usable, today)
            return sum(len(set(digests) - usable) for digests in tombstones.values())

        return self.database.write(work)

    def close(self, *, keep_version: bool = False) -> None:
        """Ends its connections, with the tables as in the back-up if asked.

        Every process then removes the snapshots of before: they may hold people of whom this database knows nothing.
        """
        self.database.write(partial(_forget_snapshots, at=stored(self._clock.now())))
        if keep_version and self.version != HEAD:
            self.database.write(partial(downgrade, to=self.version))
        attempt(self.database)
        self.database.close()
        self.store.close()

    @abstractmethod
    def publish(self, *, keep_version: bool) -> None:
        """Replaces the database by this one."""


def _forget_snapshots(connection: Connection, at: datetime) -> None:
    """As after an erasure, at a revision that no folder was cleaned up to yet."""
    add_revision(connection, "restore", 0, None, at)
    removals.add(connection, removals.ERASURE, at)


class FilePlace(UnpackedPlace):
    """A back-up of SQLite in a file of its own."""

    def __init__(
        self,
        file: Path,
        source: Path,
        target: Database,
        *,
        clock: Clock,
        keys: Sequence[str] = (),
        journal: Journal | None = None,
    ) -> None:
        super().__init__(f"sqlite:///{file}", clock, keys, journal)
        self._file, self._source, self._target = file, source, target

    def verify(self) -> list[str]:
        """The tables of which a row differs from the back-up's, where no migration changed them; and as above."""
        with closing(_connect(self._source)) as source, closing(_connect(self._file)) as copy:
            problems = _differing(source, copy) if self.version == HEAD else []
        return problems + super().verify()

    def publish(self, *, keep_version: bool) -> None:
        """Writes it over the database in one transaction; a damaged one is kept under another name."""
        need_unused(self._target)
        self.close(keep_version=keep_version)
        target = Path(self._target.file)
        with translated(str(target)), closing(_open(self._file)) as place:
            try:
                _copy_into(place, target)
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorname.partition("_")[2] not in {"NOTADB", "CORRUPT"}:
                    raise
                _put_aside(target)
                _copy_into(place, target)
        with closing(self._target):
            attempt(self._target)


class FileBackups:
    """Implements `matcher.ports.Backups` for a SQLite file."""

    def __init__(self, url: str, clock: Clock, keys: Sequence[str] = (), journal: Journal | None = None) -> None:
        self._database = Database(url, keys)
        self._clock, self._keys, self._journal = clock, keys, journal

    def save(self, target: Path) -> Copy:
        """A consistent copy while others go on: `VACUUM INTO` reads one state, and copies no page that was freed."""
        with closing(self._database):
            number = prepare_copy(self._database, self._journal)
        with atomic.write(target) as file:
            with (
                translated(str(target)),
                closing(self._database),
                closing(self._database.engine.raw_connection()) as raw,
            ):
                raw.cursor().execute("VACUUM INTO ?", (file.name,))
            _check(Path(file.name), target)
        return described(target, number)

    def holds_data(self) -> bool:
        """Whether the database has a record or an entry of the log, or cannot be read."""
        if not Path(self._database.file).exists():
            return False
        try:
            with closing(self._database):
                return has_rows(self._database)
        except StoreUnavailable as error:
            if error.code in _DAMAGED:
                return True
            raise

    @contextmanager
    def unpack(self, source: Path, *, apart: bool) -> Iterator[FilePlace]:
        """A copy of the back-up beside the database; removed at the end, or by the next restore if this one stops."""
        _check(source, source)
        folder = Path(self._database.file).absolute().parent
        for stopped in () if apart else folder.glob(f"{UNPACKED}*"):
            _remove_unused(stopped)
        try:
            work, held = _new_folder(folder)
        except OSError as error:
            raise StoreUnavailable("database_unreachable", database=self._database.target) from error
        try:
            file = work / "place.db"
            with translated(str(source)), closing(_connect(source)) as opened:
                _copy_into(opened, file)
            place = FilePlace(file, source, self._database, clock=self._clock, keys=self._keys, journal=self._journal)
            with place:
                yield place
        finally:
            shutil.rmtree(work, ignore_errors=True)
            os.close(held)


def prepare_copy(database: Database, journal: Journal | None) -> str:
    """Settles the journal before a copy; returns the version of the tables. Raises StoreError if there are none.

    A database of an older version is only read.
    """
    with database.reading() as connection:
        number = version(connection)
    if number is None:
        raise StoreError("backup_of_nothing")
    if journal is not None and number != HEAD:
        journal.begin(None)
    elif journal is not None:
        has_open = journal.has_open()  # the file is long, and while it is read below, all other writers wait

        def work(connection: Connection) -> None:
            journal.begin(secret_of(connection))  # the back-up has the secret of every later tombstone
            if has_open:
                journal.settle_open(all_keys(connection))

        database.write(work)
    return number


def described(target: Path, number: str) -> Copy:
    """The description of a finished back-up."""
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Copy(number, number == HEAD, target.stat().st_size, digest)


def has_rows(database: Database) -> bool:
    """Whether there is a record or an entry of the log, whatever the version of the tables."""
    with database.reading() as connection:
        names = set(inspect(connection).get_table_names())
        return any(
            connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first()  # noqa: S608 - a name of ours
            for name in _FILLED
            if name in names
        )


def need_unused(database: Database) -> None:
    """Raises StoreUnavailable('database_in_use') while another program has the file open, a server say."""
    file = Path(database.file)
    database.close()
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname.startswith("SQLITE_BUSY"):
            raise StoreUnavailable("database_in_use", database=database.target) from None
    except sqlite3.DatabaseError:
        return  # damaged: it is about to be put aside


def _connect(file: Path) -> sqlite3.Connection:
    """A connection to a back-up that only reads. Without a write-ahead log beside it it writes nothing there either."""
    log = file.with_name(f"{file.name}-wal")
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(file))}?{mode}", uri=True, timeout=BUSY_MS / 1000, isolation_level=None)


def _open(file: Path) -> sqlite3.Connection:
    """A connection to a file that exists; none is made, which would be an empty database."""
    return sqlite3.connect(f"file:{quote(str(file))}?mode=rw", uri=True)


def _hold(folder: Path) -> int:
    """Locks a folder until its descriptor is closed or the process ends. Raises OSError where another has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _new_folder(beside: Path) -> tuple[Path, int]:
    """A new folder and the descriptor that holds it. Raises OSError."""
    while True:
        work = Path(tempfile.mkdtemp(prefix=UNPACKED, dir=beside))
        with suppress(BlockingIOError, FileNotFoundError):  # another restore took it for one that was left
            held = _hold(work)
            if work.exists():
                return work, held
            os.close(held)


def _remove_unused(folder: Path) -> None:
    """Removes what a restore left that stopped; that of one at work stays."""
    try:
        handle = _hold(folder)
    except OSError:
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.close(handle)


def _copy_into(source: sqlite3.Connection, file: Path) -> None:
    if not file.exists():
        file.touch(0o600)
    with closing(sqlite3.connect(file, timeout=BUSY_MS / 1000)) as target:
        source.backup(target)


def _put_aside(file: Path) -> None:
    for beside in ("", "-wal", "-shm"):
        name = file.with_name(file.name + beside)
        if name.exists():
            name.replace(file.with_name(f"{file.name}{PUT_ASIDE}{beside}"))


def _check(file: Path, shown: Path) -> None:
    """Raises UnreadableFile for a file that is no database, or one whose pages or references are damaged."""
    try:
        with closing(_connect(file)) as connection:
            sound = [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
            sound = sound and connection.execute("PRAGMA foreign_key_check").fetchone() is None
    except sqlite3.Error:
        sound = False
    if not sound:
        raise UnreadableFile("backup_unreadable", file=shown.name)


def _differing(first: sqlite3.Connection, second: sqlite3.Connection) -> list[str]:
    """The tables whose rows are not the same in both."""
    names = first.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    problems = []
    for (name,) in names:
        pairs = zip_longest(*(_rows(connection, name) for connection in (first, second)))
        if any(one != other for one, other in pairs):
            problems.append(name)
    return problems


def _rows(connection: sqlite3.Connection, name: str) -> Iterator[tuple[Any, ...]]:
    count = len(connection.execute(f"PRAGMA table_info({name})").fetchall())
    order = ", ".join(str(number) for number in range(1, count + 1))
    yield from connection.execute(f"SELECT * FROM {name} ORDER BY {order}")  # noqa: S608 - a name of the schema


def _read_encrypted(connection: Connection) -> None:
    """Reads every encrypted column. Raises ConfigurationError for a value that no key decrypts."""
    for table in schema.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Encrypted)]
        if columns:
            rows = connection.execute(select(*columns), execution_options={"yield_per": 1000})
            for _ in rows:
                pass
