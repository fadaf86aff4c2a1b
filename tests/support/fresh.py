"""Databases with the newest tables, empty or filled: copies of one that is migrated and filled once in a process."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL

from matcher.ports import Clock
from matcher.store.sql_store import SqlStore
from tests.support.fakes import FixedClock
from tests.support.worlds import AS_OF


def migrate(store: SqlStore) -> None:
    """Does what `store.migrate()` does; a database that does not exist yet, or is empty, becomes a copy."""
    url = store._database.engine.url
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        if not path.exists():
            write_file(path)
    elif _is_empty(url):
        create_database(url, anew=True)
    store.migrate()


def write_file(path: Path) -> None:
    """A new SQLite file with the newest tables."""
    path.touch(0o600, exist_ok=False)
    path.write_bytes(_file())


def filled(path: Path, clock: Clock, fill: Callable[[SqlStore], None]) -> SqlStore:
    """A store on a new SQLite file with the newest tables and what `fill` puts there, all of it at the clock's moment.

    On AS_OF the file is a copy; the keys in it are the same for every copy of this process.
    """
    now, usual = clock.now(), FixedClock(AS_OF).now()
    if now.date() != usual.date():
        write_file(path)
    else:
        path.touch(0o600, exist_ok=False)
        path.write_bytes(_file(fill))
    store = SqlStore(f"sqlite:///{path}", clock=clock)
    store.migrate()
    if now.date() != usual.date():
        fill(store)
    elif now != usual:
        _made_at(path, now)
    return store


def _made_at(path: Path, moment: datetime) -> None:
    """Says of all revisions in the file that they are of this moment in UTC."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE revisions SET created_at = ?", [moment.strftime("%Y-%m-%d %H:%M:%S.%f")])


def create_database(url: URL, *, anew: bool = False) -> None:
    """A database of PostgreSQL at this address with the newest tables; `anew`: in the place of an empty one."""
    own = sql.Identifier(str(url.database))
    keeper = url.set(drivername="postgresql", database="postgres")
    empty = sql.Identifier(_database(keeper))
    with psycopg.connect(keeper.render_as_string(hide_password=False), autocommit=True) as connection:
        if anew:
            connection.execute(sql.SQL("DROP DATABASE {}").format(own))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(own, empty))


@cache
def _file(fill: Callable[[SqlStore], None] | None = None) -> bytes:
    """The content of a SQLite file with the newest tables, and with what `fill` puts there."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.db")
        if fill is not None:
            write_file(path)
        _migrated(f"sqlite:///{path}", fill)
        return path.read_bytes()


def _is_empty(url: URL) -> bool:
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        return connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone() is None


@cache
def _database(keeper: URL) -> str:
    """The name of a database with the newest tables, on the server of this address."""
    name = f"empty_{os.getpid()}"
    with psycopg.connect(keeper.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    _migrated(keeper.set(database=name).render_as_string(hide_password=False))
    return name


def _migrated(url: str, fill: Callable[[SqlStore], None] | None = None) -> None:
    store = SqlStore(url, FixedClock(AS_OF))
    store.migrate()
    if fill is not None:
        fill(store)
    store.close()
