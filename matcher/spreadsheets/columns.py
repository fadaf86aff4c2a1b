"""Columns of the spreadsheets, derived from the table of fields (`matcher.domain.records`).

Headers and words are recognised regardless of case, accents, spaces, hyphens and underscores. Headers and the words of
closed lists are part of the file format: they stand in the table of fields and not in the locale files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Self

from matcher.domain.day_parts import DAYS, PARTS
from matcher.domain.fields import Field, FieldType
from matcher.domain.kinds import KINDS, Purpose, RequestKind
from matcher.domain.records import RecordKind, fields_of
from matcher.text import fold

_SEPARATORS = re.compile(r"[\s_\-]+")

EXAMPLE_ID = "VOORBEELD"
"""The id of the example row in the template; the importer skips it."""

DAY_WORDS = dict(zip(("ma", "di", "wo", "do", "vr", "za", "zo"), DAYS, strict=True))
PART_WORDS = dict(zip(("ochtend", "middag", "avond"), PARTS, strict=True))


def word_key(text: str) -> str:
    """The form under which headers, or words of a list, are equal."""
    return _SEPARATORS.sub("", fold(text))


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column. `name` is its Dutch header, `english` its English one; `field` is the field that it fills.

    `cell` names the parser in `cells`; `low` and `high` are the limits of numbers, both included; `longest` is the
    maximum number of characters. `personal`: reports never repeat its cells. `empty`: the value of an empty cell.
    """

    name: str
    english: str
    field: str
    cell: FieldType
    required: bool
    low: float
    high: float
    longest: int
    personal: bool
    words: Mapping[str, StrEnum]
    empty: object

    @classmethod
    def of(cls, field: Field) -> Self:
        """The column of a field of a record."""
        return cls(
            name=field.header,
            english=field.english,
            field=field.name,
            cell=field.type,
            required=field.required,
            low=field.low,
            high=field.high,
            longest=field.longest,
            personal=not field.quoted,
            words=field.words,
            empty=frozenset() if field.type is FieldType.CONSENTS else field.when_empty,
        )

    @property
    def several(self) -> bool:
        """Whether a cell may hold several words of a closed list."""
        return self.cell in {FieldType.SET, FieldType.CONSENTS, FieldType.DAY_PARTS}


@cache
def columns_of(kind: RecordKind) -> tuple[Column, ...]:
    """The columns of the spreadsheet of a kind of record, the id first."""
    return tuple(Column.of(field) for field in fields_of(kind) if field.header)


@cache
def by_header(kind: RecordKind) -> Mapping[str, Column]:
    """The columns of a kind of record by the keys of their Dutch and English headers."""
    columns = columns_of(kind)
    return {word_key(column.english): column for column in columns} | {word_key(c.name): c for c in columns}


def headers_of(fields: Iterable[str], kind: RecordKind) -> list[str]:
    """The Dutch headers of fields of a record; the name of a field that has none."""
    names = {column.field: column.name for column in columns_of(kind)}
    return [names.get(field, field) for field in fields]


@cache
def _words() -> Mapping[tuple[type, StrEnum], str]:
    lists = [field.words for kind in RecordKind for field in fields_of(kind)]
    return {(type(member), member): word for words in lists for word, member in words.items()}


def word_of(value: object) -> str:
    """The Dutch word of a member of a closed list; any other value as text."""
    return _words().get((type(value), value), value) if isinstance(value, StrEnum) else str(value)


def open_choices(column: Column, closed: Collection[Purpose]) -> tuple[str, ...]:
    """The words of a closed list without those of kinds and purposes that a school does not use."""
    return tuple(word for word in choices_of(column) if not _is_closed(column.words.get(word), closed))


def _is_closed(meaning: StrEnum | None, closed: Collection[Purpose]) -> bool:
    purpose = KINDS[meaning].purpose if isinstance(meaning, RequestKind) else meaning
    return purpose in closed


def choices_of(column: Column) -> tuple[str, ...]:
    """The words of a closed list, in order; empty for other columns."""
    match column.cell:
        case FieldType.YES_NO:
            return ("ja", "nee")
        case FieldType.DAY_PARTS:
            return tuple(f"{day}-{part}" for day in DAY_WORDS for part in PART_WORDS) + tuple(DAY_WORDS)
        case _:
            return tuple(column.words)
