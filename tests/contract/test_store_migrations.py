"""The migrations: they make exactly the tables that the code reads, and go both ways."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import matcher.store.migrations
from matcher.domain.records import RecordKind
from matcher.errors import ConfigurationError, StoreUnavailable
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from matcher.store.versions import HEAD, downgrade, upgrade
from tests.support import stores
from tests.support.records import FULL, row
from tests.support.stores import open_store, reading, upsert


def test_the_migrations_make_the_tables_of_the_code(store: SqlStore) -> None:
    """Alembic finds no difference between a migrated database and `tables.py`; names of constraints are equal too."""
    with store._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        look = inspect(connection)
        for table in schema.metadata.sorted_tables:
            named = {str(constraint.name) for constraint in table.foreign_key_constraints}
            assert {str(key["name"]) for key in look.get_foreign_keys(table.name)} == named
            assert look.get_pk_constraint(table.name)["name"] == table.primary_key.name


def test_the_known_versions_are_the_migrations() -> None:
    """The list that spares loading Alembic names every migration, in order."""
    scripts = ScriptDirectory(str(Path(matcher.store.migrations.__file__).parent))
    in_order = [script.revision for script in scripts.walk_revisions()][::-1]
    assert tuple(in_order) == matcher.store.migrations.REVISIONS
    assert scripts.get_current_head() == HEAD


def test_down_and_up_on_data(store: SqlStore) -> None:
    """A database with data goes down to nothing and up again; another migrate changes nothing."""
    for kind in RecordKind:
        upsert(store, kind, [row(1, **FULL[kind])])
    store._database.write(partial(downgrade, to="base"))
    with store._database.reading() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    with pytest.raises(StoreUnavailable, match="database_not_migrated"):
        stores.revision(store)
    store._database.write(partial(upgrade, to=HEAD))
    store.migrate()
    assert (stores.revision(store), reading(store).records.count(RecordKind.ALUMNI)) == (0, 0)


def test_a_migration_that_fails_leaves_nothing(database_url: str) -> None:
    """All or nothing: a table in the way leaves neither tables nor a version."""
    store = open_store(database_url)
    store._database.write(lambda connection: connection.execute(text("CREATE TABLE places (x INTEGER)")) and None)
    with pytest.raises(Exception, match="database_failed"):
        store.migrate()
    with store._database.reading() as connection:
        assert inspect(connection).get_table_names() == ["places"]
    store.close()


def test_a_database_of_a_newer_version_is_refused(store: SqlStore) -> None:
    """An unknown version is not touched: the error names both versions."""
    store._database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")) and None)
    with pytest.raises(ConfigurationError) as refused:
        store.migrate()
    assert (refused.value.code, refused.value.values) == ("store_newer", {"version": "9999", "known": HEAD})
