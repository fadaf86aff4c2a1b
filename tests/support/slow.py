"""Another process that builds pools, and takes as long as a test wants; and an import after which one is built."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from matcher.domain.records import RecordKind
from matcher.engine.current import Apart
from matcher.errors import EncoderError
from matcher.pool.update import MOST
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus, engine_in
from tests.support.stores import open_store, upsert
from tests.support.worlds import AS_OF

SECONDS = 60.0


class Slow:
    """Another process that builds once it is let; it counts how often it was asked, and how many were at it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.goes = folder, threading.Event()
        self.asked = self.at_work = self.most = 0
        self.fails = False
        self.come: list[Callable[[], object]] = []
        """What comes in as soon as a build is done."""

    def build(self) -> str | None:
        self.asked, self.at_work = self.asked + 1, self.at_work + 1
        self.most = max(self.most, self.at_work)
        try:
            assert self.goes.wait(SECONDS)
            if self.fails:
                raise EncoderError("encoder_unusable", name="")
            store = open_store(f"sqlite:///{self.folder / 'region.db'}")
            made = Engine(store, HashEncoder(), FixedClock(AS_OF), cache=self.folder / "cache").pool().origin
            store.close()
            if self.come:
                self.come.pop(0)()
            return made
        finally:
            self.at_work -= 1


@contextmanager
def built_slowly(folder: Path, slow: Slow) -> Iterator[Engine]:
    """An engine with a pool, of which the next ones are built as slowly as a test wants."""
    made = engine_in(folder, cache=folder / "cache", apart=Apart(slow.build, 1))
    slow.goes.set()
    made.pool()
    slow.goes.clear()
    slow.asked = slow.most = 0
    yield made
    slow.goes.set()
    made.parts.current.wait(SECONDS)
    made.store.close()


def many(engine: Engine, school: str = "Zuid") -> None:
    """More new alumni than are merged."""
    upsert(
        engine.store, RecordKind.ALUMNI, [alumnus(row, f"N-{row}", school, function="kok") for row in range(MOST + 1)]
    )
