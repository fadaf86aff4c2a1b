"""Whether lists may go on by the state before, while the pool of the newest one is built; and that build.

They may where all that changed is known, nobody was erased, no area was opened or closed, and not for long. Whoever
changed is then left out (`matcher.pool.behind`). A process with nothing in memory waits.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from matcher import atomic
from matcher.errors import Overloaded
from matcher.pool import Pool
from matcher.pool.behind import Behind
from matcher.repositories import Records
from matcher.repositories.values import Changes

OLDEST = timedelta(minutes=10)
"""So long after it was the newest no longer a state is used at most; then questions wait."""
AFTER_FAILURE = 30.0
"""Seconds until a build that failed is tried again."""
FAILED = "building.failed"
"""In the folder of the cache: when the last build failed, and by which error; not there once one succeeded."""

log = logging.getLogger(__name__)


def left_behind(pool: Pool, records: Records, changes: Changes | None) -> Pool | None:
    """The pool by which lists may go on, of an earlier state than these records; None where they have to wait.

    `changes`: since that state, None for unknown. Raises as reading does.
    """
    if changes is None or changes.erased or changes.began is None:
        return None
    settings = records.school_settings
    if settings.closed() != pool.closed or settings.asks() != pool.asks:
        return None
    schools = records.directory.schools()
    people = pool.people
    return pool.left_behind(Behind.of(people.key[:], people.school[:], records.changes.origin(), changes, schools))


def is_fresh(pool: Pool, now: datetime) -> bool:
    """Whether a pool that was left behind may still be used at this moment."""
    began = None if pool.behind is None else pool.behind.changes.began
    return began is not None and now - began <= OLDEST


@dataclass(frozen=True, slots=True)
class Failure:
    """A build that failed: when (UTC), and the name of the error."""

    at: datetime
    error: str


def last_failure(cache: Path) -> Failure | None:
    """What the last build of a process with this folder failed by; None where it succeeded, or nothing is known."""
    path = cache / FAILED
    try:
        return Failure(datetime.fromtimestamp(path.stat().st_mtime, UTC), path.read_text("ascii"))
    except (OSError, ValueError):
        return None


class Builder:
    """Has the newest pool built in a thread, one at a time; `build` does it. `cache`: where a failure is told."""

    def __init__(self, build: Callable[[], object], cache: Path | None) -> None:
        self._build, self._cache = build, cache
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._rests_until = 0.0

    def start(self) -> None:
        """Starts, unless it is at work, or failed a moment ago; returns at once."""
        with self._starting:
            if (self._thread is None or not self._thread.is_alive()) and time.monotonic() >= self._rests_until:
                # a daemon: what it leaves undone the next process does
                self._thread = threading.Thread(target=self._run, name="building", daemon=True)
                self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Until it has ended, or so long."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def succeeded(self) -> None:
        """Nothing is told of earlier failures any more."""
        self._rests_until = 0.0
        if self._cache is not None:
            with suppress(OSError):
                (self._cache / FAILED).unlink(missing_ok=True)

    def _run(self) -> None:
        try:
            self._build()
        except Overloaded:  # another builds it
            pass
        except Exception as error:  # noqa: BLE001 - lists go on by the state before, and the doctor says so
            self._rests_until = time.monotonic() + AFTER_FAILURE
            log.warning("pool_not_built %s", type(error).__name__)
            self._tell(type(error).__name__)

    def _tell(self, error: str) -> None:
        if self._cache is None:
            return
        with suppress(OSError), atomic.write(self._cache / FAILED) as file:
            file.write(error.encode("ascii", "replace"))
