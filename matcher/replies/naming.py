"""Which question a reply to a letter with several is about, where it says so by number."""

from __future__ import annotations

import re

_WORD = r"(?:vragen|vraag|questions?|nummer|number|nr\.?)"
_AT_BEGIN = re.compile(
    rf"^\s*(?:(?:(?:op|bij|voor|to|for)\s+)?{_WORD}\s*(\d{{1,2}})\b|(\d{{1,2}})\s*(?=[:.)](?!\d)))[\s:.,)\-=]*",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(rf"\s*(?:\b(?:op|bij|voor|over|to|for|on)\s+)?\b{_WORD}\s*(\d{{1,2}})\b[:,]?", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:behalve|uitgezonderd|zonder|alle|alles|allebei|beide|rest|overige?|ander\w*"
    r"|except|without|all|both|others?|rest|either)\b",
    re.IGNORECASE,
)
"""Words that say something of other questions than the one with the number."""


def by_number(text: str) -> dict[int, str]:
    """What a reply says of each question, by its number; empty where that is not certain.

    Either each line begins with a number (`1: ja`), or one number is named in the whole (`ja op vraag 2`).
    """
    lines = [line for line in text.splitlines() if line.strip()]
    found = [_AT_BEGIN.match(line) for line in lines]
    if _OTHERS.search(text):
        return {}
    if lines and all(found):
        said = [(int(one[1] or one[2]), line[one.end() :]) for one, line in zip(found, lines, strict=True) if one]
        is_certain = len(dict(said)) == len(said) and not any(_ANYWHERE.search(words) for _, words in said)
        return dict(said) if is_certain else {}
    numbers = [int(one[1]) for one in _ANYWHERE.finditer(text)]
    return {numbers[0]: _ANYWHERE.sub("", text).strip(" \t:,-")} if len(numbers) == 1 else {}
