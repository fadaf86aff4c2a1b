"""How often one may ask: a guess at a login, or a ranking, costs the others something. Counted in this process."""

from __future__ import annotations

import math
import threading
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from matcher.errors import ConfigurationError, Overloaded, RateLimited


class RankingSlots:
    """So many at once, and no more: who comes when it is full, or waits longer than `patience` seconds, is told so.

    Thread-safe.

    Those who are in take turns: threads of one Python process that rank together are a fifth slower than one after
    another (`benchmarks/ranking/server.py`). More processes do work together.
    """

    def __init__(self, most: int, patience: float) -> None:
        self._patience = patience
        self._free = threading.BoundedSemaphore(most)
        self._turn = threading.Lock()

    def __enter__(self) -> None:
        """Takes a place, and waits for its turn. Raises Busy."""
        if not self._free.acquire(blocking=False):
            raise Overloaded("busy")
        if not self._turn.acquire(timeout=self._patience):  # who is at work may be making the data ready
            self._free.release()
            raise Overloaded("busy")

    def __exit__(self, *_: object) -> None:
        """Leaves it."""
        self._turn.release()
        self._free.release()


class Limits:
    """Counts by kind and by who asks. `rates`: kind to a rate like `20/minute`. Thread-safe.

    Raises ConfigurationError for a rate that is not one.
    """

    def __init__(self, **rates: str) -> None:
        self._counter = MovingWindowRateLimiter(MemoryStorage())
        self._rates: dict[str, RateLimitItem] = {}
        for kind, rate in rates.items():
            try:
                self._rates[kind] = parse(rate)
            except ValueError:
                raise ConfigurationError("setting_invalid", setting=f"ALUMNIMATCH_RATE_{kind.upper()}") from None

    def count(self, kind: str, asker: str) -> None:
        """One more. Raises TooOften, which says after how many seconds there is room again."""
        rate = self._rates[kind]
        if not self._counter.hit(rate, kind, asker):
            opens = self._counter.get_window_stats(rate, kind, asker).reset_time
            raise RateLimited("too_often", seconds=max(1, math.ceil(opens - time.time())))
