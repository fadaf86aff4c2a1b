"""Columns that hold a part of a field, or several fields at once. Each function gives a Reading and never raises."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date as day
from datetime import datetime, time, timedelta

from matcher.domain.records import Moment, Qualification
from matcher.spreadsheets.cells.closed import yes_or_no
from matcher.spreadsheets.cells.dates import date_of
from matcher.spreadsheets.cells.moments import between, moment_of, time_of, times_of
from matcher.spreadsheets.cells.names import parts_of
from matcher.spreadsheets.cells.nothing import is_nothing
from matcher.spreadsheets.cells.postcodes import foreign, postcode_of, with_town
from matcher.spreadsheets.cells.qualifications import check_register, of_parts, read_words
from matcher.spreadsheets.cells.reading import (
    EMPTY,
    NOTHING,
    CellProblem,
    Page,
    Reading,
    no_longer,
    reading_of,
    text_of,
)

_LONGEST = 500


def _safely(read: Callable[[str, Page], object], raw: object, page: Page) -> Reading:
    """The reading of one cell by a function of its text."""
    return reading_of(lambda text: read(no_longer(text, _LONGEST), page), raw, page)


def split_name(raw: object) -> Reading:
    """First and last name of a name in one cell: the value is a pair of texts or None.

    Where it is not sure which words are the last name (`Anna Maria Proef`), the first word is the first name and a
    note says so; a single word is a last name. Titles are left out, and named.
    """

    def read(text: str, page: Page) -> tuple[str | None, str | None]:
        first, last, left, sure = parts_of(text)
        page.left_out += left
        if not sure:
            page.note("name_unsure")
        return first, last

    return _safely(read, raw, Page())


def postcode_and_town(raw: object) -> Reading:
    """Postcode and town of one cell, such as `8011 AB Zwolle`: the value is a pair of texts or None."""

    def read(text: str, page: Page) -> tuple[str | None, str | None]:
        parts = with_town(text)
        if parts is None and not re.search(r"\d", text):
            return None, text
        postcode, town = parts or (text, None)
        if foreign(postcode):
            page.note("postcode_foreign")
            return None, town
        try:
            digits, letters = postcode_of(postcode)
        except CellProblem as problem:
            if town is None:
                raise
            problem.text = postcode
            page.left_out.append(problem)
            return None, town
        return (f"{digits} {letters}" if letters else digits), town

    return _safely(read, raw, Page())


def yes_no(raw: object) -> Reading:
    """Whether a cell says yes: the value is True or False."""
    return _safely(lambda text, _page: yes_or_no(text), raw, Page())


def qualification(
    *,
    crebo: object = None,
    name: object = None,
    level: object = None,
    pathway: object = None,
    year: object = None,
    today: day,
) -> Reading:
    """One qualification from cells of its parts: the value is a Qualification, or None where all are empty.

    A name that holds more, such as `Verzorgende IG (25655)`, gives what the other cells do not. A date as year is its
    year.
    """
    page = Page(today=today)
    texts: list[str] = []
    empty = True
    for part in (crebo, name, level, pathway, year):
        if part is year and isinstance(part, datetime | day):
            texts.append(str(part.year))
            empty = False
            continue
        try:
            text = text_of(part)
        except CellProblem as problem:
            problem.text = str(part)[:200]
            page.left_out.append(problem)
            text = ""
        empty = empty and not text
        texts.append("" if is_nothing(text) else text)
    if isinstance(level, day | time | timedelta):
        page.leave("became_date", texts[2], shown=texts[2])
        texts[2] = ""
    if empty and not page.left_out:
        return EMPTY
    if not any(texts) and not page.left_out:
        return NOTHING
    try:
        inside = read_words(texts[1], page) if texts[1] else Qualification()
        own = of_parts((texts[0], inside.name or "", *texts[2:]), page)
    except CellProblem as problem:
        page.left_out.append(problem)
        inside = own = Qualification()
    value = Qualification(
        own.crebo or inside.crebo,
        own.name,
        own.level or inside.level,
        own.pathway or inside.pathway,
        own.year or inside.year,
    )
    if value == Qualification():
        return page.reading(None)
    check_register(value, page)
    return page.reading(value)


def moment(date: object, start: object, end: object = None, *, today: day) -> Reading:
    """One moment from cells of its day and times: the value is a tuple of one Moment.

    `start` may hold both times (`13.00-14.30 uur`), and a date without times may hold the whole moment. Times that
    Excel keeps as numbers are parts of a day.
    """
    page = Page(today=today)

    def read(text: str, _page: Page) -> tuple[Moment, ...]:
        shown = " ".join(str(part) for part in (text, _plain(start), _plain(end)) if part)
        if not (_plain(start) or _plain(end)):
            if isinstance(date, datetime) and date.time() != time():
                raise CellProblem("moment_no_end", shown=shown, day=date.date().isoformat())
            return (moment_of(text),)
        on = date.date() if isinstance(date, datetime) else date if isinstance(date, day) else _day_of(date, text)
        both = times_of(_plain(start)) if isinstance(start, str) and not _plain(end) else None
        if both is None and not _plain(end):
            raise CellProblem("moment_no_end", shown=shown, day=on.isoformat())
        try:
            begin, stop = both or (_time(start), _time(end))
        except CellProblem:
            raise CellProblem("moment_day", shown=shown, day=on.isoformat()) from None
        return (between(on, begin, stop, shown),)

    return _safely(read, date, page)


def _plain(raw: object) -> str:
    """The text of a cell; '' for an empty one and for a word for nothing."""
    try:
        text = text_of(raw)
    except CellProblem:
        return ""
    return "" if is_nothing(text) else text


def _day_of(raw: object, text: str) -> day:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and float(raw).is_integer():
        return date_of(str(int(raw)))
    return date_of(text)


def _time(raw: object) -> time:
    match raw:
        case datetime():
            return raw.time().replace(second=0, microsecond=0)
        case time():
            return raw.replace(second=0, microsecond=0)
        case timedelta() if timedelta(0) <= raw < timedelta(days=1):
            return (datetime.min + raw).time().replace(second=0, microsecond=0)
        case float() if 0 < raw < 1:
            minutes = round(raw * 24 * 60)
            return time(minutes // 60 % 24, minutes % 60)
        case _:
            return time_of(text_of(raw))
