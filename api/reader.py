"""The thread of a server process in which the second encoder reads texts, so that no question waits for it.

One process of a machine reads at a time; the others use its snapshot as soon as it is there.
"""

from __future__ import annotations

import logging
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from matcher.atomic import locked
from matcher.errors import StoreError
from matcher.services.app import App

log = logging.getLogger("alumnimatch")

LOOK_SECONDS = 5.0
"""How often it looks for new texts: a look at a revision where nothing changed."""
PAUSE_SECONDS = 60.0
"""After a failure."""
GRACE_SECONDS = 5.0
"""How long the texts that are being read may still take when the process is asked to stop."""
LOCK = "meaning.lock"


class Reader:
    """Reads in a thread of its own from `start` to `stop`, where there is a second encoder."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts; does nothing without a second encoder."""
        if self._app.engine.current.reads:
            # a daemon: a text takes long on a slow machine, and whatever stops there is read again
            self._thread = threading.Thread(target=self._run, name="meaning", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends within seconds: what was read is stored, the rest is left to the next start."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(GRACE_SECONDS)

    def _run(self) -> None:
        current, seen = self._app.engine.current, ""
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                origin = self._app.store.origin()
                if origin != seen and current.ready and self._read():
                    seen = origin
            except StoreError as error:
                log.warning("meaning_waits_for_database %s", error.code)
                self._stopping.wait(PAUSE_SECONDS)
            except Exception as error:  # noqa: BLE001 - rankings go on without it
                log.warning("meaning_failed %s", type(error).__name__)
                self._stopping.wait(PAUSE_SECONDS)

    def _read(self) -> bool:
        """Whether rankings count the second encoder now; False also where another process reads."""
        with _alone(self._app.engine.current.snapshots.folder) as is_alone:
            return is_alone and self._app.engine.current.read_ahead(self._stopping.is_set)


def _alone(folder: Path | None) -> AbstractContextManager[bool]:
    """Whether no other process of this machine is reading for this folder; it cannot begin meanwhile."""
    return nullcontext(enter_result=True) if folder is None else locked(folder / LOCK, wait=False)
