"""Limits on failed guesses, on links that are asked for, and on rankings. Counted per process."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

from api.settings import variable
from matcher.errors import ConfigurationError, Overloaded, RateLimited

MOST_IDLE = 10_000
"""Counted askers from which on those whose window has passed are forgotten."""


GUESSES = ("login", "token", "login_link", "reply", "stop")
"""What can be guessed, each counted apart: failures alone, so a right secret works whatever its neighbours do."""


@dataclass
class _Turn:
    """Whether a request has the turn; its parts run in several threads, one after another."""

    held: bool = False


_TURN: ContextVar[_Turn | None] = ContextVar("turn", default=None)


def begin_request() -> None:
    """From here on this task is a request of its own, which may step aside while it has the turn."""
    _TURN.set(_Turn())


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
        try:
            self._take(_TURN.get())
        except Overloaded:
            self._free.release()
            raise

    def __exit__(self, *_: object) -> None:
        """Frees the slot."""
        turn = _TURN.get()
        if turn is None or turn.held:  # else it stepped aside, and waited for the turn in vain
            self._leave(turn)
        self._free.release()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Others have the turn meanwhile, where this request has it; it keeps its slot. Raises Overloaded."""
        turn = _TURN.get()
        if turn is None or not turn.held:
            yield
            return
        self._leave(turn)
        yield
        self._take(turn)

    def _take(self, turn: _Turn | None) -> None:
        if not self._turn.acquire(timeout=self._patience):  # the ranking before may be building the pool
            raise Overloaded("busy")
        if turn is not None:
            turn.held = True

    def _leave(self, turn: _Turn | None) -> None:
        if turn is not None:
            turn.held = False
        self._turn.release()


class _NoTimer(threading.Timer):
    """In the place of a thread that the library starts with nearly every request, and which looks at all askers."""

    def is_alive(self) -> bool:
        """As if it ran already; `Limits` drops what is over itself."""
        return True


class Limits:
    """Counts requests by kind and asker. `rates`: kind to a rate like `20/minute`, or `20/minute;100/hour` for both.

    Thread-safe. Raises ConfigurationError for an invalid rate.
    """

    def __init__(self, **rates: str) -> None:
        self._counts = MemoryStorage()
        self._counts.timer.cancel()
        self._counts.timer = _NoTimer(0, lambda: None)
        self._windows = MovingWindowRateLimiter(self._counts)
        self._lock = threading.Lock()
        self._check_at = MOST_IDLE
        self._rates: dict[str, list[RateLimitItem]] = {}
        for kind, rate in rates.items():
            try:
                self._rates[kind] = parse_many(rate)
            except ValueError:
                self._rates[kind] = []
            if not self._rates[kind] or any(part.amount < 1 for part in self._rates[kind]):
                name = "login" if kind in GUESSES else kind
                raise ConfigurationError("setting_invalid", setting=variable(f"rate_{name}"))

    @contextmanager
    def counting(self, failure: type[Exception], kind: str, asker: str) -> Iterator[None]:
        """Counts the requests that end in this failure. Raises RateLimited before the work, once there are too many."""
        with self._lock:
            self._allow(kind, asker)
        try:
            yield
        except failure:
            with self._lock:
                self._add(kind, asker)
            raise

    def count(self, kind: str, asker: str) -> None:
        """Counts one request. Raises RateLimited, with the seconds until every part of the rate allows the next."""
        with self._lock:
            self._allow(kind, asker)
            self._add(kind, asker)

    def _allow(self, kind: str, asker: str) -> None:
        """Raises RateLimited if any part of the rate is full."""
        full = [rate for rate in self._rates[kind] if not self._windows.test(rate, kind, asker)]
        if full:
            opens = max(self._windows.get_window_stats(rate, kind, asker).reset_time for rate in full)
            raise RateLimited("too_often", seconds=max(1, math.ceil(opens - time.time())))

    def _add(self, kind: str, asker: str) -> None:
        self._forget_idle()
        now = time.time()
        for rate in self._rates[kind]:
            entries = self._counts.events.get(rate.key_for(kind, asker), [])
            while entries and entries[-1].expiry <= now:  # the oldest is the last
                entries.pop()
            self._windows.hit(rate, kind, asker)

    def _forget_idle(self) -> None:
        """Drops askers without a request in their window, which the library would remember for ever."""
        events, now = self._counts.events, time.time()
        if len(events) >= self._check_at:
            for name in [name for name, entries in events.items() if not entries or entries[0].expiry <= now]:
                self._counts.clear(name)
            self._check_at = max(MOST_IDLE, 2 * len(events))


def client_of(request: HTTPConnection) -> str:
    """The address whose failures count together: of IPv6 the /64 network, of which one customer has all addresses."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Network((address, 64), strict=False))
    return host
