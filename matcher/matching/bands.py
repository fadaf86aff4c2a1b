"""Bands: what people see of a score. Thresholds per kind, fitted on graded pairs, and what caps a band.

A band asks two things of a pair. Its texts must be about the same: `topic` is the mean of the signals that compare
texts, and its thresholds are those from which graded pairs fit (`benchmarks/bands.py`). And all in all it must fit: the
grade is the score in which a signal that is not known counts as it usually is in a list, not as its prior, since what
is not known is no low grade. Below the last threshold there is no band.

A candidate who lacks what the asker called necessary is never strong, one who fits what is not wanted never more than
possible, and the band says by what it was capped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from matcher.domain.answers import BANDS, NEAR
from matcher.domain.kinds import KIND_CODES
from matcher.errors import ConfigurationError
from matcher.matching import compiled, unwanted
from matcher.matching.signals import SIGNALS, availability, meaning, words
from matcher.matching.weights import Weights
from matcher.pool import Pool
from matcher.pool.columns import Bool, Float64, Int64
from matcher.pool.pairs import Pairs

TEXTS = ("similarity", "words", "meaning")
"""The signals that compare texts."""
_TEXT_COLUMNS = [column for column, signal in enumerate(SIGNALS) if signal.CODE in TEXTS]
_COSTLY = (words, meaning)
"""Those of them that cost the most, the most first."""
NONE = len(BANDS)
"""The position of a pair below the last band."""
_STRONG, GOOD, _POSSIBLE = range(len(BANDS))
CAPS = ("not_wanted", "availability", "online", "topic")
"""What may cap a band: the candidate fits what is not wanted, cannot come when asked, does nothing online where all is
online, or is about something else. Of several the first is named."""
_NOT_WANTED, _TOPIC = CAPS.index("not_wanted"), CAPS.index("topic")
_UNCAPPED = -1
KnownValues = Mapping[int, Float64]
"""By place in `SIGNALS` the values of a signal for some pairs, shape (m,) or (1,)."""
_NOTHING_KNOWN: KnownValues = {}


TextParts = dict[int, tuple[Float64, Float64]]
"""Of some pairs, by place in `SIGNALS`: the weight of a signal, shape (1,) or (m,), and its values, shape (m,)."""


@dataclass(frozen=True)
class Banded:
    """The band of each pair, shape (m,) each: the position in `BANDS` or `NONE`, and in `CAPS` or -1."""

    positions: Int64
    caps: Int64

    def band(self, position: int) -> str | None:
        """The band of one pair; None below the last."""
        return named(int(self.positions[position]))

    def capped_by(self, position: int) -> str | None:
        """What the asker called necessary and one candidate lacks; None where that is nothing."""
        cap = int(self.caps[position])
        return None if cap == _UNCAPPED else CAPS[cap]

    @property
    def worth_asking(self) -> Bool:
        """The candidates who are strong or good and lack nothing, shape (m,)."""
        return np.asarray((self.positions <= GOOD) & ((self.caps == _UNCAPPED) | (self.caps == _TOPIC)))


@dataclass(frozen=True)
class Bands:
    """The thresholds of every kind, best band first, shape (kinds, bands); row i: kind number i.

    `topic`: of the texts. `least`: of the grade. `usual`: by signal what an unknown value counts as, shape (signals,).
    `second`: those of pools that a second encoder has read; None where these count there too.
    """

    topic: Float64
    least: Float64
    usual: Float64
    second: Bands | None = None

    def for_(self, pool: Pool) -> Bands:
        """The thresholds that count in a pool."""
        return self if pool.second is None or self.second is None else self.second

    def of(
        self,
        pairs: Pairs,
        similar: Float64,
        weights: Weights,
        known: KnownValues = _NOTHING_KNOWN,
    ) -> Banded:
        """The bands of these pairs; `similar`: their similarity, NaN unknown.

        `known`: the values of signals that were looked at already.
        """
        if (other := self.for_(pairs.pool)) is not self:
            return other.of(pairs, similar, weights, known)
        table = weights.of(pairs.pool)
        of_texts = table[:, _TEXT_COLUMNS].sum(axis=1)
        found = compiled.banded(pairs, similar, table, self.usual, self.topic, self.least, of_texts)
        if found is not None:
            return Banded(*found)
        by_grade, by_topic = self._places(pairs, similar, weights, known)
        lacks = lacking(pairs, _values(_column(availability), pairs, similar, known))
        positions = np.maximum(by_grade, by_topic)
        positions = np.where(lacks.any(axis=0), np.maximum(positions, GOOD), positions)
        positions = np.where(lacks[_NOT_WANTED], np.maximum(positions, _POSSIBLE), positions)
        every = np.vstack([lacks, (by_topic > by_grade) | (by_topic == NONE)])
        return Banded(positions, np.where(every.any(axis=0), every.argmax(axis=0), _UNCAPPED))

    def has_one(self, pairs: Pairs, similar: Float64, weights: Weights) -> Bool:
        """Which pairs have a band at all, shape (m,): what `of` says, without a look at what they lack."""
        if (other := self.for_(pairs.pool)) is not self:
            return other.has_one(pairs, similar, weights)
        by_grade, by_topic = self._places(pairs, similar, weights)
        return np.asarray((by_grade < NONE) & (by_topic < NONE))

    def _places(
        self, pairs: Pairs, similar: Float64, weights: Weights, known: KnownValues = _NOTHING_KNOWN
    ) -> tuple[Int64, Int64]:
        """The place in `BANDS`, or `NONE`, by the grade and by the texts, shape (m,) each."""
        kinds = pairs.demand("kind")
        about = self._about(pairs, texts_of(pairs, similar, weights, known=known))
        grade = rest_of(pairs, similar, weights, self.usual, known) + text_weight(pairs, weights) * about
        by_grade = np.count_nonzero(grade[:, None] < self.least[kinds], axis=1)
        return by_grade, np.count_nonzero(about[:, None] < self.topic[kinds], axis=1)

    def may_be_good(
        self,
        pairs: Pairs,
        similar: Float64,
        weights: Weights,
        rest: Float64 | None = None,
        looked_at: TextParts | None = None,
    ) -> tuple[Int64, Float64]:
        """The pairs whose texts are near enough for a band of strong or good, whatever else is asked, by position.

        `rest`: the most that all other signals can add, shape (m,); None: that is enough for everyone. `looked_at`:
        what `may_be_near` found of these pairs, if known. Also the mean of the texts of each: see `texts_of`.
        """
        if (other := self.for_(pairs.pool)) is not self:
            return other.may_be_good(pairs, similar, weights, rest, looked_at)
        chosen = np.arange(len(pairs))
        if looked_at is None:
            chosen, looked_at = self.may_be_near(pairs, similar, weights)
        if rest is not None:  # of most the words need no look
            fits = self.fits(pairs.take(chosen), _mean(looked_at, len(chosen)), rest[chosen], weights)
            chosen, looked_at = chosen[fits], parts_at(looked_at, fits)
        column, part = _column(words), pairs.take(chosen)
        if column in looked_at:
            values = _values(column, part, similar[chosen], _NOTHING_KNOWN)
            looked_at = {**looked_at, column: (looked_at[column][0], values)}
        texts = _mean(looked_at, len(part))
        near = self.fits(part, texts, None if rest is None else rest[chosen], weights)
        return chosen[near], texts[near]

    def may_be_near(self, pairs: Pairs, similar: Float64, weights: Weights) -> tuple[Int64, TextParts]:
        """The pairs, by position, that `may_be_good` may find: without a look at the words; and what they have."""
        if (other := self.for_(pairs.pool)) is not self:
            return other.may_be_near(pairs, similar, weights)
        parts = _texts(pairs, similar, weights, _COSTLY)
        chosen = np.flatnonzero(self.fits(pairs, _mean(parts, len(pairs)), None, weights))
        parts, column = parts_at(parts, chosen), _column(meaning)
        if column not in parts:
            return chosen, parts
        part = pairs.take(chosen)  # of most the second encoder need not be asked
        parts[column] = parts[column][0], _values(column, part, similar[chosen], _NOTHING_KNOWN)
        near = self.fits(part, _mean(parts, len(part)), None, weights)
        return chosen[near], parts_at(parts, near)

    def fits(self, pairs: Pairs, texts: Float64, rest: Float64 | None, weights: Weights) -> Bool:
        """Whether a pair with these texts and these points of all other signals is strong or good, shape (m,).

        Without a look at what it lacks. `rest` None: as many points as it takes.
        """
        if (other := self.for_(pairs.pool)) is not self:
            return other.fits(pairs, texts, rest, weights)
        about, kinds = self._about(pairs, texts), pairs.demand("kind")
        near = about >= self.topic[kinds, GOOD]
        if rest is None:
            return np.asarray(near)
        return np.asarray(near & (rest + text_weight(pairs, weights) * about >= self.least[kinds, GOOD]))

    def depends_on_texts(self, pairs: Pairs, rest: Float64, weights: Weights) -> Bool:
        """Whether with so many points of all other signals `may_be_good` alone decides, shape (m,)."""
        if (other := self.for_(pairs.pool)) is not self:
            return other.depends_on_texts(pairs, rest, weights)
        kinds = pairs.demand("kind")
        least = rest + text_weight(pairs, weights) * self.topic[kinds, GOOD]
        return np.asarray(least >= self.least[kinds, GOOD])

    def _about(self, pairs: Pairs, texts: Float64) -> Float64:
        """The texts, where an alumnus of whom nothing is known may fit, and all do where nothing is asked."""
        kinds = pairs.demand("kind")
        asked = pairs.demands.vector[pairs.demand_rows].any(axis=1)
        unknown = np.where(asked, self.topic[kinds, _POSSIBLE], self.topic[kinds, _STRONG])
        return np.where(np.isnan(texts), unknown, texts)


def named(position: int) -> str | None:
    """One of `BANDS`, or None below the last."""
    return BANDS[position] if position < NONE else None


def text_weight(pairs: Pairs, weights: Weights) -> Float64:
    """The weight of all signals that compare texts together, shape (1,) or (m,)."""
    return np.asarray(weights.of(pairs.pool)[pairs.demand("kind")][:, _TEXT_COLUMNS].sum(axis=1))


def texts_of(
    pairs: Pairs,
    similar: Float64,
    weights: Weights,
    bounded: Sequence[ModuleType] = (),
    known: KnownValues = _NOTHING_KNOWN,
) -> Float64:
    """The mean of the signals that compare texts, by their weights, shape (m,); NaN where none is known.

    `bounded`: the signals that count as what they can be at most. `known`: the values of those that were looked at.
    """
    return _mean(_texts(pairs, similar, weights, bounded, known), len(pairs))


def _texts(
    pairs: Pairs,
    similar: Float64,
    weights: Weights,
    bounded: Sequence[ModuleType],
    known: KnownValues = _NOTHING_KNOWN,
) -> TextParts:
    most = {of.CODE: of.most for of in bounded}
    table = weights.of(pairs.pool)[pairs.demand("kind")]
    return {
        column: (
            table[:, column],
            pairs.each(most[signal.CODE](pairs, similar))
            if signal.CODE in most
            else _values(column, pairs, similar, known),
        )
        for column, signal in enumerate(SIGNALS)
        if signal.CODE in TEXTS and table[:, column].any()
    }


def _values(column: int, pairs: Pairs, similar: Float64, known: KnownValues) -> Float64:
    """The values of a signal, shape (m,)."""
    values = known.get(column)
    if values is None:
        found = compiled.values(pairs, similar, (column,)) if len(similar) == len(pairs) else None
        values = SIGNALS[column].values(pairs, similar) if found is None else found[0]
    return pairs.each(values)


def parts_at(parts: TextParts, chosen: Bool | Int64) -> TextParts:
    """Those of the pairs at these positions."""
    return {
        column: (weight if len(weight) == 1 else weight[chosen], values[chosen])
        for column, (weight, values) in parts.items()
    }


def _mean(parts: TextParts, count: int) -> Float64:
    points, known_weight = np.zeros(count), np.zeros(count)
    for weight, values in parts.values():
        known = ~np.isnan(values)
        points += np.where(known, weight * values, 0.0)
        known_weight += np.where(known, weight, 0.0)
    return np.where(known_weight > 0, points / np.where(known_weight > 0, known_weight, 1.0), np.nan)


def _column(signal: ModuleType) -> int:
    return next(column for column, other in enumerate(SIGNALS) if other.CODE == signal.CODE)


def rest_of(
    pairs: Pairs, similar: Float64, weights: Weights, usual: Float64, known: KnownValues = _NOTHING_KNOWN
) -> Float64:
    """The points of all other signals, an unknown one as it usually is, shape (m,)."""
    return total(rest_parts(pairs, similar, weights, usual, known=known), len(pairs))


def rest_parts(  # noqa: PLR0917 - pairs, and what is known of them
    pairs: Pairs,
    similar: Float64,
    weights: Weights,
    usual: Float64,
    only: Sequence[ModuleType] = (),
    known: KnownValues = _NOTHING_KNOWN,
) -> dict[int, Float64]:
    """The points of each of the other signals, by its place in `SIGNALS`, shape (m,) each, in the order of adding.

    An unknown one counts as it usually is. `only`: of these alone. `known`: the values of signals that were looked at
    already.
    """
    table = weights.of(pairs.pool)[pairs.demand("kind")]
    codes = {signal.CODE for signal in only}
    columns = [
        column
        for column, signal in enumerate(SIGNALS)
        if signal.CODE not in TEXTS and not (codes and signal.CODE not in codes) and table[:, column].any()
    ]
    unknown = [column for column in columns if column not in known]
    found = compiled.values(pairs, similar, unknown) if unknown else None
    if found is not None:
        known = {**known, **dict(zip(unknown, found, strict=True))}
    parts = {}
    for column in columns:
        values = _values(column, pairs, similar, known)
        parts[column] = table[:, column] * np.where(np.isnan(values), usual[column], values)
    return parts


def total(parts: Mapping[int, Float64], count: int) -> Float64:
    """The points of some signals together, shape (count,): added in the order of the signals."""
    rest = np.zeros(count)
    for column in sorted(parts):
        rest = rest + parts[column]
    return rest


def lacking(pairs: Pairs, met: Float64) -> Bool:
    """For each of `CAPS` but the topic, which candidates lack it, shape (caps, m). What is not known is not lacking.

    `met`: their availability, shape (m,).
    """
    cannot_come = cannot_come_when_asked(pairs, met)
    only_online = (pairs.demand("online") == 1) & (pairs.person("online") == 0)
    return np.vstack([pairs.each(unwanted.fits(pairs)), cannot_come, pairs.each(only_online)])


def cannot_come_when_asked(pairs: Pairs, met: Float64) -> Bool:
    """Which candidates cannot come when asked, by their availability; what is not known is no lack. Shape (m,)."""
    needed = np.where(pairs.is_offering, 1.0, np.nextafter(0.0, 1.0))  # all of a course, any day part of a role
    return np.asarray(~np.isnan(met) & (met < needed))


def groups(bands: list[tuple[str | None, str | None]], scores: list[float]) -> list[int]:
    """The number of the group of each match of a list, from 1: those next to each other that are as good as equal.

    `bands`: band and cap of each. Equal is: the same band and cap, and a score that differs from that of the first of
    the group by at most `NEAR`, after rounding, as a card shows it.
    """
    result: list[int] = []
    first = 0
    for position, band in enumerate(bands):
        apart = round(scores[first], 2) - round(scores[position], 2)
        if position == 0 or band != bands[first] or apart > NEAR + 1e-9:
            first = position
            result.append(result[-1] + 1 if result else 1)
        else:
            result.append(result[-1])
    return result


@cache
def shipped() -> Bands:
    """The bands that come with the product."""
    return read(Path(__file__).parent / "bands.toml")


def read(path: Path) -> Bands:
    """Bands from a file. Raises ConfigurationError where a kind is missing or its thresholds do not go down."""
    with path.open("rb") as file:
        raw = tomllib.load(file)
    second = raw.get("second")
    return replace(_bands(raw), second=_bands(second) if second else None)


def _bands(raw: Mapping[str, Any]) -> Bands:
    topic, least = [], []
    for kind in KIND_CODES:
        entry = raw.get("kinds", {}).get(kind)
        if entry is None:
            raise ConfigurationError("bands_missing", kind=kind)
        rows = [[float(entry[name][band]) for band in BANDS] for name in ("topic", "least")]
        if any(row != sorted(row, reverse=True) for row in rows):
            raise ConfigurationError("bands_wrong", kind=kind)
        topic.append(rows[0])
        least.append(rows[1])
    usual = [float(raw["usual"].get(signal.CODE, 0.5)) for signal in SIGNALS]
    return Bands(np.array(topic), np.array(least), np.array(usual))
