"""Which worker processes are alive, so that the figures of a dead one do not count for ever.

Each worker holds a lock on a file of its own in the folder of `prometheus_client`. The system releases it however the
process ends, and a process that gets the same number later does not hold it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which `prometheus_client` shares figures between processes."""
_NAME = "worker_{}.lock"


class Presence:
    """This process among those that share a folder; until the process ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = (folder / _NAME.format(os.getpid())).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        _forget(folder, os.getpid())  # an earlier process may have had this number

    def close(self) -> None:
        """Releases the lock: from now on this process counts as ended."""
        self._lock.close()

    def forget_dead(self) -> None:
        """Removes what processes that have ended say of themselves; what they counted goes on counting."""
        for path in self._folder.glob(_NAME.format("*")):
            with suppress(FileNotFoundError), path.open("r+") as lock, suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _forget(self._folder, int(path.stem.removeprefix("worker_")))
                path.unlink()


def _forget(folder: Path, process: int) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    with suppress(FileNotFoundError):  # another worker does the same
        mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
    for path in folder.glob(f"*_{process}.db"):
        if not path.stat().st_size:  # killed before it was filled: no scrape could read it
            path.unlink(missing_ok=True)
