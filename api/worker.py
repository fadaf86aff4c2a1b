"""A thread of a server process for work that no page waits for: what there is to do stands in the database.

Any process takes the next piece, and goes on with what a process that was stopped or killed has left.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from typing import ClassVar

from matcher.errors import StoreError

log = logging.getLogger("alumnimatch")


class Signal:
    """Tells a thread that there is work, and that it is to end."""

    def __init__(self) -> None:
        self._woken, self._ends = threading.Event(), threading.Event()

    def wake(self) -> None:
        """There is work."""
        self._woken.set()

    def end(self) -> None:
        """The thread is to end, also where it waits."""
        self._ends.set()
        self._woken.set()

    def ended(self) -> bool:
        """Whether it is to end."""
        return self._ends.is_set()

    def begin(self) -> None:
        """Work begins: what wakes the thread from now on is for the next time."""
        self._woken.clear()

    def wait(self, seconds: float) -> None:
        """Until there is work, or so long; not at all where it is to end, of which `begin` may have taken the sign."""
        if not self.ended():
            self._woken.wait(seconds)

    def rest(self, seconds: float) -> None:
        """So long, whatever there is to do, unless it is to end."""
        self._ends.wait(seconds)


class Worker(ABC):
    """Works from `start` to `stop`: at once when it is woken, and by the clock."""

    name: ClassVar[str]
    """Of the thread."""
    waits: ClassVar[str]
    failed: ClassVar[str]
    """What the log says where the database fails, and where anything else does."""
    look_seconds: ClassVar[float]
    """How often it looks for what other processes left."""
    pause_seconds: ClassVar[float]
    """After a failure."""
    grace_seconds: ClassVar[float]
    """How long the piece at work may still take when the process is asked to stop."""

    def __init__(self) -> None:
        self._signal = Signal()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def work(self) -> object:
        """Does one piece, and stops halfway where the signal says so; None where there was none."""

    def start(self) -> None:
        """Starts; what waits is done at once."""
        # a daemon: a piece may take minutes, and whatever stops there is done by another process
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Signals that there is work; returns at once."""
        self._signal.wake()

    def stop(self) -> None:
        """Ends within seconds: what is at work is committed, and the rest is left to another process."""
        self._signal.end()
        if self._thread is not None:
            self._thread.join(self.grace_seconds)

    def _run(self) -> None:
        while not self._signal.ended():
            self._signal.begin()
            try:
                while not self._signal.ended() and self.work():
                    pass
            except StoreError as error:
                log.warning("%s %s", self.waits, error.code)
                self._signal.rest(self.pause_seconds)
            except Exception as error:  # noqa: BLE001 - one piece must not end the only thread
                log.warning("%s %s", self.failed, type(error).__name__)
                self._signal.rest(self.pause_seconds)
            self._signal.wait(self.look_seconds)
