"""Collecting garbage less often while many records are made: they hold no cycles, and each pass reads them all."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LEAST = 200_000
"""New objects between two passes; Python's 700 suit a program that makes few at a time."""
_lock = threading.Lock()
_running = 0
_usual = gc.get_threshold()


@contextmanager
def many_objects() -> Iterator[None]:
    """Fewer passes while the block runs, in any thread; as it was once the last such block ends."""
    global _running, _usual  # noqa: PLW0603 - a setting of the process
    with _lock:
        if not _running:
            _usual = gc.get_threshold()
            gc.set_threshold(max(_LEAST, _usual[0]), *_usual[1:])
        _running += 1
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            if not _running:
                gc.set_threshold(*_usual)
