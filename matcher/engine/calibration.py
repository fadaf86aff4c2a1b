"""From which share of eligible candidates on the index pays: measured on this machine, with the pool of this engine.

Both paths answer the same questions in turns, over runs of neighbouring rows (those who may be asked stand together);
that they agree to the last bit is checked on the way.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from matcher.engine.current import Engine
from matcher.errors import SnapshotError
from matcher.matching import ranking
from matcher.matching.thresholds import LIMITS, Limits
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
    """The median time, in milliseconds, of both ways at one share."""

    share: float
    eligible: int
    index_ms: float
    all_ms: float


def calibrate(
    engine: Engine, progress: Progress | None = None, *, least: int = LIMITS.score_all_below
) -> tuple[Limits, list[Measured]]:
    """The limits for this machine, and the figures. Raises SnapshotError where the index gives another list.

    For a pool of at most `least` alumni, where everybody is scored anyway, or without a request whose text says
    something, or with an index that is not exact, nothing is measured and the shipped limits stay.
    """
    pool = engine.pool()
    asked = _asked(pool)
    if len(pool.people) <= least or not asked:
        return LIMITS, []
    index = engine.index_of(pool, "can")
    if index is None or not index.exact:
        return LIMITS, []
    measured = []
    for number, share in enumerate(SHARES, 1):
        measured.append(_measure(engine, pool, index, asked, share))
        if progress:
            progress(number, len(SHARES))
    return Limits(score_all_share=crossing(measured)), measured


def crossing(measured: Sequence[Measured]) -> float:
    """The share up to which scoring all is the faster way: half-way to the first from which the index always wins.

    1.0 where it never does.
    """
    slower = [place for place, one in enumerate(measured) if one.all_ms <= one.index_ms]
    last = slower[-1] if slower else -1
    if last == len(measured) - 1:
        return 1.0
    below = measured[last].share if last >= 0 else 0.0
    return round((below + measured[last + 1].share) / 2, 4)


def _asked(pool: Pool) -> list[int]:
    """Rows of requests that look at what alumni can, and whose text says something; spread over all."""
    table = pool.requests
    rows = [row for row in range(len(table)) if ranking.side_of(table, row) == "can" and table.vector[row].any()]
    return rows[:: max(1, len(rows) // _QUERIES)][:_QUERIES]


def _measure(engine: Engine, pool: Pool, index: VectorIndex, asked: Sequence[int], share: float) -> Measured:
    dice = np.random.default_rng(7)
    day = day_number(engine.clock.today())
    count = min(len(pool.people), max(_SHOWN, int(len(pool.people) * share)))
    spent: tuple[list[float], list[float]] = ([], [])
    for row in list(asked) * _ROUNDS:
        start = int(dice.integers(0, len(pool.people) - count + 1))
        rows: Int64 = np.arange(start, start + count)
        pairs = Pairs(pool, pool.people, pool.requests, "people", row, rows, day)
        answers = []
        for times, way in zip(spent, (index, None), strict=True):
            began = time.perf_counter()
            answers.append(ranking.top(pairs.at(rows), _SHOWN, engine.weights, way, _ALWAYS))
            times.append(1000 * (time.perf_counter() - began))
        if not all(np.array_equal(*pair) for pair in zip(*((one.rows, one.scores) for one in answers), strict=True)):
            raise SnapshotError("index_wrong")
    return Measured(share, count, round(median(spent[0]), 3), round(median(spent[1]), 3))
