"""The database seen from outside, by a connection of its own and plain SQL: what is really there."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from matcher.store import schema
from matcher.store.sql_store import SqlStore
from tests.simulation.region import START
from tests.support.fakes import FixedClock
from tests.support.postgres import PostgresServer

TABLES = tuple(table.name for table in schema.metadata.sorted_tables)
_NUMBERS = count(1)


class Database:
    """One empty, migrated database, and a look at it that no part of the product shares."""

    def __init__(self, url: str, look: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]) -> None:
        self.url, self._look = url, look

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a select; `?` for each value."""
        return self._look(sql, values)

    def everything(self, *, but: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
        """Every table but some, with all that is in it as one text."""
        for name in TABLES:
            if name not in but:
                yield name, str(self.rows(f'select * from "{name}"'))  # noqa: S608 - the names of our own tables


def day(value: Any) -> date | None:
    """A date of either database."""
    return value if value is None or isinstance(value, date) else date.fromisoformat(value[:10])


def moment(value: Any) -> datetime:
    """A moment of either database: UTC, without a zone."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


class Sqlite:
    """Makes SQLite files in a folder, each a copy of one that was migrated."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._empty = folder / "empty.db"

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A new one, removed afterwards."""
        if not self._empty.exists():
            _migrated(f"sqlite:///{self._empty}")
        path = self._folder / f"region-{next(_NUMBERS)}.db"
        shutil.copyfile(self._empty, path)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            yield Database(f"sqlite:///{path}", lambda sql, values: connection.execute(sql, values).fetchall())
        finally:
            connection.close()
            for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
                file.unlink(missing_ok=True)


class Postgres:
    """Makes databases on a server, each a copy of one that was migrated."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._empty: str | None = None

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A new one, removed afterwards."""
        import psycopg
        from psycopg import sql

        if self._empty is None:
            url = self._server.url()
            _migrated(url)
            self._empty = url.rpartition("/")[2]
        name = f"{self._empty}_{next(_NUMBERS)}"
        empty, own = sql.Identifier(self._empty), sql.Identifier(name)
        with psycopg.connect(self._server.url_of("postgres"), autocommit=True) as keeper:
            keeper.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(own, empty))
            url = self._server.url_of(name)
            try:
                with psycopg.connect(url, autocommit=True) as connection:

                    def look(question: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
                        asked: Any = question.replace("%", "%%").replace("?", "%s")
                        return connection.execute(asked, values or None).fetchall()

                    yield Database(url, look)
            finally:
                with suppress(psycopg.Error):
                    keeper.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(own))


Maker = Sqlite | Postgres


def _migrated(url: str) -> None:
    store = SqlStore(url, FixedClock(START))
    store.migrate()
    store.close()
