"""The share of eligible candidates above which the index pays, measured on this machine with this pool.

Both methods answer the same questions in turns, over runs of adjacent rows (eligible alumni are adjacent), and are
checked to agree to the last bit.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

import numpy as np

from matcher.errors import SnapshotError
from matcher.matching import ranking
from matcher.matching.thresholds import LIMITS, Limits, shipped
from matcher.matching.weights import Weights
from matcher.pool import Pool
from matcher.pool.columns import Int64, day_number
from matcher.pool.pairs import Pairs
from matcher.ports import Progress, VectorIndex

SHARES = (0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.11, 0.15, 0.2, 0.3, 0.45, 0.7)
_SHOWN = 10
_QUERIES = 8
_ROUNDS = 3
_ALWAYS = replace(LIMITS, score_all_below=0, score_all_share=0.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """The median time, in milliseconds, of both methods at one share."""

    share: float
    eligible: int
    index_ms: float
    all_ms: float


def calibrate(
    pool: Pool,
    index: VectorIndex | None,
    weights: Weights,
    day: date,
    progress: Progress | None = None,
    *,
    least: int = LIMITS.score_all_below,
) -> tuple[Limits, list[Measured]]:
    """The limits for this machine, and the figures. Raises SnapshotError if the index gives a different list.

    `index`: over what the alumni of the pool can do. Nothing is measured and the shipped limits stay for a pool of at
    most `least` alumni (where all are scored anyway), without a request with a nonzero vector, or with an approximate
    index.
    """
    requests = _requests(pool)
    if len(pool.people) <= least or not requests or index is None or not index.exact:
        return shipped(), []
    measured = []
    for number, share in enumerate(SHARES, 1):
        measured.append(_Bench(pool, index, weights, day_number(day)).measure(requests, share))
        if progress:
            progress(number, len(SHARES))
    return Limits(score_all_share=crossing(measured)), measured


def crossing(measured: Sequence[Measured]) -> float:
    """The share up to which scoring all is faster: half-way to the first share from which the index always wins.

    1.0 if it never does.
    """
    slower = [position for position, timing in enumerate(measured) if timing.all_ms <= timing.index_ms]
    last = slower[-1] if slower else -1
    if last == len(measured) - 1:
        return 1.0
    below = measured[last].share if last >= 0 else 0.0
    return round((below + measured[last + 1].share) / 2, 4)


def _requests(pool: Pool) -> list[int]:
    """Rows of requests that are compared with what alumni can do and have a nonzero vector; spread over all."""
    table = pool.requests
    rows = [row for row in range(len(table)) if ranking.side_of(table, row) == "can" and table.vector[row].any()]
    return rows[:: max(1, len(rows) // _QUERIES)][:_QUERIES]


@dataclass(frozen=True, slots=True)
class _Bench:
    pool: Pool
    index: VectorIndex
    weights: Weights
    day: int

    def measure(self, requests: Sequence[int], share: float) -> Measured:
        """Both methods in turns, over this share of all alumni. Raises SnapshotError if they differ."""
        dice = np.random.default_rng(7)
        people = len(self.pool.people)
        count = min(people, max(_SHOWN, int(people * share)))
        spent: tuple[list[float], list[float]] = ([], [])
        for row in list(requests) * _ROUNDS:
            start = int(dice.integers(0, people - count + 1))
            rows: Int64 = np.arange(start, start + count)
            pairs = Pairs(self.pool, self.pool.people, self.pool.requests, "people", row, rows, self.day)
            answers = []
            for times, index in zip(spent, (self.index, None), strict=True):
                began = time.perf_counter()
                answers.append(ranking.top(pairs.at(rows), _SHOWN, self.weights, index, _ALWAYS))
                times.append(1000 * (time.perf_counter() - began))
            indexed, scored = answers
            if not (np.array_equal(indexed.rows, scored.rows) and np.array_equal(indexed.scores, scored.scores)):
                raise SnapshotError("index_wrong")
        return Measured(share, count, round(median(spent[0]), 3), round(median(spent[1]), 3))
