"""A file in memory that has a path: what is kept encrypted is read without a copy on a disk that outlives a process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def in_memory(parts: Iterable[bytes], ending: str) -> Iterator[Path]:
    """A path that gives these bytes, to other processes of this user too, while the block runs.

    `ending`: that of the name, such as `.xlsx`. Where the system has no files in memory (it is not Linux), it is a
    file in a temporary folder. Raises OSError.
    """
    with TemporaryDirectory(prefix="alumnimatch-") as folder:
        path = Path(folder) / f"{os.urandom(6).hex()}{ending}"
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
