"""A process that imports what was sent, and is killed where a test wants it."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path
from typing import Any

from matcher.policy import JOB
from matcher.services import uploads
from tests.support.erasing import app_on


class DiesAfterWrites:
    """A database whose process is killed once so many writes are committed."""

    def __init__(self, database: Any, writes: int) -> None:
        self._database, self._left = database, writes

    def write(self, work: Any) -> Any:
        result = self._database.write(work)
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def die_while_importing(url: str, folder: str, writes: int) -> None:
    """Takes the upload and is killed after so many writes; its temporary files are in this folder."""
    tempfile.tempdir = folder
    app = app_on(url, Path(folder))
    app.store._database = DiesAfterWrites(app.store._database, writes)  # type: ignore[attr-defined]
    uploads.work(app, JOB)
