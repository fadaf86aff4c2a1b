"""Opening a SQLite file: with our settings, private to its owner, and only for reading where it cannot be written.

A file in WAL mode needs a second file beside it even to be read, which a folder without write rights, or a medium that
is read-only, does not allow. Such a file is opened as one that does not change (`immutable`) while no one has it open
for writing, and opened anew when it has changed all the same.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

BUSY_MS = 5000
"""Milliseconds that SQLite waits for another writer before `database_locked`."""
_STATE = "alumnimatch_state"
"""The name under which a connection to a file that does not change remembers the state in which it was opened."""
_NOT_WRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN")


def open_file(url: URL) -> Engine:
    """An engine on a file; connects on first use."""
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_MS / 1000})
    path = Path(url.database or "")

    def connect(dialect: Dialect, record: Any, arguments: Any, named: dict[str, Any]) -> Any:
        record.info.pop(_STATE, None)
        if path.name.startswith("file:"):
            return _prepared(dialect.connect(*arguments, **named))
        _create_private(path)
        try:
            return _prepared(dialect.connect(*arguments, **named))
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(_NOT_WRITABLE) or not path.is_file():
                raise
            record.info[_STATE] = _state(path)
            return _for_reading(path, named)

    def check(_connection: object, record: Any, _proxy: object) -> None:
        if _STATE in record.info and record.info[_STATE] != _state(path):
            raise DisconnectionError

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "checkout", check)
    return engine


def _create_private(path: Path) -> None:
    """Makes a new file readable by its owner only, for personal data; SQLite gives its other files the same mode."""
    with suppress(OSError):  # it exists, or SQLite is about to report the problem
        path.touch(0o600, exist_ok=False)


def _prepared(connection: Any) -> Any:
    """The connection with our settings. Raises OperationalError for a file that cannot be written, if it is closed."""
    try:
        _set_up(connection)
        connection.execute("PRAGMA secure_delete=ON")  # erased content is overwritten, not only unlinked
        deadline = time.monotonic() + BUSY_MS / 1000
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                # the switch to WAL does not wait for another process that is also switching
                if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event starts transactions, not the driver
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")


def _for_reading(path: Path, named: dict[str, Any]) -> sqlite3.Connection:
    """A connection that only reads. While no one writes there is no log beside the file, and it needs none."""
    how = "mode=ro" if _log_of(path).exists() else "immutable=1"
    options = {name: value for name, value in named.items() if name != "uri"}
    connection: sqlite3.Connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{how}", uri=True, **options)
    try:
        _set_up(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _state(path: Path) -> tuple[int, int, bool]:
    """What changes when someone writes the file after all."""
    with suppress(OSError):
        found = path.stat()
        return found.st_mtime_ns, found.st_size, _log_of(path).exists()
    return 0, 0, False
