"""One seed of a long run, in a process of its own."""

from __future__ import annotations

import gc
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.simulation.database import Maker, Postgres, Sqlite
from tests.simulation.history import memory, play, schedule, shortest, told
from tests.support.postgres import PostgresServer

_BETWEEN = 50_000
"""Objects made between two looks for garbage: with Python's 700 that takes a seventh of the time."""


@contextmanager
def maker_of(database: str, server: PostgresServer | None) -> Iterator[Maker]:
    """Makes databases of this kind."""
    if database == "postgresql":
        assert server is not None
        yield Postgres(server)
        return
    folder = Path(tempfile.mkdtemp(prefix="simulated-", dir=memory()))
    try:
        yield Sqlite(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def region(
    seed: int, length: int, database: str, server: PostgresServer | None, patience: float
) -> tuple[int, float, str]:
    """Plays one seed: how many steps, in how many seconds, and what was broken, with the shortest history."""
    logging.disable(logging.WARNING)
    gc.freeze()  # what was imported lives as long as the process
    gc.set_threshold(_BETWEEN, 20, 20)
    begin = time.monotonic()
    with maker_of(database, server) as maker:
        steps = schedule(seed, length)
        outcome = play(seed, steps, maker)
        text = ""
        if outcome.broken is not None:
            left = shortest(seed, steps[: outcome.steps], outcome.broken.rule, maker, seconds=patience)
            text = told(seed, left, outcome.broken, database)
    return outcome.steps, time.monotonic() - begin, text
