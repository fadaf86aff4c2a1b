"""A file in memory that has a path: what is kept encrypted is read without a copy on a disk that outlives a process."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

_FOLDER = "alumnimatch-list-"


@contextmanager
def in_memory(parts: Iterable[bytes], name: str) -> Iterator[Path]:
    """A path with this name that gives these bytes, to other processes of this user too, while the block runs.

    Where the system has no files in memory (it is not Linux), it is a file in a temporary folder. Raises OSError.
    """
    forget_dead()
    with TemporaryDirectory(prefix=_FOLDER) as folder:
        path = Path(folder) / name
        if not hasattr(os, "memfd_create"):
            with path.open("wb") as file:
                file.writelines(parts)
            yield path
            return
        with os.fdopen(os.memfd_create("alumnimatch"), "wb") as file:
            file.writelines(parts)
            file.flush()
            path.symlink_to(f"/proc/{os.getpid()}/fd/{file.fileno()}")
            yield path


def forget_dead() -> None:
    """Removes what processes that were killed have left: links that lead nowhere, whose names may be personal."""
    for folder in Path(gettempdir()).glob(f"{_FOLDER}*"):
        try:
            left = list(folder.iterdir())
        except OSError:  # another user's, or gone meanwhile
            continue
        if left and all(path.is_symlink() and not path.exists() for path in left):
            shutil.rmtree(folder, ignore_errors=True)
