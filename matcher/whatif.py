"""Single changes of an alumnus that would move a match up, found by scoring again: never invented.

The changes are tried in a fixed order (day parts, distance, certificate, then the others) on a copy of one column.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.domain import DAY_PARTS, RequestKind
from matcher.pool.columns import OFFERING_KIND, UNKNOWN, People, Ragged
from matcher.pool.pairs import Pairs
from matcher.ranking import apply_rules, scores, similarities
from matcher.weights import Weights

_KINDS = tuple(RequestKind)
_FAR_FUTURE = 2**30
_STEP_KM = 10


@dataclass(frozen=True)
class Change:
    """One change: its code, the values that a sentence needs, and the table of people in which it was made."""

    code: str
    values: Mapping[str, object]
    people: People

    @property
    def name(self) -> tuple[str, str]:
        """What tells this change from another of the same person."""
        return self.code, str(self.values)


def one_pair(pairs: Pairs, person: int, demand: int, people: People | None = None) -> Pairs:
    """The pair of this alumnus and this demand, with the alumnus as query: so that his or her columns may differ."""
    return replace(
        pairs, people=people or pairs.people, candidates="demands", query=person, rows=np.array([demand], np.int64)
    )


def rescored(pair: Pairs, weights: Weights) -> float | None:
    """The score of one pair, or None when a rule excludes it."""
    eligible = apply_rules(pair).pairs
    return float(scores(eligible, similarities(eligible), weights)[0]) if len(eligible) else None


def changes(pair: Pairs) -> Iterator[Change]:
    """The changes worth trying for one pair that has the alumnus as query, in order."""
    yield from _day_parts(pair)
    yield from _distance(pair)
    if pair.demand("certificate")[0]:
        yield _with(pair, "certificate", {}, certificate_until=lambda _: _FAR_FUTURE)
    if pair.person("online")[0] != 1 and pair.demand("online")[0] in (1, 2):
        yield _with(pair, "online", {}, online=lambda _: 1)
    yield from _languages(pair)
    yield from _skills(pair)
    yield from _rest(pair)


def _day_parts(pair: Pairs) -> Iterator[Change]:
    free = int(pair.person("day_parts")[0])
    if free == UNKNOWN:
        return
    soft = max(int(pair.demand("day_parts")[0]), 0)
    for moment in pair.demands.moments.row(int(pair.rows[0])).tolist():
        soft |= moment
    for bit, name in enumerate(DAY_PARTS):
        if soft >> bit & 1 and not free >> bit & 1:
            yield _with(pair, "day_part", {"day_part": name}, day_parts=partial(or_, 1 << bit))


def _distance(pair: Pairs) -> Iterator[Change]:
    distance, limit = float(pair.distance_km[0]), float(pair.person("max_distance")[0])
    if distance > limit:
        more = math.ceil((distance - limit) / _STEP_KM) * _STEP_KM
        yield _with(pair, "distance", {"km": round(limit + more, 1), "more": more}, max_distance=lambda km: km + more)


def _languages(pair: Pairs) -> Iterator[Change]:
    spoken, asked = int(pair.person("languages")[0]), int(pair.demand("languages")[0])
    if spoken and asked and not spoken & asked:
        bit = (asked & -asked).bit_length() - 1
        name = pair.pool.vocabulary.languages[bit]
        yield _with(pair, "language", {"language": name}, languages=lambda mask: mask | 1 << bit)


def _skills(pair: Pairs) -> Iterator[Change]:
    skills, person = pair.people.skills, pair.query
    _, missing = pair.skill_words()
    names = pair.pool.vocabulary.asked
    for skill in pair.demands.skills.row(int(pair.rows[0])).tolist():
        covering = pair.pool.asked.covered_by.row(skill)
        if names[skill] in missing and len(covering):
            end = int(skills.starts[person + 1])
            starts = skills.starts.copy()
            starts[person + 1 :] += 1
            more = Ragged(starts, np.insert(skills.values, end, covering[0]))
            yield Change("skill", {"skill": names[skill]}, replace(pair.people, skills=more))


def _rest(pair: Pairs) -> Iterator[Change]:
    kind = int(pair.demand("kind")[0])
    if pair.person("paused_until")[0] > pair.as_of:
        yield _with(pair, "pause", {}, paused_until=lambda _: 0)
    if kind != OFFERING_KIND and not pair.gives_to_alumnus[0]:
        offers = int(pair.person("offers")[0])
        if offers == UNKNOWN or not offers >> kind & 1:
            yield _with(pair, "offer", {"kind": _KINDS[kind].value}, offers=lambda mask: max(int(mask), 0) | 1 << kind)
    if pair.person("qualified_teacher")[0] != 1:
        yield _with(pair, "qualified", {}, qualified_teacher=lambda _: 1)


def _with(pair: Pairs, code: str, values: Mapping[str, object], **columns: Callable[[Any], Any]) -> Change:
    """The people with one value of one column changed."""
    changed: dict[str, NDArray[Any]] = {}
    for name, change in columns.items():
        column = getattr(pair.people, name).copy()
        column[pair.query] = change(column[pair.query])
        changed[name] = column
    return Change(code, values, replace(pair.people, **changed))  # type: ignore[arg-type]  # columns by name


def better(score: float, order: int, other_scores: NDArray[np.float64], other_orders: NDArray[Any]) -> int:
    """The rank that a score would have among others (1 is first), ties by the pool's order."""
    above = (other_scores > score) | ((other_scores == score) & (other_orders < order))
    return 1 + int(np.count_nonzero(above))
