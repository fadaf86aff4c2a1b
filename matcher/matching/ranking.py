"""Rules, then the exact top-k of the combined score, then its contributions.

Exact means: equal to scoring every eligible candidate and sorting, to the last bit. The similarity is the expensive
signal; the others are cheap. With many candidates the index gives a shortlist; every other
candidate is then scored with the largest similarity possible outside the shortlist. That bounds its score, since no
signal goes down when the similarity goes up, and rounding is monotonic. Only candidates whose bound reaches the k-th
best score get their own similarity.

The compiled kernel does the same without an index (`matcher.matching.compiled`): it bounds every candidate, and looks
at the texts of those whose bound is high enough.

With an approximate index the shortlist is longer and the rest is the same. Every score is then right, but the bound is
not proven, so a candidate may be missing, and the outcome says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matcher.domain.answers import Contribution
from matcher.index import Side
from matcher.index.exact import dot_products, similarity_of
from matcher.matching import compiled, unwanted
from matcher.matching.observer import RankingObserver, stage
from matcher.matching.question import Candidates, Question
from matcher.matching.rules import ABOUT_THE_PERSON, RULES
from matcher.matching.signals import SIGNALS, meaning, similarity, words
from matcher.matching.thresholds import LIMITS, Limits
from matcher.matching.weights import Weights
from matcher.pool import Pool
from matcher.pool.columns import Bool, Demands, Float64, Int64, day_number, gives_to_alumnus
from matcher.pool.pairs import Pairs
from matcher.pool.text_vectors import Vectors
from matcher.ports import VectorIndex
from matcher.recent import keep

_SIMILARITY, _WORDS, _MEANING = (
    next(column for column, signal in enumerate(SIGNALS) if signal.CODE == of.CODE)
    for of in (similarity, words, meaning)
)
_COSTLY: Mapping[int, Any] = {_WORDS: words, _MEANING: meaning}
_REMEMBERED = 256
"""For how many requests a pool remembers the best of the list."""
_NO_ROWS = np.zeros(0, np.int64)
_FEW = 0.25
"""Share of candidates below which copying the remaining ones is cheaper than using whole columns."""


@dataclass(frozen=True)
class Eligible:
    """The pairs that pass all rules, and how many failed first at which rule."""

    pairs: Pairs
    excluded: Mapping[str, int]
    willing: Int64
    """Rows of the pairs that pass the rules about the person (`rules.ABOUT_THE_PERSON`), ascending."""


@dataclass(frozen=True)
class Ranked:
    """The best candidates: rows, descending score, ties by the pool's order."""

    rows: Int64
    scores: Float64
    verified: int
    """For how many candidates the similarity was computed."""
    exact: bool = True
    """Whether these are proven to be the best candidates."""


@dataclass(frozen=True)
class Outcome:
    """A question's candidates, those that pass all rules, and the best of these."""

    candidates: Candidates
    eligible: Eligible
    best: Ranked


IndexOf = Callable[[Side], VectorIndex | None]
"""The index over one side of the alumni of the pool that is ranked; None where there is none."""


def rank(
    pool: Pool,
    question: Question,
    weights: Weights,
    index: IndexOf | None = None,
    *,
    k: int = 10,
    limits: Limits = LIMITS,
    observer: RankingObserver | None = None,
) -> Outcome:
    """The k best answers in this pool, exactly; `index` and `limits` only make it faster.

    Raises UnknownId where the pool lacks the record. The index is only requested when it pays.
    """
    with stage(observer, "rules"):
        candidates = question.candidates(pool)
        eligible = apply_rules(candidates.pairs, candidates.seen)
    pairs = eligible.pairs
    side_index = None
    with stage(observer, "best"):
        if index and _index_pays(pairs, k, limits):
            side_index = index(side_of(pairs.demands, pairs.query))
        best = top(pairs, k, weights, side_index, limits)
    if observer is not None:
        observer.ranked(len(pairs), best.verified, exact=best.exact)
    _remember(pairs, weights, best)
    return Outcome(candidates, eligible, best)


def _remember(pairs: Pairs, weights: Weights, best: Ranked) -> None:
    """Keeps the best of a request's list with the pool, in which it never changes, for `remembered_place`."""
    if pairs.demands is not pairs.pool.requests or not pairs.demand_is_query or not best.exact:
        return
    keep(pairs.pool.listed, (pairs.query, pairs.as_of), (weights, len(pairs), best.rows), _REMEMBERED)


