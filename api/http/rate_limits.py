"""Limits on logins and rankings, which cost other users something. Counted per process."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from matcher.errors import ConfigurationError, Overloaded, RateLimited


class RankingSlots:
    """Admits at most `most` rankings; raises Overloaded when full or after `patience` seconds in the queue.

    Thread-safe. Admitted rankings run one by one: threads of one Python process that rank together take a fifth longer
    than one after another (`benchmarks/ranking/server.py`). Processes do rank in parallel.
    """

    def __init__(self, most: int, patience: float) -> None:
        self._patience = patience
        self._free = threading.BoundedSemaphore(most)
        self._turn = threading.Lock()

    def __enter__(self) -> None:
        """Takes a slot and waits for its turn. Raises Overloaded."""
        if not self._free.acquire(blocking=False):
            raise Overloaded("busy")
        if not self._turn.acquire(timeout=self._patience):  # the ranking before may be building the pool
            self._free.release()
            raise Overloaded("busy")

    def __exit__(self, *_: object) -> None:
        """Frees the slot."""
        self._turn.release()
        self._free.release()


class Limits:
    """Counts requests by kind and asker. `rates`: kind to a rate like `20/minute`. Thread-safe.

    Raises ConfigurationError for an invalid rate.
    """

    def __init__(self, **rates: str) -> None:
        self._counter = MovingWindowRateLimiter(MemoryStorage())
        self._rates: dict[str, RateLimitItem] = {}
        for kind, rate in rates.items():
            try:
                self._rates[kind] = parse(rate)
            except ValueError:
                raise ConfigurationError("setting_invalid", setting=f"ALUMNIMATCH_RATE_{kind.upper()}") from None

    @contextmanager
    def counting(self, failure: type[Exception], kind: str, asker: str) -> Iterator[None]:
        """Counts the requests that end in this failure. Raises RateLimited before the work, once there are too many."""
        if not self._counter.test(self._rates[kind], kind, asker):
            self._refuse(kind, asker)
        try:
            yield
        except failure:
            self._counter.hit(self._rates[kind], kind, asker)
            raise

    def count(self, kind: str, asker: str) -> None:
        """Counts one request. Raises RateLimited, with the seconds until the next is allowed."""
        if not self._counter.hit(self._rates[kind], kind, asker):
            self._refuse(kind, asker)

    def _refuse(self, kind: str, asker: str) -> NoReturn:
        opens = self._counter.get_window_stats(self._rates[kind], kind, asker).reset_time
        raise RateLimited("too_often", seconds=max(1, math.ceil(opens - time.time())))
