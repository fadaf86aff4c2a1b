"""Databases with the newest tables and nothing in them: copies of one that is migrated once in a process."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL

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
def _file() -> bytes:
    """The content of a SQLite file with the newest tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        _migrated(f"sqlite:///{path}")
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


def _migrated(url: str) -> None:
    store = SqlStore(url, FixedClock(AS_OF))
    store.migrate()
    store.close()
