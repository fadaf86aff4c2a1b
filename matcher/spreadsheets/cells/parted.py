"""A qualification whose parts have signs between them in one text, in any order: `25655/Verzorgende IG/3/2019`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from matcher.domain.crebo import CREBO_FORM, by_name

_LONGEST = 300
_SEPARATORS = (
    re.compile(r"\s*/\s*"),
    re.compile(r"\s*\t\s*"),
    re.compile(r"\s+[-–—]\s+"),
    re.compile(r"\s*,\s*"),
    re.compile(r"\s*_\s*"),
)
_BETWEEN = (re.compile(r"\s*,\s*"), re.compile(r"\s+(?:en|and)\s+"), re.compile(r"\s*[&+]\s*"), re.compile(r"\s+/\s+"))
"""What separates several of them; each has then another sign between its own parts."""
_SLASH = _SEPARATORS[0]
_WHAT = (
    ("year", re.compile(r"(?:(?:school)?jaar |cohort )?(?:19[4-9]|20\d)\d(?: ?[/-] ?(?:19|20)?\d\d)?", re.IGNORECASE)),
    ("pathway", re.compile(r"bol|bbl|ovo|(?:derde|3e) leerweg", re.IGNORECASE)),
    ("level", re.compile(r"(?:mbo[- ]?)?(?:niveau|niv\.?|n)[- ]?\d|mbo[- ]?\d", re.IGNORECASE)),
)  # fmt: skip
_UNSURE = (("level", re.compile(r"\d")), ("year", re.compile(r"\d{4}")))
"""What is only a level or year because of what stands beside it; it need not be a right one."""
_LETTERS = re.compile(r"[^\W\d_]{2}")
FEWEST = 3
"""Parts that make a text one of a kind."""


@lru_cache(maxsize=8192)
def parted(text: str) -> Mapping[str, str] | None:
    """The texts of crebo, name, level, pathway and year, as far as they are there; None for any other text."""
    if len(text) > _LONGEST or not any(map(str.isdigit, text)) or by_name(text) is not None:
        return None
    for separator in _SEPARATORS:
        parts = [part.strip(" ()") for part in separator.split(text)]
        found = in_parts(parts, together=separator is _SLASH)
        if found is not None:
            return found
    return None


def in_parts(parts: Sequence[str], *, together: bool = False) -> Mapping[str, str] | None:
    """What each part is: each thing once, one of them a code or name. `together`: a name may stand in several parts."""
    found: dict[str, str] = {}
    sure = 0
    before = ""
    for part in parts:
        kind = _kind(part)
        sure += kind in {"crebo", "year", "pathway"} or (kind == "level" and len(part) > 1)
        if kind is None:
            return None
        if kind in found:
            follows = kind == "year" and part.isdigit() and found[kind].isdigit() and int(part) == int(found[kind]) + 1
            if not together or before != kind or not (kind == "name" or follows):
                return None
            part = f"{found[kind]}/{part}"  # noqa: PLW2901 - one thing in two parts
        found[kind] = part
        before = kind
    few = len(parts) < FEWEST and not (together and "name" in found and len(parts) > 1)
    return None if few or not sure or not found.keys() & {"crebo", "name"} or len(found) < 2 else found


def several(text: str) -> list[str]:
    """The qualifications of a text that names several, each of at least three parts; empty for any other text."""
    if len(text) > _LONGEST * FEWEST or not any(map(str.isdigit, text)):
        return []
    for separator in _BETWEEN:
        pieces = separator.split(text)
        if len(pieces) > 1 and all(len(parted(piece) or ()) >= FEWEST for piece in pieces):
            return pieces
    return []


def _kind(part: str) -> str | None:
    """What a part is; None for one that is nothing of the kind."""
    if CREBO_FORM.fullmatch(part.upper()) and any(map(str.isdigit, part)):
        return "crebo"
    for kind, pattern in _WHAT:
        if pattern.fullmatch(part):
            return kind
    if _LETTERS.search(part):
        return "name"
    return next((kind for kind, pattern in _UNSURE if pattern.fullmatch(part)), None)
