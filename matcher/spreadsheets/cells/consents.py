"""Cells of a column of consent: yes and no, alone or with the day and the way in which it was said."""

from __future__ import annotations

import re
from datetime import date, datetime

from matcher.spreadsheets.cells.closed import yes_or_no_or_none
from matcher.spreadsheets.cells.dates import date_of
from matcher.spreadsheets.cells.reading import CellProblem, Page, Reading, reading_of
from matcher.text import DASHES, fold

_NO = re.compile(
    r"(?:(?:is |toestemming |akkoord )?ingetrokken|bezwaar|geen (?:toestemming|akkoord)|wil (?:dit |het )?niet"
    r"|niet (?:akkoord|benaderen|bellen|mailen)|afgemeld|opt[- ]?out|nee|neen|weigert|geweigerd)\b"
)
_YES = re.compile(
    r"(?:ja|j|yes|ok|oke|okay|akkoord|getekend|ondertekend|toestemming|opt[- ]?in|gegeven"
    r"|form(?:ulier|\.)? ?(?:is )?(?:binnen|getekend|ontvangen|retour|terug)"
    r"|(?:per |via )(?:(?:e-?)?mail|brief|formulier)"
    r"|schriftelijk)\b[\s,.:;-]*"
)
_BETWEEN = re.compile(r"(?:op|d\.?d\.?|dd|per|sinds|datum|van)\b[\s,.:-]*")
_NOT_WHOLE = {"month_only", "year_only"}
_DAY_AND_MONTH = re.compile(r"\d{1,2}[-/. ](?:\d{1,2}|[a-z]{3,9})\.?")


def consent_answer(raw: object, *, today: date) -> Reading:
    """What a cell says of consent: the value is (yes, since when or None); never raises.

    A date alone, in a column of consent, is the day on which it was given. A month or year alone is left out of a yes;
    so is a spoken yes, whole: what it was a yes to, cannot be shown.
    """
    page = Page(today=today)
    return reading_of(lambda text: _answer(raw, text, today, page), raw, page)


def _answer(raw: object, text: str, today: date, page: Page) -> tuple[bool, date | None]:
    answer = yes_or_no_or_none(text)
    if answer is not None:
        return answer, None
    plain = fold(text).translate(DASHES).strip(" .!")
    if _NO.match(plain):
        return False, None
    if isinstance(raw, datetime | date):
        return _since(raw.date() if isinstance(raw, datetime) else raw, text, today)
    rest, said = plain, False
    while match := _YES.match(rest):
        rest, said = rest[match.end() :], True
    if match := _BETWEEN.match(rest):
        rest = rest[match.end() :]
    if said and not rest:
        return True, None
    try:
        day = date_of(rest)
    except CellProblem as problem:
        if said and (problem.code in _NOT_WHOLE or _DAY_AND_MONTH.fullmatch(rest)):
            page.leave("year_only" if problem.code == "not_a_date" else problem.code, text, shown=text)
            return True, None
        raise CellProblem("yes_no", shown=text) from None
    return _since(day, text, today)


def _since(day: date, text: str, today: date) -> tuple[bool, date]:
    if day > today:
        raise CellProblem("future_date", text=text, today=today)
    return True, day
