"""Moments as people write them: a day with a start and an end.

No library reads these: dateparser gives one time and fills the rest from now; recognizers knows no Dutch dates.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

from matcher.domain.moments import ZONE
from matcher.domain.records import Moment
from matcher.spreadsheets.cells.dates import MONTH, date_of
from matcher.spreadsheets.cells.lists import items
from matcher.spreadsheets.cells.reading import CellProblem, Page
from matcher.spreadsheets.columns import Column
from matcher.text import DASHES, fold

_CLOCK = r"(\d{1,2})(?:[:.](\d{2})(?::\d{2})?|\s?[uh]\s?(\d{2}))?\s?(uur|u|h|a\.?m\.?|p\.?m\.?)?\.?"
_TIMES = re.compile(
    rf"(?:van |vanaf |tussen |om |from )?{_CLOCK}\s*(?:-|/|t/m|tot en met|tot|to|until|en)\s*(?:om )?{_CLOCK}"
)
_ONE_TIME = re.compile(rf"(?:om |vanaf |van )?{_CLOCK}")
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)t(\d\d:\d\d)(?::\d\d)?(z|[+-]\d\d:?\d\d)?\s*(?:/|-|--)\s*"
    r"(?:(\d{4}-\d\d-\d\d)[t ])?(\d\d:\d\d)(?::\d\d)?(z|[+-]\d\d:?\d\d)?"
)
_TWO_DAYS = re.compile(
    r"(\S+) (\d{1,2}[:.]\d{2})\s*(?:-|/|tot|t/m)\s*(\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}) (\d{1,2}[:.]\d{2})"
)
_BETWEEN = re.compile(r"\s*(?:,|\+|&| / |\ben\b|\band\b|\bof\b|\bor\b)\s*")
_NO_YEAR = re.compile(rf"(?:[a-z]+\.? )?\d{{1,2}}(?:[-/ ]\d{{1,2}}|e? ?(?:{MONTH})\.?)(?: .*)?")
_PIECES = 40


def read_moments(_column: Column, raw: object, text: str, page: Page) -> tuple[Moment, ...] | None:
    """The moments of a cell, by start; what is no moment is left out. Raises CellProblem if none is one."""
    if isinstance(raw, datetime) and raw.time() != time():
        raise CellProblem("moment_no_end", shown=f"{raw:%d-%m-%Y %H:%M}", day=raw.date().isoformat())
    found: set[Moment] = set()
    for item in items(text):
        _read_item(item, found, page)
    return tuple(sorted(found, key=lambda moment: (moment.start, moment.end))) or None


def _read_item(item: str, found: set[Moment], page: Page) -> None:
    try:
        found.add(moment_of(item))
    except CellProblem as problem:
        pieces = [piece for piece in _BETWEEN.split(item) if piece]
        if not 1 < len(pieces) <= _PIECES:
            problem.text = item
            page.left_out.append(problem)
            return
        _read_pieces(pieces, problem, item, found, page)


def _read_pieces(pieces: list[str], problem: CellProblem, item: str, found: set[Moment], page: Page) -> None:
    """Reads a list: a piece is a moment, or with the piece after it, or only times of the day before it."""
    read: list[Moment] = []
    left: list[str] = []
    at = 0
    while at < len(pieces):
        for size in (2, 1):
            moment = _try(" ".join(pieces[at : at + size]), read[-1].start.date() if read else None)
            if moment:
                read.append(moment)
                break
        else:
            left.append(pieces[at])
        at += size
    found.update(read)
    if not read:
        problem.text = item
        page.left_out.append(problem)
        return
    for piece in left:
        page.leave("moment", piece, shown=piece)


def _try(piece: str, day: date | None) -> Moment | None:
    try:
        return moment_of(piece)
    except CellProblem:
        match = _TIMES.fullmatch(fold(piece).translate(DASHES)) if day else None
    try:
        return _of(day, match, piece) if day and match else None
    except CellProblem:
        return None


def moment_of(item: str) -> Moment:
    """The moment in a text such as `2027-03-16 13:00-15:00` or `di 16 maart van 13 tot 15u`. Raises CellProblem."""
    plain = " ".join(fold(item).translate(DASHES).strip(" ,;").split())
    if match := _ISO.fullmatch(plain):
        return _iso(match, item)
    if match := _TWO_DAYS.fullmatch(plain):
        if date_of(match[1]) != date_of(match[3]):
            raise CellProblem("moment_days", shown=item)
        plain = f"{match[1]} {match[2]}-{match[4]}"
    tokens = plain.split(" ")
    for size in range(1, min(len(tokens), 6)):
        for day_text, rest in (
            (" ".join(tokens[:size]), " ".join(tokens[size:])),
            (" ".join(tokens[-size:]), " ".join(tokens[:-size])),
        ):
            times = _TIMES.fullmatch(rest.strip(" ,").removesuffix(" op").removesuffix(",").strip("() "))
            if times and (day := _day(day_text.strip(" ,"))):
                return _of(day, times, item)
    raise _why_not(plain, tokens, item)


def _why_not(plain: str, tokens: list[str], item: str) -> CellProblem:
    """What is missing for a moment: the times, the end, the year, or all."""
    for size in range(min(len(tokens), 5), 0, -1):
        day = _day(" ".join(tokens[:size]).strip(" ,"))
        if day:
            rest = " ".join(tokens[size:]).strip(" ,")
            code = "moment_no_end" if rest and _ONE_TIME.fullmatch(rest) else "moment_day"
            return CellProblem(code, shown=item, day=day.isoformat())
    if re.search(r"(?:19|20)\d\d", plain):
        try:
            date_of(tokens[0])
        except CellProblem as problem:
            if problem.code in {"no_such_day", "absurd_year"}:
                return problem
    return CellProblem("moment_no_year" if _NO_YEAR.fullmatch(plain) else "moment", shown=item)


def _day(text: str) -> date | None:
    if not re.search(r"\d", text) or re.fullmatch(r"\d{5}(\.\d+)?", text):
        return None
    if re.search(r"\d[:.]\d\d$", text) and not re.search(r"\d[.]\d+[.]\d+$", text):
        return None
    try:
        return date_of(text)
    except CellProblem as problem:
        if problem.code in {"no_such_day", "weekday"} and len(text) > 7:
            raise
        return None


def _of(day: date, match: re.Match[str], item: str) -> Moment:
    hour, minute, minute_u, unit, hour2, minute2, minute2_u, unit2 = match.groups()
    if not (minute or minute_u or unit or minute2 or minute2_u or unit2 or match[0].startswith("van ")):
        raise CellProblem("moment_day", shown=item, day=day.isoformat())
    start = clock(hour, minute or minute_u, unit or (unit2 if unit2 and unit2[0] in "ap" else None), item)
    end = clock(hour2, minute2 or minute2_u, unit2, item)
    return between(day, start, end, item)


def between(day: date, start: time, end: time, item: str) -> Moment:
    """The moment of a day and two times. Raises CellProblem if the end is not after the start."""
    if start >= end:
        raise CellProblem("moment_order", shown=item)
    return Moment(datetime.combine(day, start), datetime.combine(day, end))


def clock(hour: str, minute: str | None, unit: str | None, item: str) -> time:
    """A time of the day. Raises CellProblem."""
    hours = int(hour)
    if unit and unit[0] in "ap":
        if not 1 <= hours <= 12:
            raise CellProblem("no_such_time", shown=item)
        hours = hours % 12 + (12 if unit[0] == "p" else 0)
    try:
        return time(hours, int(minute or 0))
    except ValueError:
        raise CellProblem("no_such_time", shown=item) from None


def time_of(text: str) -> time:
    """The time in a text such as 13:00, 13.00 uur, 13u or 1pm. Raises CellProblem."""
    match = _ONE_TIME.fullmatch(fold(text))
    if not match:
        raise CellProblem("not_a_time", shown=text)
    return clock(match[1], match[2] or match[3], match[4], text)


def times_of(text: str) -> tuple[time, time] | None:
    """The two times of a text such as `13.00-14.30 uur`; None if it is not two times. Raises CellProblem."""
    match = _TIMES.fullmatch(fold(text).translate(DASHES))
    if not match:
        return None
    moment = _of(date(2000, 1, 1), match, text)
    return moment.start.time(), moment.end.time()


def _iso(match: re.Match[str], item: str) -> Moment:
    day, start, zone, day2, end, zone2 = match.groups()
    try:
        first = datetime.fromisoformat(f"{day}T{start}{(zone or '').upper()}")
        last = datetime.fromisoformat(f"{day2 or day}T{end}{(zone2 or zone or '').upper()}")
    except ValueError:
        date_of(day)
        raise CellProblem("no_such_time", shown=item) from None
    first, last = (one.astimezone(ZONE).replace(tzinfo=None) if one.tzinfo else one for one in (first, last))
    if first.date() != last.date():
        raise CellProblem("moment_days", shown=item)
    return between(first.date(), first.time(), last.time(), item)
