"""Which concepts a label is a name of: a table of all labels of some vocabularies, by the form in which they are equal.

A preferred label counts before an alternative one, and Dutch before English: a label that is the preferred name of one
concept and another name of a second is a name of the first alone. What schools leave out of a name comes last: the
brackets behind it ("Python (computerprogrammering)"), hyphens and spaces (MIG-lassen, miglassen), and the verb that
only says that it is done ("wondverzorging toepassen"). Such a name, and an alternative one in English, links to nothing
where several concepts have it: in Dutch lists those are chance (PLC, hardware).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from matcher.concepts.scheme import LANGUAGES, Concept, Kind, Names, Scheme
from matcher.text import skill_key

MOST = 12
"""A label of more concepts says nothing: it links to none."""
_MADE = 2 * len(LANGUAGES)
"""The first place of names that are made of labels, behind the preferred and the others of each language."""
_ONE_ALONE = _MADE - 1
"""From this place on a name counts for one concept alone: others in English, and what is made."""
_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_LAST = {"nl": frozenset({"toepassen", "uitvoeren", "verrichten", "gebruiken", "verlenen", "beheersen"})}
_FIRST = {"en": frozenset({"apply", "perform", "use", "conduct", "provide", "execute"})}
_SHORTEST = 4
"""Letters of a made label: fewer are an abbreviation of something else."""


def label_keys(label: str, language: str) -> Iterator[str]:
    """The key of a label, then those of what schools may write for it, each once."""
    key = skill_key(label)
    bare = skill_key(_BRACKETS.sub("", label))
    words = bare.split(" ")
    shorter = bare
    if len(words) > 1 and words[-1] in _LAST.get(language, ()):
        shorter = " ".join(words[:-1])
    elif len(words) > 1 and words[0] in _FIRST.get(language, ()):
        shorter = " ".join(words[1:])
    made = [bare, shorter, *(one.replace(" ", "") for one in (key, bare, shorter) if one.replace(" ", "").isalpha())]
    yield key
    for one in dict.fromkeys(made):
        if one != key and len(one) >= _SHORTEST:
            yield one


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
        return self._skills.get(key) or self._skills.get(key.replace(" ", ""), ())

    def occupations(self, text: str) -> frozenset[int]:
        """The numbers of the occupations with this name."""
        key = skill_key(text)
        return frozenset(self._occupations.get(key, ()))

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

    @cached_property
    def _skills(self) -> Mapping[str, tuple[int, ...]]:
        return self._table({Kind.SKILL, Kind.KNOWLEDGE})

    @cached_property
    def _occupations(self) -> Mapping[str, tuple[int, ...]]:
        return self._table({Kind.OCCUPATION})

    def _table(self, kinds: set[Kind]) -> Mapping[str, tuple[int, ...]]:
        """By key the concepts of these kinds with that label; of each vocabulary those of the best place."""
        found: dict[str, list[int]] = {}
        start = 0
        for scheme in self.schemes:
            best: dict[str, tuple[int, set[int]]] = {}
            for number, concept in enumerate(scheme.concepts, start):
                if concept.kind in kinds:
                    for place, key in _places(concept):
                        known = best.get(key)
                        if known is None or place < known[0]:
                            best[key] = place, {number}
                        elif place == known[0]:
                            known[1].add(number)
            for key, (place, numbers) in best.items():
                if len(numbers) == 1 or place < _ONE_ALONE:
                    found.setdefault(key, []).extend(sorted(numbers))
            start += len(scheme.concepts)
        return {key: tuple(numbers) for key, numbers in found.items() if key and len(numbers) <= MOST}


def _places(concept: Concept) -> Iterator[tuple[int, str]]:
    """The keys of the labels of a concept with their place: 0 counts first."""
    names: tuple[Names, ...] = concept.preferred, concept.other
    for rank, labels in enumerate(names):
        for at, language in enumerate(LANGUAGES):
            for label in labels.get(language, ()):
                for made, key in enumerate(label_keys(label, language)):
                    yield (_MADE if made else 0) + rank * len(LANGUAGES) + at, key
