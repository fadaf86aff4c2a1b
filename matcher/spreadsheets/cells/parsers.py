"""The parser of each type of field.

A parser takes the column, the raw cell, its text and a page for what it leaves out and remarks. It gives a value, or
raises CellProblem where nothing of the cell can be used. Parsers are not called for empty cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from functools import lru_cache

from matcher.domain.fields import FieldType
from matcher.spreadsheets.cells import lists
from matcher.spreadsheets.cells.closed import read_consents, read_word, read_words, read_yes_no
from matcher.spreadsheets.cells.contact import read_email, read_phone, read_url
from matcher.spreadsheets.cells.dates import read_date
from matcher.spreadsheets.cells.day_parts import read_day_parts
from matcher.spreadsheets.cells.languages import read_language, read_languages
from matcher.spreadsheets.cells.moments import read_moments
from matcher.spreadsheets.cells.nothing import is_ditto, is_nothing
from matcher.spreadsheets.cells.numbers import damaged, read_nlqf, read_number, read_whole
from matcher.spreadsheets.cells.postcodes import read_postcode
from matcher.spreadsheets.cells.qualifications import read_crebo, read_programme, read_qualifications
from matcher.spreadsheets.cells.reading import CellProblem, Page, no_longer
from matcher.spreadsheets.columns import Column
from matcher.text import fold, skill_key

_GRADES = frozenset(
    {"goed", "zeer goed", "heel goed", "redelijk", "matig", "voldoende", "uitstekend", "basis", "gevorderd", "beginner",
     "expert", "basiskennis", "beetje", "een beetje", "ervaren", "good", "basic", "advanced", "+", "++", "+-", "*",
     "**"}
)  # fmt: skip


def _text(column: Column, _raw: object, text: str, _page: Page) -> str:
    return no_longer(text, column.longest)


def _id(column: Column, raw: object, text: str, _page: Page) -> str:
    if isinstance(raw, bool | date | time | timedelta):
        raise CellProblem("not_an_id")
    if damaged(raw, text):
        raise CellProblem("damaged_id", shown=text)
    if text[0] == "'" and text[1:].isdigit():
        text = text[1:]
    return no_longer(" ".join(text.split()), column.longest)


def _skills(_column: Column, _raw: object, text: str, page: Page) -> tuple[str, ...] | None:
    by_key: dict[str, str] = {}
    for item in lists.skills(text, page.skills):
        name = _without_grade(item, page)
        if key := key_of_skill(name):
            by_key.setdefault(key, name)
    return tuple(by_key.values()) or None


@lru_cache(maxsize=16_384)
def key_of_skill(name: str) -> str:
    """What makes skills the same; empty for a word for nothing."""
    return "" if is_nothing(name) else skill_key(name)


def _without_grade(item: str, page: Page) -> str:
    """The skill of `tillen (goed)`; how well is left out."""
    if not item.endswith(")"):
        return item
    name, _, grade = item[:-1].rpartition("(")
    if not name.strip() or fold(grade) not in _GRADES:
        return item
    page.leave("skill_grade", item, shown=item)
    return name.strip()


def _withdrawals(_column: Column, _raw: object, text: str, _page: Page) -> object:
    from matcher.spreadsheets.withdrawals import read

    return read(text)


_ONE, _LIST = 500, 5_000
_GAP = re.compile(r"[^\S\n]{20,}")
_WHOLE_TEXT = frozenset(
    {FieldType.TEXT, FieldType.SKILLS, FieldType.QUALIFICATIONS, FieldType.PROGRAMME, FieldType.ID, FieldType.REFERENCE,
     FieldType.OWNER, FieldType.URL}
)  # fmt: skip
_LISTS = frozenset(
    {FieldType.SET, FieldType.CONSENTS, FieldType.LANGUAGES, FieldType.DAY_PARTS, FieldType.MOMENTS, FieldType.EMAIL}
)  # fmt: skip


def value_of(column: Column, raw: object, text: str, page: Page) -> object:
    """The value of a cell with this text. Raises CellProblem; also for a text far longer than such a value is."""
    if column.cell not in _WHOLE_TEXT:
        no_longer(text, _LIST if column.cell in _LISTS else _ONE)
    if is_ditto(text):
        raise CellProblem("ditto", text=text)
    if column.cell is not FieldType.TEXT and len(text) > _ONE:
        text = _GAP.sub(" ", text)
    return PARSERS[column.cell](column, raw, text, page)


PARSERS: Mapping[FieldType, Callable[[Column, object, str, Page], object]] = {
    FieldType.TEXT: _text,
    FieldType.ID: _id,
    FieldType.REFERENCE: _id,
    FieldType.OWNER: _id,
    FieldType.MEMBER: read_word,
    FieldType.SET: read_words,
    FieldType.WITHDRAWALS: _withdrawals,
    FieldType.CONSENTS: read_consents,
    FieldType.YES_NO: read_yes_no,
    FieldType.DAY_PARTS: read_day_parts,
    FieldType.NUMBER: read_number,
    FieldType.WHOLE: read_whole,
    FieldType.NLQF: read_nlqf,
    FieldType.DATE: read_date,
    FieldType.PAST_DATE: read_date,
    FieldType.MOMENTS: read_moments,
    FieldType.SKILLS: _skills,
    FieldType.LANGUAGE: read_language,
    FieldType.LANGUAGES: read_languages,
    FieldType.QUALIFICATIONS: read_qualifications,
    FieldType.CREBO: read_crebo,
    FieldType.PROGRAMME: read_programme,
    FieldType.POSTCODE: read_postcode,
    FieldType.EMAIL: read_email,
    FieldType.PHONE: read_phone,
    FieldType.URL: read_url,
}
