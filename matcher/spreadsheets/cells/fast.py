"""Cells in a clean form, known by one pattern: the same values as the parsers give, without their cost.

tests/spreadsheets/test_cells_fast.py proves that both agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache

from matcher.domain.day_parts import PARTS, mask_of_day_parts
from matcher.domain.fields import FieldType
from matcher.spreadsheets.cells.contact import CLEAN_PHONE, clean_email
from matcher.spreadsheets.cells.nothing import is_no_work, surely_something
from matcher.spreadsheets.cells.postcodes import NEVER
from matcher.spreadsheets.columns import DAY_WORDS, PART_WORDS, Column

_DATE = re.compile(
    r"(?:(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)|(?P<d2>\d{1,2})-(?P<m2>\d{1,2})-(?P<y2>(?:19|20)\d\d))", re.ASCII
)
_POSTCODE = re.compile(r"([1-9]\d{3}) ([A-Z]{2})", re.ASCII)
_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*|[0-9]{1,15}", re.ASCII)


def _phone(_column: Column, text: str) -> str | None:
    return text if CLEAN_PHONE.fullmatch(text) else None


def _date(_column: Column, text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day, day2, month2, year2 = match.groups()
    try:
        return date(int(year or year2), int(month or month2), int(day or day2))
    except ValueError:
        return None


def _postcode(column: Column, text: str) -> str | None:
    match = _POSTCODE.fullmatch(text)
    if not match or match[2] in NEVER:
        return None
    return text if column.field == "postcode" else match[1]


@cache
def _masks() -> Mapping[str, int]:
    days = {word: mask_of_day_parts([f"{day}-{part}" for part in PARTS]) for word, day in DAY_WORDS.items()}
    parts = {
        f"{word}-{part}": mask_of_day_parts([f"{day}-{name}"])
        for word, day in DAY_WORDS.items()
        for part, name in PART_WORDS.items()
    }
    return days | parts


def _day_parts(_column: Column, text: str) -> int | None:
    masks, found = _masks(), 0
    for item in text.split("; "):
        own = masks.get(item)
        if own is None:
            return None
        found |= own
    return found


def _text(column: Column, text: str) -> str | None:
    """A text that needs nothing done to it."""
    plain = text.isascii() and text.isprintable() and text[-1:] != " " and len(text) <= column.longest
    something = plain and surely_something(text)
    return text if something and not (column.field == "employer" and is_no_work(text)) else None


def _id(column: Column, text: str) -> str | None:
    """An id of letters and figures that begins with a letter, or of figures that Excel keeps."""
    return text if _ID.fullmatch(text) and len(text) <= column.longest and surely_something(text) else None


def _words(column: Column, text: str) -> frozenset[StrEnum] | None:
    """Words of the list of the column as an export writes them."""
    words = column.words
    found = [words.get(item) for item in text.split("; ")]
    return None if None in found else frozenset(found)  # type: ignore[arg-type]


_CLEAN: Mapping[FieldType, Callable[[Column, str], object]] = {
    FieldType.TEXT: _text,
    FieldType.EMAIL: clean_email,
    FieldType.PHONE: _phone,
    FieldType.DATE: _date,
    FieldType.PAST_DATE: _date,
    FieldType.POSTCODE: _postcode,
    FieldType.DAY_PARTS: _day_parts,
    FieldType.ID: _id,
    FieldType.REFERENCE: _id,
    FieldType.SET: _words,
    FieldType.CONSENTS: _words,
}


def clean(column: Column, text: str) -> object | None:
    """The value of a cell in a clean form; None for any other, which a parser reads."""
    read = clean_reader(column)
    return read(column, text) if read else None


def clean_reader(column: Column) -> Callable[[Column, str], object | None] | None:
    """What `clean` asks for the cells of this column; None where there is no clean form."""
    return _CLEAN.get(column.cell)
