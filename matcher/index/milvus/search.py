"""A search in Milvus that knows whether its answer is whole.

Before and after each search the server counts the rows of which the expression holds, together with the row that names
the state of the data: they must be as many as in the pool, of this very state. What comes back must be people of the
pool, with the dot products that their vectors have. And since another replica may have answered the count, some people
who did not come back are looked at: none may be better than the last who did. An answer that fails is asked again for a
few seconds, and then it is an error: a part is not shown as the whole. Where counts and search are answered by
different replicas, one of which lacks a few rows, the people that are looked at may happen to miss it.
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
from matcher.ports import Int8Matrix, Rows

_PAUSE = 0.2
_ROOM = 1.2
"""So many times what is expected to be needed is asked for."""
_SAMPLED = 1024
"""People that are looked at beside the answer."""
_LEFT_OUT = 0.1
"""Share of the best that an approximate index may leave out before it is asked to look wider."""
_SHARE, _LEAST_SHARE = 4.0, 1 / 16
"""Which share of its cells an approximate index looks at: so many times what is asked for, and at least this."""

Found = tuple[Rows, NDArray[np.int32]]


@dataclass
class Patience:
    """How long to ask again: some seconds, and not at all where it was in vain a moment ago."""

    seconds: float = 5.0
    again_after: float = 10.0
    rest: float = 1.0
    """Seconds after a failure in which nothing is asked: who waited meanwhile is told the same."""
    _failed: float = field(default=-np.inf, init=False)
    _problem: str = field(default="", init=False)

    def until(self) -> float:
        """The moment to give up, on the monotonic clock. Raises IndexUnavailable just after a failure."""
        now = time.monotonic()
        if now - self._failed < self.rest:
            raise IndexUnavailable(self._problem)
        return now if now - self._failed < self.again_after else now + self.seconds

    def failed(self, problem: IndexUnavailable) -> None:
        """It went wrong."""
        self._failed, self._problem = time.monotonic(), problem.code

    def went_well(self) -> None:
        """It went well: next time there is patience again."""
        self._failed = -np.inf


@dataclass(frozen=True)
class MilvusIndex:
    """`ports.VectorIndex` over one side of everybody in one state of the data, which the collection was brought to."""

    collection: Collection
    contents: Contents
    side: Side
    patience: Patience

    @property
    def exact(self) -> bool:
        """Whether what is left out is proven to be no better: with one replica, which counts and searches."""
        return self.collection.exact and self.collection.replicas == 1

    @cached_property
    def _vectors(self) -> Int8Matrix:
        vectors: Int8Matrix = getattr(self.contents.people, self.side)
        return vectors

    @cached_property
    def _by_key(self) -> Rows:
        """Rows in the order of their keys."""
        return np.argsort(self.contents.people.key, kind="stable")

    def search(self, query: NDArray[np.int8], k: int, rows: Rows | None = None) -> Found:
        """See `ports.VectorIndex.search`. Raises IndexUnavailable."""
        among = np.arange(len(self._vectors)) if rows is None else rows
        if k <= 0 or not len(among):
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        until = self.patience.until()
        while True:
            problem = IndexUnavailable("index_incomplete")
            try:
                found = self._asked(query, k, among)
            except IndexUnavailable as error:
                found, problem = None, error
            if self.contents.past:  # somebody else may be writing the next state: what is here counts
                return ExactIndex(self._vectors).search(query, k, among)
            if found is not None:
                self.patience.went_well()
                return found
            if time.monotonic() >= until:
                self.patience.failed(problem)
                raise problem
            time.sleep(_PAUSE)

    def _asked(self, query: NDArray[np.int8], k: int, among: Rows) -> Found | None:
        """One answer; None where it is not whole."""
        narrowing = narrowed(self.contents.people, among)
        if not self._is_whole(narrowing):
            return None
        found = self._searched(query, k, among, narrowing)
        return found if found is not None and self._is_whole(narrowing) else None

    def _is_whole(self, narrowing: Narrowing) -> bool:
        """Whether the server has as many rows as the pool of which the expression holds, and is in this state."""
        mark = f"(key == {MARK_KEY} and digest == {mark_of(self.contents.origin)})"
        counted = self.collection.count(f"({narrowing.expression}) or {mark}")
        return counted == np.count_nonzero(narrowing.holds) + 1

    def _searched(self, query: NDArray[np.int8], k: int, among: Rows, narrowing: Narrowing) -> Found | None:
        """The best among some rows; None where the server does not have what it must have.

        An approximate index that misses too many is asked to look wider, in the end at everything: what is missed then
        is not there.
        """
        available = int(np.count_nonzero(narrowing.holds))
        wanted = min(k, len(among))
        limit = min(available, MOST, int(wanted * _ROOM * available / len(among)) + 1)
        share = 1.0 if self.collection.exact else min(1.0, max(_LEAST_SHARE, _SHARE * limit / available))
        while True:
            keys, distances = self.collection.search(query.astype(np.float32), limit, narrowing.expression, share)
            rows = self._rows_of(keys)
            if rows is None or (share == 1.0 and len(rows) < limit):
                return None
            dots = dot_products(self._vectors, query, rows)
            if not np.array_equal(dots, distances):
                return None
            mine = _is_in(rows, among)
            best = np.lexsort((rows[mine], -dots[mine]))[:wanted]
            found = rows[mine][best], dots[mine][best]
            missed = len(rows) == 0 or self._missed(query, among, found, rows, distances)
            scored = len(best) == wanted and (not self.collection.exact or found[1][-1] > distances[-1])
            if len(rows) == available or (scored and not missed):
                return found
            if share < 1.0:
                share = min(1.0, 4 * share)
            elif missed:
                return None
            elif limit == min(available, MOST):  # Milvus gives no more: ties without end, or next to nobody is eligible
                return ExactIndex(self._vectors).search(query, k, among)
            else:
                limit = min(available, MOST, 4 * limit)

    def _rows_of(self, keys: NDArray[np.int64]) -> Rows | None:
        """The rows of these keys; None where one is not of the pool."""
        mine = self.contents.people.key
        place = np.searchsorted(mine, keys, sorter=self._by_key)
        if (place == len(mine)).any():
            return None
        rows = self._by_key[place]
        return rows if np.array_equal(mine[rows], keys) else None

    def _missed(
        self, query: NDArray[np.int8], among: Rows, found: Found, rows: Rows, distances: NDArray[np.float32]
    ) -> bool:
        """Whether, of some of those among whom was sought, better ones did not come back: better than the last."""
        step = max(1, len(among) // _SAMPLED)
        some = among[int(np.random.default_rng().integers(step)) :: step]
        last = distances[-1] if self.collection.exact or not len(found[1]) else found[1][-1]
        better = some[dot_products(self._vectors, query, some) > last]
        missed = np.count_nonzero(~np.isin(better, rows))
        return bool(missed if self.collection.exact else missed > max(2.0, _LEFT_OUT * len(better)))


def _is_in(rows: Rows, among: Rows) -> Bool:
    """Which rows are among these, which are sorted and many, shape (m,)."""
    place = np.minimum(np.searchsorted(among, rows), len(among) - 1)
    return np.asarray(among[place] == rows)
