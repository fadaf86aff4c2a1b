"""Two processes that write at the same moment: what an invitation rests on still holds when it is written."""

from __future__ import annotations

from collections import Counter

import pytest

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Upsert
from matcher.store.sql_store import SqlStore
from tests.support.races import Invite, Withdraw, two_processes
from tests.support.region import LATER

ROUNDS = [15, pytest.param(1000, marks=pytest.mark.long)]


def ids(rounds: int) -> list[str]:
    return [f"A-{number}" for number in range(rounds)]


def fill(store: SqlStore, rounds: int) -> None:
    """An alumnus for each round, who may be asked once a year, and two requests."""
    values = {
        "offers": frozenset({RequestKind.GUEST_LESSON}),
        "consents": frozenset(Purpose),
        "consent_date": LATER,
        "max_asks_per_year": 1,
        "function": "wondzorg",
    }
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "people": 1000}
    alumni = [Upsert(row, id_, "Noord", values) for row, id_ in enumerate(ids(rounds), 2)]
    requests = [Upsert(row, id_, "Noord", lesson) for row, id_ in enumerate(("R-1", "R-2"), 2)]
    for kind, rows in ((RecordKind.ALUMNI, alumni), (RecordKind.REQUESTS, requests)):
        store.write(lambda tx, kind=kind, rows=rows: tx.imports.upsert(kind, rows), by=COMMAND_LINE)


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("second", ["R-1", "R-2"])
def test_the_last_ask_is_given_once(store: SqlStore, database_url: str, second: str, rounds: int) -> None:
    """Two coordinators ask at once: an invitation, a mail and an entry in the log; the second learns why not."""
    fill(store, rounds)
    with two_processes(database_url) as race:
        outcomes = [tuple(sorted(race([Invite("R-1", id_), Invite(second, id_)]))) for id_ in ids(rounds)]
    refused = "invited_already" if second == "R-1" else "changed_budget_spent"
    assert Counter(outcomes) == {tuple(sorted(("done", refused))): rounds}
    with store.read() as records:
        keys = [key for key, _, _ in records.records.names(RecordKind.ALUMNI)]
        asked = Counter(line.alumnus_key for line in records.ledger.all() if line.event is LedgerEvent.ASKED)
        noted = Counter(entry.details["alumnus"] for entry in records.audit.stream(actions=["invite"]))
        mailed = Counter(mail.alumnus_key for mail in records.outbox.page(limit=2 * rounds))
    assert asked == noted == mailed == Counter(keys)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_no_invitation_follows_a_withdrawal(store: SqlStore, database_url: str, rounds: int) -> None:
    """An alumnus withdraws while a coordinator who has seen the list invites: asked before it, or not at all."""
    fill(store, rounds)
    with two_processes(database_url) as race:
        outcomes = [race([Invite("R-1", id_), Withdraw(id_)]) for id_ in ids(rounds)]
    invited, withdrawn = zip(*outcomes, strict=True)
    assert set(withdrawn) == {"done"}
    assert set(invited) <= {"done", "changed_no_consent"}
    with store.read() as records:
        entries = list(records.audit.stream(actions=["invite", "consent.write"]))
    withdrawals = {entry.details["alumnus"]: entry.id for entry in entries if entry.action == "consent.write"}
    invitations = {entry.details["alumnus"]: entry.id for entry in entries if entry.action == "invite"}
    assert len(withdrawals) == rounds
    assert len(invitations) == invited.count("done")
    assert all(entry < withdrawals[key] for key, entry in invitations.items())
