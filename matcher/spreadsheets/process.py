"""Work on a file in a process of its own, within the bounds of an import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from matcher.bounded import run
from matcher.spreadsheets.bounds import Bounds

Result = TypeVar("Result")


def in_process(work: Callable[[], Result], path: Path, bounds: Bounds) -> Result:
    """What `work`, which another process can be given, makes of a file. Raises UnreadableFile.

    Raises it too where the work exceeds the seconds or the memory of the bounds, or raises any other error.
    """
    return run(work, path.name, seconds=bounds.seconds_for(path), memory=bounds.memory)
