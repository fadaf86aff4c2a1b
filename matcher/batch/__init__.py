"""The best courses or roles of all alumni in one run: the same rankings as `matching.recommend`, bit for bit.

The alumni are divided, not the demands: each chunk has an answer of its own, nothing is merged, and the outcome does
not depend on which worker does which chunk when. Finished chunks are stored on disk, so a killed run can resume.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from matcher.batch.chunks import FinishedChunks
from matcher.batch.job import NOTHING, Chunk, Job, TopK, Workers
from matcher.batch.processes import Processes
from matcher.domain.records import Target
from matcher.matching.weights import Weights
from matcher.pool import Pool
from matcher.pool.columns import day_number
from matcher.ports import Progress

__all__ = ["NOTHING", "Processes", "TopK", "Workers", "chunks_of", "top_for_all"]

LEAST, MOST = 8_192, 65_536
"""Alumni in a chunk: small ones cost more per pair, large ones balance less (`benchmarks/scale/batch.py --chunk`)."""
_PARTS = 12
"""How many chunks there are, within those bounds: a resumed run must find its chunks, so only the alumni count."""


def top_for_all(
    pool: Pool,
    target: Target,
    weights: Weights,
    day: date,
    k: int = 10,
    *,
    workers: Workers | None = None,
    size: int | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> TopK:
    """The k best demands of every alumnus in the pool.

    `workers` do the work (None: this process), `size` alumni at a time; finished chunks are stored in the folder
    `keep`, and a later run over the same data, weights, day and k resumes from there. `progress` counts alumni, and
    starts from what an earlier run had done. Memory is 12 bytes x k per alumnus, besides the pool and a chunk per
    process. Raises what the workers raise.
    """
    demands = pool.offerings if target == "offerings" else pool.requests
    job = Job(pool, demands, weights, day_number(day), k)
    chunks = chunks_of(len(pool.people), size)
    stored = None if keep is None else FinishedChunks.of(keep, job, target, len(chunks))
    best, remaining, total = TopK.none(len(pool.people), k), [], len(pool.people)
    for chunk in chunks:
        answer = stored.read(chunk, k) if stored else None
        if answer is None:
            remaining.append(chunk)
        else:
            best.put(chunk, answer)
    done = total - sum(map(len, remaining))
    if progress:
        progress(done, total)
    for chunk, answer in (workers or Processes()).top_of(job, remaining):
        if stored:
            stored.write(chunk, answer)
        best.put(chunk, answer)
        done += len(chunk)
        if progress:
            progress(done, total)
    if stored:
        stored.remove()
    return best


def chunks_of(people: int, size: int | None = None) -> list[Chunk]:
    """The chunks, of `size` alumni at most.

    Alumni with the same offers or wishes are adjacent in a pool, so some chunks are more work than others. Chunks are
    shuffled, always in the same way, so that progress predicts how long a run will take.
    """
    size = size or min(max(-(-people // _PARTS), LEAST), MOST)
    count = -(-people // size)
    ends = np.linspace(0, people, count + 1).astype(np.int64).tolist()
    chunks = [Chunk(number, *ends[number : number + 2]) for number in range(count)]
    return [chunks[number] for number in np.random.default_rng(0).permutation(count).tolist()]
