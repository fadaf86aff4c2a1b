"""Records as stored: fields without decoding, for what compares the database with something else."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal, select

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.store import schema
from matcher.store.codecs import LAYOUTS
from matcher.store.consent_rules import Held
from matcher.store.marks import email_key, marks_of
from matcher.store.own_fields import as_fields
from matcher.store.records import chunks

_NOTHING: frozenset[str] = frozenset()
FOLLOWS: Mapping[str, str] = {"infix": "last_name", "pc4": "postcode"}
"""The fields that are of the side of another: no one is called, or lives, half one and half the other."""


def stated_by(field: str, stated: Collection[str]) -> str | None:
    """The field by which a person stated a value of this one: itself, or the one that it follows; None for none."""
    return next((name for name in (field, FOLLOWS.get(field)) if name in stated), None)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record in the database: its fields in stored form, own ones of the school too, without its consents."""

    key: int
    owner: str
    id: str
    fields: dict[str, Any]
    has_beside: bool
    stated: frozenset[str]


class Stored:
    """How records of a kind are read.

    A row has key, owner, id, fields, what was stated, own fields, and the key of personal data.
    """

    def __init__(self, kind: RecordKind) -> None:
        layout = LAYOUTS[kind]
        table = layout.table
        columns = [*layout.columns, *layout.beside_columns]
        is_alumni, own = kind is RecordKind.ALUMNI, schema.own_values
        further = (table.c.stated_fields, own.c["values"]) if is_alumni else (literal(None), literal(None))
        statement = select(*columns, *further)
        if layout.beside_table is not None:
            beside_key = layout.beside_table.c[layout.beside_key]
            there = table.outerjoin(layout.beside_table, beside_key == table.c.key)
            there = there.outerjoin(own, own.c.alumnus_key == table.c.key) if is_alumni else there
            statement = statement.add_columns(beside_key).select_from(there)
        self.statement = statement
        self.width = len(columns)
        self.fields = (*layout.fields, *layout.beside)

    def rows(self, connection: Connection, *where: ColumnElement[bool]) -> Sequence[Sequence[Any]]:
        """The rows of the records that meet a condition on their table; `fields_of` has their fields."""
        return connection.execute(self.statement.where(*where)).all()

    def fields_of(self, row: Sequence[Any]) -> Sequence[Any]:
        """The fields of a record in stored form, in the order of `fields`."""
        return row[3 : self.width]

    def getter(self, names: Iterable[str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
        """A function that gives these fields of a row."""
        positions = [3 + self.fields.index(name) for name in names]
        if len(positions) > 1:
            return itemgetter(*positions)
        return lambda row: tuple(row[position] for position in positions)

    def record(self, row: Sequence[Any]) -> StoredRecord:
        """The record of a row."""
        return StoredRecord(
            row[0],
            row[1],
            row[2],
            dict(zip(self.fields, self.fields_of(row), strict=True)) | as_fields(row[self.width + 1]),
            row[-1] is not None,
            frozenset(json.loads(row[self.width])) if row[self.width] else _NOTHING,
        )


def beside_of(kind: RecordKind, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of personal data of a record, and those by which it is found, from its fields in stored form."""
    beside = {column: fields[name] for name, column in LAYOUTS[kind].beside.items()}
    return beside | (marks_of(beside) if kind is RecordKind.ALUMNI else {"email_key": email_key(beside["email"])})


def records_by_key(connection: Connection, kind: RecordKind, keys: Iterable[int]) -> dict[int, StoredRecord]:
    """The records with these random keys."""
    column, stored = LAYOUTS[kind].table.c.key, Stored(kind)
    rows = (row for part in chunks(keys) for row in stored.rows(connection, column.in_(part)))
    return {row[0]: stored.record(row) for row in rows}


def consents_of(connection: Connection, keys: Iterable[int]) -> dict[int, dict[Purpose, Held]]:
    """Every stored consent of these alumni."""
    table = schema.consents
    columns = select(*(table.c[name] for name in ("alumnus_key", "purpose", *Held._fields)))
    held: dict[int, dict[Purpose, Held]] = defaultdict(dict)
    purposes = {purpose.value: purpose for purpose in Purpose}
    known: dict[tuple[Any, ...], Held] = {}
    for part in chunks(keys):
        for row in connection.execute(columns.where(table.c.alumnus_key.in_(part))).all():
            values = row[2:]
            one = known.get(values)
            if one is None:
                one = known[values] = Held(*values)
            held[row[0]][purposes[row[1]]] = one
    return held


def objections_of(connection: Connection, keys: Iterable[int]) -> dict[int, date]:
    """Since when these alumni object, of those who do."""
    table = schema.objections
    rows = (connection.execute(select(table).where(table.c.alumnus_key.in_(part))) for part in chunks(keys))
    return {row.alumnus_key: row.since for part in rows for row in part}
