"""The thread of a server process that reads sources of courses that are due, so that no page waits for a server.

Which are due stands in the database (`matcher/services/due_sources.py`).
"""

from __future__ import annotations

from api.worker import Worker
from matcher.policy import JOB
from matcher.services import due_sources
from matcher.services.app import App
from matcher.services.due_sources import Opened


class SourceReader(Worker):
    """Reads sources; a server may take a minute to answer, and is not waited for at the end."""

    name, waits, failed = "sources", "sources_wait_for_database", "source_failed"
    look_seconds, pause_seconds, grace_seconds = 60.0, 15.0, 2.0

    def __init__(self, app: App, opened: Opened) -> None:
        super().__init__()
        self._app, self._opened = app, opened

    def work(self) -> object:
        """The next source."""
        return due_sources.work(self._app, JOB, self._opened, stopped=self._signal.ended)
