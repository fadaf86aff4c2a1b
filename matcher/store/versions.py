"""Versions of the tables, and migration to the newest one. Alembic is loaded only when there is work to do."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from matcher.errors import ConfigurationError, StoreUnavailable
from matcher.store.database import Database
from matcher.store.encryption import Keyring
from matcher.store.installation import stored_value
from matcher.store.log_head import CONTACT_KEY, read_head, seal_head
from matcher.store.migrations import REVISIONS

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = REVISIONS[-1]
UNFINISHED = "restore_unfinished"
"""A table that exists while a back-up of PostgreSQL is being restored; no one else may use the database."""
VERSION = text("SELECT version_num FROM alembic_version")
"""The version of the tables, whether this program knows it or not."""
_LOG_HEAD, _SEALED_ANEW = "0010", "0011"
"""The migrations that store the end of the log, and store it anew: they have no keys and so cannot seal it."""

PATIENCE = 600.0
"""Seconds that a process which starts waits for another, which may be sealing a long log anew."""


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
    """Upgrades to the newest version, in one process at a time and one transaction, for which the others wait.

    Raises StoreUnavailable('restore_unfinished') for a half-restored database, unless by the restore itself.
    Raises ConfigurationError if the log is to be sealed for the first time, and the key of contact details is missing.
    """
    with database.reading() as connection:
        if not restoring and inspect(connection).has_table(UNFINISHED):
            raise StoreUnavailable("restore_unfinished", database=database.target)
        if version(connection) == HEAD:
            return
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            database.write(partial(_migrate, database.keyring))
        except StoreUnavailable as error:
            if error.code != "database_locked" or time.monotonic() > deadline:
                raise
        else:
            return


def _migrate(keyring: Keyring | None, connection: Connection) -> None:
    before = version(connection)
    is_whole = before is not None and (before < _LOG_HEAD or read_head(connection) is not None)
    upgrade(connection, to=HEAD)
    if before is not None and before < _SEALED_ANEW:
        key = stored_value(connection, CONTACT_KEY)
        if key and (keyring is None or not keyring.has(key)):
            raise ConfigurationError("contact_key_missing" if keyring is None else "contact_key_new")
        if is_whole:  # an end that was made up by someone without the key does not become ours
            seal_head(connection)


def upgrade(connection: Connection, *, to: str) -> None:
    """Upgrades to a version, inside the transaction of the connection."""
    from alembic import command

    if version(connection) != to:
        command.upgrade(config(connection), to)


def downgrade(connection: Connection, *, to: str) -> None:
    """Downgrades to an older version (`base` removes all tables), inside the transaction of the connection."""
    from alembic import command

    is_whole = read_head(connection) is not None
    command.downgrade(config(connection), to)
    if is_whole and to in REVISIONS and to >= _LOG_HEAD:
        seal_head(connection)
