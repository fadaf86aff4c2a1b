"""The best courses or roles of all alumni in one run: the same rankings as `service.recommend`, bit for bit.

The alumni are shared out, not the demands: so each part has its own answer, nothing is merged, and the outcome does not
depend on who does which part when. What was done is kept on disk: a run that was killed goes on.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from matcher.batch.chunks import Kept
from matcher.batch.job import NOTHING, Best, Part, Work, Workers
from matcher.batch.processes import Processes
from matcher.domain.records import Target
from matcher.engine.current import Engine
from matcher.pool import Pool
from matcher.pool.columns import day_number
from matcher.ports import Progress

__all__ = ["NOTHING", "Best", "Processes", "Workers", "best_of_all", "parts_of"]

LEAST, MOST = 8_192, 65_536
"""Alumni in a part. Fewer cost more time a pair, more make the run less even (`benchmarks/scale/batch.py --part`)."""
_PARTS = 12
"""So many there are, within those bounds: it depends on the number of alumni alone, for a run must find its parts."""


def best_of_all(
    engine: Engine,
    target: Target,
    k: int = 10,
    *,
    crew: Workers | None = None,
    part: int | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Pool, Best]:
    """The pool that was ranked and the k best demands of everybody in it.

    `crew` does the work (without one this process), `part` alumni at a time, which are then kept in the folder `keep`;
    a later run over the same data, weights, day and k goes on from there. `progress` counts alumni; it is told first
    what an earlier run had done. Memory is 12 bytes x k for each alumnus, beside the pool and a part for each process.
    Raises what the crew raises.
    """
    pool = engine.pool()
    demands = pool.offerings if target == "offerings" else pool.requests
    work = Work(pool, demands, engine.weights, day_number(engine.clock.today()), k)
    parts = parts_of(len(pool.people), part)
    kept = None if keep is None else Kept.of(keep, work, target, len(parts))
    best, left, everybody = Best.none(len(pool.people), k), [], len(pool.people)
    for one in parts:
        its = kept.read(one, k) if kept else None
        if its is None:
            left.append(one)
        else:
            best.put(one, its)
    done = everybody - sum(map(len, left))
    if progress:
        progress(done, everybody)
    for one, its in (crew or Processes()).best_of(work, left):
        if kept:
            kept.write(one, its)
        best.put(one, its)
        done += len(one)
        if progress:
            progress(done, everybody)
    if kept:
        kept.remove()
    return pool, best


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
