"""The thread of a server process that brings its pool up to changes that nobody has asked for yet.

So a large import is read in before the first question after it, and the state before is never an old one.
"""

from __future__ import annotations

from api.worker import Worker
from matcher.services.app import App


class Follower(Worker):
    """Looks at the state of the data, and does nothing while that goes on changing."""

    name, waits, failed = "following", "pool_waits_for_database", "pool_not_followed"
    look_seconds, pause_seconds, grace_seconds = 20.0, 60.0, 5.0

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app, self._seen = app, ""

    def work(self) -> object:
        """One look."""
        self._seen = self._app.engine.current.follow(self._seen)
        return None
