"""New records that are written by column are what they are one by one, and an undo takes them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories import Transaction
from matcher.repositories.values import Undone, Upsert, UpsertResult
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from tests.contract.test_store_properties import FIELDS
from tests.support import fresh
from tests.support.fakes import FixedClock
from tests.support.records import SCHOOL, TODAY
from tests.support.stores import writing

ALUMNI = RecordKind.ALUMNI
KEYS = {"key", "alumnus_key"}
many = settings(max_examples=60, deadline=None)
MORE: dict[str, st.SearchStrategy[Any]] = {
    "last_name": st.none() | st.sampled_from(("Jansen", "de Wit", "")),
    "phone": st.none() | st.sampled_from(("06-12345678", "+31 6 12345678", "x")),
    "pc4": st.none() | st.just("8011"),
}
rows_of_values = st.lists(st.fixed_dictionaries({}, optional=FIELDS | MORE), min_size=1, max_size=8)


def imported(store: SqlStore, rows: list[Upsert], *, alike: bool) -> tuple[str, list[UpsertResult]]:
    """An import in one transaction: its id and results. Without `alike` it is by column."""

    def work(tx: Transaction) -> tuple[str, list[UpsertResult]]:
        import_id = tx.imports.begin(ALUMNI, None, "list.csv")
        return import_id, tx.imports.upsert(ALUMNI, rows, import_id=import_id, alike=alike)

    return store.write(work, by=COMMAND_LINE)


def contents(store: SqlStore) -> dict[str, list[tuple[object, ...]]]:
    """The tables about alumni, with their numbers in place of random keys."""
    with store._database.reading() as connection:
        named = connection.execute(select(schema.alumni.c.key, schema.alumni.c.alumnus_id))
        numbers = {row[0]: row[1] for row in named}
        found = {}
        for table in (schema.alumni, schema.contacts, schema.consents, schema.objections):
            columns = [column for column in table.c if column.name not in KEYS]
            key = next(column for column in table.c if column.name in KEYS)
            rows = connection.execute(select(key, *columns)).all()
            found[table.name] = sorted(((numbers[row[0]], *row[1:]) for row in rows), key=repr)
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """One database for all examples: each leaves nothing."""
    store = SqlStore(f"sqlite:///{tmp_path_factory.mktemp('new') / 'store.db'}", FixedClock(TODAY))
    fresh.migrate(store)
    yield store
    store.close()


@many
@given(values=rows_of_values)
def test_by_column_is_as_one_by_one(store: SqlStore, values: list[dict[str, Any]]) -> None:
    """The same rows and results of every table, and an undo of each finds nothing changed: all of them go."""
    rows = [Upsert(place, f"A-{place}", SCHOOL, own) for place, own in enumerate(values)]
    seen = []
    for alike in (False, True):
        import_id, results = imported(store, rows, alike=alike)
        seen.append((contents(store), [(one.row, one.outcome, one.id, one.warnings) for one in results]))
        assert writing(store).imports.undo(import_id) == Undone(ALUMNI, removed=len(rows))
        assert not any(contents(store).values())
    assert seen[0] == seen[1]