def remembered_place(pool: Pool, question: Question, weights: Weights, row: int) -> tuple[int, int] | None:
    """The length of the list of a stored request, and the place of the alumnus of this row in it, from 1.

    None where this list was not ranked lately by these weights, or the alumnus was not among its best.
    """
    query = pool.request_row.get(question.record.key) if question.vector is None else None
    if query is None:
        return None
    counted, eligible, rows = pool.listed.get((query, day_number(question.as_of)), (None, 0, _NO_ROWS))
    place = np.flatnonzero(rows == row) if counted is weights else _NO_ROWS
    return (eligible, int(place[0]) + 1) if len(place) else None


def apply_rules(pairs: Pairs, seen: Bool | None = None) -> Eligible:
    """The eligible pairs; `excluded` counts each other pair under the first rule that it fails.

    `seen` are the visible pairs, shape (m,); None for all. While most pairs pass, rules use whole columns; once few
    remain, those are copied.
    """
    judged = compiled.judged(pairs, seen)
    if judged is not None:
        rows, able, lost = judged
        return Eligible(pairs.at(rows), lost, able)
    excluded: dict[str, int] = {}
    alive, remaining = seen, len(pairs) if seen is None else int(np.count_nonzero(seen))
    willing = np.zeros(0, np.int64)
    for position, rule in enumerate(RULES):
        if not remaining:
            break
        if position == len(ABOUT_THE_PERSON):
            willing = (pairs if alive is None else pairs.take(alive)).rows
        passes = rule.passes(pairs)
        if len(passes) != len(pairs):  # one value for all pairs
            if passes[0]:
                continue
            passes = np.zeros(len(pairs), np.bool_)
        alive = passes if alive is None else passes & alive
        before, remaining = remaining, int(np.count_nonzero(alive))
        if remaining < before:
            excluded[rule.CODE] = before - remaining
        if alive is not None and remaining < _FEW * len(pairs):
            pairs, alive = pairs.take(np.flatnonzero(alive)), None
    return Eligible(pairs if alive is None else pairs.take(np.flatnonzero(alive)), excluded, willing)


def similarities(pairs: Pairs) -> Float64:
    """Calibrated similarity of each pair, by its own dot product; NaN where a text has no known words. Shape (m,)."""
    found = compiled.values(pairs, None, (_SIMILARITY,))
    if found is not None:
        return np.asarray(found[0])
    similar = np.full(len(pairs), np.nan)
    for chosen, vectors, query in _comparisons(pairs):
        if query.any():
            rows = pairs.rows[chosen]
            dots = dot_products(vectors, query, rows)
            known = _has_text(pairs, vectors, rows)
            similar[chosen] = np.where(known, similarity_of(pairs.pool.scale, dots), np.nan)
    return similar


def _has_text(pairs: Pairs, vectors: Vectors, rows: Int64) -> Bool:
    """The candidates with a nonzero vector, shape (m,); the pool has this precomputed for all alumni."""
    if pairs.demand_is_query:
        return pairs.pool.has_text(side_of(pairs.demands, pairs.query))[pairs.pool_people]
    return np.asarray(vectors[rows].any(axis=1))


def _comparisons(pairs: Pairs) -> list[tuple[Int64, Vectors, NDArray[np.int8]]]:
    """Which positions compare which candidate vectors with which query vector: can or wants, by kind of demand."""
    positions = np.arange(len(pairs))
    if pairs.demand_is_query:
        vectors = getattr(pairs.people, side_of(pairs.demands, pairs.query))
        return [(positions, vectors, pairs.demands.vector[pairs.query])]
    gives = pairs.gives_to_alumnus
    return [
        (positions[~gives], pairs.demands.vector, pairs.people.can[pairs.query]),
        (positions[gives], pairs.demands.vector, pairs.people.wants[pairs.query]),
    ]


def side_of(demands: Demands, row: int) -> Literal["can", "wants"]:
    """Which text of the alumni this demand is compared with."""
    return "wants" if gives_to_alumnus(demands.kind[row]) else "can"


