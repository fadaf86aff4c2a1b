"""Rows of an import that make a new record each: what to write of all of them, by column.

A row that makes a record needs nothing of what is there, so that its fields are put in stored form a column at a time:
a third of what `import_diff` takes a row, which gives the same (`tests/store/test_new_records.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, cast

from sqlalchemy import Connection

from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from matcher.store import schema
from matcher.store.bulk import insert_columns
from matcher.store.codecs import LAYOUTS
from matcher.store.columns import Encoder
from matcher.store.consent_rules import Held
from matcher.store.keys import new_keys
from matcher.store.marks import email_key, marks_by_column, number_key
from matcher.store.states import consent_parts, digests

Columns = dict[str, Sequence[Any]]
Name = tuple[str, str]
_HELD = Held._fields
_CONSENT = ("consents", "consent_date")


@dataclass(frozen=True, slots=True)
class NewRecords:
    """New records of one kind, ordered by their random keys, in which order they are fast to write.

    `order`: the place of each among the rows they were made from. Every column has one value for each record, but for
    those of `beside` (personal data: only of records that have any) and `consents`.
    """

    kind: RecordKind
    keys: Sequence[int]
    order: Sequence[int]
    table: Columns
    beside: Columns
    consents: Columns
    _fields: Columns
    _given: Sequence[tuple[str, ...]]

    def write(self, connection: Connection) -> None:
        """Inserts them."""
        layout = LAYOUTS[self.kind]
        insert_columns(connection, layout.table, self.table)
        if layout.beside_table is not None:
            insert_columns(connection, layout.beside_table, self.beside)
        insert_columns(connection, schema.consents, self.consents)

    def digests(self, secret: str) -> list[str]:
        """What `State.digest` says of each, as it is written."""
        return digests(self._fields, self._given, secret)


def new_records(kind: RecordKind, encoder: Encoder, rows: Sequence[Upsert], names: Sequence[Name]) -> NewRecords:
    """The records that these rows make, each under its name; the rows say nothing of withdrawals.

    Raises ValueError for a row that the importer should have refused.
    """
    layout = LAYOUTS[kind]
    drawn = new_keys(len(rows))
    order = sorted(range(len(rows)), key=drawn.__getitem__)
    keys = [drawn[place] for place in order]
    rows, names = [rows[place] for place in order], [names[place] for place in order]
    values = _values(rows)
    fields = encoder.whole(values, len(rows))
    table: Columns = {"key": keys, layout.owner: [name[0] for name in names], layout.id: [name[1] for name in names]}
    if kind is RecordKind.ALUMNI:
        table["number_key"] = [number_key(name[1]) for name in names]
    table |= {name: fields[name] for name in layout.fields}
    consents, given = _consents(keys, values) if kind is RecordKind.ALUMNI else ({}, [()] * len(keys))
    return NewRecords(kind, keys, order, table, _beside(kind, keys, fields), consents, fields, given)


def _values(rows: Sequence[Upsert]) -> Columns:
    """The fields that any of the rows has, by column; None where a row has none."""
    shapes = set(map(tuple, (row.values for row in rows)))
    names = next(iter(shapes)) if len(shapes) == 1 else tuple(dict.fromkeys(name for one in shapes for name in one))
    listed = [row.values.values() if len(shapes) == 1 else map(row.values.get, names) for row in rows]
    columns: Columns = dict(zip(names, zip(*listed, strict=True), strict=True))
    if len(shapes) == 1:
        return columns
    if "pc4" in columns and "postcode" in columns:
        columns["pc4"] = [row.values["pc4"] if "pc4" in row.values else _digits(row.values) for row in rows]
    return columns


def _digits(values: Mapping[str, Any]) -> str | None:
    """The four digits of the postcode of a row that does not state them itself."""
    code = values.get("postcode")
    return str(code)[:4] if code else None


def _beside(kind: RecordKind, keys: Sequence[int], fields: Columns) -> Columns:
    layout = LAYOUTS[kind]
    if layout.beside_table is None:
        return {}
    columns = {column: fields[name] for name, column in layout.beside.items()}
    if kind is RecordKind.ALUMNI:
        columns |= marks_by_column(columns)
    else:
        columns["email_key"] = list(map(email_key, columns["email"]))
    columns[layout.beside_key] = keys
    filled = list(map(_any_filled, zip(*(fields[name] for name in layout.beside), strict=True)))
    if all(filled):
        return columns
    return {name: list(compress(values, filled)) for name, values in columns.items()}


def _any_filled(values: tuple[Any, ...]) -> bool:
    return values.count(None) < len(values)


def _consents(keys: Sequence[int], values: Columns) -> tuple[Columns, list[tuple[str, ...]]]:
    """The consents that the rows give, and of each what its digest says of them. Nothing was given before."""
    named, on = (values.get(name) or [None] * len(keys) for name in _CONSENT)
    alike: dict[tuple[int, int], tuple[list[tuple[Any, ...]], tuple[str, ...]]] = {}
    rows: list[tuple[Any, ...]] = []
    given: list[tuple[str, ...]] = []
    for key, purposes, day in zip(keys, named, on, strict=True):
        same = id(purposes), id(day)
        known = alike.get(same)
        if known is None:
            held = Held(cast("Any", day))
            listed = sorted(purposes or ())
            known = alike[same] = (
                [(one.value, *held) for one in listed],
                tuple(consent_parts(dict.fromkeys(listed, held))),
            )
        rows += [(key, *one) for one in known[0]]
        given.append(known[1])
    names = ("alumnus_key", "purpose", *_HELD)
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}, given
