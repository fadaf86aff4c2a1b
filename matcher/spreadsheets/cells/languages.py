"""Languages by Dutch or English name, or by code (Unicode CLDR, by Babel)."""

from __future__ import annotations

import re

from matcher.domain.languages import code_of
from matcher.spreadsheets.cells.lists import words
from matcher.spreadsheets.cells.reading import CellProblem, Page
from matcher.spreadsheets.columns import Column

_BRACKETS = re.compile(r"\s*\(([^)]*)\)$|\s+(goed|matig|redelijk|vloeiend|moedertaal|[abc][12])$", re.IGNORECASE)


def read_language(_column: Column, _raw: object, text: str, _page: Page) -> str:
    """The code of the one language of a cell. Raises CellProblem."""
    code = code_of(text)
    if code is None:
        several = words(text, lambda item: code_of(item) is not None)
        if len(several) > 1 and all(code_of(item) for item in several):
            raise CellProblem("several_languages", shown=text)
        raise CellProblem("language", word=text)
    return code


def read_languages(_column: Column, _raw: object, text: str, page: Page) -> tuple[str, ...] | None:
    """The codes of the languages of a cell; other words are left out."""
    found: dict[str, None] = {}
    for item in words(text, lambda item: code_of(item) is not None):
        brackets = _BRACKETS.search(item)
        code = code_of(item) or (code_of(item[: brackets.start()]) if brackets else None)
        if code is None:
            page.leave("language", item, word=item)
            continue
        if brackets and code_of(item) is None:
            page.leave("rest", brackets[0].strip(" ()"))
        found[code] = None
    return tuple(found) or None
