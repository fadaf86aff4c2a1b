"""Processes that do something at the same moment: each with a store of its own on one database, for many rounds."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from matcher.domain.kinds import Purpose
from matcher.engine import open_engine
from matcher.errors import AlumnimatchError
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.services import invitations, privacy
from matcher.services.app import App
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.stores import open_store
from tests.support.worlds import AS_OF

INVITER = Asker(77, Role.COORDINATOR, "Noord")
PATIENCE = 60
"""Seconds to wait for the other process before the test fails."""


class Gated:
    """A store whose writes begin after `gate`, once everything they depend on was read."""

    def __init__(self, store: Any, gate: Callable[[], object]) -> None:
        self._store = store
        self._gate = gate

    def write(self, work: Callable[[Any], Any], *, by: Asker) -> Any:
        self._gate()
        return self._store.write(work, by=by)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Stopped(Exception):
    """The process of a `Stopping` store stopped."""


class Stopping:
    """A store whose process stops after the work of a write, before it is committed."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def write(self, work: Callable[[Any], object], *, by: Asker) -> None:
        def stops(tx: Any) -> None:
            work(tx)
            raise Stopped

        self._store.write(stops, by=by)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class OncePerRound:
    """Waits for the other process at the first write of a round."""

    def __init__(self, barrier: Barrier) -> None:
        self._barrier = barrier
        self.waits = False

    def __call__(self) -> None:
        if self.waits:
            self.waits = False
            self._barrier.wait(PATIENCE)


@dataclass(frozen=True)
class Invite:
    """A coordinator invites an alumnus of Noord."""

    request_id: str
    alumnus_id: str

    def __call__(self, app: App) -> None:
        invitations.invite(app, INVITER, self.request_id, self.alumnus_id)


@dataclass(frozen=True)
class Withdraw:
    """An alumnus of Noord withdraws consent for guest lessons."""

    alumnus_id: str

    def __call__(self, app: App) -> None:
        privacy.give(app, COMMAND_LINE, Purpose.GUEST_LESSON, given=False, alumnus_id=self.alumnus_id, school="Noord")


Act = Callable[[App], None]


def _work(url: str, barrier: Barrier, orders: Connection) -> None:
    """One process: does what it is sent until it is sent None, and answers `done` or the code of an error."""
    store, clock = open_store(url), FixedClock(AS_OF)
    gate = OncePerRound(barrier)
    gated: Any = Gated(store, gate)
    app = App(gated, open_engine(gated, HashEncoder()), clock)
    app.engine.current.pool()
    orders.send("ready")
    while (act := orders.recv()) is not None:
        gate.waits = True
        try:
            act(app)
        except AlumnimatchError as error:
            orders.send(error.code)
        else:
            orders.send("done")
    store.close()


@contextmanager
def two_processes(url: str) -> Iterator[Callable[[Sequence[Act]], list[str]]]:
    """Yields a function that has each process do one of two acts at the same time, and returns the outcomes.

    Neither writes until both are about to.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    pipes = [context.Pipe() for _ in range(2)]
    workers = [context.Process(target=_work, args=(url, barrier, theirs), daemon=True) for _, theirs in pipes]
    ours = [own for own, _ in pipes]

    def answers() -> list[str]:
        for own in ours:
            assert own.poll(PATIENCE), "a process gives no answer"
        return [own.recv() for own in ours]

    def race(acts: Sequence[Act]) -> list[str]:
        for own, act in zip(ours, acts, strict=True):
            own.send(act)
        return answers()

    for worker in workers:
        worker.start()
    try:
        assert answers() == ["ready", "ready"]
        yield race
        for own in ours:
            own.send(None)
        for worker in workers:
            worker.join(PATIENCE)
    finally:
        for worker in workers:
            worker.kill()
