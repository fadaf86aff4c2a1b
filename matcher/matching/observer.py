"""What a ranking tells of itself while it works: how long each stage takes, and at how many it looked. Of nobody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

Stage = Literal["pool", "rules", "best", "cards", "log"]
"""The newest pool; rules; the best of the combined score; what their cards say; the line in the log."""


class RankingObserver(Protocol):
    """Who counts. Called often, by many threads."""

    def stage_finished(self, stage: Stage, seconds: float) -> None:
        """A stage is over, whether it ended well or not."""
        ...

    def ranked(self, eligible: int, verified: int, *, exact: bool) -> None:
        """A list was made of so many eligible candidates; the similarity of so many was computed."""
        ...

    def query_vector(self, *, found: bool) -> None:
        """A text that is asked but not kept needed its vector: it was still in memory, or was encoded."""
        ...


@contextmanager
def stage(watch: RankingObserver | None, name: Stage) -> Iterator[None]:
    """Tells how long what is done inside took."""
    if watch is None:
        yield
        return
    began = time.perf_counter()
    try:
        yield
    finally:
        watch.stage_finished(name, time.perf_counter() - began)
