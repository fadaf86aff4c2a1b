"""Many processes that invite, answer and take back at the same moment: nobody is over a limit, on both databases."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest

from matcher.domain.demands import replies_of
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import RecordKind
from matcher.engine import open_engine
from matcher.errors import AlumnimatchError
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import invitations
from matcher.services.app import App
from matcher.store.sql_store import SqlStore
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import LATER
from tests.support.stores import key_of, open_store
from tests.support.worlds import AS_OF

COORDINATOR = Asker(77, Role.COORDINATOR, "Noord")
ALUMNI, REQUESTS, BUDGET, PLACES = 6, 4, 2, 2
PATIENCE = 240
SIZES = [(3, 25), pytest.param(8, 1250, marks=pytest.mark.long)]
"""Processes, and tries of each: ten thousand in `make long`."""


@dataclass(frozen=True)
class Work:
    """One process, and the tries that it makes one after another; `seed` chooses them."""

    url: str
    seed: int
    tries: int
    alumni: tuple[int, ...]
    requests: tuple[int, ...]

    def __call__(self, barrier: Barrier, outcomes: Any) -> None:
        store = open_store(self.url)
        app = App(store, open_engine(store, HashEncoder()), FixedClock(AS_OF))
        app.engine.current.pool()
        barrier.wait(PATIENCE)
        seen: Counter[str] = Counter()
        for number in range(self.tries):
            try:
                self.once(app, self.seed * 7919 + number * 104_729)
            except AlumnimatchError as error:
                seen[error.code] += 1
            else:
                seen["done"] += 1
        store.close()
        outcomes.put(dict(seen))

    def once(self, app: App, dice: int) -> None:
        """Two in five invite; one in five says yes; one in five says no; one in five takes an ask back."""
        of, to = dice % ALUMNI, dice // ALUMNI % REQUESTS
        alumnus = Asker(0, Role.ALUMNUS, "Noord", self.alumni[of])
        match dice // (ALUMNI * REQUESTS) % 10:
            case 0 | 1 | 2 | 3 | 4:
                waits = dice % 7 == 0
                invitations.invite(app, COORDINATOR, f"R-{to}", f"A-{of}", waits=waits)
            case 5 | 6 | 7:
                invitations.reply(app, alumnus, self.requests[to], accepts=True)
            case 8:
                invitations.reply(app, alumnus, self.requests[to], accepts=False)
            case _:
                invitations.take_back(app, COORDINATOR, f"R-{to}", f"A-{of}")


def fill(store: SqlStore) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Alumni who may be asked twice a year, and requests of two places; their random keys."""
    values = {
        "offers": frozenset({RequestKind.GUEST_LESSON}), "consents": frozenset(Purpose), "consent_date": LATER,
        "max_asks_per_year": BUDGET, "function": "wondzorg", "email": "x@voorbeeld.example",
    }  # fmt: skip
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "people": PLACES}
    alumni = [
        Upsert(row, f"A-{row}", "Noord", {**values, "email": f"a{row}@voorbeeld.example"}) for row in range(ALUMNI)
    ]
    requests = [Upsert(row, f"R-{row}", "Noord", lesson) for row in range(REQUESTS)]
    for kind, rows in ((RecordKind.ALUMNI, alumni), (RecordKind.REQUESTS, requests)):
        store.write(lambda tx, kind=kind, rows=rows: tx.imports.upsert(kind, rows), by=COMMAND_LINE)
    return (
        tuple(key_of(store, RecordKind.ALUMNI, f"A-{row}", "Noord") for row in range(ALUMNI)),
        tuple(key_of(store, RecordKind.REQUESTS, f"R-{row}", "Noord") for row in range(REQUESTS)),
    )


@pytest.mark.parametrize(("processes", "tries"), SIZES)
def test_nobody_is_over_a_limit(store: SqlStore, database_url: str, processes: int, tries: int) -> None:
    """No alumnus is asked more often than they said, no request has more than its places, no pair has two open asks.

    Each ask and each answer is one entry of the log, and each ask one mail and one invitation.
    """
    alumni, requests = fill(store)
    context = multiprocessing.get_context("spawn")
    barrier, outcomes = context.Barrier(processes), context.Queue()
    works = [
        context.Process(target=Work(database_url, seed, tries, alumni, requests), args=(barrier, outcomes), daemon=True)
        for seed in range(processes)
    ]
    for work in works:
        work.start()
    seen = sum((Counter(outcomes.get(timeout=PATIENCE + tries)) for _ in works), Counter[str]())
    for work in works:
        work.join(PATIENCE)
    assert sum(seen.values()) == processes * tries
    assert seen["done"] > processes
    with store.read() as records:
        lines = records.ledger.entries(*alumni)
        entries = list(records.audit.stream(actions=["invite"]))
        made = [one for key in requests for one in records.invitations.of_request(key)]
        mails = records.outbox.page(states=("waiting", "dropped", "held"), limit=None)
    asked = Counter(line.alumnus_key for line in lines if line.event is LedgerEvent.ASKED)
    released = Counter(line.alumnus_key for line in lines if line.event is LedgerEvent.RELEASED)
    assert all(asked[key] - released[key] <= BUDGET for key in alumni)
    for key in requests:
        replies = replies_of([line for line in lines if line.request_key == key])
        assert sum(event is LedgerEvent.ACCEPTED for event in replies.values()) <= PLACES
    open_asks = Counter((one.alumnus_key, one.request_key) for one in made if one.state == "asked")
    assert all(count == 1 for count in open_asks.values())
    assert sum(asked.values()) == len(entries) == sum(mail.message == "invited" for mail in mails)
