"""Answers as they were sent, in memory, while nothing that they depend on changes: bounded in bytes.

They belong to one pool, and go with it: what a person took back, corrected or had erased makes another pool.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable
from dataclasses import dataclass

from matcher.pool import Pool

MOST_BYTES = 32 * 2**20
_EACH, _PERSON = 1000, 100
"""Bytes that an answer takes besides what it says, and an alumnus in it."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it is sent, what the log says of it (JSON), and the random keys of the alumni that it shows."""

    body: bytes
    note: bytes
    people: frozenset[int]

    @property
    def size(self) -> int:
        """Bytes of memory, nearly."""
        return len(self.body) + len(self.note) + _EACH + _PERSON * len(self.people)


class Remembered:
    """The answers of the newest pool that were asked for last; may be shared by threads.

    `most`: bytes that they take together. An answer is found by whatever it depends on besides the pool.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._told: dict[Hashable, Told] = {}
        self._size = 0

    def follow(self, pool: Pool) -> None:
        """Forgets all answers: from now on there are those of this pool."""
        with self._lock:
            self._pool = pool
            self._forget()

    def of(self, pool: Pool | None, key: Hashable) -> Told | None:
        """The answer of this pool; None where there is none.

        Without a pool, since that of the newest state is yet to be made, those of the one before are forgotten.
        """
        with self._lock:
            if pool is None:
                self._forget()
            if pool is None or pool is not self._pool or (told := self._told.pop(key, None)) is None:
                return None
            self._told[key] = told
            return told

    def keep(self, pool: Pool, key: Hashable, told: Told) -> None:
        """Remembers an answer of this pool, unless there is a newer one; those asked for longest ago go."""
        with self._lock:
            if pool is not self._pool or told.size > self._most:
                return
            if (before := self._told.pop(key, None)) is not None:
                self._size -= before.size
            self._told[key] = told
            self._size += told.size
            while self._size > self._most:
                self._size -= self._told.pop(next(iter(self._told))).size

    def holding(self, people: Collection[int]) -> list[int]:
        """Those of these alumni whom an answer shows."""
        with self._lock:
            shown = frozenset[int]().union(*(told.people for told in self._told.values()))
        return [key for key in people if key in shown]

    @property
    def size(self) -> int:
        """Bytes that the answers take."""
        return self._size

    def __len__(self) -> int:
        return len(self._told)

    def _forget(self) -> None:
        self._told, self._size = {}, 0
