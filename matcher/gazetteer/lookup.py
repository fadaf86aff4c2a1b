"""From what was written to one place, to a few that may be meant, or to none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from math import hypot

from matcher.domain.places import Coordinates, distance_km
from matcher.gazetteer.spelling import DIRECTIONS, REGIONS, Reading, name_key, readings, several, variants
from matcher.gazetteer.table import Place, Sort, table

SAME_KM = 10.0
"""Names within this distance of each other are one place for a travel distance."""
_PART_KM = 15.0
"""A part of a town lies within this distance of it."""
_CLEAR, _LIKELY = 1000, 10
"""How many times as many inhabitants as all others a place has that is meant without a doubt; probably."""
_HAMLET = 50
"""Inhabitants of a place of which GeoNames does not know them."""
_ABROAD = 20
"""A foreign place counts for this many times fewer inhabitants: alumni of Dutch schools live here, mostly; so does a
place of which the name is an alternate in GeoNames alone."""
_NEARBY_KM, _LEAST_NEAR, _TIMES_NEARER = 30.0, 3, 5
"""A region decides if this many of its towns lie near to one place, and so many times as many as to another."""
_NEAR_NAME = 85
"""Least similarity (0-100, rapidfuzz ratio) of a name to suggest."""
_SHORTEST_ALIKE, _SMALLEST_ALIKE = 4, 1000
"""Letters of a name that may be a slip, and inhabitants of the town that was meant."""
_LONGEST = 100
"""Characters of a name; more is an address or a sentence."""
_CITY = 50_000
"""Inhabitants from which the name of a province means the city (Utrecht, Groningen)."""


class Certainty(Enum):
    """Whether the first place of an answer is meant."""

    KNOWN = "known"
    LIKELY = "likely"
    """It is taken, and that is said."""
    UNSURE = "unsure"
    """None is taken, and that is said."""
    UNKNOWN = "unknown"
    """Nothing has this name; the places of the answer have one like it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The places that may be meant, the most likely first, more than 10 km from each other."""

    certainty: Certainty
    places: tuple[Place, ...] = ()
    named: int | None = None
    """How many of them, the first, have the name itself, and are not only called so too; None for all."""

    @property
    def known(self) -> bool:
        """Whether anything has the name."""
        return self.certainty is not Certainty.UNKNOWN

    @property
    def point(self) -> Coordinates | None:
        """Where it is, unless that is unsure."""
        return self.places[0].point if self.certainty in {Certainty.KNOWN, Certainty.LIKELY} else None


def look_up(text: str) -> Answer:
    """What a town as written means, whoever wrote it."""
    if len(text) > _LONGEST:
        return Answer(Certainty.UNKNOWN)
    for reading in readings(text):
        answer = _read(reading)
        if answer.certainty is not Certainty.UNKNOWN:
            return answer
    return _one_of(several(text)) or _alternate(text) or Answer(Certainty.UNKNOWN, tuple(_alike(text)))


@cache
def km_between(one: str, other: str) -> float | None:
    """How far apart two towns are as the crow flies, whoever wrote them; None where it is unsure which one is meant."""
    first, second = look_up(one).point, look_up(other).point
    return None if first is None or second is None else distance_km(first, second)


def nearest(answer: Answer, around: Iterable[Coordinates] | Counter[Coordinates]) -> Answer:
    """The answer where it is known in which region a school's alumni live: the place that most of them are near to.

    `around`: where they live, each of them or how many live where.
    """
    if answer.certainty not in {Certainty.LIKELY, Certainty.UNSURE}:
        return answer
    times = around if isinstance(around, Counter) else Counter(around)
    counts = [
        sum(count for point, count in times.items() if _within(place.point, point, _NEARBY_KM))
        for place in answer.places
    ]
    ranked = sorted(range(len(counts)), key=lambda index: -counts[index])
    first, most = ranked[0], counts[ranked[0]]
    second = counts[ranked[1]] if len(ranked) > 1 else 0
    by_name = answer.named is None or first < answer.named
    if most < _LEAST_NEAR or most < _TIMES_NEARER * second or not by_name:
        return answer
    place, rest = answer.places[first], answer.places[:first] + answer.places[first + 1 :]
    return replace(answer, certainty=Certainty.LIKELY if place.foreign else Certainty.KNOWN, places=(place, *rest))


def _within(one: Coordinates, other: Coordinates, km: float) -> bool:
    flat = hypot((one.latitude - other.latitude) * 111.2, (one.longitude - other.longitude) * 67.5)
    return flat < 1.3 * km and distance_km(one, other) <= km


# ---- one reading


def _read(reading: Reading) -> Answer:
    places, others = _called(reading.name)
    if reading.municipality and reading.inside is None:
        places = tuple(place for place in places if place.sort is Sort.MUNICIPALITY) or places
    if reading.regions:
        places = tuple(place for place in places if place.region in reading.regions)
    if not places:
        return Answer(Certainty.UNKNOWN)
    if reading.inside is not None:
        return _inside(reading, places)
    if reading.regions:
        return _choice(places, told=True)
    answer = _choice(places, others)
    if name_key(reading.name) in REGIONS and answer.places[0].inhabitants < _CITY:
        return replace(answer, certainty=Certainty.UNSURE)
    return answer


def _called(name: str) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """The places with this proper name or as a safe other name, and those with it as an alternate only."""
    names = table()
    for key in variants(name):
        if places := (*names.named.get(key, ()), *names.known_as.get(key, ())):
            return places, names.unsafe.get(key, ())
    return (), ()


def _inside(reading: Reading, places: tuple[Place, ...]) -> Answer:
    """`Beek (Montferland)`, `Utrecht Leidsche Rijn`: the town in that municipality, or the part of that town."""
    inside = name_key(reading.inside or "")
    parts, _ = _called(reading.inside or "")
    there = tuple(place for place in places if name_key(place.municipality) == inside)
    if reading.municipality and not there:
        there = tuple(place for place in places if any(_within(place.point, one.point, _PART_KM) for one in parts))
    if there or reading.municipality:
        return _choice(there, told=True) if there else Answer(Certainty.UNKNOWN)
    pairs = [(part, town) for part in parts for town in places if _within(part.point, town.point, _PART_KM)]
    if pairs:  # `Utrecht (Vleuten)` and `Vleuten, Utrecht`: the smaller one is meant
        return _choice((min(pair, key=lambda one: one.inhabitants) for pair in pairs), told=True)
    town = _choice(places)
    if inside in DIRECTIONS:
        return town
    if inside in REGIONS:  # there is none of this name in that province
        return replace(town, certainty=Certainty.UNSURE)
    if reading.bracketed and not parts:
        return replace(town, certainty=Certainty.LIKELY) if town.certainty is Certainty.KNOWN else town
    return Answer(Certainty.UNKNOWN)


def _choice(places: Iterable[Place], others: Iterable[Place] = (), *, told: bool = False) -> Answer:
    """One place if it is clear which, else the places apart, by the inhabitants of whatever has the name there.

    `others` have it as another name only. `told`: a province, country or municipality was written, so that a hamlet or
    a foreign place is as likely as any.
    """
    weighed = [(False, _weight(place, told=told), place) for place in places]
    weighed += [(True, _weight(place, told=told) / _ABROAD, place) for place in others]
    groups: list[list[Place]] = []
    weights: list[float] = []
    named = 0
    for only_called, weight, place in sorted(weighed, key=lambda one: (one[0], -one[1], one[2].full_name, one[2].sort)):
        group = next((group for group in groups if _within(place.point, group[0].point, SAME_KM)), None)
        if group is None:
            groups.append([place])
            weights.append(weight)
            named += not only_called
        elif not only_called:
            group.append(place)
    rest = sum(weights[1:])
    times = weights[0] / rest if rest else _CLEAR
    certainty = Certainty.KNOWN if times >= _CLEAR else Certainty.LIKELY if times >= _LIKELY else Certainty.UNSURE
    if certainty is Certainty.KNOWN and not told and not any(place.inhabitants for place in groups[0]):
        certainty = Certainty.LIKELY
    # a municipality is as far away as the town that it is named after
    towns = [next((one for one in group if one.sort is Sort.TOWN), group[0]) for group in groups]
    return Answer(certainty, tuple(towns), named)


def _weight(place: Place, *, told: bool) -> float:
    inhabitants = max(place.inhabitants, _HAMLET)
    return inhabitants / _ABROAD if place.foreign and not told else inhabitants


# ---- what is no name


def _one_of(names: tuple[str, ...]) -> Answer | None:
    """Towns that were written together: one place if they lie near to each other."""
    answers = [look_up(name) for name in names]
    if not answers or any(answer.point is None for answer in answers):
        return None
    places = [answer.places[0] for answer in answers]
    near = all(_within(places[0].point, place.point, SAME_KM) for place in places)
    return Answer(Certainty.KNOWN if near else Certainty.UNSURE, tuple(places), named=0)


def _alternate(text: str) -> Answer | None:
    """A name that GeoNames only has as an alternate is a doubt: it may be another place's name."""
    for reading in readings(text):
        places = tuple(place for key in variants(reading.name) for place in table().unsafe.get(key, ()))
        if places and reading.inside is None:
            return Answer(Certainty.UNSURE, _choice(places).places, named=0)
    return None


def _alike(text: str) -> Iterator[Place]:
    """The largest town with a name like this."""
    from rapidfuzz import fuzz, process

    key = name_key(text)
    if len(key) < _SHORTEST_ALIKE:
        return
    found = process.extract(key, _proper_keys(), scorer=fuzz.ratio, score_cutoff=_NEAR_NAME, limit=5)
    towns = [
        place
        for match, score, _ in found
        if score >= found[0][1]
        for place in table().named[match]
        if place.inhabitants >= _SMALLEST_ALIKE
    ]
    if towns:
        yield max(towns, key=lambda place: place.inhabitants)


@cache
def _proper_keys() -> tuple[str, ...]:
    return tuple(table().named)
