"""Parsers of one cell, by type of field.

A parser takes the column and the raw cell (text from .csv; text, number, date, time or bool from .xlsx) and returns a
value, or raises CellProblem. Notes are remarks that do not refuse the row. Parsers are not called for empty cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache

from matcher.domain.crebo import CREBO_FORM, register
from matcher.domain.day_parts import DAY_PARTS, DAYS, PARTS
from matcher.domain.fields import LONGEST_TEXT, FieldType
from matcher.domain.records import Moment, Pathway, Qualification
from matcher.spreadsheets.columns import DAY_WORDS, PART_WORDS, Column, choices_of, word_key
from matcher.spreadsheets.cells.reading import CellProblem, Notes, no_longer
from matcher.text import DASHES, fold, skill_key

FIRST_YEAR, LAST_YEAR = 1900, 2100
FIRST_LEFT = 1940
"""The earliest year in which a living alumnus can have left school."""
_EXCEL_START = date(1899, 12, 30)
"""Day 0 of Excel's serial dates after February 1900 (ECMA-376, 18.17.4)."""
_EXCEL_FIRST, _EXCEL_LAST = 18_264, 73_415  # 1950-01-01 and 2100-12-31

_NUMBER = re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?|-?\d+\.\d+")
_UNIT = re.compile(r"^(€|eur(o)?)\s*|\s*(€|eur(o)?|km|uur|u)$|,-+$|\.-+$", re.IGNORECASE)
_DATE_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DATE_NL = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_DATE_WORDS = re.compile(r"(\d{1,2}) ([a-z]+)\.? (\d{4})")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
_MONTHS = ("jan", "feb", "maa", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_OTHER_MONTHS = {"mrt": 3, "mar": 3, "may": 5, "oct": 10}
_POSTCODE = re.compile(r"([1-9]\d{3})\s*([A-Z]{2})?")
_NL = re.compile(r"^NL[- ]?(?=\d)")
_FOREIGN_POSTCODE = re.compile(
    r"(?:b|be|bel|l|lu|lux|a|at|ch|dk)[ -]{0,3}\d{4}"
    r"|(?:d|de|f|fr)?[ -]{0,3}\d{5}"
    r"|\d{4,5},? ?\(?(?:b|bel|belgie|belgium|d|deu|duitsland|germany|deutschland|lux|luxemburg)\)?"
)
"""Postcodes of other countries: four digits with a country, or five digits. `1234 BE` is a Dutch one."""
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+")
_CLOCK = r"(\d{1,2})[:.u](\d{2})"
_MOMENT = re.compile(rf"(\S+)\s+{_CLOCK}\s*(?:-|tot)\s*{_CLOCK}(?:\s*u(?:ur)?)?")
_LIST = re.compile(r"[;\n]")
_YES = {"ja", "j", "yes", "y", "true", "waar", "x", "1"}
_NO = {"nee", "n", "no", "false", "onwaar", "0"}


def _text(column: Column, _raw: object, text: str, _notes: Notes) -> str:
    return no_longer(text, column.longest)


def _id(column: Column, raw: object, text: str, _notes: Notes) -> str:
    if isinstance(raw, bool | date | time):
        raise CellProblem("not_an_id")
    return no_longer(" ".join(text.split()), column.longest)


# ---- closed lists


def _word(column: Column, _raw: object, text: str, _notes: Notes) -> StrEnum:
    member = _words_of(column).get(word_key(text))
    if member is None:
        raise CellProblem("unknown_word", word=text, choices=choices_of(column))
    return member


def _words(column: Column, raw: object, text: str, notes: Notes) -> frozenset[StrEnum]:
    return frozenset(_word(column, raw, item, notes) for item in items(text))


@cache
def _words_of(column: Column) -> Mapping[str, StrEnum]:
    by_code = {word_key(member.value): member for member in column.words.values()}
    return by_code | {word_key(word): member for word, member in column.words.items()}


def items(text: str) -> list[str]:
    """The items of a list, separated by semicolons or line ends, without empty ones."""
    return [item.strip() for item in _LIST.split(text) if item.strip()]


def _yes_no(column: Column, _raw: object, text: str, _notes: Notes) -> bool:
    word = fold(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellProblem("unknown_word", word=text, choices=choices_of(column))


@cache
def _day_part_table() -> Mapping[str, int]:
    """The mask of each spelling of a day part: `di-middag`, `dinsdagmiddag`, `di`, `tue-afternoon`."""
    days = {**DAY_WORDS, **{day: day for day in DAYS}}
    long_nl = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
    long_en = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for names in (long_nl, long_en):
        days |= dict(zip(names, DAYS, strict=True))
    parts = {**PART_WORDS, **{part: part for part in PARTS}}
    table = {}
    for name, day in days.items():
        first = 3 * DAYS.index(day)
        table[name] = 0b111 << first
        for part_name, part in parts.items():
            table[name + part_name] = 1 << DAY_PARTS.index(f"{day}-{part}")
    return table


def _day_parts(column: Column, _raw: object, text: str, _notes: Notes) -> int:
    mask = 0
    for item in items(text):
        bits = _day_part_table().get(word_key(item.translate(DASHES)).replace(" ", ""))
        if bits is None:
            raise CellProblem("day_part", word=item, choices=choices_of(column))
        mask |= bits
    return mask


# ---- numbers


def _number_of(raw: object, text: str) -> float:
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        value = float(raw)
    else:
        plain = _UNIT.sub("", _UNIT.sub("", text)).strip().translate(DASHES).replace(" ", "")
        if isinstance(raw, bool | date | time) or not _NUMBER.fullmatch(plain):
            raise CellProblem("not_a_number")
        if "," in plain or re.fullmatch(r"-?\d{1,3}(\.\d{3})+", plain):
            plain = plain.replace(".", "").replace(",", ".")
        value = float(plain)
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - the test for NaN
        raise CellProblem("not_a_number")
    return value


def _limited(column: Column, value: float) -> float:
    if not column.low <= value <= column.high:
        raise CellProblem("out_of_range", low=column.low, high=column.high)
    return value


def _number(column: Column, raw: object, text: str, _notes: Notes) -> float:
    return _limited(column, _number_of(raw, text))


def _whole(column: Column, raw: object, text: str, _notes: Notes) -> int:
    value = _limited(column, _number_of(raw, text))
    if not value.is_integer():
        raise CellProblem("not_whole")
    return int(value)


def _nlqf(column: Column, raw: object, text: str, _notes: Notes) -> float:
    if text.replace(" ", "") == "4+":
        return 4.5
    value = _limited(column, _number_of(raw, text.lower().removeprefix("nlqf").strip()))
    if not value.is_integer() and value != 4.5:
        raise CellProblem("nlqf")
    return value


# ---- dates and times


def _date(_column: Column, raw: object, text: str, _notes: Notes) -> date:
    if isinstance(raw, datetime):
        return _sensible(raw.year, raw.month, raw.day)
    if isinstance(raw, date):
        return _sensible(raw.year, raw.month, raw.day)
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return _serial(float(raw))
    return date_of(text)


def _serial(value: float) -> date:
    if not _EXCEL_FIRST <= value <= _EXCEL_LAST:
        raise CellProblem("not_a_date")
    return _EXCEL_START + timedelta(days=int(value))


def date_of(text: str) -> date:
    """The date in a text such as 2026-03-17, 17-03-2026, 17/3/2026 or 17 maart 2026. Raises CellProblem."""
    plain = _MIDNIGHT.sub("", fold(text).translate(DASHES))
    if match := _DATE_ISO.fullmatch(plain):
        year, month, day = map(int, match.groups())
    elif match := _DATE_NL.fullmatch(plain):
        day, month, year = map(int, match.groups())
    elif match := _DATE_WORDS.fullmatch(plain):
        name = match[2][:3]
        month = _OTHER_MONTHS.get(name) or (_MONTHS.index(name) + 1 if name in _MONTHS else 0)
        day, year = int(match[1]), int(match[3])
    elif re.fullmatch(r"\d{5}", plain):
        return _serial(float(plain))
    else:
        raise CellProblem("not_a_date")
    return _sensible(year, month, day)


def _sensible(year: int, month: int, day: int) -> date:
    try:
        result = date(year, month, day)
    except ValueError:
        raise CellProblem("no_such_day") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CellProblem("absurd_year", low=str(FIRST_YEAR), high=str(LAST_YEAR))
    return result


def _moments(_column: Column, _raw: object, text: str, _notes: Notes) -> tuple[Moment, ...]:
    moments = {_moment(item) for item in items(text)}
    return tuple(sorted(moments, key=lambda moment: (moment.start, moment.end)))


def _moment(item: str) -> Moment:
    match = _MOMENT.fullmatch(fold(item).translate(DASHES))
    if not match:
        raise CellProblem("moment", shown=item)
    day = date_of(match[1])
    try:
        start, end = (datetime.combine(day, time(int(match[n]), int(match[n + 1]))) for n in (2, 4))
    except ValueError:
        raise CellProblem("no_such_time", shown=item) from None
    if start >= end:
        raise CellProblem("moment_order", shown=item)
    return Moment(start, end)


# ---- lists of free words


def _skills(_column: Column, _raw: object, text: str, _notes: Notes) -> tuple[str, ...] | None:
    by_key: dict[str, str] = {}
    for item in items(text):
        if key := skill_key(item):
            by_key.setdefault(key, item)
    return tuple(by_key.values()) or None


@cache
def _language_table() -> Mapping[str, str]:
    """Language codes by code, and by Dutch and English name (Unicode CLDR, by Babel)."""
    from babel import Locale

    names = [(str(code), str(name)) for language in ("en", "nl") for code, name in Locale(language).languages.items()]
    return {fold(name): code for code, name in names} | {code: code for code, _ in names if len(code) == 2}


def _language(_column: Column, _raw: object, text: str, _notes: Notes) -> str:
    code = _language_table().get(fold(text))
    if code is None:
        raise CellProblem("language", word=text)
    return code


def _languages(column: Column, raw: object, text: str, notes: Notes) -> tuple[str, ...]:
    names = [item.strip() for item in re.split(r"[;,\n/]", text) if item.strip()]
    return tuple(dict.fromkeys(_language(column, raw, item, notes) for item in names))


def _qualifications(_column: Column, _raw: object, text: str, notes: Notes) -> tuple[Qualification, ...]:
    return tuple(dict.fromkeys(_qualification(item, notes) for item in items(text)))


def _qualification(item: str, notes: Notes) -> Qualification:
    parts = [part.strip() for part in item.split("|")]
    if len(parts) == 1:
        parts = [parts[0], ""] if CREBO_FORM.fullmatch(parts[0].upper()) else ["", parts[0]]
    if len(parts) > 5:
        raise CellProblem("qualification", shown=item)
    crebo, name, level, pathway, year = (*parts, "", "", "", "", "")[:5]
    result = Qualification(
        crebo=_crebo_code(crebo) if crebo else None,
        name=name or None,
        level=_part(level, 1, 4, "qualification_level") if level else None,
        pathway=_pathway(pathway) if pathway else None,
        year=_part(year, FIRST_LEFT, LAST_YEAR, "qualification_year") if year else None,
    )
    _check_register(result, notes)
    return result


def _part(text: str, low: int, high: int, code: str) -> int:
    plain = text.removesuffix(".0")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 6 and low <= int(plain) <= high):
        raise CellProblem(code, low=str(low), high=str(high))
    return int(plain)


def _pathway(text: str) -> Pathway:
    try:
        return Pathway(text.upper())
    except ValueError:
        raise CellProblem("unknown_word", word=text, choices=tuple(Pathway)) from None


def _check_register(item: Qualification, notes: Notes) -> None:
    if item.crebo is None:
        return
    entry = register().get(item.crebo)
    if entry is None:
        notes.append(("crebo_unknown", {"crebo": item.crebo}))
    elif item.name and fold(item.name) != fold(entry.name):
        notes.append(("crebo_name", {"crebo": item.crebo, "name": entry.name}))


# ---- codes with a form


def _crebo_code(text: str) -> str:
    code = text.removesuffix(".0").upper()
    if not CREBO_FORM.fullmatch(code):
        raise CellProblem("crebo")
    return code


def _crebo(_column: Column, _raw: object, text: str, notes: Notes) -> str:
    code = _crebo_code(text)
    if code not in register():
        notes.append(("crebo_unknown", {"crebo": code}))
    return code


def _programme(column: Column, _raw: object, text: str, notes: Notes) -> str:
    name = no_longer(text, column.longest).split("|", maxsplit=1)[0].strip() or text
    if CREBO_FORM.fullmatch(name) and name not in register():
        notes.append(("crebo_unknown", {"crebo": name}))
    return name


def postcode_of(text: str) -> tuple[str, str | None]:
    """The four digits and the two letters, if any, of a Dutch postcode. Raises CellProblem."""
    match = _POSTCODE.fullmatch(_NL.sub("", text.removesuffix(".0").upper()))
    if not match:
        raise CellProblem("postcode")
    return match[1], match[2]


def _postcode(column: Column, _raw: object, text: str, notes: Notes) -> str | None:
    if _FOREIGN_POSTCODE.fullmatch(fold(text.removesuffix(".0")).translate(DASHES)):
        notes.append(("postcode_foreign", {}))
        return None
    digits, letters = postcode_of(text)
    return f"{digits} {letters}" if letters and column.field == "postcode" else digits


def _email(column: Column, _raw: object, text: str, _notes: Notes) -> str:
    address = text.removeprefix("mailto:")
    if not _EMAIL.fullmatch(address) or len(address) > column.longest:
        raise CellProblem("email")
    return address


def _phone(_column: Column, raw: object, text: str, _notes: Notes) -> str:
    """The number as written, with the leading zero restored that Excel drops from a Dutch number."""
    digits = re.sub(r"[\s\-().]", "", text)
    if isinstance(raw, int | float) and re.fullmatch(r"[1-9]\d{8}", digits):
        return f"0{digits}"
    if not re.fullmatch(r"\+?\d{6,15}", digits):
        raise CellProblem("phone")
    return text


def _url(column: Column, _raw: object, text: str, _notes: Notes) -> str:
    no_longer(text, column.longest)
    address = f"https://{text}" if text.lower().startswith("www.") else text
    if not re.fullmatch(r"https?://[^\s/?#]+\.[^\s]+", address, re.IGNORECASE):
        raise CellProblem("url")
    return address


def _withdrawals(_column: Column, _raw: object, text: str, _notes: Notes) -> object:
    from matcher.spreadsheets.withdrawals import read

    return read(text)


PARSERS: Mapping[FieldType, Callable[[Column, object, str, Notes], object]] = {
    FieldType.TEXT: _text,
    FieldType.ID: _id,
    FieldType.REFERENCE: _id,
    FieldType.OWNER: _id,
    FieldType.MEMBER: _word,
    FieldType.SET: _words,
    FieldType.CONSENTS: _words,
    FieldType.WITHDRAWALS: _withdrawals,
    FieldType.YES_NO: _yes_no,
    FieldType.DAY_PARTS: _day_parts,
    FieldType.NUMBER: _number,
    FieldType.WHOLE: _whole,
    FieldType.NLQF: _nlqf,
    FieldType.DATE: _date,
    FieldType.PAST_DATE: _date,
    FieldType.MOMENTS: _moments,
    FieldType.SKILLS: _skills,
    FieldType.LANGUAGE: _language,
    FieldType.LANGUAGES: _languages,
    FieldType.QUALIFICATIONS: _qualifications,
    FieldType.CREBO: _crebo,
    FieldType.PROGRAMME: _programme,
    FieldType.POSTCODE: _postcode,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.URL: _url,
}
