"""The connection to one database, a SQLite file or PostgreSQL, with the same guarantees from both.

A read sees one state of the data from its first row to its last. Writes are serialised, by `BEGIN IMMEDIATE` on SQLite
and an advisory lock on PostgreSQL: no other write changes what a write has read before it commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError

from matcher.errors import ConfigurationError
from matcher.store.encryption import Keyring, attach
from matcher.store.errors import is_passing, target_of, translated
from matcher.store.sqlite_connections import open_file

Result = TypeVar("Result")

LOCK_WAIT = "30s"
"""The same for PostgreSQL, where a waiting write does not block readers."""
ATTEMPTS = 5
"""Attempts at a write that ends in a serialization failure or deadlock of PostgreSQL."""
_WRITE_LOCK = 0x616C756D
_WRITING_KB, _USUAL_KB = 32_768, 2000
"""Memory for pages of SQLite while it writes, and its own default."""
_STREAMS = "alumnimatch_streams"
"""The name under which a connection remembers the results that are being read in batches."""
_OPENED = "alumnimatch_opened"
"""The name under which a connection remembers which opening of its database it belongs to."""
_POSTGRES_NAMES = ("postgres", "postgresql", "postgresql+psycopg")


def parse(url: str) -> URL:
    """The URL with its driver filled in. Raises ConfigurationError, without the URL: it may hold a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError("database_url_invalid") from None
    if parsed.drivername in _POSTGRES_NAMES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        if parsed.database in {None, "", ":memory:"}:
            raise ConfigurationError("database_in_memory")
        return parsed
    raise ConfigurationError("database_url_unsupported", scheme=parsed.drivername)


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("write", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:  # takes no lock, so cannot fail: by the driver, in a tenth of the time
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN")


def _open(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = open_file(url)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=patience)
    event.listen(engine, "checkin", _leave_writing_to_the_server)
    return engine


def _leave_writing_to_the_server(connection: Any, _record: object) -> None:
    """After a reading SQLAlchemy makes the connection writable, even where the database is read-only by default."""
    if connection is not None and not connection.closed:
        connection.read_only = None


@contextmanager
def closed_in_time(connection: Connection, rows: CursorResult[Any]) -> Iterator[CursorResult[Any]]:
    """Closes rows that are read in batches: at the end, where the reader stops, or with their transaction.

    A cursor of SQLite that is left open outlives its transaction, and the connection would go on seeing that state.
    """
    streams: list[CursorResult[Any]] = connection.info.setdefault(_STREAMS, [])
    streams.append(rows)
    try:
        yield rows
    finally:
        rows.close()
        if rows in streams:
            streams.remove(rows)


def _close_cursor(context: ExceptionContext) -> None:
    """SQLAlchemy leaves the cursor of a lost connection as it is, and psycopg warns of one that nobody closed."""
    if context.is_disconnect and context.execution_context is not None and context.execution_context.cursor is not None:
        with suppress(Exception):  # nothing can be told to the server any more, and the loss itself is raised
            context.execution_context.cursor.close()


@contextmanager
def _streams_closed(connection: Connection) -> Iterator[None]:
    streams: list[CursorResult[Any]] = connection.info.setdefault(_STREAMS, [])
    try:
        yield
    finally:
        for rows in tuple(streams):
            rows.close()
        streams.clear()


@contextmanager
def _room_to_write(connection: Connection) -> Iterator[None]:
    """More memory for pages while SQLite writes, of which there is one writer at a time.

    Keys are random, so that a large write changes pages everywhere: those that find no room are written twice.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA cache_size=-{_WRITING_KB}")
    try:
        yield
    finally:
        if not connection.invalidated:
            driver.execute(f"PRAGMA cache_size=-{_USUAL_KB}")


class Database:
    """One database; connects on first use. Raises ConfigurationError for an invalid URL."""

    def __init__(self, url: str, keys: Sequence[str] = ()) -> None:
        self._url = parse(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self.target = target_of(self._url)
        self.engine = _open(self._url)
        self._opened = 0
        event.listen(self.engine, "handle_error", _close_cursor)
        event.listen(self.engine, "connect", self._mark)
        event.listen(self.engine, "checkin", self._close_late)
        self.keyring = Keyring(keys) if keys else None
        attach(self.engine.dialect, self.keyring)

    @property
    def file(self) -> str:
        """The path of the SQLite file."""
        return self._url.database or ""

    @property
    def url(self) -> URL:
        """The address, with the password."""
        return self._url

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the data. Raises StoreUnavailable."""
        with translated(self.target), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with _streams_closed(connection):
                yield connection

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Runs `work` as the only writer, commits, and returns its result. Raises StoreUnavailable.

        `work` may run again from the start after a serialization failure or deadlock of PostgreSQL.
        """
        with translated(self.target):
            for _ in range(ATTEMPTS - 1):
                try:
                    return self._attempt(work)
                except DBAPIError as error:
                    if not is_passing(error):
                        raise
            return self._attempt(work)

    def _attempt(self, work: Callable[[Connection], Result]) -> Result:
        with self.engine.connect() as connection:
            connection.execution_options(write=True)
            with _room_to_write(connection), connection.begin(), _streams_closed(connection):
                if not self.is_sqlite:
                    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITE_LOCK})
                return work(connection)

    def _mark(self, _connection: object, record: Any) -> None:
        record.info[_OPENED] = self._opened

    def _close_late(self, _connection: object, record: Any) -> None:
        """A connection that was in use when the database was closed has no pool to go back to."""
        if record.info.get(_OPENED, self._opened) != self._opened:
            record.close()

    def close(self) -> None:
        """Closes the connections: those that are in use when they are no longer. The next use connects again."""
        self._opened += 1
        self.engine.dispose()
