"""Single changes of an alumnus that would move a match up, found by scoring again: never invented.

The changes are tried in a fixed order (day parts, distance, certificate, then the others). Each is made in a copy of
the alumnus's row, so all changes of all shown alumni can be scored at once, as if the copies were candidates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.domain import DAY_PARTS, RequestKind
from matcher.pool.columns import OFFERING_KIND, UNKNOWN, Ragged
from matcher.pool.pairs import Pairs
from matcher.ranking import apply_rules, scores, similarities
from matcher.weights import Weights

_KINDS = tuple(RequestKind)
_FAR_FUTURE = 2**30
_STEP_KM = 10


@dataclass(frozen=True)
class Change:
    """One change: its code, the values that a sentence needs, and what it makes of the alumnus."""

    code: str
    values: Mapping[str, object]
    columns: Mapping[str, float] = field(default_factory=dict)
    """New values of columns of `People`."""
    skill: int | None = None
    """A skill word of the pool that is added."""

    @property
    def name(self) -> tuple[str, str]:
        """What tells this change from another of the same person."""
        return self.code, str(self.values)


def one_pair(pairs: Pairs, person: int, demand: int) -> Pairs:
    """The pair of this alumnus and this demand, with the alumnus as query."""
    return replace(pairs, candidates="demands", query=person, rows=np.array([demand], np.int64))


def changed(pairs: Pairs, persons: Sequence[int], tried: Sequence[Change]) -> Pairs:
    """The pairs with, instead of the people, copies of these rows in which one change each was made.

    With a demand as query the copies are the candidates; with an alumnus as query the one copy is the query.
    """
    rows = np.array(persons, np.int64)
    copies = pairs.people.take(rows)
    for place, change in enumerate(tried):
        for name, value in change.columns.items():
            getattr(copies, name)[place] = value
    more = {place: change.skill for place, change in enumerate(tried) if change.skill is not None}
    if more:
        skills = [copies.skills.row(place).tolist() for place in range(len(rows))]
        copies = replace(copies, skills=Ragged.of([[*own, *_added(more, place)] for place, own in enumerate(skills)]))
    if pairs.one_demand:
        return replace(pairs, people=copies, rows=np.arange(len(rows)), origin=rows, whole=True)
    return replace(pairs, people=copies, query=0, origin=rows)


def _added(more: Mapping[int, int], place: int) -> list[int]:
    return [more[place]] if place in more else []


def rescored(pairs: Pairs, weights: Weights) -> NDArray[np.float64]:
    """The score of each pair, NaN where a rule excludes it. The rows are 0, 1, 2..."""
    result = np.full(len(pairs), np.nan)
    eligible = apply_rules(pairs).pairs
    result[eligible.rows] = scores(eligible, similarities(eligible), weights)
    return result


def changes(pair: Pairs) -> Iterator[Change]:
    """The changes worth trying for one pair that has the alumnus as query, in order."""
    yield from _day_parts(pair)
    yield from _distance(pair)
    if pair.demand("certificate")[0] and pair.person("certificate_until")[0] < _FAR_FUTURE:
        yield Change("certificate", {}, {"certificate_until": _FAR_FUTURE})
    if pair.person("online")[0] != 1 and pair.demand("online")[0] in (1, 2):
        yield Change("online", {}, {"online": 1})
    yield from _languages(pair)
    yield from _skills(pair)
    yield from _rest(pair)


def _day_parts(pair: Pairs) -> Iterator[Change]:
    free = int(pair.person("day_parts")[0])
    if free == UNKNOWN:
        return
    soft = max(int(pair.demand("day_parts")[0]), 0)
    for moment in pair.moments_left(int(pair.rows[0])).tolist():
        soft |= moment
    for bit, name in enumerate(DAY_PARTS):
        if soft >> bit & 1 and not free >> bit & 1:
            yield Change("day_part", {"day_part": name}, {"day_parts": free | 1 << bit})


def _distance(pair: Pairs) -> Iterator[Change]:
    distance, limit = float(pair.distance_km[0]), float(pair.person("max_distance")[0])
    if distance > limit:
        more = math.ceil((distance - limit) / _STEP_KM) * _STEP_KM
        yield Change("distance", {"km": round(limit + more, 1), "more": more}, {"max_distance": limit + more})


def _languages(pair: Pairs) -> Iterator[Change]:
    spoken, asked = int(pair.person("languages")[0]), int(pair.demand("languages")[0])
    if spoken and asked and not spoken & asked:
        bit = (asked & -asked).bit_length() - 1
        name = pair.pool.vocabulary.languages[bit]
        yield Change("language", {"language": name}, {"languages": spoken | 1 << bit})


def _skills(pair: Pairs) -> Iterator[Change]:
    if pair.is_offering[0]:
        return  # nobody need learn beforehand what a course teaches
    _, missing = pair.skill_words()
    names = pair.pool.vocabulary.spelled
    for skill in pair.demands.skills.row(int(pair.rows[0])).tolist():
        covering = pair.pool.asked.covered_by.row(skill)
        if names[skill] in missing and len(covering):
            yield Change("skill", {"skill": names[skill]}, skill=int(covering[0]))


def _rest(pair: Pairs) -> Iterator[Change]:
    kind = int(pair.demand("kind")[0])
    if pair.person("paused_until")[0] > pair.as_of:
        yield Change("pause", {}, {"paused_until": 0})
    if kind != OFFERING_KIND and not pair.gives_to_alumnus[0]:
        offers = int(pair.person("offers")[0])
        if offers == UNKNOWN or not offers >> kind & 1:
            yield Change("offer", {"kind": _KINDS[kind].value}, {"offers": max(offers, 0) | 1 << kind})
    if pair.person("qualified_teacher")[0] != 1 and not np.isnan(pair.demand("hours_per_week")[0]):
        yield Change("qualified", {}, {"qualified_teacher": 1})


def better(score: float, order: int, other_scores: NDArray[np.float64], other_orders: NDArray[Any]) -> int:
    """The rank that a score would have among others (1 is first), ties by the pool's order."""
    above = (other_scores > score) | ((other_scores == score) & (other_orders < order))
    return 1 + int(np.count_nonzero(above))
