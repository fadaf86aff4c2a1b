"""Rows of an import into records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Executable, bindparam

from matcher.domain.records import RecordKind
from matcher.repositories.values import Changes, Upsert, UpsertResult
from matcher.store import schema
from matcher.store.codecs import LAYOUTS
from matcher.store.erasure import remember_addresses
from matcher.store.import_diff import ImportDiff, Planner
from matcher.store.removals import OVERWRITE
from matcher.store.unit import UnitOfWork


class Imports:
    """Implements `matcher.repositories.people.Imports`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def upsert(self, kind: RecordKind, rows: Sequence[Upsert]) -> list[UpsertResult]:
        """Writes the rows; rows in which nothing changes write nothing.

        Raises ValueError for what an importer has to refuse: a record twice in one call, an unknown field, a required
        field absent or empty.
        """
        self._unit.need_write()
        diff = Planner(self._connection, kind, self._unit.today).plan(rows)
        if diff.changed:
            _write(self._connection, kind, diff)
            about = Changes(**{kind.value: frozenset(diff.keys)})
            self._unit.change(f"import_{kind.value}", about, diff.changed)
            if diff.beside_updates or (diff.updates and kind is RecordKind.ALUMNI):
                self._unit.remove(OVERWRITE)
        return diff.results

    def preview(self, kind: RecordKind, rows: Sequence[Upsert]) -> list[UpsertResult]:
        """What `upsert` would do; writes nothing. A number that would be given is left out. Raises as that does."""
        results = Planner(self._connection, kind, self._unit.today).plan(rows).results
        unnamed = {row.row for row in rows if not row.id}
        return [replace(one, id="") if one.outcome == "created" and one.row in unnamed else one for one in results]


def _write(connection: Connection, kind: RecordKind, diff: ImportDiff) -> None:
    layout = LAYOUTS[kind]
    _many(connection, layout.table.insert(), diff.inserts)
    _many(connection, layout.table.update().where(layout.table.c.key == bindparam("the_key")), diff.updates)
    if layout.beside_table is not None:
        key = layout.beside_table.c[layout.beside_key]
        updates = [{"the_key": row.pop(key.name), **row} for row in diff.beside_updates]
        _many(connection, layout.beside_table.insert(), diff.beside_inserts)
        _many(connection, layout.beside_table.update().where(key == bindparam("the_key")), updates)
    remember_addresses(connection, diff.former_addresses)
    table = schema.consents
    new = table.insert().values(alumnus_key=bindparam("the_key"), purpose=bindparam("the_purpose"))
    _many(connection, new, diff.consent_inserts)
    _many(connection, schema.objections.insert(), diff.objections)
    same = (table.c.alumnus_key == bindparam("the_key"), table.c.purpose == bindparam("the_purpose"))
    _many(connection, table.update().where(*same), diff.consent_updates)


def _many(connection: Connection, statement: Executable, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)
