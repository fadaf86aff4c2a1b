"""From labels as records have them to concepts, with what schools decided and what the label stands beside.

The name of a skill in a pool is its key, which stands for the concepts that its label has anywhere. Where a school
decided otherwise, or where the occupation of the alumnus or the target of the request tells which of several is meant,
the name says so: the key, `MARK`, and the URIs. Such a name is of the same word, with other concepts.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Literal

from matcher.concepts.labels import Labels
from matcher.domain.concepts import Decision

MARK = "\x1f"


def base_of(name: str) -> str:
    """The key of a name in a pool."""
    return name.partition(MARK)[0]


def linked_name(key: str, uris: Iterable[str]) -> str:
    """The name of a key that stands for these concepts here."""
    return MARK.join((key, *sorted(uris), ""))


def concepts_in(name: str) -> tuple[str, ...] | None:
    """The URIs that a name says; None where it stands for what its label has anywhere."""
    _, found, uris = name.partition(MARK)
    return tuple(uri for uri in uris.split(MARK) if uri) if found else None


class Links:
    """The concepts of labels. `digest` tells these vocabularies and decisions from any other."""

    def __init__(self, labels: Labels, digests: Sequence[str], decisions: Collection[Decision] = ()) -> None:
        self.labels = labels
        self._decided: dict[tuple[str, str], list[Decision]] = defaultdict(list)
        for decision in decisions:
            self._decided[decision.school, decision.label].append(decision)
        self._decided_keys = frozenset(key for _, key in self._decided)
        said = sorted((one.school, one.label, one.uri, one.confirmed) for one in decisions)
        self.digest = hashlib.sha256(repr((tuple(digests), said)).encode()).hexdigest()[:32]
        self._context = cache(self._asked_in)

    def of(self, key: str) -> tuple[int, ...]:
        """The concepts of a key anywhere, ascending."""
        return self.labels.skills(key)

    def of_name(self, name: str) -> tuple[int, ...]:
        """The concepts of a name in a pool, ascending."""
        said = concepts_in(name)
        if said is None:
            return self.of(name)
        return tuple(sorted(self.labels.number[uri] for uri in said if uri in self.labels.number))

    def here(self, key: str, school: str, beside: Iterable[str | None] = ()) -> tuple[int, ...]:
        """The concepts of a key at a school, next to these names of occupations or programmes; ascending.

        What a person confirmed is what it means. Of several that nobody confirmed those count that an occupation beside
        it asks, if any does.
        """
        found = self.of(key)
        if key in self._decided_keys:
            decided = self._decided.get((school, key), ())
            number = self.labels.number
            confirmed = {number[one.uri] for one in decided if one.confirmed and one.uri in number}
            denied = {number[one.uri] for one in decided if not one.confirmed and one.uri in number}
            if confirmed:
                return tuple(sorted(confirmed))
            found = tuple(one for one in found if one not in denied)
        if len(found) > 1:
            asked = frozenset[int]().union(*(self._context(text) for text in beside if text))
            found = tuple(one for one in found if one in asked) or found
        return found

    def name(self, key: str, school: str, beside: Iterable[str | None] = ()) -> str:
        """The name of a key in a pool: the key itself where it means here what it means anywhere."""
        usual = self.of(key)
        if len(usual) < 2 and key not in self._decided_keys:
            return key
        found = self.here(key, school, beside)
        return key if found == usual else linked_name(key, (self.labels.concepts[one].uri for one in found))

    def _asked_in(self, text: str) -> frozenset[int]:
        return self.labels.asked_by(self.labels.occupations(text))

    def covering(self, concepts: Collection[int]) -> tuple[frozenset[int], frozenset[int]]:
        """Concepts that are one of these, and those right above or below one, which cover it in part."""
        same = frozenset(concepts)
        near = {near for one in same for near in (*self.labels.broader(one), *self.labels.narrower(one))}
        return same, frozenset(near) - same

    def relation(
        self, asked: Collection[int], own: Collection[int]
    ) -> tuple[Literal["concept", "narrower", "broader"], int] | None:
        """How concepts of a person stand to those asked, and the concept of the person that does; None for not at all.

        `concept`: one and the same. `narrower`: the person's is a part of the asked one. `broader`: the reverse.
        """
        for one in own:
            if one in asked:
                return "concept", one
        for one in own:
            if not set(self.labels.broader(one)).isdisjoint(asked):
                return "narrower", one
        for one in own:
            if not set(self.labels.narrower(one)).isdisjoint(asked):
                return "broader", one
        return None
