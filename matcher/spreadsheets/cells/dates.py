"""Dates as people write them.

dateparser reads "2026" as today's day in that year, "sep-26" as the 26th and "16-03-2027 13-15 uur" as this afternoon,
at 1.4 ms a date; dateutil reads 2026/9/1 as 9 January and knows no Dutch. Both fill in what is missing.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from matcher.domain.calendar_names import MONTHS, WEEKDAYS
from matcher.domain.moments import day_in_netherlands
from matcher.spreadsheets.cells.reading import CellProblem, Page
from matcher.spreadsheets.columns import Column
from matcher.text import DASHES, fold

FIRST_YEAR, LAST_YEAR = 1900, 2100
_EXCEL_START = date(1899, 12, 30)
"""Day 0 of Excel's serial dates after February 1900 (ECMA-376, 18.17.4)."""
_EXCEL_FIRST, _EXCEL_LAST = 18_264, 73_415  # 1950-01-01 and 2100-12-31
_PIVOT = 69
"""Years of two figures from here on are of the 1900s, as in POSIX strptime (%y)."""

MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
"""For a pattern: any name of a month, the longest first."""
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))

_LEADING = re.compile(rf"({_WEEKDAY})\b[.,]?\s*(?=[\da-z])")
_TIME = re.compile(r"(?:,? (?:om )?|t)\d{1,2}[:.]\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?:u|uur|z|am|pm))?\.?$")
_ZONED = re.compile(r"\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)")
_ISO = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})")
_FIGURES = re.compile(r"(\d{1,2})\s*([-/. ])\s*(\d{1,2})\s*[-/. ]\s*'?(\d{4}|\d{2})")
_NAMED = re.compile(
    rf"(\d{{1,2}})(?:e|ste|de|th|st|nd|rd)?[-/. ]*(?:of )?({MONTH})(?![a-z])\.?[-/., ]*'?(\d{{4}}|\d{{2}})"
)
_ENGLISH = re.compile(rf"({MONTH})\.? (\d{{1,2}})(?:th|st|nd|rd)?,? (\d{{4}})")
_DIGITS = re.compile(r"\d{8}")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_MONTH_ONLY = re.compile(
    rf"(?:({MONTH})\.?[-/ ]*'?(\d{{4}}|\d{{2}})|(\d{{1,2}})[-/](\d{{4}})|(\d{{4}})[-/](\d{{1,2}}))"
)
_YEAR_ONLY = re.compile(r"(?:19|20)\d\d")
_BETWEEN = re.compile(r"\s*(?:[;/,\n&+]|\ben\b|\bof\b|\bt/m\b|\bt\.e\.m\.|\btot\b)\s*| - ")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:,? .*)?")

_BEFORE = {
    "start": ("vanaf", "per", "op", "start"),
    "period_from": ("vanaf", "van", "per", "op"),
    "paused_until": ("tot", "t/m", "tot en met"),
    "certificate_until": ("tot", "t/m", "tot en met", "geldig tot"),
    "apply_until": ("tot", "t/m", "tot en met", "voor"),
    "closes_on": ("tot", "t/m", "tot en met"),
    "period_to": ("tot", "t/m", "tot en met"),
    "consent_date": ("op", "d.d.", "dd", "per", "sinds", "vanaf"),
}
"""Words that may stand before the date of a field, since they say what the field says."""
_NO_START = frozenset(
    {"doorlopend", "doorlopende start", "continu", "flexibel", "flexibele start", "elk moment", "ieder moment",
     "start op elk moment", "op elk moment", "altijd", "per direct", "direct", "instroom op elk moment",
     "doorlopende instroom", "flexibele instroom", "het hele jaar", "het hele jaar door", "hele jaar", "hele jaar door"}
)  # fmt: skip


def read_date(column: Column, raw: object, text: str, page: Page) -> date | None:
    """The date of a cell. Raises CellProblem."""
    if isinstance(raw, datetime | date):
        return _sensible(raw.year, raw.month, raw.day)
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return _of_number(float(raw))
    plain = fold(text)
    if column.field == "start" and plain.strip(" .!") in _NO_START:
        page.note("no_fixed_start")
        return None
    for word in _BEFORE.get(column.field, ()):
        if plain.startswith(f"{word} "):
            text = plain.removeprefix(word).strip()
    try:
        found, american = _date(text, american=page.american)
    except CellProblem as problem:
        if problem.code == "not_a_date" and (days := dates_in(text)):
            raise CellProblem("several_dates", text=text, dates=days) from None
        raise
    if american:
        page.note("american_date", day=found.isoformat())
    return found


