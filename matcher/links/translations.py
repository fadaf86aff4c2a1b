"""The same in the other language: what a word is in English or in Dutch, where that is a fact.

A fact is: the preferred names of one concept in both languages; a pair of our own table (`translations.toml`); and of
one concept a preferred name with another name in the other language, where whoever asks says that they mean nearly the
same, since such names can be narrower.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from matcher.links.concepts import Name, Place, names
from matcher.text import fold

Near = Callable[[str, Sequence[str]], Sequence[bool]]
"""Which of some names mean nearly the same as a word."""
_ENGLISH = frozenset({Place.ENGLISH, Place.ENGLISH_OTHER})
_DUTCH = frozenset({Place.DUTCH, Place.DUTCH_OTHER})
_PREFERRED = frozenset({Place.DUTCH, Place.ENGLISH})
MOST = 6
"""Names in the other language that are given, the surest first."""


def translated(text: str, near: Near | None = None) -> list[str]:
    """What this word or name of at most four words is in the other language, folded; empty where no fact says it."""
    word = " ".join(fold(text).split())
    found = list(_table().get(word, ()))
    name = names().get(word)
    if name is not None:
        theirs = _DUTCH if _in(name, _ENGLISH) else _ENGLISH
        others = [other for other in _of_concept()[name.concept] if other != word and _in(names()[other], theirs)]
        sure = [other for other in others if _is_preferred(name) and _is_preferred(names()[other])]
        found += sure
        unsure = [
            other for other in others if other not in sure and (_is_preferred(name) or _is_preferred(names()[other]))
        ]
        if near is not None and unsure:
            found += [other for other, is_near in zip(unsure, near(word, unsure), strict=True) if is_near]
    return [other for other in dict.fromkeys(found) if other != word][:MOST]


def _in(name: Name, places: frozenset[Place]) -> bool:
    """Whether a name is of these columns and of no other."""
    return name.places <= places


def _is_preferred(name: Name) -> bool:
    return not name.places.isdisjoint(_PREFERRED)


@cache
def _of_concept() -> Mapping[int, list[str]]:
    found = defaultdict[int, list[str]](list)
    for word, name in names().items():
        found[name.concept].append(word)
    return found


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    """Our own table, read both ways."""
    raw = tomllib.loads(Path(__file__).with_name("translations.toml").read_text("utf-8"))
    found = defaultdict[str, dict[str, None]](dict)
    for english, dutch in raw["english"].items():
        for word in dutch:
            found[english][word] = None
            found[word][english] = None
    return {word: tuple(others) for word, others in found.items()}
