"""Lines of the log that come at the same moment are one transaction: sealed in a row, and all of them or none."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event

from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories import Transaction
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.records import row
from tests.support.stores import reading, upsert

PATIENCE = 60
THREADS = 8
COORDINATOR = Asker(77, Role.COORDINATOR, "Noord")


@contextmanager
def commits(store: SqlStore) -> Iterator[list[object]]:
    """What is committed meanwhile."""
    found: list[object] = []
    note, engine = found.append, store._database.engine
    event.listen(engine, "commit", note)
    yield found
    event.remove(engine, "commit", note)


@contextmanager
def noted_at_once(store: SqlStore, details: Sequence[Mapping[str, object]]) -> Iterator[list[Future[None]]]:
    """What each of these lines came to, by askers 1, 2, 3 ...: they come while somebody else writes."""
    writing, may_go_on = threading.Event(), threading.Event()

    def hold(tx: Transaction) -> None:
        tx.note("test.hold", {})
        writing.set()
        assert may_go_on.wait(PATIENCE)

    with ThreadPoolExecutor(len(details) + 1) as threads:
        held = threads.submit(store.write, hold, by=COMMAND_LINE)
        assert writing.wait(PATIENCE)
        told = []
        for number, one in enumerate(details):
            told.append(threads.submit(store.note, "test.note", one, by=replace(COORDINATOR, key=number + 1)))
            while store._notes.waiting != number or not store._notes._working.locked():  # the first waits for nobody
                assert not told[-1].done()
        assert not any(one.done() for one in told), "none of them is told before it is written"
        may_go_on.set()
        held.result(PATIENCE)
        yield told


def test_lines_of_one_moment_are_one_transaction(store: SqlStore) -> None:
    """Each once, with its own asker, content and alumni, sealed one after another; two commits for eight lines."""
    upsert(store, RecordKind.ALUMNI, [row(number, f"A-{number}") for number in range(THREADS)])
    keys = [stores.key_of(store, RecordKind.ALUMNI, f"A-{number}") for number in range(THREADS)]
    with commits(store) as found, noted_at_once(store, [{"alumnus": key} for key in keys]) as told:
        for one in told:
            one.result(PATIENCE)
    assert len(found) == 3, "of whoever held it, of the first line, of all others"
    noted = [entry for entry in reading(store).audit.page(people=True) if entry.action == "test.note"][::-1]
    assert [entry.actor for entry in noted] == [*range(1, THREADS + 1)]
    assert [entry.details for entry in noted] == [{"alumnus": key} for key in keys]
    assert [entry.people for entry in noted] == [(key,) for key in keys]
    assert len({entry.at for entry in noted[1:]}) == 1
    assert [entry.id for entry in noted] == [*range(noted[0].id, noted[0].id + THREADS)]
    assert reading(store).audit.verify().problem is None


def test_a_transaction_that_fails_fails_each_of_its_lines(store: SqlStore) -> None:
    """None of them is in the log, whoever brought what could not be written; the next line goes in."""
    details: list[Mapping[str, object]] = [{"number": number} for number in range(THREADS)]
    details[5] = {"number": object()}
    with noted_at_once(store, details) as told:
        told[0].result(PATIENCE)
        for one in told[1:]:
            with pytest.raises(TypeError, match="object"):
                one.result(PATIENCE)
    store.note("test.note", {"number": 99}, by=COMMAND_LINE)
    noted = [entry.details["number"] for entry in stores.log(store) if entry.action == "test.note"]
    assert sorted(noted) == [0, 99]
    assert reading(store).audit.verify().problem is None


def test_threads_lose_no_line(store: SqlStore) -> None:
    """Eight threads that note at once, again and again: each line once, and the log is whole."""
    start = threading.Barrier(THREADS)

    def note(thread: int) -> None:
        start.wait()
        for number in range(10):
            store.note("test.note", {"number": 100 * thread + number}, by=COORDINATOR)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(note, range(THREADS)))
    noted = [entry.details["number"] for entry in stores.log(store)]
    assert sorted(noted) == sorted(100 * thread + number for thread in range(THREADS) for number in range(10))
    assert reading(store).audit.verify().problem is None
