"""The thread of a server process that reads and imports large files, so that no page waits for one.

Which files there are to do stands in the database (`matcher/services/uploads.py`): any process takes the next, and goes
on with what a process that was stopped or killed has left.
"""

from __future__ import annotations

import logging
import threading

from matcher.errors import StoreError
from matcher.policy import JOB
from matcher.repositories.uploads import Upload
from matcher.services import uploads
from matcher.services.app import App

log = logging.getLogger("alumnimatch")

LOOK_SECONDS = 20.0
"""How often it looks for files that other processes left."""
PAUSE_SECONDS = 5.0
"""After a failure of the database."""
GRACE_SECONDS = 5.0
"""How long the batch of rows at work may still take when the process is asked to stop."""


class Importer:
    """Works in a thread of its own from `start` to `stop`: at once when it is woken, and by the clock."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts; what waits is done at once."""
        # a daemon: reading a file may take minutes, and whatever stops there is done again by another process
        self._thread = threading.Thread(target=self._run, name="imports", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Signals that there is a file; returns at once."""
        self._woken.set()

    def take(self, upload: Upload) -> Upload | None:
        """Does a small file at once, for a sender who waits, and signals a larger one; the upload as it then is.

        None where another process does it.
        """
        if upload.size <= uploads.SMALL:
            return uploads.work(self._app, JOB, upload.key)
        self.wake()
        return upload

    def stop(self) -> None:
        """Ends within seconds: the rows at work are committed, and the rest is left to another process."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(GRACE_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                while not self._stopping.is_set() and uploads.work(self._app, JOB, stopped=self._stopping.is_set):
                    pass
            except StoreError as error:
                log.warning("import_waits_for_database %s", error.code)
                self._stopping.wait(PAUSE_SECONDS)
            except Exception as error:  # noqa: BLE001 - one file must not end the only thread; after some tries it is left
                log.warning("import_failed %s", type(error).__name__)
                self._stopping.wait(PAUSE_SECONDS)
            if not self._stopping.is_set():  # asked after the signal was cleared: its own may be gone by then
                self._woken.wait(LOOK_SECONDS)
