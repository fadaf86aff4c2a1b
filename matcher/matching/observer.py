"""Timings and counts per stage of a ranking. No personal data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

Stage = Literal["pool", "rules", "best", "cards", "log"]
"""Getting the newest pool; the rules; the k best of the score; the content of their cards; the entry in the log."""


class RankingObserver(Protocol):
    """Receives timings and counts. Called often, by many threads."""

    def stage_finished(self, stage: Stage, seconds: float) -> None:
        """A stage has ended, with or without an error."""
        ...

    def ranked(self, eligible: int, verified: int, *, exact: bool) -> None:
        """A list was made from `eligible` candidates, with the similarity computed for `verified` of them."""
        ...

    def query_vector(self, *, found: bool) -> None:
        """The text of a query that is not saved needed its vector: `found` in memory, or encoded now."""
        ...


@contextmanager
def stage(watch: RankingObserver | None, name: Stage) -> Iterator[None]:
    """Reports to `watch` how long the block took."""
    if watch is None:
        yield
        return
    began = time.perf_counter()
    try:
        yield
    finally:
        watch.stage_finished(name, time.perf_counter() - began)
