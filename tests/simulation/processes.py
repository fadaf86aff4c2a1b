"""Processes on one database, each with its own store, pool, vectors and snapshots; one stops at any of its points.

A point is passed at each write: before it, once its work is done and not yet committed, and once it is committed and
nothing else is; before the files of the database are cleaned; at each snapshot that is saved or forgotten; and at each
message, before and after the mail server has it. A process that stopped does nothing any more: what it held in memory
is gone, what was committed is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matcher.domain.consent import Terms
from matcher.domain.invitations import Approval
from matcher.domain.kinds import Purpose, RequestKind
from matcher.engine import open_engine
from matcher.engine.current import Snapshots
from matcher.pool import Pool
from matcher.ports import LastErasure
from matcher.services.app import App
from matcher.store.database import Database
from matcher.store.journal import Journal
from matcher.store.removals import CacheFolders
from matcher.store.sql_store import SqlStore
from matcher.store.vectors import VectorTable
from tests.support.fakes import FixedClock, HashEncoder

TERMS = Terms(4, {Purpose.GUEST_LESSON: 3, Purpose.SHARE_SCHOOLS: 6})
"""Short terms, so that much of what the daily job does falls within a year of a history."""
APPROVALS = {RequestKind.MENTOR: Approval.COORDINATOR, RequestKind.FEEDBACK: Approval.BOTH}
"""Whose decision an ask is, of the kinds of which it is not the decision of whoever asks."""


class Stopped(BaseException):
    """The process stopped here. No `except Exception` of the product holds it up."""


class Life:
    """Counts the points that a process passes in one step: where it stops, and where another process comes between."""

    def __init__(self) -> None:
        self.dead = False
        self._passed = self._writes = 0
        self._stop = self._at = 0
        self._between: Callable[[], None] | None = None
        self.committed: Callable[[], None] = bool
        """Called after each commit."""

    def begin(self, stop: int = 0, at: int = 0, between: Callable[[], None] | None = None) -> None:
        """A new step: the process stops at point `stop`, and `between` runs before write `at`, counted from 1."""
        self._passed = self._writes = 0
        self._stop, self._at, self._between = stop, at, between

    def point(self) -> None:
        """Raises Stopped if the process stops here, or has stopped."""
        if self.dead:
            raise Stopped
        self._passed += 1
        if self._passed == self._stop:
            self.dead = True
            raise Stopped

    def opening(self) -> None:
        """Somebody else may come between what the process has read and what it is about to do."""
        self.point()
        self._writes += 1
        if self._between is not None and self._writes == self._at:
            between, self._between = self._between, None
            between()


class StoppingDatabase:
    """A database whose process may stop at each write."""

    def __init__(self, database: Any, life: Life) -> None:
        self._database, self._life = database, life

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        if self._life.dead:
            raise Stopped
        with self._database.reading() as connection:
            yield connection

    def write(self, work: Callable[[Any], Any]) -> Any:
        def stopping(connection: Any) -> Any:
            result = work(connection)
            self._life.point()
            return result

        self._life.opening()
        result = self._database.write(stopping)
        self._life.committed()
        self._life.point()
        return result

    @property
    def engine(self) -> Any:
        """What the files are cleaned with, which may stop too."""
        self._life.point()
        return self._database.engine


class _StoppingSnapshots(Snapshots):
    """Snapshots whose process may stop while it writes or removes them."""

    life: Life

    def save(self, pool: Pool) -> Path | None:
        if self.folder is None:
            return None
        self.life.point()
        saved = super().save(pool)
        self.life.point()
        return saved

    def hold(self, pool: Pool) -> None:
        if not self.life.dead:
            super().hold(pool)

    def forget(self, erasure: LastErasure) -> bool:
        if self.folder is not None:
            self.life.point()
        return super().forget(erasure)


class Process:
    """One process: opened when it is first asked for something, and anew after it stopped."""

    def __init__(self, url: str, clock: FixedClock, cache: Path | None, terms: Terms, journal: Journal) -> None:
        self._url, self._clock, self._cache, self._terms, self.journal = url, clock, cache, terms, journal
        self._app: App | None = None
        self._store: SqlStore | None = None
        self._databases: dict[tuple[str, ...], Database] = {}
        """Without connections once it stopped; kept because else more than half of all compiling is done again."""
        self._encoder = HashEncoder()
        self.life = Life()
        self.committed: Callable[[], None] = bool
        """Called after each of its commits."""

    def app(self, keys: Sequence[str], *, checked: bool = True) -> App:
        """The installation as this process sees it. `keys`: of contact details, the one to write with first.

        `checked`: whether it demands that contact details are encrypted with that one, as all but a rotation do.
        """
        if self._app is None:
            self.life = Life()
            self.life.committed = self.committed
            store = self._store = SqlStore(self._url, self._clock, keys, self.journal)
            opened = self._databases.setdefault(tuple(keys), store._database)
            database: Any = StoppingDatabase(opened, self.life)
            store._database, store.vectors = database, VectorTable(database)
            store.cache_folders = CacheFolders(database, self._clock)
            if checked:
                store.check_keys()
            engine = open_engine(store, self._encoder, terms=self._terms)
            snapshots = _StoppingSnapshots(self._cache, self._encoder.id, 3650)
            object.__setattr__(snapshots, "life", self.life)
            engine.current.snapshots = snapshots
            self._app = App(store, engine, self._clock, self._terms, sends_mail=True, approvals=APPROVALS)
        return self._app

    @property
    def opened(self) -> bool:
        """Whether it holds anything in memory."""
        return self._app is not None

    def revive(self) -> None:
        """A process without anything in memory takes over from one that stopped."""
        self.stop()
        self.life = Life()

    def stop(self) -> None:
        """Everything in memory is gone."""
        if self._store is not None:
            self._store.close()
        self._app = self._store = None
