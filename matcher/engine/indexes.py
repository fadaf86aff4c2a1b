"""Indexes over the vectors of the newest pool's alumni: in this process, or on other machines."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from matcher.errors import IndexUnavailable
from matcher.index import CARD_COLUMN, MAKERS, Column, Contents, IndexServer, Side
from matcher.pool import Pool
from matcher.pool.text_vectors import TextVectors
from matcher.ports import Progress, Store, VectorIndex

log = logging.getLogger(__name__)


class Indexes:
    """One index per column of vectors, built when first asked for; may be shared by threads."""

    def __init__(self, store: Store, kind: str, server: IndexServer | None) -> None:
        self._store = store
        self._kind = kind
        self._server = server
        self._newest: Pool | None = None
        self._built: dict[Column, VectorIndex] = {}
        self._state = threading.Lock()
        """The lock guards the two fields above; it is not held while an index is built."""
        self._building = threading.Lock()

    def follow(self, pool: Pool) -> None:
        """Makes this the newest pool; an index whose vectors are unchanged stays."""
        with self._state:
            before, self._newest = self._newest, pool
            self._built = {
                side: index
                for side, index in self._built.items()
                if before is not None and getattr(before.people, side).equals(getattr(pool.people, side))
            }

    def of(self, pool: Pool, side: Side, *, cards: bool = False) -> VectorIndex | None:
        """The index over one side of the alumni of this pool; None if the pool is not the newest.

        `cards`: without rare words; other machines have no index of those. Raises IndexUnavailable if it is on other
        machines and they do not respond.
        """
        column: Column = CARD_COLUMN[side] if cards else side
        with self._state:
            newest, index = self._newest, self._built.get(column)
        if newest is None or newest.people is not pool.people:
            return None
        if self._server is not None:
            return None if cards else self._server.index(self._contents(newest), side)
        return index or self._build(newest, column)

    def _build(self, newest: Pool, side: Column) -> VectorIndex:
        vectors: TextVectors = getattr(newest.people, side)
        with self._building:
            with self._state:
                index = self._built.get(side) if self._covers(vectors, side) else None
            if index is None:
                index = MAKERS[self._kind](vectors)
                with self._state:
                    if self._covers(vectors, side):
                        self._built[side] = index
        return index

    def _covers(self, vectors: TextVectors, side: Column) -> bool:
        return self._newest is not None and vectors.equals(getattr(self._newest.people, side))

    def serve(self, pool: Pool, progress: Progress | None = None) -> None:
        """Brings an index on other machines, if there is one, to this state. Raises IndexUnavailable."""
        if self._server is not None:
            self._server.bring(self._contents(pool), progress)

    def forget(self, keys: Sequence[int]) -> list[int]:
        """Removes alumni from an index on other machines; returns those that may remain: all, if unavailable."""
        if self._server is None:
            return []
        try:
            return self._server.forget(self._identity(), keys)
        except IndexUnavailable as error:
            log.warning("%s", error)
            return list(keys)

    def differences(self, pool: Pool) -> list[str]:
        """The parts of an index on other machines that differ from this pool: empty when all is well."""
        return self._server.differences(self._contents(pool)) if self._server else []

    def _identity(self) -> str:
        with self._store.read() as records:
            return records.changes.identity()

    def _contents(self, pool: Pool) -> Contents:
        return Contents(self._identity(), pool.encoder, pool.origin, pool.people, self._store.origin)
