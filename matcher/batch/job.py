"""The job itself: some alumni next to all demands, and of each alumnus the k best.

One demand after another meets these alumni, with the rules, signals and weights of any ranking. A pair has the
same score in either direction and among any candidates, so it does not matter that the demand is the query here, nor
which other alumni are in the chunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from matcher.matching import compiled, ranking, unwanted
from matcher.matching.visibility import visible
from matcher.matching.weights import Weights
from matcher.pool import Pool
from matcher.pool.columns import Demands, Float64, Int32
from matcher.pool.pairs import Pairs
from matcher.pool.partition import slice_of

NOTHING = -1


@dataclass(frozen=True)
class TopK:
    """The k best demands of each alumnus, best first, shape (n, k): rows (`NOTHING` where there are fewer), scores."""

    rows: Int32
    scores: Float64

    @classmethod
    def none(cls, people: int, k: int) -> TopK:
        """No demands yet, for this many alumni."""
        return cls(np.full((people, k), NOTHING, np.int32), np.full((people, k), -np.inf))

    def put(self, chunk: Chunk, answer: TopK) -> None:
        """Copies the answer of a chunk into its rows; changes these arrays."""
        self.rows[chunk.start : chunk.stop], self.scores[chunk.start : chunk.stop] = answer.rows, answer.scores


@dataclass(frozen=True)
class Job:
    """All alumni of a pool next to these demands on a day, for the k best of each alumnus."""

    pool: Pool
    demands: Demands
    weights: Weights
    day: int
    k: int

    def chunk(self, chunk: Chunk) -> Job:
        """The job for some of the alumni: all that it needs, and no word, name or key of an alumnus."""
        unwelcome = unwanted.numbers_of(self.demands)
        pool = slice_of(self.pool, self.demands, chunk.start, chunk.stop, unwelcome)
        return replace(self, pool=pool, demands=pool.requests)

    def done(self) -> TopK:
        """The best of every alumnus in the pool."""
        best = TopK.none(len(self.pool.people), self.k)
        # in the order that breaks ties: of two equal scores the first stays in front
        for row in np.argsort(self.demands.order, kind="stable").tolist():
            self._meet(row, best)
        return best

    def _meet(self, row: int, best: TopK) -> None:
        """Inserts one demand into the list of each alumnus; changes `best`."""
        whole = Pairs.with_everybody(self.pool, self.demands, row, self.day)
        pairs = ranking.apply_rules(whole, visible(whole)).pairs
        table = self.weights.of(self.pool)
        if self.k and compiled.insert(pairs, row, table, self.weights.priors, best.rows, best.scores):
            return
        bounds = ranking.Bounds(pairs, ranking.similarities(pairs), self.weights)
        likely = np.flatnonzero(bounds.values > best.scores[pairs.rows, -1])
        values = bounds.scores(likely)
        better = values > best.scores[pairs.rows[likely], -1]  # an equal one came before, and stays
        people, new = pairs.rows[likely[better]], values[better]
        if not len(people):
            return
        scores, rows = best.scores[people], best.rows[people]
        position = (scores >= new[:, None]).sum(axis=1)
        columns = np.arange(self.k)[None]
        after = columns > position[:, None]
        insertion = columns == position[:, None]
        best.scores[people] = np.where(insertion, new[:, None], np.where(after, np.roll(scores, 1, axis=1), scores))
        best.rows[people] = np.where(insertion, row, np.where(after, np.roll(rows, 1, axis=1), rows))


@dataclass(frozen=True)
class Chunk:
    """Alumni next to each other: the rows from `start` up to `stop`, and the number of the chunk."""

    number: int
    start: int
    stop: int

    def __len__(self) -> int:
        """How many alumni."""
        return self.stop - self.start


class Workers(Protocol):
    """What does the work: one process, several, or other machines."""

    def top_of(self, job: Job, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, TopK]]:
        """The best of each chunk, in any order, as soon as it is known."""
        ...
