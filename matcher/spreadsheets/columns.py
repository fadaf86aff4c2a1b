"""The columns of the spreadsheets, as they follow from the table of fields (`matcher.domain.records`).

A header or word is recognised whatever its case, accents, spaces, hyphens and underscores. Headers and the words of
closed lists are part of the file format, so they stand in the table and not in the locale files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Self

from matcher.domain.day_parts import DAYS, PARTS
from matcher.domain.fields import Field, FieldType
from matcher.domain.records import RecordKind, fields_of
from matcher.text import fold

_SEPARATORS = re.compile(r"[\s_\-]+")

EXAMPLE_ID = "VOORBEELD"
"""The id of the example row in the template; the importer skips it."""

DAY_WORDS = dict(zip(("ma", "di", "wo", "do", "vr", "za", "zo"), DAYS, strict=True))
PART_WORDS = dict(zip(("ochtend", "middag", "avond"), PARTS, strict=True))

_FORBIDDEN = (
    "bsn", "burgerservicenummer", "sofinummer", "socialsecuritynumber",
    "gezondheid", "ziekte", "medisch", "medische", "medical", "diagnose", "beperking", "handicap", "zwanger", "health",
    "disability",
    "etniciteit", "afkomst", "ras", "huidskleur", "nationaliteit", "geboorteland", "ethnicity", "race", "nationality",
    "geloof", "religie", "levensovertuiging", "religion", "politiek", "politics", "vakbond", "union",
    "seksuelegeaardheid", "geaardheid", "sexualorientation", "strafblad", "strafrecht", "criminalrecord",
    "ldr", "doelgroepregister", "banenafspraak", "wajong", "arbeidsbeperking",
)  # fmt: skip
"""Headers of what may not be kept at all: AVG 9, 10 and 46 UAVG (BSN), and what VUM calls sensitive (LDR)."""


def forbidden(header: str) -> bool:
    """Whether a header names something that may not be kept: one of the list, alone or with more words."""
    apart = [header, *re.split(r"[\s_\-/()]+", header), *re.split(r"[\W_]+", header)]
    return not {re.sub(r"[\W_]+", "", fold(word)) for word in apart}.isdisjoint(_FORBIDDEN)


def word_key(text: str) -> str:
    """The form in which two headers, or two words of a list, are the same."""
    return _SEPARATORS.sub("", fold(text))


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column. `name` is its header and `english` its other name; `field` the field that it fills.

    `cell` names the parser in `cells`; `low` and `high` are limits of numbers, both included; `longest` is the most
    characters of a text. `personal`: what stands in it is never repeated in a report. `empty`: what an empty cell says.
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
        """Whether a cell may hold several words of the list."""
        return self.cell in {FieldType.SET, FieldType.CONSENTS, FieldType.DAY_PARTS}


@cache
def columns_of(kind: RecordKind) -> tuple[Column, ...]:
    """The columns of the spreadsheet of a kind of record, the id first."""
    return tuple(Column.of(field) for field in fields_of(kind) if field.header)


@cache
def by_header(kind: RecordKind) -> Mapping[str, Column]:
    """The columns of a kind by the keys of their Dutch and English names."""
    columns = columns_of(kind)
    return {word_key(column.english): column for column in columns} | {word_key(c.name): c for c in columns}


@cache
def _words() -> Mapping[tuple[type, StrEnum], str]:
    lists = [field.words for kind in RecordKind for field in fields_of(kind)]
    return {(type(member), member): word for words in lists for word, member in words.items()}


def word_of(value: object) -> str:
    """The Dutch word of a member of a closed list; any other value as text."""
    return _words().get((type(value), value), value) if isinstance(value, StrEnum) else str(value)


def choices_of(column: Column) -> tuple[str, ...]:
    """The words that a closed list allows, in order; empty for other columns."""
    match column.cell:
        case FieldType.YES_NO:
            return ("ja", "nee")
        case FieldType.DAY_PARTS:
            return tuple(f"{day}-{part}" for day in DAY_WORDS for part in PART_WORDS) + tuple(DAY_WORDS)
        case _:
            return tuple(column.words)
