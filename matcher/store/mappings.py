"""What the columns of a school's files are, by shape of file."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, select

from matcher.store import schema
from matcher.store.unit import UnitOfWork

MOST = 100
"""Shapes that are kept of one school and kind of file."""
LONGEST_NAME, LONGEST_FIELD, MOST_COLUMNS = 64, 100, 1_000


class Mappings:
    """Implements `matcher.repositories.mappings.Mappings`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def find(self, school: str, kind: str, shape: str) -> dict[str, str]:
        """Field by column, as they were kept; empty where nothing was."""
        found = self._connection.execute(select(schema.mappings.c.columns).where(_is(school, kind, shape))).scalar()
        return {} if found is None else dict(json.loads(found))

    def keep(self, school: str, kind: str, shape: str, columns: Mapping[str, str]) -> None:
        """Keeps what the columns of a shape are, in place of what was kept; of each school and kind the newest ones."""
        self._unit.need_write()
        table = schema.mappings
        short = {
            name: field
            for name, field in list(columns.items())[:MOST_COLUMNS]
            if len(name) <= LONGEST_NAME and len(field) <= LONGEST_FIELD
        }
        self._connection.execute(table.delete().where(_is(school, kind, shape)))
        row = {"school": school, "kind": kind, "shape": shape, "columns": json.dumps(short), "kept_at": self._unit.utc}
        self._connection.execute(table.insert(), row)
        same = (table.c.school == school, table.c.kind == kind)
        older = select(table.c.shape).where(*same).order_by(table.c.kept_at.desc(), table.c.shape).offset(MOST)
        self._connection.execute(table.delete().where(*same, table.c.shape.in_(older)))

    def forget(self, school: str) -> int:
        """Forgets all of a school; returns how many there were."""
        self._unit.need_write()
        return self._connection.execute(schema.mappings.delete().where(schema.mappings.c.school == school)).rowcount


def _is(school: str, kind: str, shape: str) -> ColumnElement[bool]:
    columns = schema.mappings.c
    return and_(columns.school == school, columns.kind == kind, columns.shape == shape)
