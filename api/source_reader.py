"""The thread of a server process that reads sources of courses that are due, so that no page waits for a server.

Which are due stands in the database (`matcher/services/connectors.py`): any process takes the next, and goes on with
what a process that was stopped or killed has left.
"""

from __future__ import annotations

import logging
import threading

from matcher.errors import StoreError
from matcher.policy import JOB
from matcher.services import connectors
from matcher.services.app import App
from matcher.services.connectors import Opened

log = logging.getLogger("alumnimatch")

LOOK_SECONDS = 60.0
"""How often it looks for sources that are due."""
PAUSE_SECONDS = 15.0
"""After a failure of the database."""
GRACE_SECONDS = 2.0
"""How long the question at work may still take when the process is asked to stop."""


class SourceReader:
    """Works in a thread of its own from `start` to `stop`: at once when it is woken, and by the clock."""

    def __init__(self, app: App, opened: Opened) -> None:
        self._app, self._opened = app, opened
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts; what is due is read at once."""
        # a daemon: a server may take a minute to answer, and what stops there goes on in another process
        self._thread = threading.Thread(target=self._run, name="sources", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Signals that a source is due; returns at once."""
        self._woken.set()

    def stop(self) -> None:
        """Ends within seconds: rows at work are committed, and the rest is left to another process."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(GRACE_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                while not self._stopping.is_set() and connectors.work(
                    self._app, JOB, self._opened, stopped=self._stopping.is_set
                ):
                    pass
            except StoreError as error:
                log.warning("sources_wait_for_database %s", error.code)
                self._stopping.wait(PAUSE_SECONDS)
            except Exception as error:  # noqa: BLE001 - one source must not end the only thread
                log.warning("source_failed %s", type(error).__name__)
                self._stopping.wait(PAUSE_SECONDS)
            if not self._stopping.is_set():  # asked after the signal was cleared: its own may be gone by then
                self._woken.wait(LOOK_SECONDS)
