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
        _write(Path(str(url.database)))
    else:
        _create(url)
    store.migrate()


def _write(path: Path) -> None:
    if not path.exists():
        path.touch(0o600, exist_ok=False)
        path.write_bytes(_file())


@cache
def _file() -> bytes:
    """The content of a SQLite file with the newest tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        _migrated(f"sqlite:///{path}")
        return path.read_bytes()


def _create(url: URL) -> None:
    """The database is created anew, unless it has tables."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        if connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone():
            return
    name, keeper = str(url.database), url.set(drivername="postgresql", database="postgres")
    empty = _database(keeper)
    with psycopg.connect(keeper.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(empty))
        connection.execute(made)


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
