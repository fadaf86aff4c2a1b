"""Rows of tables as JSON, kept until what was done is taken back, and as rows again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Date, DateTime, Table, select

from matcher.store import schema
from matcher.store.codecs import CONTACT_FIELDS

Content = dict[str, Any]


def rows_of(connection: Connection, table: Table, where: Any) -> list[Content]:
    """Rows as JSON; forms under which contact details are found are left out, and made again."""
    left_out = set(table.c.keys()) - set(CONTACT_FIELDS) - {"alumnus_key"} if table is schema.contacts else set()
    columns = [column for column in table.c if column.name not in left_out]
    rows: Any = connection.execute(select(*columns).where(where)).mappings().all()
    return [plain(dict(row)) for row in rows]


def plain(value: Any) -> Any:
    """A value as JSON holds it: moments as text, days as numbers."""
    match value:
        case datetime():
            return value.isoformat()
        case date():  # as a number: a search for the words of an erased person would find days of others
            return value.toordinal()
        case Mapping():
            return {name: plain(one) for name, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            return value


def typed(table: Table, row: Content) -> Content:
    """A row from JSON; columns that are no longer there are left out."""
    return {name: of_type(table.c[name], value) for name, value in row.items() if name in table.c}


def of_type(column: Column[Any], value: Any) -> Any:
    """A value from JSON as its column holds it."""
    if value is not None and isinstance(column.type, DateTime):
        return datetime.fromisoformat(value)
    return day_of(value) if isinstance(column.type, Date) else value


def day_of(number: int | None) -> date | None:
    """A day from JSON."""
    return None if number is None else date.fromordinal(number)
