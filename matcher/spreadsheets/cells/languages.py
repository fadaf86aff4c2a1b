"""Languages by Dutch or English name, or by code (Unicode CLDR, by Babel)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from matcher.spreadsheets.cells.lists import words
from matcher.spreadsheets.cells.reading import CellProblem, Page
from matcher.spreadsheets.columns import Column
from matcher.text import fold

_USUAL = {
    "ned": "nl", "nederlandse": "nl", "nederlandstalig": "nl", "dutch": "nl", "eng": "en", "engelse": "en",
    "engelstalig": "en", "duitse": "de", "dui": "de", "dts": "de", "duitstalig": "de", "franse": "fr", "fra": "fr",
    "franstalig": "fr", "spaanse": "es", "poolse": "pl", "turkse": "tr", "arabische": "ar", "friese": "fy",
}  # fmt: skip
_BRACKETS = re.compile(r"\s*\(([^)]*)\)$|\s+(goed|matig|redelijk|vloeiend|moedertaal|[abc][12])$", re.IGNORECASE)


@cache
def table() -> Mapping[str, str]:
    """Language codes by code, and by Dutch and English name."""
    from babel import Locale

    names = [(str(code), str(name)) for language in ("en", "nl") for code, name in Locale(language).languages.items()]
    return {fold(name): code for code, name in names} | {code: code for code, _ in names if len(code) == 2} | _USUAL


def code_of(text: str) -> str | None:
    """The code of a language; None for another word."""
    plain = fold(text).strip(" .")
    return table().get(plain) or table().get(plain.removesuffix(" taal"))


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
