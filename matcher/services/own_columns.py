"""Own fields in a file: those that a column can be, the new ones that an import makes, and what alumni have of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.domain.own_fields import (
    MOST,
    MOST_DEMANDS,
    OWN_PREFIX,
    OwnField,
    OwnSpec,
    demands_in,
    demands_text,
    having,
    own_key,
    value_of,
)
from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Upsert
from matcher.text import id_key

if TYPE_CHECKING:
    from matcher.spreadsheets.reader import Table
    from matcher.spreadsheets.report import Report

MOST_NAMED = 60
OwnValues = Mapping[str, str]
"""What an alumnus has, by name of the field, in the order in which the school made them."""


def values_of(
    records: Records, keys: Sequence[int], school: str | None = None, *, personal: bool = True
) -> dict[int, OwnValues]:
    """The values of alumni by name, of one school or of all; only of those who have any.

    `personal`: also those of fields that the school called personal.
    """
    fields = [field for field in records.own_fields.of(school) if personal or not field.personal]
    found = records.own_fields.values(keys) if fields else {}
    named = {
        key: {field.name: values[field.key] for field in fields if field.key in values} for key, values in found.items()
    }
    return {key: values for key, values in named.items() if values}


def fields_of_school(records: Records, school: str | None, kind: RecordKind) -> dict[str, OwnField]:
    """The own fields of a school, or of all, by name as compared; only alumni have any."""
    fields = records.own_fields.of(school) if kind is RecordKind.ALUMNI else []
    return {own_key(field.name): field for field in reversed(fields)}


def check_room(records: Records, table: Table) -> None:
    """Raises InvalidValue('own_fields_full') where the file would give a school more than it may have.

    Nothing is written then, and a dry run says so too; the write decides again.
    """
    for school, specs in _wanted(records, table).items():
        if len(records.own_fields.of(school)) + len(specs) > MOST:
            raise InvalidValue("own_fields_full", school=school, most=MOST)


def make_fields(tx: Transaction, table: Table) -> None:
    """Makes the own fields that the file brings, for each school with values of them, and notes it."""
    for school, specs in _wanted(tx, table).items():
        for spec in specs:
            field = tx.own_fields.add(school, spec)
            tx.note("fields.add", {"field": field.key, "school": school})


def check_demands(records: Records, table: Table) -> Sequence[Upsert]:
    """The rows, with what requests demand of own fields as those are called; what cannot be is left out and named."""
    result: list[Upsert] = []
    fields: dict[str, list[OwnField]] = {}
    spelled: dict[str, str] | None = None
    for upsert in table.upserts:
        text = upsert.values.get("own_demands")
        if not isinstance(text, str):
            result.append(upsert)
            continue
        spelled = _spellings(records) if spelled is None else spelled
        school = spelled.get(id_key(upsert.owner), upsert.owner)
        known = fields.setdefault(school, records.own_fields.of(school))
        usable = _usable(known, text, upsert.row, table.report)
        values = dict(upsert.values)
        if usable:
            values["own_demands"] = demands_text(usable)
        else:
            del values["own_demands"]
        result.append(replace(upsert, values=values))
    return result


def _usable(known: Sequence[OwnField], text: str, row: int, report: Report) -> list[tuple[str, str]]:
    """The demands that an own field of the school can meet; the others are left out and named."""
    from matcher.spreadsheets.cells import CellProblem

    header, usable = report.header_of("eigen_velden"), dict[str, str]()
    for name, said in demands_in(text):
        try:
            _demand(known, usable, name, said)
        except InvalidValue as wrong:
            problem = CellProblem(wrong.code)
            problem.values.update(wrong.values)
            report.leave_out(header, "eigen_velden", problem, f"{name} = {said}", [row])
    return list(usable.items())


def demanded_now(records: Records, school: str, text: str | None) -> tuple[str, list[int]]:
    """What an unsaved request of a school demands of own fields, as those are called, and who has it, by random key.

    Raises InvalidValue for the first demand that no own field of the school can meet, or a fourth.
    """
    demands = demands_in(text)
    known, usable = records.own_fields.of(school), dict[str, str]()
    for name, said in demands:
        _demand(known, usable, name, said)
    keys = {field.name: field.key for field in known}
    wanted = {keys[name]: value for name, value in usable.items()}
    return demands_text(usable.items()), having(records.own_fields.of_school(school), wanted)


def _demand(known: Sequence[OwnField], usable: dict[str, str], name: str, said: str) -> None:
    """Adds a demand to those that can be met. Raises InvalidValue for another."""
    field = next((one for one in known if own_key(one.name) == own_key(name) and not one.personal), None)
    if field is None:
        raise InvalidValue("own_demand_unknown", name=name[:MOST_NAMED])
    value = value_of(field, said)
    if value is None:
        raise InvalidValue("own_demand_value", name=field.name, value=said[:MOST_NAMED])
    if len(usable) >= MOST_DEMANDS and field.name not in usable:
        raise InvalidValue("own_demand_many", most=MOST_DEMANDS)
    usable[field.name] = value


def _wanted(records: Records, table: Table) -> dict[str, list[OwnSpec]]:
    """By school, the own fields that rows of it have a value of and that it does not have."""
    new = [taken.spec for taken in table.report.own_fields if taken.is_new]
    if not new:
        return {}
    spelled = _spellings(records)
    wanted: dict[str, list[OwnSpec]] = {}
    for owner in dict.fromkeys(upsert.owner for upsert in table.upserts):
        school = spelled.get(id_key(owner), owner)
        there = {own_key(field.name) for field in records.own_fields.of(school)}
        rows = [upsert.values for upsert in table.upserts if upsert.owner == owner]
        having = [spec for spec in new if any(row.get(f"{OWN_PREFIX}{spec.name}") is not None for row in rows)]
        listed = wanted.setdefault(school, [])
        listed += [spec for spec in having if own_key(spec.name) not in there and spec not in listed]
    return {school: specs for school, specs in wanted.items() if specs}


def _spellings(records: Records) -> dict[str, str]:
    return {id_key(school): school for school in reversed(records.records.schools())}
