"""Lists in one cell: what separates their items, and what only looks as if it did."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from matcher.domain.crebo import register
from matcher.text import fold, skill_key

_STRONG = re.compile(r"[;\n]")
_BULLET = re.compile(r"^\s*(?:[•▪◦●○‣·*–—■□►➢✓✔\uf0b7-]|\(?\d{1,2}[.)](?!\d)|[a-z]\))\s*(?=\S)")
_DOTS = re.compile(r"\s*[•▪●‣■►➢\uf0b7]\s*|\s+·\s+")
_NUMBERING = re.compile(r"(?:^|(?<=\s))(\d{1,2})[.)]\s*(?=[^\W\d])")
_COMMA = re.compile(r",(?![^(]*\))\s*")
_AND = re.compile(r"\s+(?:en|and)\s+", re.IGNORECASE)
_SOFT = (
    re.compile(r"\s*,\s*(?![^(]*\))"),
    re.compile(r"\s*/\s*(?![^(]*\))"),
    re.compile(r"\s*[+&|]\s*(?![^(]*\))"),
    re.compile(r"\s+(?:en/of|en|and|of|or)\s+(?![^(]*\))", re.IGNORECASE),
)
_SLASH = re.compile(r"\s+[/+|]\s+|(?<=[^\W\d_]{4})/(?=[^\W\d_]{4})")
"""A slash or plus between skills: with spaces, or between two words. `CI/CD`, `C++` and `PL/SQL` are one skill."""


def items(text: str) -> list[str]:
    """The items of a list, separated by semicolons or line ends, without bullets, numbering and empty ones."""
    pieces = _STRONG.split(text) if _STRONG.search(text) else _numbered(text) or _DOTS.split(text)
    return [item for item in map(stripped, pieces) if item]


@lru_cache(maxsize=16_384)
def stripped(piece: str) -> str:
    """An item without its bullet."""
    return _BULLET.sub("", piece, count=1).strip()


def _numbered(text: str) -> list[str]:
    """The items of `1. tillen 2. wassen`; empty unless the numbers are 1, 2, 3..."""
    marks = list(_NUMBERING.finditer(text))
    if len(marks) < 2 or marks[0].start() or [int(mark[1]) for mark in marks] != list(range(1, len(marks) + 1)):
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [text[mark.end() : end].strip(" ,") for mark, end in zip(marks, ends, strict=True)]


def words(text: str, is_known: Callable[[str], bool]) -> list[str]:
    """The items of a list of words of a closed list: also by comma, slash, plus, `&`, `en`, but known words stay."""
    found: list[str] = []
    for item in items(text):
        found += _split(item, is_known, 0)
    return found


def _split(item: str, is_known: Callable[[str], bool], level: int) -> list[str]:
    item = item.strip(" ,.")
    if not item:
        return []
    if level == len(_SOFT) or is_known(item):
        return [item]
    parts = _SOFT[level].split(item)
    return [word for part in parts for word in _split(part, is_known, level + 1)]


def skills(text: str, known: frozenset[str]) -> list[str]:
    """The items of a list of free words. `known`: keys of skills in which a comma is no separator.

    Semicolons separate, and then nothing else does, so that what an export writes is read as it was. Otherwise commas
    do, outside brackets, and slashes between words, and `en` before the last item of such a list.
    """
    if ";" in text:
        return items(text)
    if "\n" in text and all(_BULLET.match(line) for line in text.split("\n") if line.strip()):
        return items(text)
    return [word for item in items(text) for word in _enumerated(item, known)]


def _enumerated(item: str, known: frozenset[str]) -> list[str]:
    if _known(item, known):
        return [item]
    parts = _joined([part.strip() for part in _COMMA.split(item)], known)
    if len(parts) > 1 and not _known(parts[-1], known):
        last = _AND.split(re.sub(r"^(?:en|and)\s+", "", parts[-1], flags=re.IGNORECASE))
        parts[-1:] = last if len(last) == 2 else [parts[-1].removeprefix("en ").removeprefix("and ")]
    result: list[str] = []
    for part in parts:
        result += [part] if _known(part, known) else _SLASH.split(part)
    return [part.strip(" ,") for part in result if part.strip(" ,")]


def _joined(parts: Sequence[str], known: frozenset[str]) -> list[str]:
    """The parts between commas, with those joined again that are one known skill together."""
    if not known:
        return list(parts)
    result: list[str] = []
    start = 0
    while start < len(parts):
        stop = next(
            (stop for stop in range(min(len(parts), start + 5), start + 1, -1)
             if skill_key(", ".join(parts[start:stop])) in known),
            start + 1,
        )  # fmt: skip
        result.append(", ".join(parts[start:stop]))
        start = stop
    return result


def _known(text: str, known: frozenset[str]) -> bool:
    return skill_key(text) in known or fold(text) in _phrases()


@cache
def _phrases() -> frozenset[str]:
    """Names and domains of the register of qualifications: `zorg en welzijn` is one thing."""
    entries = register().values()
    return frozenset({fold(entry.name) for entry in entries} | {fold(entry.domain) for entry in entries})
