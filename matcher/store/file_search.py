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

_SECONDS = 600
_SMALL = 200 << 20
"""Bytes times needles."""


def found_in(paths: Sequence[Path], needles: Collection[bytes]) -> set[bytes]:
    """Those of the needles that one of these files holds. Raises OSError if one cannot be read, or not in time."""
    listed = list(needles)
    command = [sys.executable, "-m", __name__]
    order = json.dumps([[str(path.absolute()) for path in paths], [needle.hex() for needle in listed]])
    root = Path(__file__).parents[2]
    try:
        done = subprocess.run(  # noqa: S603 - this program itself, with nothing of a user on its command line
            command, input=order.encode(), capture_output=True, check=False, timeout=_SECONDS, cwd=root
        )
    except subprocess.TimeoutExpired as late:
        raise TimeoutError from late
    if done.returncode:
        raise OSError(done.returncode)
    return {listed[int(number)] for number in done.stdout.split()}


def _main() -> None:
    paths, listed = json.load(sys.stdin)
    needles = [bytes.fromhex(needle) for needle in listed]
    found: set[bytes] = set()
    for path in map(Path, paths):
        found |= _search(path, needles)
    sys.stdout.write(" ".join(str(number) for number, needle in enumerate(needles) if needle in found))


def _search(path: Path, needles: Sequence[bytes]) -> set[bytes]:
    if not path.exists():
        return set()
    if path.stat().st_size * len(needles) < _SMALL:  # loading NumPy takes longer than this
        content = path.read_bytes()
        return {needle for needle in needles if needle in content}
    from matcher.traces import Search

    search = Search(needles)
    search.read_file(path)
    return search.found


if __name__ == "__main__":
    _main()