def scores(pairs: Pairs, similar: Float64, weights: Weights, seen: Seen | None = None) -> Float64:
    """Score of each pair given its similarity (or a bound on it): points added in the order of the signals.

    `seen`: what is known of these pairs already, to which this adds.
    """
    found = None if seen is not None else compiled.scores(pairs, similar, weights.of(pairs.pool), weights.priors)
    return _sum(points(pairs, similar, weights, seen=seen), len(pairs)) if found is None else found


@dataclass(slots=True)
class Seen:
    """What was computed of some pairs, for another ranking of them by other weights: nothing here depends on those.

    `similar`: the similarity of each pair. `values`: of each signal, by its place in `SIGNALS` and whether it is what
    it can be at most, shape (m,) or (1,).
    """

    similar: Float64 | None = None
    values: dict[tuple[int, bool], Float64] = field(default_factory=dict)

    def take(self, chosen: Int64) -> Seen:
        """The same of the pairs at these positions."""
        similar = None if self.similar is None else self.similar[chosen]
        return Seen(similar, {key: one if len(one) == 1 else one[chosen] for key, one in self.values.items()})


def points(
    pairs: Pairs, similar: Float64, weights: Weights, bounded: Collection[int] = (), seen: Seen | None = None
) -> dict[int, Float64]:
    """The points of each signal with a weight, by its place in `SIGNALS`, shape (m,) or (1,).

    `bounded`: which of the signals that cost the most count as what they can be at most. `seen`: what is known of these
    pairs already, to which this adds.
    """
    known = {} if seen is None else seen.values
    table, kinds = weights.of(pairs.pool), pairs.demand("kind")
    _look_up(pairs, similar, table[kinds], bounded, known)
    found = {}
    for column, signal in enumerate(SIGNALS):
        weight = table[kinds, column]
        if not weight.any():
            continue
        key = column, column in bounded
        values = known.get(key)
        if values is None:
            values = _COSTLY[column].most(pairs, similar) if column in bounded else signal.values(pairs, similar)
            known[key] = values
        found[column] = weight * np.where(np.isnan(values), weights.priors[column], values)
    found[len(SIGNALS)] = unwanted.points(pairs)
    return found


def _look_up(
    pairs: Pairs, similar: Float64, table: Float64, bounded: Collection[int], known: dict[tuple[int, bool], Float64]
) -> None:
    """Adds the values of all signals with a weight that are not known yet, where the kernel has them, to `known`."""
    unknown = [
        column
        for column in np.flatnonzero(table.any(axis=0)).tolist()
        if column not in bounded and (column, False) not in known
    ]
    found = compiled.values(pairs, similar, unknown) if unknown else None
    if found is not None:
        known.update({(column, False): one for column, one in zip(unknown, found, strict=True)})


def _sum(parts: Mapping[int, Float64], count: int) -> Float64:
    total = np.zeros(count)
    for part in parts.values():
        total = total + part
    return total


class Bounds:
    """Scores of pairs, of which what costs the most is looked at only where it is needed.

    `similar`: the similarity of each pair, or, where not `exact`, the most that it can be. `values`: the most that the
    score of each pair can be, shape (m,).
    """

    def __init__(
        self, pairs: Pairs, similar: Float64, weights: Weights, *, exact: bool = True, seen: Seen | None = None
    ) -> None:
        self._pairs, self._similar, self._weights, self._exact = pairs, similar, weights, exact
        self._parts = points(pairs, similar, weights, _COSTLY, seen)
        self.values = _sum(self._parts, len(pairs))

    def scores(self, chosen: Int64) -> Float64:
        """The scores of these pairs, by position: to the last bit those of `scores`."""
        if not self._exact:
            part = self._pairs.take(chosen)
            return scores(part, similarities(part), self._weights)
        return self._looked_at(chosen, _COSTLY)

    @property
    def can_be_closer(self) -> bool:
        """Whether `closer` tells more than `values`."""
        return _MEANING in self._parts

    def closer(self, chosen: Int64) -> Float64:
        """The most that the scores of these pairs can be, after a look at what costs less than the words."""
        return self._looked_at(chosen, (_MEANING,))

    def _looked_at(self, chosen: Int64, columns: Collection[int]) -> Float64:
        parts = {column: part if len(part) == 1 else part[chosen] for column, part in self._parts.items()}
        part, similar, priors = self._pairs.take(chosen), self._similar[chosen], self._weights.priors
        table = self._weights.of(self._pairs.pool)
        for column in columns:
            if column in parts:
                looked_up = compiled.values(part, similar, (column,))
                values = SIGNALS[column].values(part, similar) if looked_up is None else looked_up[0]
                weight = table[part.demand("kind"), column]
                parts[column] = weight * np.where(np.isnan(values), priors[column], values)
        return _sum(parts, len(chosen))


