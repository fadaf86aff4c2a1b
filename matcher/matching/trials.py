"""A list that was made before, once more under two settings: as it was, and as it would be.

Only over pools, so that thousands of lists take seconds: the rules run once where both settings pass the same alumni.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from matcher.domain import figures
from matcher.domain.consent import Terms
from matcher.errors import InvalidValue
from matcher.matching.question import Question
from matcher.matching.ranking import Ranked, Seen, apply_rules, scores, similarities, top
from matcher.matching.signals import SIGNALS
from matcher.matching.thresholds import LIMITS, Limits
from matcher.matching.weights import Weights
from matcher.pool import Pool
from matcher.pool.columns import Bool, Float64, Int16, Int32, Int64
from matcher.pool.pairs import Pairs

BEFORE, AFTER = 0, 1
MOST_ASKS, MOST_MONTHS = 365, 24
"""The most asks a year, and the longest term of consent in months, that can be tried."""
HEAVIER = (0.0, 0.5, 1.5, 2.0, 3.0)
"""By how much a signal can be made to weigh more or less."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is tried; None for what stays as it was.

    `asks_a_year`: how often who said nothing about it may be asked; whoever said less keeps to that. `meaning`: whether
    the second encoder counts. `months`: after how many months a consent is over, where that is sooner than now.
    `heavier`: the signal and the factor that `weights` were made by, where they are those in use but for that.
    """

    weights: Weights | None = None
    asks_a_year: int | None = None
    meaning: bool | None = None
    months: int | None = None
    heavier: tuple[str, float] | None = None

    def __post_init__(self) -> None:
        """Raises InvalidValue for what is out of range."""
        if self.asks_a_year is not None and not 0 <= self.asks_a_year <= MOST_ASKS:
            raise InvalidValue("asks_out_of_range", value=self.asks_a_year, most=MOST_ASKS)
        if self.months is not None and not 1 <= self.months <= MOST_MONTHS:
            raise InvalidValue("months_out_of_range", value=self.months, most=MOST_MONTHS)

    @property
    def one_weight(self) -> tuple[str, float] | None:
        """The signal and the factor where nothing else is tried."""
        others = (self.asks_a_year, self.meaning, self.months)
        return self.heavier if self.weights is not None and others == (None, None, None) else None

    def terms(self, now: Terms) -> Terms:
        """The terms of consent that are tried: none is longer than now."""
        return now if self.months is None else now.at_most(self.months)


def limited(pool: Pool, asks_a_year: int, stated: Collection[int]) -> Int16:
    """How often each alumnus may be asked in a year, shape (n,): at most so often, or as often as they said themselves.

    `stated`: the keys of alumni who said how often.
    """
    budget = pool.budgets
    own = np.isin(pool.people.key, np.fromiter(stated, np.int64, len(stated)))
    return np.where(own, np.minimum(budget, asks_a_year), asks_a_year).astype(np.int16)


def under(pool: Pool, settings: Settings, stated: Collection[int]) -> Pool:
    """The same pool under these settings but for the weights; itself where they change nothing in it."""
    if settings.meaning is False:
        pool = pool.without_second()
    pool = pool.with_terms(settings.terms(pool.terms))
    if settings.asks_a_year is None:
        return pool
    budget = limited(pool, settings.asks_a_year, stated)
    people = replace(pool.people, budget=budget)
    return replace(pool, people=people, of_people=replace(pool.of_people, cards=None, budgets=None))


@dataclass(frozen=True, slots=True)
class Both:
    """The two lists, and all alumni who could be in either, as rows of the pool. `pairs`: the candidates as it was."""

    before: Ranked
    after: Ranked
    eligible: tuple[Int64, Int64]
    pairs: Pairs


def both(  # noqa: PLR0917 - two settings, and a question
    pools: tuple[Pool, Pool],
    question: Question,
    weights: tuple[Weights, Weights],
    allowed: Bool,
    most: tuple[int, int],
    limits: Limits = LIMITS,
) -> Both:
    """The best of a list as it was and as it would be; of each at most so many.

    `pools`: of the same alumni in the same rows. `allowed`: who may be looked at at all, shape (n,). Raises UnknownId
    where the pool lacks the record.
    """
    candidates = question.candidates(pools[BEFORE])
    seen = allowed if candidates.seen is None else candidates.seen & allowed
    eligible = apply_rules(candidates.pairs, seen).pairs
    same_pool, same_weights = pools[AFTER] is pools[BEFORE], weights[AFTER] is weights[BEFORE]
    if same_pool and same_weights:
        best = top(eligible, max(most), weights[BEFORE], limits=limits)
        lists = [replace(best, rows=best.rows[:count], scores=best.scores[:count]) for count in most]
        return Both(lists[BEFORE], lists[AFTER], (eligible.rows, eligible.rows), candidates.pairs)
    known = Seen()
    before = top(eligible, most[BEFORE], weights[BEFORE], limits=limits, seen=known)
    others = eligible
    if not same_pool:
        tried = question.candidates(pools[AFTER])
        seen = allowed if tried.seen is None else tried.seen & allowed
        if (pools[AFTER].budgets <= pools[BEFORE].budgets).all():  # who passes now passed before
            others = apply_rules(tried.pairs.at(eligible.rows), seen[eligible.rows]).pairs
            known = known.take(np.searchsorted(eligible.rows, others.rows))
        else:
            others, known = apply_rules(tried.pairs, seen).pairs, Seen()
    after = top(others, most[AFTER], weights[AFTER], limits=limits, seen=known)
    return Both(before, after, (eligible.rows, others.rows), candidates.pairs)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well some alumni fit: the sum of their scores and their number, and the same of what is known of likeness."""

    scores: float = 0.0
    count: int = 0
    similar: float = 0.0
    known: int = 0

    def __add__(self, other: Fit) -> Fit:
        return Fit(
            self.scores + other.scores, self.count + other.count, self.similar + other.similar, self.known + other.known
        )

    @property
    def score(self) -> float | None:
        """The mean score in [0, 1]; None of nobody."""
        return self.scores / self.count if self.count else None

    @property
    def similarity(self) -> float | None:
        """The mean similarity in [0, 1]; None where none is known."""
        return self.similar / self.known if self.known else None


