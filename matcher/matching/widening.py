"""What a change of a request would add: how many alumni who are not worth asking now would be then.

Found by changing one thing of the request and going through rules and bands again, never estimated. Only what the asker
can change is tried: another day part, online, no certificate, any language, fewer hours. A change never asks of alumni
what they said they do not do, such as travelling farther.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from matcher.domain.answers import More
from matcher.domain.day_parts import DAY_PARTS
from matcher.matching.bands import Bands
from matcher.matching.question import Candidates
from matcher.matching.ranking import apply_rules, similarities
from matcher.matching.rules import ABOUT_THE_PERSON
from matcher.matching.rules.legal_hours import MOST_HOURS_UNQUALIFIED
from matcher.matching.weights import Weights
from matcher.pool.columns import UNKNOWN, Demands, Float64, Int64, Ragged
from matcher.pool.pairs import Pairs

MOST = 4
"""How many changes are told."""
_DAY_PARTS = 3
"""How many day parts are tried: those in which most can who cannot now."""
_EITHER = 2


@dataclass(frozen=True)
class _Change:
    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    """New columns of the demand, one row each."""


def more(candidates: Candidates, weights: Weights, bands: Bands) -> tuple[More, ...]:
    """The changes of a request that add alumni who are worth asking, the most first, at most `MOST`.

    `candidates`: all alumni next to one request, before any rule.
    """
    demand = candidates.pairs.demands.take(np.array([candidates.pairs.query]))
    pairs = replace(candidates.pairs, demands=demand, query=0)
    passes = np.ones(len(pairs), np.bool_) if candidates.seen is None else candidates.seen
    for rule in ABOUT_THE_PERSON:
        passes = passes & rule.passes(pairs)
    pairs = _within_reach(pairs.take(np.flatnonzero(passes)))
    similar = similarities(pairs)
    near, texts = bands.may_be_good(pairs, similar, weights)  # no change of what is tried is one of a text
    pairs, similar = pairs.take(near), similar[near]
    if not len(pairs):
        return ()
    now = _worth_asking(pairs, similar, texts, weights, bands)
    others = np.flatnonzero(~np.isin(pairs.rows, now))
    pairs, similar, texts = pairs.take(others), similar[others], texts[others]
    added = []
    for change in _changes(pairs, pairs.rows):
        changed = replace(pairs, demands=replace(pairs.demands, **change.columns))
        added.append(More(change.code, change.values, len(_worth_asking(changed, similar, texts, weights, bands))))
    found = [one for one in added if one.adds]
    return tuple(sorted(found, key=lambda one: -(one.adds or 0))[:MOST])


def _within_reach(pairs: Pairs) -> Pairs:
    """The pairs that pass all rules if everything that is tried is changed at once: no other can be added by a part."""
    demand = pairs.demands
    nothing = Ragged.of([[]])
    at_best = replace(
        demand,
        moments=nothing,
        moment_days=nothing,
        online=np.array([_EITHER], np.int8) if _may_be_online(demand) else demand.online,
        certificate=np.zeros(1, np.int8),
        languages=np.zeros(1, np.int64),
        hours_per_week=np.minimum(demand.hours_per_week, MOST_HOURS_UNQUALIFIED),
    )
    return pairs.at(apply_rules(replace(pairs, demands=at_best)).pairs.rows)


def _may_be_online(demand: Demands) -> bool:
    """Whether that a request could be done online too is a change."""
    return int(demand.online[0]) in {0, UNKNOWN} and int(demand.place[0]) != UNKNOWN


def _worth_asking(pairs: Pairs, similar: Float64, texts: Float64, weights: Weights, bands: Bands) -> Int64:
    """The rows of the alumni who pass every rule, are strong or good, and lack nothing that is asked; ascending."""
    eligible = apply_rules(pairs).pairs
    of = np.searchsorted(pairs.rows, eligible.rows)
    return np.asarray(eligible.rows[bands.of(eligible, similar[of], weights, texts[of]).worth_asking])


def _changes(pairs: Pairs, others: Int64) -> Iterator[_Change]:
    """The changes worth trying; `others`: rows of the alumni who are not worth asking now."""
    demand = pairs.demands
    yield from _day_parts(pairs, others)
    if _may_be_online(demand):
        yield _Change("online", columns={"online": np.array([_EITHER], np.int8)})
    if int(demand.certificate[0]):
        yield _Change("certificate", columns={"certificate": np.zeros(1, np.int8)})
    if int(demand.languages[0]):
        names = [
            name for bit, name in enumerate(pairs.pool.vocabulary.languages) if int(demand.languages[0]) >> bit & 1
        ]
        yield _Change("language", {"asked": names}, {"languages": np.zeros(1, np.int64)})
    if float(demand.hours_per_week[0]) > MOST_HOURS_UNQUALIFIED:
        hours = float(MOST_HOURS_UNQUALIFIED)
        yield _Change("hours", {"hours": MOST_HOURS_UNQUALIFIED}, {"hours_per_week": np.array([hours])})


def _day_parts(pairs: Pairs, others: Int64) -> Iterator[_Change]:
    demand = pairs.demands
    soft, moments = int(demand.day_parts[0]), pairs.moments_left(0)
    asked = max(soft, 0)
    for moment in moments.tolist():
        asked |= moment
    free = pairs.people.day_parts[others]
    free = free[(free != UNKNOWN) & (free & asked == 0)]
    can = [0 if asked >> bit & 1 else int(np.count_nonzero(free >> bit & 1)) for bit in range(len(DAY_PARTS))]
    for bit in sorted(range(len(DAY_PARTS)), key=lambda bit: (-can[bit], bit))[:_DAY_PARTS]:
        if not asked or not can[bit]:
            return
        if len(moments):
            days = demand.moment_days.row(0)
            columns: dict[str, Any] = {
                "moments": Ragged.of([[*demand.moments.row(0).tolist(), 1 << bit]]),
                "moment_days": Ragged.of([[*days.tolist(), int(days.max())]]),
            }
        else:
            columns = {"day_parts": np.array([soft | 1 << bit], np.int32)}
        yield _Change("day_part", {"day_part": DAY_PARTS[bit]}, columns)
