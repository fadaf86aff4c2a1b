"""A search in Milvus that verifies that its answer is complete.

Before and after each search the server counts the rows that match the expression, and the row that identifies the state
of the data: there must be as many as in the pool, of the same state. The rows returned must be alumni of the pool, with
the dot products of their vectors. And since another replica may have answered the count, a sample of the alumni that
were not returned is checked: none may be better than the last one returned. A search that fails is repeated for a few
seconds and is then an error: a partial answer is never shown as complete. One gap remains: where a replica that lacks a
few rows answers the search and another one the counts, the sample may miss it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.errors import IndexUnavailable
from matcher.index import Contents, Side
from matcher.index.exact import ExactIndex, dot_products
from matcher.index.milvus.collection import MOST, Collection
from matcher.index.milvus.rows import MARK_KEY, Narrowing, mark_of, narrowed
from matcher.pool.columns import Bool
from matcher.pool.text_vectors import Vectors
from matcher.ports import Rows

_PAUSE = 0.2
_ROOM = 1.2
"""Rows requested, as a multiple of the number expected to be needed."""
_SAMPLED = 1024
"""Alumni sampled to check an answer."""
_LEFT_OUT = 0.1
"""Share of the best that an approximate index may miss before the search is widened."""
_SHARE, _LEAST_SHARE = 4.0, 1 / 16
"""Share of its cells that an approximate index searches: a multiple of the share requested, and a minimum."""

Nearest = tuple[Rows, NDArray[np.int32]]


@dataclass
class Patience:
    """How long to repeat a search that fails: some seconds, or not at all shortly after a failure."""

    seconds: float = 5.0
    again_after: float = 10.0
    rest: float = 1.0
    """Seconds after a failure without any search: callers that waited meanwhile get the same error."""
    _failed: float = field(default=-np.inf, init=False)
    _problem: str = field(default="", init=False)

    def until(self) -> float:
        """The moment to give up, on the monotonic clock. Raises IndexUnavailable just after a failure."""
        now = time.monotonic()
        if now - self._failed < self.rest:
            raise IndexUnavailable(self._problem)
        return now if now - self._failed < self.again_after else now + self.seconds

    def failed(self, problem: IndexUnavailable) -> None:
        """Records a failure."""
        self._failed, self._problem = time.monotonic(), problem.code

    def went_well(self) -> None:
        """Records a success: the next search that fails is repeated again."""
        self._failed = -np.inf


@dataclass(frozen=True)
class MilvusIndex:
    """`ports.VectorIndex` over one side of all alumni, in the state of the data that the collection was brought to."""

    collection: Collection
    contents: Contents
    side: Side
    patience: Patience

    @property
    def exact(self) -> bool:
        """Whether rows left out are proven to be no better: only with a single replica, which counts and searches."""
        return self.collection.exact and self.collection.replicas == 1

    @cached_property
    def _vectors(self) -> Vectors:
        vectors: Vectors = getattr(self.contents.people, self.side)
        return vectors

    @cached_property
    def _by_key(self) -> Rows:
        """Rows ordered by key."""
        return np.argsort(self.contents.people.key, kind="stable")

    def search(self, query: NDArray[np.int8], k: int, rows: Rows | None = None) -> Nearest:
        """See `ports.VectorIndex.search`. Raises IndexUnavailable."""
        among = np.arange(len(self._vectors)) if rows is None else rows
        if k <= 0 or not len(among):
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        until = self.patience.until()
        while True:
            problem = IndexUnavailable("index_incomplete")
            try:
                nearest = self._attempt(query, k, among)
            except IndexUnavailable as error:
                nearest, problem = None, error
            if self.contents.past:  # another process may be writing the next state: use the vectors here
                return ExactIndex(self._vectors).search(query, k, among)
            if nearest is not None:
                self.patience.went_well()
                return nearest
            if time.monotonic() >= until:
                self.patience.failed(problem)
                raise problem
            time.sleep(_PAUSE)

    def _attempt(self, query: NDArray[np.int8], k: int, among: Rows) -> Nearest | None:
        """The answer of one search; None if it is not complete."""
        narrowing = narrowed(self.contents.people, among)
        if not self._is_complete(narrowing):
            return None
        nearest = self._searched(query, k, among, narrowing)
        return nearest if nearest is not None and self._is_complete(narrowing) else None

    def _is_complete(self, narrowing: Narrowing) -> bool:
        """Whether the server is in this state and has as many matching rows as the pool."""
        mark = f"(key == {MARK_KEY} and digest == {mark_of(self.contents.origin)})"
        counted = self.collection.count(f"({narrowing.expression}) or {mark}")
        return counted == np.count_nonzero(narrowing.holds) + 1

    def _searched(self, query: NDArray[np.int8], k: int, among: Rows, narrowing: Narrowing) -> Nearest | None:
        """The best among some rows; None if the server lacks rows.

        A search of an approximate index that misses too many is widened, in the end to all cells: rows that it misses
        then are not there.
        """
        available = int(np.count_nonzero(narrowing.holds))
        count = min(k, len(among))
        limit = min(available, MOST, int(count * _ROOM * available / len(among)) + 1)
        share = 1.0 if self.collection.exact else min(1.0, max(_LEAST_SHARE, _SHARE * limit / available))
        while True:
            keys, distances = self.collection.search(query.astype(np.float32), limit, narrowing.expression, share)
            rows = self._rows_of(keys)
            if rows is None or (share == 1.0 and len(rows) < limit):
                return None
            dots = dot_products(self._vectors, query, rows)
            if not np.array_equal(dots, distances):
                return None
            in_among = _is_in(rows, among)
            best = np.lexsort((rows[in_among], -dots[in_among]))[:count]
            nearest = rows[in_among][best], dots[in_among][best]
            missed = len(rows) == 0 or self._missed(query, among, nearest, rows, distances)
            scored = len(best) == count and (not self.collection.exact or nearest[1][-1] > distances[-1])
            if len(rows) == available or (scored and not missed):
                return nearest
            if share < 1.0:
                share = min(1.0, 4 * share)
            elif missed:
                return None
            elif limit == min(available, MOST):  # Milvus returns no more: endless ties, or hardly anyone is eligible
                return ExactIndex(self._vectors).search(query, k, among)
            else:
                limit = min(available, MOST, 4 * limit)

    def _rows_of(self, keys: NDArray[np.int64]) -> Rows | None:
        """The rows of these keys; None if one is not in the pool."""
        pool_keys = self.contents.people.key
        position = np.searchsorted(pool_keys, keys, sorter=self._by_key)
        if (position == len(pool_keys)).any():
            return None
        rows = self._by_key[position]
        return rows if np.array_equal(pool_keys[rows], keys) else None

    def _missed(
        self, query: NDArray[np.int8], among: Rows, nearest: Nearest, rows: Rows, distances: NDArray[np.float32]
    ) -> bool:
        """Whether a sample of the candidates has rows that are better than the last returned, yet were not returned."""
        step = max(1, len(among) // _SAMPLED)
        some = among[int(np.random.default_rng().integers(step)) :: step]
        last = distances[-1] if self.collection.exact or not len(nearest[1]) else nearest[1][-1]
        better = some[dot_products(self._vectors, query, some) > last]
        missed = np.count_nonzero(~np.isin(better, rows))
        return bool(missed if self.collection.exact else missed > max(2.0, _LEFT_OUT * len(better)))


def _is_in(rows: Rows, among: Rows) -> Bool:
    """Which rows are in `among`, which is sorted, shape (m,)."""
    position = np.minimum(np.searchsorted(among, rows), len(among) - 1)
    return np.asarray(among[position] == rows)
