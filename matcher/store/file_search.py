"""Searching files in a process of its own: `python -m matcher.store.file_search`.

A process that opens and closes the file of a SQLite database itself loses the locks of all its connections to it
(POSIX); another process then takes the database for unused. So files of a database are opened by another process.
"""

from __future__ import annotations

import json
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
    order = json.dumps([[str(path.absolute()) for path in paths], [needle.hex() for needle in listed]])
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603 - this program itself, with nothing of a user on its command line
        command, input=order.encode(), capture_output=True, check=False, timeout=_SECONDS, cwd=root
    )
    if done.returncode:
        raise OSError(done.returncode)
    return {listed[int(number)] for number in done.stdout.split()}


def _main() -> None:
    paths, listed = json.load(sys.stdin)
    needles = [bytes.fromhex(needle) for needle in listed]
    search = Search(needles)
    for path in paths:
        search.read_file(Path(path))
    numbers = (str(number) for number, needle in enumerate(needles) if needle in search.found)
    sys.stdout.write(" ".join(numbers))


if __name__ == "__main__":
    _main()
