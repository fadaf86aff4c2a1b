"""The ledger on both databases: nothing in it is lost, and what was undone does not count."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import Benefit, LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Upsert
from matcher.services import privacy
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.apps import Engine, app_of
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.records import TODAY
from tests.support.region import remove
from tests.support.stores import reading, upsert, writing

ASKED, YES = LedgerEvent.ASKED, LedgerEvent.ACCEPTED


def pair(store: SqlStore) -> tuple[int, int]:
    """An alumnus and a request of a team of Noord."""
    upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", {})])
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles", "team": "Zorg 3"}
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", lesson)])
    return stores.key_of(store, RecordKind.ALUMNI, "A-1"), stores.key_of(store, RecordKind.REQUESTS, "R-1")


def events(store: SqlStore, key: int, *, every: bool = False) -> list[LedgerEvent]:
    lines = reading(store).ledger.entries(key) if every else reading(store).ledger.of(key)
    return [line.event for line in lines]


def test_a_line_outlives_its_request(store: SqlStore) -> None:
    """School, kind and team are written when it is added; hours, students and benefit as they were given."""
    me, request = pair(store)
    gave = LedgerLine(me, request, LedgerEvent.CONTRIBUTED, TODAY, hours=1.5, students=24)
    writing(store).ledger.add(gave)
    writing(store).ledger.add(LedgerLine(me, None, LedgerEvent.BENEFITED, TODAY, school="Zuid", benefit=Benefit.THANKS))
    remove(store, RecordKind.REQUESTS, request)
    first, second = reading(store).ledger.of(me)
    assert (first.request_key, first.school, first.kind, first.team, first.hours, first.students) == (
        None, "Noord", RequestKind.GUEST_LESSON, "Zorg 3", 1.5, 24,
    )  # fmt: skip
    assert (second.school, second.kind, second.benefit) == ("Zuid", None, Benefit.THANKS)
    assert [line.key for line in reading(store).ledger.of_school("Noord", TODAY)] == [first.key]
    assert [line.key for line in reading(store).ledger.of_school(None, TODAY)] == [first.key, second.key]
    assert reading(store).ledger.of_school("Noord", TODAY + timedelta(days=1)) == []


def test_a_release_undoes_one_ask(store: SqlStore) -> None:
    """The newest that counts, of this request; a release too many undoes nothing, and an ask after it counts."""
    me, request = pair(store)
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-2", "Noord", {"kind": RequestKind.MENTOR, "title": "Mentor"})])
    other = stores.key_of(store, RecordKind.REQUESTS, "R-2")
    keys = [
        writing(store).ledger.add(LedgerLine(me, one, event, TODAY))
        for one, event in [
            (other, ASKED), (request, ASKED), (request, LedgerEvent.RELEASED), (request, LedgerEvent.RELEASED),
            (request, ASKED),
        ]
    ]  # fmt: skip
    assert [line.key for line in reading(store).ledger.of(me)] == [keys[0], keys[4]]
    named = {line.key: line.corrects for line in reading(store).ledger.entries(me)}
    assert named == {keys[0]: None, keys[1]: None, keys[2]: keys[1], keys[3]: None, keys[4]: None}
    assert [line.key for line in reading(store).ledger.all()] == [keys[0], keys[4]]
    assert [line.key for line in reading(store).ledger.of_request(request)] == [keys[4]]


def test_a_yes_that_was_taken_back_is_kept_and_counts_no_more(store: SqlStore) -> None:
    """It is no yes to the request, and the alumnus is given all of it."""
    me, request = pair(store)
    for event in (ASKED, YES, LedgerEvent.RETRACTED, LedgerEvent.DECLINED):
        writing(store).ledger.add(LedgerLine(me, request, event, TODAY))
    assert events(store, me) == [ASKED, LedgerEvent.DECLINED]
    assert reading(store).ledger.requests_with_yes(None, RequestKind, 5) == []
    app = app_of(Engine(store, HashEncoder(), FixedClock(TODAY)))
    told = privacy.known(app, COMMAND_LINE, alumnus_id="A-1", school="Noord")["ledger"]
    assert [entry["event"] for entry in told] == ["asked", "accepted", "retracted", "declined"]
    assert (told[2]["corrects"], told[2]["team"]) == (told[1]["entry"], "Zorg 3")


@pytest.mark.parametrize("writers", [2, 8])
def test_writers_lose_no_entry(store: SqlStore, database_url: str, writers: int) -> None:
    """Writers that add to one ledger at the same moment: every line is there once, and each has a key of its own."""
    me, request = pair(store)
    rounds, lines = 10, 3
    start = threading.Barrier(writers)

    def work(writer: int) -> None:
        """A writer with a store of its own, as each process has."""
        own = stores.open_store(database_url)
        for number in range(rounds):
            line = LedgerLine(me, request, LedgerEvent.CONTRIBUTED, TODAY, students=number * writers + writer)
            start.wait(60)
            own.write(lambda tx, line=line: [tx.ledger.add(line) for _ in range(lines)], by=COMMAND_LINE)
        own.close()

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(work, range(writers)))
    entries = reading(store).ledger.entries(me)
    assert sorted(line.students for line in entries) == sorted(list(range(rounds * writers)) * lines)
    assert len({line.key for line in entries}) == len(entries)
    assert {(line.school, line.team) for line in entries} == {("Noord", "Zorg 3")}
