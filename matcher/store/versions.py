"""Versions of the tables, and migration to the newest one. Alembic is loaded only when there is work to do."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from matcher.errors import ConfigurationError, StoreUnavailable
from matcher.store.database import Database
from matcher.store.migrations import REVISIONS

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = REVISIONS[-1]
UNFINISHED = "restore_unfinished"
"""A table that exists while a back-up of PostgreSQL is being restored; no one else may use the database."""
VERSION = text("SELECT version_num FROM alembic_version")
"""The version of the tables, whether this program knows it or not."""


def config(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is inside a transaction."""
    from alembic.config import Config

    result = Config(attributes={"connection": connection})
    folder = Path(__file__).parent / "migrations"
    result.set_main_option("script_location", str(folder).replace("%", "%%"))
    return result


def version(connection: Connection) -> str | None:
    """The version of the tables; None for an empty database. Raises ConfigurationError for an unknown version."""
    if not inspect(connection).has_table("alembic_version"):
        if inspect(connection).has_table("alumni"):
            raise ConfigurationError("store_foreign")
        return None
    number = connection.execute(VERSION).scalar()
    if number is not None and number not in REVISIONS:
        raise ConfigurationError("store_newer", version=number, known=HEAD)
    return number


def migrate(database: Database, *, restoring: bool = False) -> None:
    """Upgrades to the newest version, in one process at a time and one transaction.

    Raises StoreUnavailable('restore_unfinished') for a half-restored database, unless by the restore itself.
    """
    with database.reading() as connection:
        if not restoring and inspect(connection).has_table(UNFINISHED):
            raise StoreUnavailable("restore_unfinished", database=database.target)
        if version(connection) == HEAD:
            return
    database.write(partial(upgrade, to=HEAD))


def upgrade(connection: Connection, *, to: str) -> None:
    """Upgrades to a version, inside the transaction of the connection."""
    from alembic import command

    if version(connection) != to:
        command.upgrade(config(connection), to)


def downgrade(connection: Connection, *, to: str) -> None:
    """Downgrades to an older version (`base` removes all tables), inside the transaction of the connection."""
    from alembic import command

    command.downgrade(config(connection), to)
