"""Searching files in a process of its own: `python -m matcher.store.file_search`.

A process that opens and closes the file of a SQLite database itself loses the locks of all its connections to it
(POSIX); another process then takes the database for unused. So files of a database are opened by another process.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from matcher.traces import Search

_SECONDS = 600


def found_in(paths: Sequence[Path], needles: Collection[bytes]) -> set[bytes]:
    """Those of the needles that one of these files holds. Raises OSError if one cannot be read."""
    listed = list(needles)
    command = [sys.executable, "-m", __name__]
    order = pickle.dumps(([str(path.absolute()) for path in paths], listed))
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603 - this program itself, with nothing of a user on its command line
        command, input=order, capture_output=True, check=False, timeout=_SECONDS, cwd=root
    )
    if done.returncode:
        raise OSError(done.returncode)
    return {listed[int(number)] for number in done.stdout.split()}


def _main() -> None:
    paths, needles = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - written by `found_in`
    search = Search(needles)
    for path in paths:
        search.read_file(Path(path))
    numbers = (str(number) for number, needle in enumerate(needles) if needle in search.found)
    sys.stdout.write(" ".join(numbers))


if __name__ == "__main__":
    _main()
