"""The files of a SQLite database: what erased and overwritten values leave there, removed and searched.

Deleted content is overwritten at once (`secure_delete`), in new pages in the write-ahead log; the old pages stay in the
file until they are copied over, which waits for every reader of an earlier state.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from matcher.store.file_search import found_in

PATIENCE = 5.0
"""Seconds that a cleaning waits for readers to end; no lock is held meanwhile."""
_PAUSE = 0.05
_SUFFIXES = ("", "-wal", "-journal")


def empty_log(engine: Engine, patience: float = 0.0) -> bool:
    """Copies the write-ahead log into the database and truncates it; False if a reader or a writer prevents that.

    An attempt that cannot finish ends at once: one that waits inside SQLite would keep all writers waiting.
    """
    deadline = time.monotonic() + patience
    while not _checkpoint(engine):
        if time.monotonic() + _PAUSE > deadline:
            return False
        time.sleep(_PAUSE)
    return True


def rebuild(engine: Engine) -> bool:
    """Writes the database anew, without free space; False if it cannot be written now. Readers go on meanwhile."""
    with _connection(engine) as connection:
        try:
            connection.execute("VACUUM")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                raise
            return False
    return True


def search(engine: Engine, needles: Collection[bytes]) -> set[bytes]:
    """Those of the needles that a file of the database holds. Raises OSError if one cannot be read."""
    with _connection(engine) as connection:
        path = next((row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main"), "")
    return found_in([Path(f"{path}{suffix}") for suffix in _SUFFIXES], needles)


def _checkpoint(engine: Engine) -> bool:
    with _connection(engine) as connection:
        before = connection.execute("PRAGMA busy_timeout").fetchone()[0]
        connection.execute("PRAGMA busy_timeout=0")
        try:
            busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                raise
            return False
        finally:
            connection.execute(f"PRAGMA busy_timeout={before}")
    return not busy


@contextmanager
def _connection(engine: Engine) -> Iterator[sqlite3.Connection]:
    """A connection outside any transaction."""
    pooled = engine.raw_connection()
    try:
        driver = pooled.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - the engine is of SQLite
        yield driver
    finally:
        pooled.close()
