"""Numbers with the words that people add: `€ 395 p.p.`, `max. 15`, `mbo-4`, `NLQF 5`, `gratis`.

price-parser takes the first number it sees ("vanaf € 250", "250 - 400", "3 termijnen van 95") and drops the rest.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from matcher.spreadsheets.cells.reading import CellProblem, Page
from matcher.spreadsheets.columns import Column
from matcher.text import DASHES, fold

_NUMBER = re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?|-?\d+\.\d+|-?\d{1,3}(,\d{3})+\.\d+")
_EXPONENT = re.compile(r"-?\d([.,]\d+)?e[+-]?\d{2,}")
_THREE_DECIMALS = re.compile(r"-?[1-9]\d{0,2},\d{3}")
_CLOSING = re.compile(r"\s*,[-=]+$|\s*\.[-=]+$")
_RANGE = re.compile(r"\d+(?:[.,]\d+)?\s*(?:km|uur|u|€|euro)?\s*(?:-|/|a|à|tot|t/m|of|tot en met|tussen)\s*€?\s*\d+.*")
_FREE = frozenset(
    {"gratis", "kosteloos", "nihil", "geen kosten", "free", "zonder kosten", "kostenloos", "geheel gratis"}
)
_ABOUT = re.compile(
    r"^(?:ongeveer|ongev\.?|circa|ca\.?|±|\+/-|\+-|rond(?: de)?|zo'n|plm\.?|about|approx\.?)\s*(?=[€\d])"
)
_MOST = re.compile(
    r"^(?:max(?:imaal|imum)?[.:]?|hooguit|niet meer dan|ten hoogste|tot(?: en met)?|t/m|<=?)\s*(?=[€\d])"
)
_FROM = re.compile(r"^(?:vanaf|va\.?|min(?:imaal|\.)?|minstens|ten minste|from|>=?)\s*€?\s*\d")
_LARGE = 10**15
"""Excel keeps 15 figures of a number."""

_UNITS: dict[str, re.Pattern[str]] = {
    "max_distance_km": re.compile(r"(?:km|kilometers?|kms)\.?(?: (?:reizen|afstand|enkele reis))?"),
    "hours_per_week": re.compile(
        r"(?:u|uur|uren|hours?)\.?(?: ?(?:per week|p\.?w\.?|/ ?(?:w|week)|in de week|a week))?"
    ),
    "max_asks_per_year": re.compile(
        r"(?:x|keer|maal|vragen|aanvragen|verzoeken)?\.?(?: ?(?:per jaar|p\.?j\.?|/ ?(?:jaar|jr)|in het jaar|a year))?"
    ),
    "people": re.compile(r"(?:personen|persoon|pers|p|studenten|alumni|mensen|deelnemers|gasten|people)\.?"),
    "seats": re.compile(r"(?:plaatsen|plekken|deelnemers|cursisten|personen|pers|p|studenten)\.?"),
    "enrolled": re.compile(r"(?:deelnemers|cursisten|personen|pers|p|studenten|ingeschreven|aanmeldingen)\.?"),
}
_PRICE = re.compile(
    r"(?:eur|euro|€)?\s*(?:\(?(?:p\.?p\.?|per persoon|per deelnemer|in totaal|totaal"
    r"|incl\.? ?(?:21 ?% )?btw|inclusief btw"
    r"|incl\.?|inclusief|btw[- ]vrij|vrijgesteld van btw|all[- ]in|inclusief lesmateriaal)\)?[,\s]*)*"
)
_PRICES = frozenset({"price", "max_price"})
_UPPER = frozenset({"max_distance_km", "max_price", "max_asks_per_year", "seats"})
"""Fields that are a maximum, so that `max 30` is 30."""
_WORDS = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf")

_LEVEL = re.compile(
    r"(?:(?:mbo|n|nv|niv|niveau|nivo|level|kwalificatieniveau|opleidingsniveau)[-. ]*)*([1-4])"
    r"(?: ?\(?(?:mbo|entree|basisberoepsopleiding|basisberoeps|vakopleiding|middenkader|middenkaderopleiding"
    r"|specialist|specialistenopleiding)\)?)?"
)
_LEVELS = re.compile(
    r"(?:(?:mbo|n|niv|niveau)[-. ]*)*[1-8]\+?\s*(?:-|/|en|of|t/m|tot|&|\+)\s*(?:(?:mbo|n|niveau)[-. ]*)*[1-8]\+?"
)
_LEVEL_WORDS = {
    "entree": 1, "entreeopleiding": 1, "assistent": 1, "assistentenopleiding": 1, "basisberoepsopleiding": 2,
    "basisberoeps": 2, "vakopleiding": 3, "middenkaderopleiding": 4, "middenkader": 4, "specialistenopleiding": 4,
}  # fmt: skip


def read_number(column: Column, raw: object, text: str, page: Page) -> float:
    """The number of a cell, within the limits of its column. Raises CellProblem."""
    return _limited(column, _number(column, raw, text, page))


def read_whole(column: Column, raw: object, text: str, page: Page) -> int:
    """The whole number of a cell. Raises CellProblem."""
    if column.field == "level":
        return level_of(raw, text)
    value = read_number(column, raw, text, page)
    if not value.is_integer():
        raise CellProblem("not_whole")
    return int(value)


def level_of(raw: object, text: str) -> int:
    """The level of an mbo programme, 1-4, from `3`, `niveau 3`, `mbo-4` or `4 (middenkader)`. Raises CellProblem."""
    plain = fold(text).translate(DASHES).strip(" .")
    match = _LEVEL.fullmatch(plain)
    if match:
        return int(match[1])
    bare = plain.removeprefix("mbo").strip(" -")
    if bare in _LEVEL_WORDS:
        return _LEVEL_WORDS[bare]
    if _LEVELS.fullmatch(plain):
        raise CellProblem("level_several", shown=text)
    _no_day(raw)
    try:
        value = plain_number(raw, plain)
    except CellProblem:
        raise CellProblem("level", shown=text) from None
    if not 1 <= value <= 4:
        raise CellProblem("out_of_range", low=1, high=4)
    raise CellProblem("not_whole")


def read_nlqf(column: Column, raw: object, text: str, _page: Page) -> float:
    """The NLQF level of a cell: 1-8, or 4.5 for 4+. Raises CellProblem."""
    plain = re.sub(r"^(?:nlqf|niveau|level)[-\s]*(?:niveau)?[-\s:]*", "", fold(text)).replace(" ", "")
    if plain == "4+":
        return 4.5
    if _LEVELS.fullmatch(plain):
        raise CellProblem("level_several", shown=text)
    _no_day(raw)
    value = _limited(column, plain_number(raw, plain))
    if not value.is_integer() and value != 4.5:
        raise CellProblem("nlqf")
    return value


def _number(column: Column, raw: object, text: str, page: Page) -> float:
    _no_day(raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return plain_number(raw, text)
    plain = fold(text).translate(DASHES).strip()
    if column.field in _PRICES and plain.strip(" .!") in _FREE:
        return 0.0
    if plain in _WORDS:
        return float(_WORDS.index(plain))
    if _FROM.match(plain):
        raise CellProblem("number_from", shown=text)
    if about := _ABOUT.match(plain):
        plain = plain[about.end() :]
    if column.field in _UPPER:
        plain = _MOST.sub("", plain)
    plain = _without_unit(column, plain)
    if _RANGE.fullmatch(plain):
        raise CellProblem("number_range", shown=text)
    value = plain_number(raw, plain)
    if about:
        page.note("about", shown=text)
    return value


def _without_unit(column: Column, plain: str) -> str:
    """The number of a text: without currency, and without the unit of the column. Another unit stays."""
    plain = re.sub(r"^(?:€|eur|euro)\s*", "", plain)
    number = re.match(r"-?[\d.,]*\d", plain)
    if not number:
        return plain
    rest = _CLOSING.sub("", plain[number.end() :]) if len(plain) > number.end() else ""
    closing = re.match(r"\s*[.,][-=]+", rest) or re.match(r"[.,](?=\s|$)", rest)
    rest = rest[closing.end() :].strip() if closing else rest.strip()
    unit = _PRICE if column.field in _PRICES else _UNITS.get(column.field)
    return number[0] if not rest or (unit and unit.fullmatch(rest)) else plain


def plain_number(raw: object, text: str) -> float:
    """The number in a text that is nothing but a number in Dutch or English notation. Raises CellProblem."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        value = float(raw) if abs(raw) < 1e300 else float("inf")
    else:
        plain = text.translate(DASHES).replace(" ", "")
        if _EXPONENT.fullmatch(plain):
            raise CellProblem("damaged_number", shown=text)
        if isinstance(raw, bool | date | time | timedelta) or not _NUMBER.fullmatch(plain):
            raise CellProblem("not_a_number")
        if _THREE_DECIMALS.fullmatch(plain):
            raise CellProblem("number_unsure", shown=text)
        if re.fullmatch(r"-?\d{1,3}(,\d{3})+\.\d+", plain):
            plain = plain.replace(",", "")
        elif "," in plain or re.fullmatch(r"-?\d{1,3}(\.\d{3})+", plain):
            plain = plain.replace(".", "").replace(",", ".")
        value = float(plain)
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - the test for NaN
        raise CellProblem("not_a_number")
    return value


def _no_day(raw: object) -> None:
    """Raises CellProblem where Excel made a day or time of a number, as of `3-4`."""
    if isinstance(raw, date | time | timedelta):
        raise CellProblem("became_date")


def _limited(column: Column, value: float) -> float:
    if not column.low <= value <= column.high:
        raise CellProblem("out_of_range", low=column.low, high=column.high)
    return value


def damaged(raw: object, text: str) -> bool:
    """Whether a number or code was damaged by Excel: an exponent, decimals, or more figures than it keeps."""
    if isinstance(raw, float):
        return not raw.is_integer() or abs(raw) >= _LARGE
    if isinstance(raw, int) and not isinstance(raw, bool):
        return abs(raw) >= _LARGE
    return bool(_EXPONENT.fullmatch(text.casefold()))
