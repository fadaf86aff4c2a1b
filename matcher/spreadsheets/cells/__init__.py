"""Cells: what people, Excel and other programs write for a value, read as that value.

`read` never raises for bad data: what cannot be used is left out, and named. `read_column` does the same for a whole
column, each distinct cell once. `parse` is strict, for forms. The other functions read parts of a field, or several.

Libraries first: phonenumbers, email-validator and Babel judge numbers, addresses and languages. What is ours, is ours
because those that were tried fill in or drop what they do not know, without a word: dateparser and dateutil (dates),
price-parser (prices), nameparser (names), python-stdnum (postcodes with a town, foreign ones); recognizers-text knows
no Dutch dates. Each module says what its library could not do. None reads day parts, levels or qualifications.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from matcher.domain.fields import FieldType
from matcher.spreadsheets.cells.consents import consent_answer
from matcher.spreadsheets.cells.dates import date_of, dates_in, order_of
from matcher.spreadsheets.cells.day_parts import parts_of_day
from matcher.spreadsheets.cells.fast import clean_reader
from matcher.spreadsheets.cells.lists import items, stripped
from matcher.spreadsheets.cells.names import tidied, turned_names
from matcher.spreadsheets.cells.nothing import is_nothing
from matcher.spreadsheets.cells.parsers import key_of_skill, value_of
from matcher.spreadsheets.cells.parted import parted
from matcher.spreadsheets.cells.parted import several as several_qualifications
from matcher.spreadsheets.cells.parts import moment, postcode_and_town, qualification, split_name, yes_no
from matcher.spreadsheets.cells.postcodes import postcode_of
from matcher.spreadsheets.cells.qualifications import clean_qualification
from matcher.spreadsheets.cells.reading import (
    EMPTY,
    NOTHING,
    CellProblem,
    Notes,
    Page,
    Reading,
    reading_of,
    stating,
    text_of,
)
from matcher.spreadsheets.columns import Column

__all__ = [
    "EMPTY", "KEPT", "NOTHING", "CellProblem", "Notes", "Reading", "clean_values", "consent_answer", "date_of",
    "dates_in", "is_nothing", "items", "moment", "parse", "parted", "parts_of_day", "postcode_and_town", "postcode_of",
    "qualification", "read", "read_column", "several_qualifications", "split_name", "text_of",
    "tidied", "turned_names", "yes_no",
]  # fmt: skip

T = TypeVar("T")
KEPT = (key_of_skill, stripped, clean_qualification, parted)
"""What keeps texts, to read each once while a file is read."""


def parse(column: Column, raw: object, notes: Notes) -> object:
    """The value of a cell, in all the notations of `read`; None for an empty cell and a word for nothing.

    Strict: raises CellProblem where any part of the cell would be left out.
    """
    text = text_of(raw)
    if not text or is_nothing(text, column):
        return None
    page = Page()
    value = value_of(column, raw, text, page)
    if page.left_out:
        raise page.left_out[0]
    notes += page.notes
    return value


def read(column: Column, raw: object, *, today: date, skills: frozenset[str] = frozenset()) -> Reading:
    """What a cell of this column says. Never raises for what stands in it.

    `today` tells the century of a year of two figures; `skills` are keys (`matcher.text.skill_key`) of known skills,
    whose commas do not separate.
    """
    return _read(column, raw, Page(today=today, skills=skills))


def _read(column: Column, raw: object, page: Page) -> Reading:
    return reading_of(lambda text: value_of(column, raw, text, page), raw, page, column)


def read_column(
    column: Column, raws: Sequence[object], *, today: date, skills: frozenset[str] = frozenset()
) -> list[Reading]:
    """What the cells of this column say, in order: what `read` says, each distinct cell read once.

    One thing a column tells more than a cell: where a date such as 9/30/2026 shows that the month stands first, and
    none shows the opposite, 9/3/2026 is 3 September; where both occur, it is left out.
    """
    keys = list(raws) if set(map(type, raws)) <= {str, type(None)} else [(type(raw), raw) for raw in raws]
    distinct = dict(zip(keys, raws, strict=True))
    values = clean_values(column, distinct)
    known: dict[object, Reading] = {key: stating(value) for key, value in values.items()}
    order = _order(column, distinct.values())
    for key, raw in distinct.items():
        if key in known:
            continue
        reading = _read(column, raw, Page(today=today, american=order == "american", skills=skills))
        if order == "mixed" and reading.usable and _either_way(raw):
            problem = CellProblem("date_order", text=text_of(raw), shown=text_of(raw))
            reading = Reading(stated=True, left_out=(problem,))
        known[key] = reading
    return [known[key] for key in keys]


def clean_values(column: Column, distinct: Mapping[T, object]) -> dict[T, object]:
    """The values of those of these cells that are in a clean form, as `read_column` has them."""
    read = clean_reader(column)
    if read is None:
        return {}
    values = {key: read(column, raw) for key, raw in distinct.items() if type(raw) is str and raw}
    return {key: value for key, value in values.items() if value is not None} if None in values.values() else values


def _order(column: Column, raws: Iterable[object]) -> str | None:
    """In which order the dates of a column are written: `american`, `mixed`, or None for day first."""
    if column.cell not in {FieldType.DATE, FieldType.PAST_DATE}:
        return None
    orders = {order_of(raw) for raw in raws if isinstance(raw, str) and "/" in raw}
    if "american" not in orders:
        return None
    return "mixed" if "dutch" in orders else "american"


def _either_way(raw: object) -> bool:
    """Whether a date could have its day or its month first."""
    if not isinstance(raw, str) or order_of(raw) is not None:
        return False
    parts = raw.strip().split("/")
    return len(parts) == 3 and all(part.isdigit() for part in parts[:2]) and int(parts[0]) != int(parts[1])