def of_texts(seen: Seen) -> tuple[Float64 | None, ...]:
    """The similarity, the words that meet and the meaning of each pair, as far as they were looked at."""
    return seen.similar, *(seen.values.get((column, False)) for column in (_WORDS, _MEANING))


def looked_at(pairs: Pairs, similar: Float64, weights: Weights) -> Seen:
    """What costs the most of these pairs: their similarity, and the values of the signals that look at whole texts."""
    table = weights.of(pairs.pool)[pairs.demand("kind")]
    costly = [column for column in _COSTLY if table[:, column].any()]
    found = compiled.values(pairs, similar, costly)
    if found is None:
        found = np.array([pairs.each(SIGNALS[column].values(pairs, similar)) for column in costly])
    return Seen(similar, {(column, False): values for column, values in zip(costly, found, strict=True)})


def contributions(
    pairs: Pairs, similar: Float64, weights: Weights, found: dict[int, Float64] | None = None
) -> list[tuple[Contribution, ...]]:
    """The terms of each pair's score, in the order in which they are added; signals without weight left out.

    `found`: the values of signals that are known, by place in `SIGNALS`; gets those of the others.
    """
    table = weights.of(pairs.pool)[pairs.demand("kind")]
    found = {} if found is None else found
    columns = np.flatnonzero(table.any(axis=0)).tolist()
    unknown = [column for column in columns if column not in found]
    looked_up = compiled.values(pairs, similar, unknown)
    found |= {} if looked_up is None else dict(zip(unknown, looked_up, strict=True))
    for column in columns:
        if column not in found:
            found[column] = pairs.each(SIGNALS[column].values(pairs, similar))
    values = np.array([pairs.each(found[column]) for column in columns]).reshape(len(columns), len(pairs))
    known, weighs = ~np.isnan(values), np.broadcast_to(table[:, columns].T, values.shape)
    counted = np.where(known, values, weights.priors[columns, None])
    parts = (counted.tolist(), weighs.tolist(), (weighs * counted).tolist(), known.tolist())
    terms: list[list[Contribution]] = [[] for _ in range(len(pairs))]
    for column, *of_signal in zip(columns, *parts, strict=True):
        signal = SIGNALS[column]
        explained = zip(terms, *of_signal, signal.evidence(pairs), strict=True)
        for pair_terms, value, weight, points_, is_known, evidence in explained:
            if weight > 0:
                pair_terms.append(Contribution(signal.CODE, value, weight, points_, is_known, evidence))
    against = unwanted.contributions(pairs)
    return [(*pair_terms, term) if term else tuple(pair_terms) for pair_terms, term in zip(terms, against, strict=True)]


def top(  # noqa: PLR0917 - the arguments of a ranking
    pairs: Pairs,
    k: int,
    weights: Weights,
    index: VectorIndex | None = None,
    limits: Limits = LIMITS,
    seen: Seen | None = None,
) -> Ranked:
    """The k best of the eligible pairs, exactly. `index` (over the vectors of `side_of`) only makes it faster.

    So does `seen` without an index: what an earlier ranking of the same pairs has computed, to which this adds.
    An approximate index may miss a candidate: see `Ranked.exact`.
    """
    if index is not None and _index_pays(pairs, k, limits):
        return _bounded(pairs, k, weights, index, limits)
    verified = 0 if _query_is_empty(pairs) else len(pairs)
    if seen is None:
        found = compiled.best(pairs, k, None, weights.of(pairs.pool), weights.priors)
        if found is not None:
            rows, best, compared = found
            return Ranked(rows, best, compared if verified else 0)
    similar = similarities(pairs) if seen is None or seen.similar is None else seen.similar
    if seen is not None:
        seen.similar = similar
    if not verified or len(pairs) <= max(k, limits.verify_first):
        return _best(pairs, scores(pairs, similar, weights), k, verified)
    bounds = Bounds(pairs, similar, weights, seen=seen)
    values, scored = bounds.values, np.zeros(len(pairs), np.bool_)
    _verify(values, scored, k, bounds, first=limits.verify_first)
    chosen = np.flatnonzero(scored)
    return _best(pairs.take(chosen), values[chosen], k, verified)


