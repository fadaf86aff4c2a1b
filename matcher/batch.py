"""The best courses or roles of all alumni in one run: the same rankings as `service.recommend`, bit for bit.

One demand after another meets everybody, with the rules, signals and weights of any ranking; of each alumnus the k best
so far are kept. A pair scores the same whoever asks, so it makes no difference that the demand is the query here. The
demands may be shared out over processes, and what was done is kept on disk: a run that was killed goes on.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np

from matcher import ranking
from matcher.domain import Target
from matcher.engine import Engine
from matcher.pool import Pool
from matcher.pool.columns import Demands, Float64, Int32, Int64, day_number
from matcher.pool.pairs import Pairs
from matcher.ports import Progress
from matcher.visibility import visible
from matcher.weights import Weights

NOTHING = -1
_SHARES = 4
"""Parts of the work for each process: so often it is told how far all of it is."""
_ABANDONED = 86_400
_BLOCK = 32
"""Demands that are done at a time, and then kept on disk."""


@dataclass(frozen=True)
class Best:
    """The k best demands of each alumnus, best first, shape (n, k): rows (`NOTHING` where there are fewer), scores."""

    rows: Int32
    scores: Float64

    @classmethod
    def none(cls, people: int, k: int) -> Best:
        """Of nobody anything."""
        return cls(np.full((people, k), NOTHING, np.int32), np.full((people, k), -np.inf))


@dataclass(frozen=True)
class _Job:
    """What every process needs to know."""

    pool: Pool
    demands: Demands
    weights: Weights
    day: int
    k: int


def best_of_all(
    engine: Engine,
    target: Target,
    k: int = 10,
    *,
    workers: int = 1,
    block: int = _BLOCK,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Pool, Best]:
    """The pool that was ranked and the k best demands of everybody in it.

    `block` demands are done at a time, and then kept in the folder `keep`; a later run over the same data, weights, day
    and k goes on from there. Memory is 12 bytes x k for each alumnus, for each process, beside the pool, which they
    share.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        workers = 1  # elsewhere a process would need a copy of the pool
    pool = engine.pool()
    demands = pool.offerings if target == "offerings" else pool.requests
    job = _Job(pool, demands, engine.weights, day_number(engine.clock.today()), k)
    # in the order that breaks ties: of two equal scores the first stays in front
    blocks = np.array_split(np.argsort(demands.order, kind="stable"), max(1, -(-len(demands) // block)))
    count = min(len(blocks), workers * _SHARES if workers > 1 else 1)
    shares = [blocks[start::count] for start in range(count)]
    kept = None if keep is None else keep / _name(job, target, engine.encoder.id, block, count)
    if kept is not None:
        _sweep(kept)
    if workers > 1:
        parts = _at_once(job, shares, kept, workers, progress)
        best = reduce(lambda one, other: merged(one, other, demands.order), parts)
    else:
        tell = (lambda done: progress(done, len(demands))) if progress else None
        best = _share(job, blocks, _file(kept, 0), tell)
    if kept is not None:
        for file in kept.parent.glob(f"{kept.name}-*"):
            file.unlink(missing_ok=True)
    return pool, best


def merged(one: Best, other: Best, order: Int32) -> Best:
    """The best of two: by score, ties by the order of the demands."""
    k = one.rows.shape[1]
    rows = np.concatenate([one.rows, other.rows], axis=1)
    values = np.concatenate([one.scores, other.scores], axis=1)
    places = np.where(rows == NOTHING, np.iinfo(np.int32).max, order[rows])
    by_order = np.argsort(places, axis=1, kind="stable")
    rows, values = np.take_along_axis(rows, by_order, 1), np.take_along_axis(values, by_order, 1)
    first = np.argsort(-values, axis=1, kind="stable")[:, :k]
    return Best(np.take_along_axis(rows, first, 1), np.take_along_axis(values, first, 1))


_JOB: list[_Job] = []
"""What a forked process finds: the pool is not copied."""


def _at_once(
    job: _Job, shares: Sequence[Sequence[Int64]], kept: Path | None, workers: int, progress: Progress | None
) -> Iterator[Best]:
    """Each share in one of some processes, which share the memory of the pool."""
    _JOB[:] = [job]
    try:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as processes:
            running = [processes.submit(_forked, share, _file(kept, number)) for number, share in enumerate(shares)]
            for done, one in enumerate(as_completed(running), 1):
                if progress:
                    progress(done, len(running))
                yield one.result()
    finally:
        _JOB.clear()


def _forked(share: Sequence[Int64], file: Path | None) -> Best:
    return _share(_JOB[0], share, file, None)


def _share(job: _Job, blocks: Sequence[Int64], file: Path | None, tell: Callable[[int], None] | None) -> Best:
    """Everybody's best among some demands, from where an earlier run left off."""
    begin, best = _taken_up(file, len(job.pool.people), job.k)
    done = sum(len(block) for block in blocks[:begin])
    for number in range(begin, len(blocks)):
        for row in blocks[number].tolist():
            _add(job, best, row)
        done += len(blocks[number])
        if file is not None:
            _put_down(file, number + 1, best)
        if tell:
            tell(done)
    return best


def _add(job: _Job, best: Best, row: int) -> None:
    """Puts one demand where it belongs in everybody's list; changes `best`."""
    whole = Pairs.with_everybody(job.pool, job.demands, row, job.day)
    pairs = ranking.apply_rules(whole, visible(whole)).pairs
    values = ranking.scores(pairs, ranking.similarities(pairs), job.weights)
    better = values > best.scores[pairs.rows, -1]  # an equal one came before, and stays
    people, new = pairs.rows[better], values[better]
    if not len(people):
        return
    scores, rows = best.scores[people], best.rows[people]
    place = (scores >= new[:, None]).sum(axis=1)
    columns = np.arange(job.k)[None]
    after = columns > place[:, None]
    here = columns == place[:, None]
    best.scores[people] = np.where(here, new[:, None], np.where(after, np.roll(scores, 1, axis=1), scores))
    best.rows[people] = np.where(here, row, np.where(after, np.roll(rows, 1, axis=1), rows))


def _name(job: _Job, target: str, encoder: str, block: int, shares: int) -> str:
    """Names everything that decides the outcome."""
    told = [job.pool.origin, encoder, target, job.day, job.k, job.weights.names, block, shares]
    return f"batch-{hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:16]}"


def _sweep(kept: Path) -> None:
    """Removes what runs over other data have left, a day after they last did something."""
    for file in kept.parent.glob("batch-*"):
        with suppress(OSError):
            if not file.name.startswith(kept.name) and time.time() - file.stat().st_mtime > _ABANDONED:
                file.unlink()


def _file(kept: Path | None, number: int) -> Path | None:
    return None if kept is None else kept.with_name(f"{kept.name}-{number}.npz")


def _put_down(file: Path, begin: int, best: Best) -> None:
    """Keeps what is done; a file that is there is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".writing.npz")
    np.savez(beside, begin=begin, rows=best.rows, scores=best.scores)
    beside.replace(file)


def _taken_up(file: Path | None, people: int, k: int) -> tuple[int, Best]:
    if file is not None:
        with suppress(OSError, ValueError, KeyError), np.load(file, allow_pickle=False) as found:
            return int(found["begin"]), Best(found["rows"], found["scores"])
    return 0, Best.none(people, k)
