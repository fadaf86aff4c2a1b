"""Work that several threads bring at the same moment, done at once by one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 100
"""Pieces of work that are done at once."""


class _Brought(Generic[T]):
    """One piece of work, and what became of it."""

    __slots__ = ("error", "is_done", "work")

    def __init__(self, work: T) -> None:
        self.work = work
        self.is_done = False
        self.error: BaseException | None = None


class Together(Generic[T]):
    """Gathers what is brought while `do` is at work, and has it done as one; may be shared by threads.

    Whoever comes while nobody is at work begins at once, so that a thread alone waits for nothing. `do` is given what
    was brought, in that order, by one thread at a time, and does all of it or, where it raises, nothing.
    """

    def __init__(self, do: Callable[[Sequence[T]], object]) -> None:
        self._do = do
        self._brought: list[_Brought[T]] = []
        self._adding, self._working = threading.Lock(), threading.Lock()

    def __call__(self, work: T) -> None:
        """Returns once this work is done, by this thread or another; raises what `do` raised for all it was given."""
        mine = _Brought(work)
        with self._adding:
            self._brought.append(mine)
        with self._working:
            while not mine.is_done:
                self._work()
        if mine.error is not None:
            raise mine.error

    @property
    def waiting(self) -> int:
        """Pieces of work that wait for what is being done."""
        return len(self._brought)

    def _work(self) -> None:
        """Does what was brought so far; what it raises is told to each who brought any of it."""
        with self._adding:
            taken, self._brought = self._brought[:MOST], self._brought[MOST:]
        error: BaseException | None = None
        try:
            self._do([one.work for one in taken])
        except BaseException as raised:  # noqa: BLE001 - each of them raises it
            error = raised
        for one in taken:
            one.is_done, one.error = True, error
