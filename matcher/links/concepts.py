"""Names of one occupation or skill, and the words that may be named at all, from ESCO.

A preferred name and an alternative of it are synonyms; two alternatives are not linked, since ESCO lists narrower names
among them (brandschadebehandelaar and letselschadebehandelaar). A preferred name in Dutch and in English are names of
one concept. What is a name of two concepts is in the table of neither.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


class Place(IntEnum):
    """Where a name stands: the columns of the table."""

    DUTCH, DUTCH_OTHER, ENGLISH, ENGLISH_OTHER = range(4)


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a concept: the number of the concept, and the columns in which it has the name."""

    concept: int
    places: frozenset[Place]


_SYNONYMS = ((Place.DUTCH, Place.DUTCH_OTHER), (Place.ENGLISH, Place.ENGLISH_OTHER), (Place.DUTCH, Place.DUTCH))
_ONE_CONCEPT = ((Place.DUTCH, Place.ENGLISH),)


def are_synonyms(one: str, other: str) -> str | None:
    """The preferred name if one of these names is it and the other an alternative in its language; else None."""
    return _common(one, other, _SYNONYMS)


def are_of_one_concept(one: str, other: str) -> str | None:
    """The Dutch name if one is that and the other the English one of the same concept; else None."""
    return _common(one, other, _ONE_CONCEPT)


def _common(one: str, other: str, columns: tuple[tuple[Place, Place], ...]) -> str | None:
    mine, theirs = names().get(one), names().get(other)
    if one == other or mine is None or theirs is None or mine.concept != theirs.concept:
        return None
    for first, second in columns:
        if first in mine.places and second in theirs.places:
            return one
        if second in mine.places and first in theirs.places:
            return other
    return None


@cache
def names() -> Mapping[str, Name]:
    """By folded name, of at most four words, the concept that has it."""
    found: dict[str, Name] = {}
    for number, line in enumerate(_lines("concepts.tsv.gz")):
        places: dict[str, set[Place]] = {}
        for place, cell in zip(Place, line.split("\t"), strict=True):
            for name in filter(None, cell.split("|")):
                places.setdefault(name, set()).add(place)
        found.update((name, Name(number, frozenset(where))) for name, where in places.items())
    return found


@cache
def second_words() -> Mapping[str, frozenset[str]]:
    """By the folded word with which a name of more than one word begins, the words that come second in such names."""
    found = defaultdict[str, set[str]](set)
    for first, second, *_ in (name.split(" ") for name in names() if " " in name):
        found[first].add(second)
    return {first: frozenset(seconds) for first, seconds in found.items()}


@cache
def public_words() -> frozenset[str]:
    """The folded words of names of occupations, skills and qualifications: they identify no one."""
    return frozenset(_lines("public.tsv.gz"))


def _lines(name: str) -> Iterator[str]:
    return iter(gzip.decompress((_FOLDER / name).read_bytes()).decode().splitlines())
