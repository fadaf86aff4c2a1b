"""The best courses or roles of all alumni in one run: the same rankings as `matching.recommend`, bit for bit.

The alumni are shared out, not the demands: so each part has its own answer, nothing is merged, and the outcome does not
depend on who does which part when. What was done is kept on disk: a run that was killed goes on.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from matcher.batch.chunks import Kept
from matcher.batch.job import NOTHING, Best, Part, Work, Workers
from matcher.batch.processes import Processes
from matcher.domain.records import Target
from matcher.matching.weights import Weights
from matcher.pool import Pool
from matcher.pool.columns import day_number
from matcher.ports import Progress

__all__ = ["NOTHING", "Best", "Processes", "Workers", "best_of_all", "parts_of"]

LEAST, MOST = 8_192, 65_536
"""Alumni in a part. Fewer cost more time a pair, more make the run less even (`benchmarks/scale/batch.py --part`)."""
_PARTS = 12
"""So many there are, within those bounds: it depends on the number of alumni alone, for a run must find its parts."""


def best_of_all(
    pool: Pool,
    target: Target,
    weights: Weights,
    day: date,
    k: int = 10,
    *,
    workers: Workers | None = None,
    part: int | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Best:
    """The k best demands of every alumnus in the pool.

    `workers` do the work (without any this process), `part` alumni at a time; finished parts are stored in the folder
    `keep`, and a later run over the same data, weights, day and k goes on from there. `progress` counts alumni; it gets
    first what an earlier run had done. Memory is 12 bytes x k per alumnus, besides the pool and a part per process.
    Raises what the workers raise.
    """
    demands = pool.offerings if target == "offerings" else pool.requests
    work = Work(pool, demands, weights, day_number(day), k)
    parts = parts_of(len(pool.people), part)
    stored = None if keep is None else Kept.of(keep, work, target, len(parts))
    best, left, everybody = Best.none(len(pool.people), k), [], len(pool.people)
    for one in parts:
        answer = stored.read(one, k) if stored else None
        if answer is None:
            left.append(one)
        else:
            best.put(one, answer)
    done = everybody - sum(map(len, left))
    if progress:
        progress(done, everybody)
    for one, answer in (workers or Processes()).best_of(work, left):
        if stored:
            stored.write(one, answer)
        best.put(one, answer)
        done += len(one)
        if progress:
            progress(done, everybody)
    if stored:
        stored.remove()
    return best


def parts_of(people: int, part: int | None = None) -> list[Part]:
    """The parts, of `part` alumni at most.

    Who offers or wants the same stands together in a pool, so some parts are more work than others: they are mixed,
    always in the same way, and how far a run is says how long it will take.
    """
    size = part or min(max(-(-people // _PARTS), LEAST), MOST)
    count = -(-people // size)
    ends = np.linspace(0, people, count + 1).astype(np.int64).tolist()
    parts = [Part(number, *ends[number : number + 2]) for number in range(count)]
    return [parts[number] for number in np.random.default_rng(0).permutation(count).tolist()]
