"""Random histories of a database: what the state machines of the contract tests share."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import time
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from matcher.pool import Pool
from matcher.store.sql_store import SqlStore
from tests.support import fresh
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.postgres import PostgresServer
from tests.support.worlds import AS_OF

_MOMENTS = count(1)
LENGTHS = pytest.mark.parametrize("examples", [4, pytest.param(100, marks=pytest.mark.long)])
"""How many histories on SQLite; on PostgreSQL, where creating a database takes longer, half of them."""
DATABASES = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
"""Parameters for a test that runs a machine on both databases."""


class Machine(RuleBasedStateMachine):
    """A new database, and an engine that keeps its snapshots."""

    url: Callable[[], str]

    def __init__(self) -> None:
        super().__init__()
        clock = FixedClock(AS_OF, time(12, microsecond=next(_MOMENTS)))
        self.store = SqlStore(self.url(), clock)
        fresh.migrate(self.store)
        self.cache = tempfile.TemporaryDirectory()
        self.engine = Engine(self.store, HashEncoder(), clock, cache=Path(self.cache.name))
        self.before: Pool | None = None
        """The pool at the end of the previous step."""

    def teardown(self) -> None:
        self.store.close()
        self.cache.cleanup()


def run(
    machine: type[Machine],
    kind: str,
    request: pytest.FixtureRequest,
    *,
    examples: int,
    steps: int,
    unhealthy: Sequence[HealthCheck] = (),
) -> None:
    """Runs random histories; half of `examples` on PostgreSQL."""
    if kind == "sqlite":
        folder, numbers = request.getfixturevalue("tmp_path"), count()
        machine.url = staticmethod(lambda: f"sqlite:///{folder}/history-{next(numbers)}.db")  # type: ignore[method-assign, assignment]
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        machine.url = staticmethod(server.url)  # type: ignore[method-assign, assignment]
        examples //= 2
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, *unhealthy],
        ),
    )
