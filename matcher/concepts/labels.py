"""The labels of the vocabularies in use, and how their concepts stand to each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal

from matcher.concepts.concept import Concept
from matcher.concepts.scheme import Scheme
from matcher.text import skill_key


class Labels:
    """The labels of some vocabularies. Concepts are numbered in the order of the vocabularies, from 0."""

    def __init__(self, schemes: Sequence[Scheme]) -> None:
        self.schemes = tuple(schemes)
        self.concepts: tuple[Concept, ...] = tuple(one for scheme in schemes for one in scheme.concepts)
        self.number = {one.uri: number for number, one in enumerate(self.concepts)}

    def scheme_of(self, number: int) -> Scheme:
        """The vocabulary of a concept."""
        for scheme in self.schemes:
            if number < len(scheme.concepts):
                return scheme
            number -= len(scheme.concepts)
        raise IndexError(number)

    def skills(self, key: str) -> tuple[int, ...]:
        """The numbers of the skills with this key as a name, ascending: of each vocabulary those that count first."""
        return self._found("skills", key) or self._found("skills", key.replace(" ", ""))

    def occupations(self, text: str) -> frozenset[int]:
        """The numbers of the occupations with this name."""
        return frozenset(self._found("occupations", skill_key(text)))

    def _found(self, table: Literal["skills", "occupations"], key: str) -> tuple[int, ...]:
        """The concepts of all vocabularies with a key."""
        found: list[int] = []
        start = 0
        for scheme in self.schemes:
            keys = scheme.skills if table == "skills" else scheme.occupations
            numbers = keys.get(key, ())
            found += [start + number for number in ([numbers] if isinstance(numbers, int) else numbers)]
            start += len(scheme.concepts)
        return tuple(found)

    def asked_by(self, occupations: Iterable[int]) -> frozenset[int]:
        """The skills that these occupations ask, essential or optional."""
        return frozenset(number for one in occupations for number in (*self.essential(one), *self.optional(one)))

    def essential(self, occupation: int) -> tuple[int, ...]:
        """The skills without which nobody does this work."""
        return tuple(self.number[uri] for uri in self.concepts[occupation].essential)

    def optional(self, occupation: int) -> tuple[int, ...]:
        """The skills that some who do this work have."""
        return tuple(self.number[uri] for uri in self.concepts[occupation].optional)

    def broader(self, number: int) -> tuple[int, ...]:
        """The concepts right above this one."""
        return self._broader[number]

    def narrower(self, number: int) -> tuple[int, ...]:
        """The concepts right below this one."""
        return self._narrower[number]

    @cached_property
    def _broader(self) -> list[tuple[int, ...]]:
        return [tuple(self.number[uri] for uri in one.broader) for one in self.concepts]

    @cached_property
    def _narrower(self) -> list[tuple[int, ...]]:
        below: list[list[int]] = [[] for _ in self.concepts]
        for number, above in enumerate(self._broader):
            for one in above:
                below[one].append(number)
        return [tuple(one) for one in below]