def _index_pays(pairs: Pairs, k: int, limits: Limits) -> bool:
    """Whether a shortlist is cheaper than the similarity of each pair: not for few pairs, or a query without text."""
    scores_all = k >= len(pairs) or limits.scores_all(len(pairs), len(pairs.people))
    return pairs.demand_is_query and not scores_all and not _query_is_empty(pairs)


def _query_is_empty(pairs: Pairs) -> bool:
    """Whether the query is a demand whose text has no known words: then no similarity is known, or computed."""
    return pairs.demand_is_query and not pairs.demands.vector[pairs.query].any()


def _bounded(pairs: Pairs, k: int, weights: Weights, index: VectorIndex, limits: Limits) -> Ranked:
    """Top-k by shortlist, bound and verification."""
    query = pairs.demands.vector[pairs.query]
    side = side_of(pairs.demands, pairs.query)
    known = pairs.pool.has_text(side)[pairs.rows]
    least = max(limits.shortlist, k) if index.exact else max(limits.unproven, limits.unproven_each * k)
    shortlist, dots = index.search(query, least, pairs.rows)
    short = np.searchsorted(pairs.rows, shortlist)
    most = similarity_of(pairs.pool.scale, dots[-1:])[0]
    similar = np.where(known, most, np.nan)
    scored = ~known
    scored[short] = True
    similar[short] = np.where(known[short], similarity_of(pairs.pool.scale, dots), np.nan)
    best = verify_by_bound(pairs, similar, scored, k, weights, limits)
    exact = index.exact or len(shortlist) == len(pairs)
    return replace(best, verified=len(shortlist) + best.verified, exact=exact)


def verify_by_bound(  # noqa: PLR0917 - the arguments of a ranking
    pairs: Pairs, similar: Float64, scored: Bool, k: int, weights: Weights, limits: Limits = LIMITS
) -> Ranked:
    """The k best, where `similar` is the similarity of candidates that are `scored` and an upper bound for the others.

    `verified`: for how many of the others the similarity was computed. Changes `scored`.
    """
    bounds = Bounds(pairs, similar, weights, exact=False)
    bound = bounds.values
    known, scored[:] = scored.copy(), False  # of those with a similarity the words are still to be looked at
    _verify(bound, scored, k, bounds, first=limits.verify_first)
    chosen = np.flatnonzero(scored)
    return _best(pairs.take(chosen), bound[chosen], k, int(np.count_nonzero(scored & ~known)))


def _verify(bound: Float64, scored: Bool, k: int, bounds: Bounds, *, first: int) -> None:
    """Replaces bounds by scores, the highest bounds first, until no bound reaches the k-th best score.

    Changes `bound` and `scored` in place; none is `scored` yet.
    """
    score = bounds.scores
    open_ = np.arange(len(bound))
    if first < len(open_):  # all that can be among the k best, and few others, are sorted
        likely = np.sort(np.argpartition(-bound, first)[:first])
        bound[likely], scored[likely] = score(likely), True
        open_ = np.flatnonzero(~scored & (bound >= _kth_largest(bound[scored], k)))
        if bounds.can_be_closer:
            bound[open_] = bounds.closer(open_)
            open_ = open_[bound[open_] >= _kth_largest(bound[scored], k)]
    open_ = open_[np.argsort(-bound[open_], kind="stable")]
    done, size, kth = 0, first, _kth_largest(bound[scored], k)
    while done < len(open_) and bound[open_[done]] >= kth:
        block = np.sort(open_[done : done + size])
        bound[block] = score(block)
        scored[block] = True
        kth = _kth_largest(bound[scored], k)
        done, size = done + len(block), size * 2


def _kth_largest(values: Float64, k: int) -> float:
    if not 0 < k <= len(values):
        return -np.inf
    return float(np.partition(values, len(values) - k)[len(values) - k])


def _best(pairs: Pairs, values: Float64, k: int, verified: int) -> Ranked:
    """The k largest, ties by the pool's order of (id, school)."""
    order = pairs.person("order") if pairs.demand_is_query else pairs.demand("order")
    reaching = np.flatnonzero(values >= _kth_largest(values, k))
    best = reaching[np.lexsort((order[reaching], -values[reaching]))][:k]
    return Ranked(pairs.rows[best], values[best], verified)
