"""What a change of a request would add: how many alumni who are not worth asking now would be then.

Found by changing one thing of the request and going through rules and bands again, never estimated. Only what the asker
can change is tried: another day part, online, no certificate, any language, fewer hours. A change never asks of alumni
what they said they do not do, such as travelling farther.

Most alumni need no look: who lacks two things is added by no single change, and who lacks nothing is worth asking now
or never, unless a change adds to their points and they need these. The texts of the others are read last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np

from matcher.domain.answers import More
from matcher.domain.day_parts import DAY_PARTS
from matcher.domain.kinds import KINDS, RequestKind
from matcher.matching import compiled
from matcher.matching.bands import (
    GOOD,
    Bands,
    cannot_come_when_asked,
    lacking,
    parts_at,
    rest_parts,
    text_weight,
    total,
)
from matcher.matching.question import Candidates
from matcher.matching.ranking import similarities
from matcher.matching.rules import (
    ABOUT_THE_PERSON,
    RULES,
    Rule,
    legal_hours,
    no_certificate,
    no_common_language,
    no_common_slot,
    too_far,
)
from matcher.matching.rules.legal_hours import MOST_HOURS_UNQUALIFIED as _HOURS
from matcher.matching.signals import SIGNALS, availability, form, preference, travel
from matcher.matching.weights import Weights
from matcher.pool.columns import UNKNOWN, Bool, Demands, Float64, Int64, Ragged
from matcher.pool.pairs import Pairs
from matcher.recent import keep

MOST = 4
"""How many changes are told."""
_DAY_PARTS = 3
"""How many day parts are tried: those in which most can who cannot now."""
_REMEMBERED = 256
"""For how many requests a pool remembers what was counted."""
_EITHER = 2
_PLACEMENT = KINDS[RequestKind.BPV_PLACE].number
_RULES: Mapping[str, ModuleType] = {
    "day_part": no_common_slot,
    "online": too_far,
    "certificate": no_certificate,
    "language": no_common_language,
    "hours": legal_hours,
}
"""By change the rule that it can make someone pass."""
_SIGNALS: Mapping[str, tuple[ModuleType, ...]] = {
    "day_part": (availability,),
    "online": (travel, preference, form),
}
"""By change the signals that it moves: none where a change is not among these."""
_CODES = tuple(_RULES)
_DAY_PART, _ONLINE = _CODES.index("day_part"), _CODES.index("online")
_NOTHING, _MORE_THAN_ONE = -1, -2
_NO_SIMILARITY = np.zeros(0)
"""No similarity is looked at for what an alumnus lacks."""
_OTHER_RULES: tuple[Rule, ...] = tuple(
    rule for rule in RULES[len(ABOUT_THE_PERSON) :] if rule.CODE not in {one.CODE for one in _RULES.values()}
)


@dataclass(frozen=True)
class _Change:
    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    """New columns of the demand, one row each."""


_ONLINE_TOO = _Change("online", columns={"online": np.array([_EITHER], np.int8)})


@dataclass(frozen=True)
class _Near:
    """Alumni next to a request whom a change can reach: m pairs.

    `lacks`: what each lacks, by place in `_CODES`, or `_NOTHING`; shape (m,). `_MORE_THAN_ONE`: no single change adds
    them, but the day part that they can on may be tried for others. `rest`: the points of the signals that
    compare no texts, shape (m,) each; `texts`: see `bands.texts_of`.
    """

    pairs: Pairs
    lacks: Int64
    similar: Float64
    rest: Mapping[int, Float64]
    texts: Float64

    def take(self, chosen: Bool) -> _Near:
        """These alumni alone."""
        rest = {column: part[chosen] for column, part in self.rest.items()}
        chosen_ = np.flatnonzero(chosen)
        return _Near(self.pairs.take(chosen_), self.lacks[chosen], self.similar[chosen], rest, self.texts[chosen])


def more(candidates: Candidates, weights: Weights, bands: Bands, willing: Int64 | None = None) -> tuple[More, ...]:
    """What `counted` finds, which the pool remembers for the requests that it has: it never changes."""
    pairs = candidates.pairs
    known, key = pairs.pool.widened, (pairs.query, pairs.as_of)
    found = known.get(key)
    if found is None or found[0] is not weights or found[1] is not bands or pairs.demands is not pairs.pool.requests:
        found = weights, bands, counted(candidates, weights, bands, willing)
        if pairs.demands is pairs.pool.requests:
            keep(known, key, found, _REMEMBERED)
    return found[2]


def counted(candidates: Candidates, weights: Weights, bands: Bands, willing: Int64 | None = None) -> tuple[More, ...]:
    """The changes of a request that add alumni who are worth asking, the most first, at most `MOST`.

    `candidates`: all alumni next to one request, before any rule. `willing`: rows of those who pass the rules about the
    person, if known (`ranking.Eligible`).
    """
    pairs = candidates.pairs.at(_willing(candidates) if willing is None else willing)
    bands = bands.for_(pairs.pool)
    added = _compiled(pairs, weights, bands)
    if added is None:
        demand = pairs.demands.take(np.array([pairs.query]))
        added = _one_by_one(replace(pairs, demands=demand, query=0, prepared={}), weights, bands)
    found = [one for one in added if one.adds]
    return tuple(sorted(found, key=lambda one: -(one.adds or 0))[:MOST])


def _compiled(pairs: Pairs, weights: Weights, bands: Bands) -> list[More] | None:
    """What each change adds, in one pass of the kernel; None where the reference has to do it."""
    kind, query = int(pairs.demands.kind[pairs.query]), pairs.query
    thresholds = (float(text_weight(pairs, weights)[0]), *bands.topic[kind].tolist(), float(bands.least[kind, GOOD]))
    online = _may_be_online(pairs.demands, query)
    found = compiled.added(pairs, weights.of(pairs.pool), bands.usual, thresholds, online=online)
    if found is None:
        return None
    asked = _languages(pairs, query)
    others: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("online", {}),
        ("certificate", {}),
        ("language", {"asked": asked}),
        ("hours", {"hours": _HOURS}),
    )
    return [
        *(More("day_part", {"day_part": DAY_PARTS[bit]}, adds) for bit, adds in found.day_parts),
        *(More(code, values, adds) for (code, values), adds in zip(others, found.others, strict=True)),
    ]


def _one_by_one(pairs: Pairs, weights: Weights, bands: Bands) -> list[More]:
    """The same without the kernel; the pairs are of a table of one demand."""
    near = _near(pairs, weights, bands)
    of_code: dict[str, _Near] = {}
    added = []
    for change in _changes(near):
        if change.code not in of_code:
            of_code[change.code] = near.take((near.lacks == _NOTHING) | (near.lacks == _CODES.index(change.code)))
        added.append(More(change.code, change.values, _added(of_code[change.code], change, weights, bands)))
    return added


def _willing(candidates: Candidates) -> Int64:
    passes = np.ones(len(candidates.pairs), np.bool_) if candidates.seen is None else candidates.seen
    for rule in ABOUT_THE_PERSON:
        passes = passes & rule.passes(candidates.pairs)
    return candidates.pairs.take(passes).rows


def _near(pairs: Pairs, weights: Weights, bands: Bands) -> _Near:
    """The alumni who are not worth asking, and whom one change can reach; their texts are near enough."""
    pairs, lacks = _within_reach(pairs)
    similar = similarities(pairs)
    chosen, looked_at = bands.may_be_near(pairs, similar, weights)
    pairs, lacks, similar = pairs.take(chosen), lacks[chosen], similar[chosen]
    rest = rest_parts(pairs, similar, weights, bands.usual)
    now = (lacks == _NOTHING) & bands.depends_on_texts(pairs, total(rest, len(pairs)), weights)  # only points add these
    kept = np.flatnonzero(~now)
    if len(kept) < len(pairs):
        pairs, lacks, similar, looked_at = pairs.take(kept), lacks[kept], similar[kept], parts_at(looked_at, kept)
        rest = {column: part[kept] for column, part in rest.items()}
    most = total(_at_most(pairs, lacks, similar, rest, weights, bands), len(pairs))
    most = np.where(_cannot_at_all(pairs), np.inf, most)  # whose texts are near says which day parts are tried
    chosen, texts = bands.may_be_good(pairs, similar, weights, most, looked_at)
    rest = {column: part[chosen] for column, part in rest.items()}
    near = _Near(pairs.take(chosen), lacks[chosen], similar[chosen], rest, texts)
    now = bands.fits(near.pairs, texts, total(rest, len(chosen)), weights)
    return near.take((near.lacks != _NOTHING) | ~now)


def _within_reach(pairs: Pairs) -> tuple[Pairs, Int64]:
    """The pairs that one change could add if their texts were near, and what each lacks: see `_Near`."""
    pairs, fails = _failing(pairs)
    met = _value(availability, pairs)
    not_wanted, cannot_come, only_online = lacking(pairs, met)
    fails[_DAY_PART] = fails[_DAY_PART] | cannot_come
    never = fails[_ONLINE]
    if _may_be_online(pairs.demands):
        never = never & (pairs.person("online") != 1)
    lacks, how_many = np.full(len(pairs), _NOTHING), np.zeros(len(pairs), np.int8)
    for code, fail in reversed([*enumerate(fails)]):
        lacks[fail] = code
        how_many += fail
    several = not_wanted | only_online | (how_many > 1)
    lost = never | several
    if not _asked(pairs):
        lost |= fails[_DAY_PART]
    lacks[several] = _MORE_THAN_ONE
    lost |= (lacks == _NOTHING) & ~_can_gain(pairs, met)
    reached = np.flatnonzero(~lost | (_cannot_at_all(pairs) & ~never))
    return pairs.take(reached), lacks[reached]


def _failing(pairs: Pairs) -> tuple[Pairs, list[Bool]]:
    """The pairs that pass the rules that no change mends, and for each of the others who fails it, shape (m,) each."""
    for rule in _OTHER_RULES:
        passes = rule.passes(pairs)
        if not passes.all():
            pairs = pairs.take(np.flatnonzero(pairs.each(passes)))
    return pairs, [pairs.each(~rule.passes(pairs)) for rule in _RULES.values()]


def _value(signal: ModuleType, pairs: Pairs) -> Float64:
    """The values of a signal that compares no texts, shape (m,)."""
    return pairs.each(signal.values(pairs, _NO_SIMILARITY))


def _cannot_at_all(pairs: Pairs) -> Bool:
    """Who can on no day part that is asked, and said when they can, shape (m,)."""
    free, asked = pairs.person("day_parts"), _asked(pairs)
    if not asked:
        return np.zeros(len(pairs), np.bool_)
    return np.asarray((free != UNKNOWN) & (free & asked == 0))


def _can_gain(pairs: Pairs, met: Float64) -> Bool:
    """For whom a change adds to the points of a signal, shape (m,). `met`: their availability."""
    gains = (met < 1.0) if _asked(pairs) else np.zeros(len(pairs), np.bool_)  # not where that is unknown
    if _may_be_online(pairs.demands):
        near = _value(travel, pairs)
        gains = gains | ((pairs.person("online") == 1) & ~(near >= travel.EITHER))
    return np.asarray(gains)


def _at_most(  # noqa: PLR0917 - pairs, and what is known of them
    pairs: Pairs, lacks: Int64, similar: Float64, rest: Mapping[int, Float64], weights: Weights, bands: Bands
) -> dict[int, Float64]:
    """What the points of each signal can be at most after one change, shape (m,) each."""
    most = dict(rest)
    if _asked(pairs) and (column := _column(availability)) in most:
        moves = ((lacks == _DAY_PART) | (lacks == _NOTHING)) & (pairs.person("day_parts") != UNKNOWN)
        most[column] = np.where(moves, weights.of(pairs.pool)[pairs.demand("kind"), column], most[column])
    if _may_be_online(pairs.demands):
        changed = _changed(pairs, _ONLINE_TOO)
        moves = (lacks == _ONLINE) | (lacks == _NOTHING)
        for column, part in rest_parts(changed, similar, weights, bands.usual, _SIGNALS["online"]).items():
            most[column] = np.where(moves, np.maximum(part, most[column]), most[column])
    return most


def _added(part: _Near, change: _Change, weights: Weights, bands: Bands) -> int:
    """How many of these alumni, who lack nothing but what a change mends, are worth asking after it."""
    changed, rest = _changed(part.pairs, change), part.rest
    passes = changed.each(_RULES[change.code].passes(changed))
    if change.code == _CODES[_DAY_PART]:
        met = _value(availability, changed)
        passes = passes & ~cannot_come_when_asked(changed, met)
    if moved := _SIGNALS.get(change.code):
        rest = {**rest, **rest_parts(changed, part.similar, weights, bands.usual, moved)}
    return int(np.count_nonzero(passes & bands.fits(changed, part.texts, total(rest, len(changed)), weights)))


def _changed(pairs: Pairs, change: _Change) -> Pairs:
    return replace(pairs, demands=replace(pairs.demands, **change.columns), query=0, prepared={})


def _column(signal: ModuleType) -> int:
    return next(column for column, other in enumerate(SIGNALS) if other.CODE == signal.CODE)


def _may_be_online(demand: Demands, row: int = 0) -> bool:
    """Whether that a request could be done online too is a change; at a company nobody learns a trade from home."""
    on_site = int(demand.kind[row]) == _PLACEMENT
    return not on_site and int(demand.online[row]) in {0, UNKNOWN} and int(demand.place[row]) != UNKNOWN


def _languages(pairs: Pairs, row: int = 0) -> list[str]:
    """The languages that a request asks for, by name."""
    asked = int(pairs.demands.languages[row])
    return [name for bit, name in enumerate(pairs.pool.vocabulary.languages) if asked >> bit & 1]


def _asked(pairs: Pairs) -> int:
    """The day parts that a request asks for, as a mask; 0 for none."""
    asked = max(int(pairs.demands.day_parts[0]), 0)
    for moment in pairs.moments_left(0).tolist():
        asked |= moment
    return asked


def _changes(near: _Near) -> Iterator[_Change]:
    """The changes worth trying."""
    demand = near.pairs.demands
    yield from _day_parts(near)
    if _may_be_online(demand):
        yield _ONLINE_TOO
    if int(demand.certificate[0]):
        yield _Change("certificate", columns={"certificate": np.zeros(1, np.int8)})
    if int(demand.languages[0]):
        yield _Change("language", {"asked": _languages(near.pairs)}, {"languages": np.zeros(1, np.int64)})
    if float(demand.hours_per_week[0]) > _HOURS:
        yield _Change("hours", {"hours": _HOURS}, {"hours_per_week": np.array([float(_HOURS)])})


def _day_parts(near: _Near) -> Iterator[_Change]:
    demand, asked = near.pairs.demands, _asked(near.pairs)
    moments = near.pairs.moments_left(0)
    free = near.pairs.person("day_parts")[_cannot_at_all(near.pairs)]
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
            columns = {"day_parts": np.array([max(int(demand.day_parts[0]), 0) | 1 << bit], np.int32)}
        yield _Change("day_part", {"day_part": DAY_PARTS[bit]}, columns)
