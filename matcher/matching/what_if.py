"""Single changes of an alumnus that would move a match up, found by scoring again: never invented.

The changes are tried in a fixed order (day parts, distance, certificate, then the others). Each is made in a copy of
the alumnus's row, so all changes of all shown alumni can be scored at once, as if the copies were candidates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.domain.day_parts import DAY_PARTS
from matcher.domain.kinds import KIND_CODES
from matcher.matching import compiled
from matcher.matching.ranking import Seen, apply_rules, of_texts, scores, similarities
from matcher.matching.weights import Weights
from matcher.pool.columns import UNKNOWN, Coded, People, Ragged
from matcher.pool.pairs import Pairs

_FAR_FUTURE = 2**30
_STEP_KM = 10


@dataclass(frozen=True)
class Change:
    """One change: its code, the values that a sentence needs, and what it makes of the alumnus."""

    code: str
    values: Mapping[str, object]
    columns: Mapping[str, float] = field(default_factory=dict)
    """New values for columns of `People`."""
    skill: int | None = None
    """A skill word of the pool that is added."""

    @property
    def name(self) -> tuple[str, str]:
        """Distinguishes this change from others of the same person."""
        return self.code, str(self.values)


def changed(pairs: Pairs, persons: Sequence[int], tried: Sequence[Change]) -> Pairs:
    """The pairs with the people replaced by copies of these rows, each with one change.

    With a demand as query the copies are the candidates; with an alumnus as query the one copy is the query.
    """
    rows = np.array(persons, np.int64)
    copies = _widened(pairs.people.take(rows), {name for change in tried for name in change.columns})
    for position, change in enumerate(tried):
        for name, value in change.columns.items():
            getattr(copies, name)[position] = value
    added_skills = {position: change.skill for position, change in enumerate(tried) if change.skill is not None}
    if added_skills:
        skills = [copies.skills.row(position).tolist() for position in range(len(rows))]
        copies = replace(
            copies,
            skills=Ragged.of(
                [[*row_skills, *_added(added_skills, position)] for position, row_skills in enumerate(skills)]
            ),
        )
    if pairs.demand_is_query:
        return replace(pairs, people=copies, chosen=np.arange(len(rows)), copied_from=rows, covers_table=True)
    return replace(pairs, people=copies, query=0, copied_from=rows)


def _widened(people: People, names: Collection[str]) -> People:
    """The same alumni; these columns hold any value (`columns.SMALL`)."""
    columns = {name: getattr(people, name) for name in names}
    wide: dict[str, Any] = {
        name: column[:] if isinstance(column, Coded) else column.astype(np.int64) for name, column in columns.items()
    }
    return replace(people, **wide)


def _added(added_skills: Mapping[int, int], position: int) -> list[int]:
    return [added_skills[position]] if position in added_skills else []


def scores_after(
    pairs: Pairs, persons: Sequence[int], tried: Sequence[Change], weights: Weights, seen: Seen
) -> NDArray[np.float64]:
    """The score of the alumni in these rows next to the demand after one change each, NaN where a rule excludes them.

    `seen`: what is known of these pairs already.
    """
    rows = np.array(persons, np.int64)
    to = [
        ("skill", change.skill) if change.skill is not None else next(iter(change.columns.items())) for change in tried
    ]
    table = weights.of(pairs.pool)
    found = compiled.scores_after(pairs.at(rows), to, of_texts(seen), table, weights.priors)
    return rescored(changed(pairs, persons, tried), weights, seen) if found is None else found


def rescored(pairs: Pairs, weights: Weights, seen: Seen | None = None) -> NDArray[np.float64]:
    """The score of each pair, NaN where a rule excludes it. The rows are 0, 1, 2...

    `seen`: what is known of these pairs already.
    """
    result = np.full(len(pairs), np.nan)
    eligible = apply_rules(pairs).pairs
    known = Seen(None) if seen is None else seen.take(eligible.rows)
    similar = similarities(eligible) if known.similar is None else known.similar
    result[eligible.rows] = scores(eligible, similar, weights, known)
    return result


def changes(pairs: Pairs) -> list[list[Change]]:
    """For each pair the changes of its alumnus that are worth trying, in order."""
    free, soft = pairs.person("day_parts"), np.maximum(pairs.demand("day_parts"), 0)
    qualified = (pairs.person("qualified_teacher") != 1) & ~np.isnan(pairs.demand("hours_per_week"))
    certified = (pairs.demand("certificate") != 0) & (pairs.person("certificate_until") < _FAR_FUTURE)
    online = (pairs.person("online") != 1) & ((pairs.demand("online") == 1) | (pairs.demand("online") == 2))
    paused = pairs.person("paused_until") > pairs.as_of
    teaches = pairs.is_offering
    asks = ~pairs.gives_to_alumnus
    makers: tuple[tuple[Callable[..., Iterator[Change]], tuple[NDArray[Any], ...]], ...] = (
        (_day_parts, (free, soft, pairs.demand_rows)),
        (_distance, (pairs.distance_km, pairs.person("max_distance"))),
        (_certificate, (certified,)),
        (_online, (online,)),
        (_language, (pairs.person("languages"), pairs.demand("languages"))),
        (partial(_skills, {}), (teaches, pairs.demand_rows, np.arange(len(pairs)))),
        (_pause, (paused,)),
        (_offer, (asks, pairs.person("offers"), pairs.demand("kind"))),
        (_qualified, (qualified,)),
    )
    result: list[list[Change]] = [[] for _ in range(len(pairs))]
    for make, columns in makers:
        for pair_changes, values in zip(result, pairs.listed(*columns), strict=True):
            pair_changes.extend(make(pairs, *values))
    return result


def _day_parts(pairs: Pairs, free: int, soft: int, demand: int) -> Iterator[Change]:
    if free == UNKNOWN:
        return
    for moment in pairs.moments_left(demand).tolist():
        soft |= moment
    for bit, name in enumerate(DAY_PARTS):
        if soft >> bit & 1 and not free >> bit & 1:
            yield Change("day_part", {"day_part": name}, {"day_parts": free | 1 << bit})


def _distance(_: Pairs, distance: float, limit: float) -> Iterator[Change]:
    if distance > limit:
        extra = math.ceil((distance - limit) / _STEP_KM) * _STEP_KM
        yield Change("distance", {"km": round(limit + extra, 1), "more": extra}, {"max_distance": limit + extra})


def _certificate(_: Pairs, lacks: bool) -> Iterator[Change]:
    if lacks:
        yield Change("certificate", {}, {"certificate_until": _FAR_FUTURE})


def _online(_: Pairs, could: bool) -> Iterator[Change]:
    if could:
        yield Change("online", {}, {"online": 1})


def _language(pairs: Pairs, spoken: int, asked: int) -> Iterator[Change]:
    if spoken and asked and not spoken & asked:
        names = pairs.pool.vocabulary.languages
        name, bit = min((name, bit) for bit, name in enumerate(names) if asked >> bit & 1)
        yield Change("language", {"language": name}, {"languages": spoken | 1 << bit})


def _skills(known: dict[int, int | None], pairs: Pairs, teaches: bool, demand: int, position: int) -> Iterator[Change]:
    """Each with the word that is asked, if alumni state it: codes follow the history of the database.

    `known`: what `_stated` found, to which this adds: it is the same for all alumni.
    """
    if teaches:
        return  # an alumnus need not already know what a course teaches
    _, missing = pairs.skill_words[position]
    names = pairs.pool.vocabulary.requested_skill_names
    for skill in pairs.demands.skills.row(demand).tolist() if missing else ():
        if names[skill] not in missing:
            continue
        if skill not in known:
            known[skill] = _stated(pairs, skill)
        if (chosen := known[skill]) is not None:
            yield Change("skill", {"skill": names[skill]}, skill=chosen)


def _stated(pairs: Pairs, skill: int) -> int | None:
    """The word that is stated for a requested skill, of those that cover it; None where nobody states one."""
    words, asked = pairs.pool.vocabulary.skills, pairs.pool.vocabulary.stated_as(skill)
    covering = pairs.pool.requested_skills.covered_by.row(skill).tolist()
    return min(covering, key=lambda code: (words[code] != asked, words[code]), default=None)


def _pause(_: Pairs, paused: bool) -> Iterator[Change]:
    if paused:
        yield Change("pause", {}, {"paused_until": 0})


def _offer(_: Pairs, asks: bool, offers: int, kind: int) -> Iterator[Change]:
    if asks and (offers == UNKNOWN or not offers >> kind & 1):
        yield Change("offer", {"kind": KIND_CODES[kind]}, {"offers": max(offers, 0) | 1 << kind})


def _qualified(_: Pairs, could: bool) -> Iterator[Change]:
    if could:
        yield Change("qualified", {}, {"qualified_teacher": 1})


def rank_among(score: float, order: int, other_scores: NDArray[np.float64], other_orders: NDArray[Any]) -> int:
    """The rank that a score would have among others (1 is first), ties by the pool's order."""
    above = (other_scores > score) | ((other_scores == score) & (other_orders < order))
    return 1 + int(np.count_nonzero(above))