def fit_of(pairs: Pairs, best: Ranked, count: int) -> Fit:
    """How well the first of a list fit that was made by the yardstick itself."""
    return _fit(best.scores[:count], similarities(pairs.at(best.rows[:count])))


def fits(pairs: Pairs, lists: Sequence[Int64], yardstick: Weights) -> list[Fit]:
    """How well the alumni in each of these lists fit by one yardstick, whatever the list was made by."""
    if len(lists) > 1 and all(np.array_equal(lists[0], one) for one in lists[1:]):
        return fits(pairs, lists[:1], yardstick) * len(lists)
    rows = np.unique(np.concatenate(lists))
    if not len(rows):
        return [Fit() for _ in lists]
    part = pairs.at(rows)
    similar = similarities(part)
    values = scores(part, similar, yardstick)
    return [_fit(values[chosen], similar[chosen]) for chosen in (np.searchsorted(rows, one) for one in lists)]


def _fit(values: Float64, similar: Float64) -> Fit:
    known = similar[~np.isnan(similar)]
    return Fit(float(values.sum()), len(values), float(known.sum()), len(known))


@dataclass(slots=True)
class Tally:
    """Who would be asked how often, under each of two settings; a column an alumnus of today."""

    people: int
    asks: Int32 = field(init=False)
    first: Bool = field(init=False)
    could: Bool = field(init=False)

    def __post_init__(self) -> None:
        """Nobody yet."""
        self.asks = np.zeros((2, self.people), np.int32)
        self.first = np.zeros((2, self.people), np.bool_)
        self.could = np.zeros(self.people, np.bool_)

    def add(self, side: int, rows: Int64, never: Bool) -> None:
        """A list that asks these alumni; `never`: who was never asked until then."""
        self.asks[side, rows] += 1
        self.first[side, rows[never]] = True

    def gini(self, side: int) -> float:
        """How unequally asks are shared among all alumni who passed the rules of a list, under any of the settings."""
        return gini(self.asks[side, self.could])

    def over(self, side: int, left: Int64) -> int:
        """How many asks are beyond what is left of each alumnus, shape (n,)."""
        return int(np.maximum(self.asks[side] - left, 0).sum())


def gini(counts: Int32) -> float:
    """The Gini coefficient: 0 where all are asked equally often, towards 1 where one is always."""
    return figures.gini(counts[counts > 0].astype(np.int64), len(counts)) or 0.0


def heavier(weights: Weights, signal: str, factor: float) -> str:
    """These weights as TOML (`weights.own`), where one signal weighs `factor` times as much and all others make room.

    Each row still adds up to 1; a kind without this signal stays as it is. Raises InvalidValue.
    """
    codes = [one.CODE for one in SIGNALS]
    if signal not in codes or factor not in HEAVIER:
        raise InvalidValue("weights_unreadable")
    column = codes.index(signal)
    priors = [f"{code} = {float(prior)!r}" for code, prior in zip(codes, weights.priors, strict=True)]
    parts = ["\n".join(["[priors]", *priors])]
    for name, row, share in zip(weights.names, weights.table, weights.meaning, strict=True):
        changed = row.copy()
        changed[column] *= factor
        changed = changed / changed.sum() if changed.any() else row
        pairs = ", ".join(f"{code} = {float(changed[at])!r}" for at, code in enumerate(codes) if row[at])
        kind, _, version = name.partition("@")
        number = version.partition("+")[0]
        parts.append(f"[kinds.{kind}]\nversion = {number}\nmeaning = {float(share)!r}\nweights = {{ {pairs} }}")
    return "\n\n".join(parts) + "\n"


def can_be_heavier(weights: Weights) -> list[str]:
    """The codes of the signals that weigh anything for any kind, in the order in which they are added."""
    return [one.CODE for at, one in enumerate(SIGNALS) if weights.table[:, at].any()]


def shares_of(weights: Weights) -> dict[str, tuple[float, float]]:
    """What each signal weighs, by code: in the kinds where it does, the least and the most, in [0, 1]."""
    found = {}
    for at, one in enumerate(SIGNALS):
        column = weights.table[:, at]
        weighs = column[column > 0]
        found[one.CODE] = (float(weighs.min()), float(weighs.max())) if len(weighs) else (0.0, 0.0)
    return found
