"""The last few results of something, in memory."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def keep(results: MutableMapping[K, V], key: K, result: V, most: int) -> V:
    """Puts a result among the last `most`, the oldest of which go, and gives it. May be shared by threads."""
    if len(results) >= most:
        for oldest in list(results)[: len(results) - most + 1]:
            results.pop(oldest, None)
    results[key] = result
    return result
