"""How good a ranking is by what people said of its pairs: nDCG, its interval, and whether another one is worse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.pool.columns import Float64

DEPTH = 10
RESAMPLES, _AT_ONCE = 10_000, 100
_SEED = 20270301
"""One seed, so that the same grades always give the same interval."""
_ROUNDED = 9
"""Scores that are equal to so many decimals are a tie."""
_EQUAL = 1e-9
"""What rounding may do to a difference."""
MARGIN = 0.05
"""How much nDCG another ranking may lose at most, with 95 % certainty."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over requests with its 95 % interval; nDCG in [0, 1], or a difference of two in [-1, 1]."""

    mean: float
    low: float
    high: float

    @property
    def is_worse(self) -> bool:
        """Of a difference: whether it may be a loss beyond the margin, or certainly is a loss."""
        return self.low < -MARGIN - _EQUAL or self.high < -_EQUAL


def ndcg(grades: Float64, scores: Float64, depth: int = DEPTH) -> float:
    """NDCG at this depth with gain 2^grade - 1 (Burges et al. 2005); tied scores share their places.

    Both of shape (m,); some grade must be above 0. Ties as McSherry and Najork (2008).
    """
    gains = np.exp2(grades) - 1
    places = np.zeros(len(gains))
    places[:depth] = 1 / np.log2(np.arange(2, min(depth, len(gains)) + 2))
    _, tie, size = np.unique(-np.round(scores, _ROUNDED), return_inverse=True, return_counts=True)
    ends = np.cumsum(size)
    up_to = np.concatenate([[0.0], np.cumsum(places)])
    shared = (up_to[ends] - up_to[ends - size]) / size
    best = np.sort(gains)[::-1] @ places
    return float((gains * shared[tie]).sum() / best)


def interval(values: Float64) -> Interval:
    """The mean of these values, one for each request, and its interval by a bootstrap over requests.

    `values`: shape (requests,), at least one. Of the differences of two rankings it is the paired bootstrap. The same
    values, in whatever order, give the same interval.
    """
    ordered = np.sort(values)
    source, size = np.random.default_rng(_SEED), (_AT_ONCE, len(ordered))
    means = [ordered[source.integers(0, len(ordered), size)].mean(axis=1) for _ in range(RESAMPLES // _AT_ONCE)]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return Interval(float(ordered.mean()), float(low), float(high))
