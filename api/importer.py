"""The thread of a server process that reads and imports large files, so that no page waits for one.

Which files there are to do stands in the database (`matcher/services/uploads.py`). One that fails is left after some
tries.
"""

from __future__ import annotations

from api.worker import Worker
from matcher.policy import JOB
from matcher.repositories.uploads import Upload
from matcher.services import uploads
from matcher.services.app import App


class Importer(Worker):
    """Imports files; a batch of rows takes no longer than the process may take to stop."""

    name, waits, failed = "imports", "import_waits_for_database", "import_failed"
    look_seconds, pause_seconds, grace_seconds = 20.0, 5.0, 5.0

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    def take(self, upload: Upload) -> Upload | None:
        """Does a small file at once, for a sender who waits, and signals a larger one; the upload as it then is.

        None where another process does it.
        """
        if upload.size <= uploads.SMALL:
            return uploads.work(self._app, JOB, upload.key)
        self.wake()
        return upload

    def work(self) -> object:
        """The next file."""
        return uploads.work(self._app, JOB, stopped=self._signal.ended)
