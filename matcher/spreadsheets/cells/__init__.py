"""Cells: what people, Excel and other programs write for a value, read as that value.

`read` never raises for bad data: what cannot be used is left out, and named. `read_column` does the same for a whole
column, each distinct cell once. `parse` is strict, for forms. The other functions read parts of a field, or several.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from matcher.spreadsheets.cells.parsers import PARSERS, date_of, items, postcode_of
from matcher.spreadsheets.cells.parts import moment, postcode_and_town, qualification, split_name, yes_no
from matcher.spreadsheets.cells.reading import EMPTY, NOTHING, CellProblem, Notes, Reading, text_of
from matcher.spreadsheets.columns import Column

__all__ = [
    "EMPTY", "NOTHING", "CellProblem", "Notes", "Reading", "date_of", "items", "moment", "parse",
    "postcode_and_town", "postcode_of", "qualification", "read", "read_column", "split_name", "text_of", "yes_no",
]  # fmt: skip


def parse(column: Column, raw: object, notes: Notes) -> object:
    """The value of a cell that is not empty; None if it holds only invisible characters. Raises CellProblem."""
    text = text_of(raw)
    return PARSERS[column.cell](column, raw, text, notes) if text else None


def read(column: Column, raw: object, *, today: date) -> Reading:
    """What a cell of this column says. Never raises for what stands in it."""
    del today
    notes: Notes = []
    try:
        text = text_of(raw)
        if not text:
            return EMPTY
        value = PARSERS[column.cell](column, raw, text, notes)
    except CellProblem as problem:
        problem.text = problem.text or str(raw)
        return Reading(None, stated=True, left_out=(problem,), notes=tuple(notes))
    return Reading(value, stated=True, notes=tuple(notes))


def read_column(column: Column, raws: Sequence[object], *, today: date) -> list[Reading]:
    """What the cells of this column say, in order; each distinct cell is read once."""
    known: dict[tuple[type, object], Reading] = {}
    readings = []
    for raw in raws:
        key = (type(raw), raw)
        found = known.get(key)
        if found is None:
            found = known[key] = read(column, raw, today=today)
        readings.append(found)
    return readings