def dates_in(text: str) -> tuple[date, ...]:
    """The dates of a text that is a list of two or more and nothing else; otherwise empty."""
    pieces = [piece for piece in _BETWEEN.split(fold(text).translate(DASHES)) if piece]
    if not 1 < len(pieces) < 30:
        pieces = re.split(r"\s*[/;,]\s+|\s+/\s*", fold(text))
    if not 1 < len(pieces) < 30:
        return ()
    try:
        return tuple(_date(piece)[0] for piece in pieces)
    except CellProblem:
        return ()


def date_of(text: str) -> date:
    """The date in a text such as 2026-03-17, 17-3-26, 17/3/2026 or di 17 maart 2026. Raises CellProblem."""
    return _date(text)[0]


def order_of(text: str) -> str | None:
    """`american` or `dutch` where a date in figures with slashes can be read in one order only; else None."""
    match = _AMERICAN.fullmatch(text.strip())
    if not match:
        return None
    first, second = int(match[1]), int(match[2])
    if first <= 12 < second <= 31:
        return "american"
    return "dutch" if second <= 12 < first <= 31 else None


def _date(text: str, *, american: bool | None = None) -> tuple[date, bool]:
    """The date, and whether it was written with the month first."""
    plain = fold(text).translate(DASHES).replace("’", "'").replace("`", "'").strip(" ,;")
    if _ZONED.fullmatch(plain):
        return day_in_netherlands(_zoned(plain)), False
    weekday = _LEADING.match(plain)
    plain = plain[weekday.end() :] if weekday else plain
    plain = _TIME.sub("", plain).strip(" ,") if len(plain) > 8 else plain
    found, turned = _written(plain, american=american)
    if weekday and WEEKDAYS[weekday[1]] != found.weekday():
        raise CellProblem("weekday", shown=text)
    return found, turned


def _zoned(plain: str) -> datetime:
    try:
        return datetime.fromisoformat(plain.upper())
    except ValueError:
        raise CellProblem("no_such_day") from None


def _written(plain: str, *, american: bool | None) -> tuple[date, bool]:
    if match := _ISO.fullmatch(plain):
        return _sensible(*map(int, match.groups())), False
    if match := _FIGURES.fullmatch(plain):
        return _figures(match, american=american)
    if match := _NAMED.fullmatch(plain):
        return _sensible(full_year(match[3]), MONTHS[match[2]], int(match[1])), False
    if match := _ENGLISH.fullmatch(plain):
        return _sensible(int(match[3]), MONTHS[match[1]], int(match[2])), False
    if _DIGITS.fullmatch(plain):
        return _eight(plain), False
    if _SERIAL.fullmatch(plain):
        return _of_number(float(plain)), False
    if (match := _MONTH_ONLY.fullmatch(plain)) and _is_month(match):
        raise CellProblem("month_only", shown=plain)
    if _YEAR_ONLY.fullmatch(plain):
        raise CellProblem("year_only", shown=plain)
    raise CellProblem("not_a_date")


def _is_month(match: re.Match[str]) -> bool:
    return bool(match[1]) or 1 <= int(match[3] or match[6]) <= 12


def _figures(match: re.Match[str], *, american: bool | None) -> tuple[date, bool]:
    first, second, year = int(match[1]), int(match[3]), full_year(match[4])
    if match[2] == "/" and second <= 31 and first <= 12:
        if second > 12 or (american and second != first):
            return _sensible(year, first, second), True
        if american is None and second != first:
            return _sensible(year, second, first), False
    return _sensible(year, second, first), False


def full_year(text: str) -> int:
    """A year of four figures, or of two: 69-99 are of the 1900s."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= _PIVOT else 2000)


def _eight(plain: str) -> date:
    """Eight figures: a date only if it is one in one order."""
    found = []
    for year, month, day in ((plain[:4], plain[4:6], plain[6:]), (plain[4:], plain[2:4], plain[:2])):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    found = [one for one in found if FIRST_YEAR <= one.year <= LAST_YEAR]
    if len(found) != 1:
        raise CellProblem("not_a_date")
    return found[0]


def _of_number(value: float) -> date:
    if _EXCEL_FIRST <= value <= _EXCEL_LAST:
        return _EXCEL_START + timedelta(days=int(value))
    if value == int(value) if abs(value) < 1e9 else False:
        if value >= 10_000_000:
            return _eight(f"{int(value):08d}")
        if FIRST_YEAR <= value <= LAST_YEAR:
            raise CellProblem("year_only", shown=str(int(value)))
    raise CellProblem("not_a_date")


def _sensible(year: int, month: int, day: int) -> date:
    try:
        result = date(year, month, day)
    except ValueError:
        raise CellProblem("no_such_day") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CellProblem("absurd_year", low=str(FIRST_YEAR), high=str(LAST_YEAR))
    return result
