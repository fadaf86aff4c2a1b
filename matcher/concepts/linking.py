"""From labels as records have them to concepts, with what schools decided and what the label stands beside.

The name of a skill in a pool is its key, which stands for the concepts that its label has anywhere. Where a school
decided otherwise, or where the occupation of the alumnus or the target of the request tells which of several is meant,
the name says so: the key, `MARK`, and the URIs. Such a name is of the same word, with other concepts. Behind it stands
`ESSENTIAL` where an occupation that the request names asks the skill essentially: the same skill, which weighs more.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Literal

from matcher.concepts.labels import Labels
from matcher.domain.concepts import Decision, OwnMeaning

MARK, ESSENTIAL = "\x1f", "\x1e"
ESSENTIAL_TIMES = 2
"""So many times an essential skill of the occupation that is asked weighs what another asked skill weighs.

Nobody does that work without it, while of the others some do. Twice is the least in whole numbers, as the kernel adds
them. It stays below rarity, which makes a factor of four: whoever has all that is rare is still told from whoever has
what all have.
"""


def base_of(name: str) -> str:
    """The key of a name in a pool."""
    return unweighed(name).partition(MARK)[0]


def unweighed(name: str) -> str:
    """The name with the same meaning that says nothing of the request: as alumni state it."""
    return name.removesuffix(ESSENTIAL)


def is_essential(name: str) -> bool:
    """Whether the occupation that is asked asks the skill of this name essentially."""
    return name.endswith(ESSENTIAL)


def linked_name(key: str, uris: Iterable[str]) -> str:
    """The name of a key that stands for these concepts here."""
    return MARK.join((key, *sorted(uris), ""))


def concepts_in(name: str) -> tuple[str, ...] | None:
    """The URIs that a name says; None where it stands for what its label has anywhere."""
    _, found, uris = unweighed(name).partition(MARK)
    return tuple(uri for uri in uris.split(MARK) if uri) if found else None


class Links:
    """The concepts of labels. `digest` tells these vocabularies and decisions from any other."""

    def __init__(self, labels: Labels, digests: Sequence[str], decisions: Collection[Decision] = ()) -> None:
        self.labels = labels
        self.decided: dict[tuple[str, str], list[Decision]] = defaultdict(list)
        for decision in decisions:
            self.decided[decision.school, decision.label].append(decision)
        self._decided_keys = frozenset(key for _, key in self.decided)
        said = sorted((one.school, one.label, one.uri, one.confirmed) for one in decisions)
        self.digest = hashlib.sha256(repr((tuple(digests), said)).encode()).hexdigest()[:32]
        self._context, self._core = cache(self._asked_in), cache(self._essential_in)

    def decided_otherwise(self, before: Links) -> dict[str, set[str]]:
        """By school the keys about which it decided otherwise than in these links of before."""
        found = defaultdict[str, set[str]](set)
        for school, key in self.decided.keys() | before.decided.keys():
            now, then = (set(one.decided.get((school, key), ())) for one in (self, before))
            if now != then:
                found[school].add(key)
        return dict(found)

    def of(self, key: str) -> tuple[int, ...]:
        """The concepts of a key anywhere, ascending."""
        return self.labels.skills(key)

    def of_name(self, name: str) -> tuple[int, ...]:
        """The concepts of a name in a pool, ascending."""
        said = concepts_in(name)
        if said is None:
            return self.of(base_of(name))
        return tuple(sorted(self.labels.number[uri] for uri in said if uri in self.labels.number))

    def here(
        self, key: str, school: str, beside: Iterable[str | None] = (), own: Collection[OwnMeaning] = ()
    ) -> tuple[int, ...]:
        """The concepts of a key at a school, next to these names of occupations or programmes; ascending.

        What a person confirmed is what it means. Of several that nobody confirmed those count that an occupation beside
        it asks, if any does. `own`: what the alumnus whose word it is said, which counts before what the school did.
        """
        found = self.of(key)
        is_confirmed = False
        of_school = self.decided.get((school, key), ()) if key in self._decided_keys else ()
        for said in (of_school, [one for one in own if one.label == key]):
            number = self.labels.number
            confirmed = {number[one.uri] for one in said if one.confirmed and one.uri in number}
            denied = {number[one.uri] for one in said if not one.confirmed and one.uri in number}
            if confirmed:
                found, is_confirmed = tuple(sorted(confirmed)), True
            found = tuple(one for one in found if one not in denied)
        if len(found) > 1 and not is_confirmed:
            asked = frozenset[int]().union(*(self._context(text) for text in beside if text))
            found = tuple(one for one in found if one in asked) or found
        return found

    def name(self, key: str, school: str, beside: Iterable[str | None] = (), own: Collection[OwnMeaning] = ()) -> str:
        """The name of a key in a pool: the key itself where it means here what it means anywhere. As `here`."""
        usual = self.of(key)
        if len(usual) < 2 and key not in self._decided_keys and not own:
            return key
        found = self.here(key, school, beside, own)
        return key if found == usual else linked_name(key, (self.labels.concepts[one].uri for one in found))

    def asked_name(self, key: str, school: str, beside: Sequence[str | None]) -> str:
        """The name of a key that is asked: `name`, and whether an occupation beside it asks the skill essentially."""
        name = self.name(key, school, beside)
        core = frozenset[int]().union(*(self._core(text) for text in beside if text))
        return name + ESSENTIAL if core and not core.isdisjoint(self.of_name(name)) else name

    def _asked_in(self, text: str) -> frozenset[int]:
        return self.labels.asked_by(self.labels.occupations(text))

    def _essential_in(self, text: str) -> frozenset[int]:
        return frozenset(number for one in self.labels.occupations(text) for number in self.labels.essential(one))

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
