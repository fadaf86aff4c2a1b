"""The database seen from outside, by a connection of its own and plain SQL: what is really there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
from cryptography.fernet import Fernet, MultiFernet
from psycopg import sql
from sqlalchemy import make_url

from matcher.store import schema
from tests.support import fresh
from tests.support.postgres import PostgresServer

TABLES = tuple(table.name for table in schema.metadata.sorted_tables)
_NUMBERS = count(1)
_SEALED = "sealed:"
"""How a value begins that is encrypted."""


class Look(Protocol):
    """A connection that reads."""

    def rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of a select; `?` for each value."""
        ...

    def close(self) -> None:
        """The connection is gone when this returns."""
        ...


class _SqliteLook:
    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)

    def rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        self._connection.close()


class _PostgresLook:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        asked: Any = sql.replace("%", "%%").replace("?", "%s")
        return self._connection.execute(asked, values or None).fetchall()

    def close(self) -> None:
        self._connection.close()


class Database:
    """One empty, migrated database, and a look at it that no part of the product shares."""

    def __init__(self, url: str, open_look: Callable[[str], Look]) -> None:
        self.url, self._open = url, open_look
        self._look: Look | None = None

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a select; `?` for each value."""
        if self._look is None:
            self._look = self._open(self.url)
        return self._look.rows(sql, values)

    def elsewhere(self, url: str) -> Database:
        """The same look at another database of the same kind, to be closed."""
        return Database(url, self._open)

    def close(self) -> None:
        """Nobody looks any more, until rows are asked for again."""
        if self._look is not None:
            self._look.close()
            self._look = None

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table with its rows, in no order of their own; the columns in that of the schema.

        A column that a migration added is the last in the database, wherever the schema has it.
        """
        return {name: sorted(self.rows(_whole(name)), key=repr) for name in TABLES}

    def opened(self, keys: Sequence[str], select: str) -> list[tuple[Any, ...]]:
        """The rows of a select, with what is encrypted in them as it was before that. `keys`: of the installation."""
        if not keys:
            return self.rows(select)
        fernet = MultiFernet([Fernet(key) for key in keys])

        def text(value: Any) -> Any:
            sealed = isinstance(value, str) and value.startswith(_SEALED)
            return fernet.decrypt(value.removeprefix(_SEALED)).decode() if sealed else value

        return [tuple(map(text, row)) for row in self.rows(select)]

    def everything(self, keys: Sequence[str], *, but: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
        """Every table but some, with all that is in it as one text; what is encrypted is opened."""
        for name in TABLES:
            if name not in but:
                yield name, str(self.opened(keys, f'select * from "{name}"'))  # noqa: S608 - names of our own tables


def _whole(name: str) -> str:
    columns = ", ".join(f'"{column.name}"' for column in schema.metadata.tables[name].columns)
    return f'select {columns} from "{name}"'  # noqa: S608 - names of our own tables


def day(value: Any) -> date | None:
    """A date of either database."""
    return value if value is None or isinstance(value, date) else date.fromisoformat(value[:10])


def moment(value: Any) -> datetime:
    """A moment of either database: UTC, without a zone."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


class Sqlite:
    """Makes SQLite files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A new one, removed afterwards."""
        path = self._folder / f"region-{next(_NUMBERS)}.db"
        fresh.write_file(path)
        database = Database(f"sqlite:///{path}", _SqliteLook)
        try:
            yield database
        finally:
            database.close()
            for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
                file.unlink(missing_ok=True)


class Postgres:
    """Makes databases on a server."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A new one, removed afterwards."""
        name = f"region_{os.getpid()}_{next(_NUMBERS)}"
        url = self._server.url_of(name)
        fresh.create_database(make_url(url))
        database = Database(url, _PostgresLook)
        try:
            yield database
        finally:
            database.close()
            dropped = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            with suppress(psycopg.Error), psycopg.connect(self._server.url_of("postgres"), autocommit=True) as keeper:
                keeper.execute(dropped)


Maker = Sqlite | Postgres
