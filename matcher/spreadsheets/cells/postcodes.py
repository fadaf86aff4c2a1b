"""Dutch postcodes, alone or with a town; python-stdnum knows neither a foreign one nor a town behind it."""

from __future__ import annotations

import re

from matcher.spreadsheets.cells.reading import CellProblem, Page
from matcher.spreadsheets.columns import Column
from matcher.text import DASHES, fold

_POSTCODE = re.compile(r"([1-9]\d{3})[\s-]*([A-Z]\s?[A-Z])?")
NEVER = frozenset({"SA", "SD", "SS"})
"""Letters that no Dutch postcode has."""
_IN = re.compile(r"^(?:te|in)\s+(?=['’]?[^\W\d_])", re.IGNORECASE)
"""Before the name of a town: `5711 AB te Someren`."""
_NL = re.compile(r"^NL[- ]*(?=\d)")
_WITH_TOWN = re.compile(r"((?:NL[- ]*)?[1-9]\d{3}[\s-]*(?:[A-Za-z]{2}(?![^\W\d_]))?)[\s,]+(['’]?[^\W\d_].+)")
_TOWN_FIRST = re.compile(r"([^\W\d_].*?)[\s,(]+((?:NL[- ]*)?[1-9]\d{3}[\s-]*[A-Za-z]{2})\)?")
_FOREIGN = re.compile(
    r"(?:b|be|bel|l|lu|lux|a|at|ch|dk)[ -]{0,3}\d{4}"
    r"|(?:d|de|f|fr)?[ -]{0,3}\d{5}"
    r"|\d{4,5},? ?\(?(?:b|bel|belgie|belgium|d|deu|duitsland|germany|deutschland|lux|luxemburg)\)?"
)
"""Postcodes of other countries: four digits with a country, or five digits. `1234 BE` is a Dutch one."""
_FOREIGN_WITH_TOWN = re.compile(r"((?:(?:b|be|d|de|f|fr|l|lu|lux)[ -]{0,3})?\d{4,5})[ ,]+(\D{3,})")


def postcode_of(text: str) -> tuple[str, str | None]:
    """The four digits and the two letters, if any, of a Dutch postcode. Raises CellProblem."""
    match = _POSTCODE.fullmatch(_NL.sub("", text.translate(DASHES).removesuffix(".0").upper()))
    letters = match[2].replace(" ", "") if match and match[2] else None
    if not match or letters in NEVER:
        raise CellProblem("postcode")
    return match[1], letters


def foreign(text: str) -> bool:
    """Whether a text is the postcode of another country."""
    return bool(_FOREIGN.fullmatch(fold(text.removesuffix(".0")).translate(DASHES)))


def with_town(text: str) -> tuple[str, str] | None:
    """Postcode and town, each as written, of a text that holds both; None for another text."""
    plain = text.strip()
    if _POSTCODE.fullmatch(_NL.sub("", plain.translate(DASHES).upper())):
        return None
    if match := _WITH_TOWN.fullmatch(plain):
        return match[1].strip(), _IN.sub("", match[2].strip())
    if match := _TOWN_FIRST.fullmatch(plain):
        return match[2].strip(), match[1].strip(" ,(")
    match = _FOREIGN_WITH_TOWN.fullmatch(fold(plain).translate(DASHES))
    if match and foreign(match[1]):
        return plain[: match.end(1)], plain[match.end(1) :].strip(" ,")
    return None


def read_postcode(column: Column, _raw: object, text: str, page: Page) -> str | None:
    """The postcode of a cell; None, with a note, for one of another country. Raises CellProblem."""
    if foreign(text):
        page.note("postcode_foreign")
        return None
    town = None
    if parts := with_town(text):
        text, town = parts
        if foreign(text):
            page.note("postcode_foreign")
            return None
        if not re.search(r"[A-Za-z]{2}$", text):
            raise CellProblem("postcode_unsure", shown=text)
    digits, letters = postcode_of(text)
    if town:
        page.leave("rest", town)
    return f"{digits} {letters}" if letters and column.field == "postcode" else digits
