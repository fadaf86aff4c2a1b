"""The outbox on every database: who takes what, what is kept, and that no stop loses a message."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from matcher.domain.kinds import RequestKind
from matcher.domain.moments import ZONE
from matcher.domain.records import RecordKind
from matcher.domain.weekly import Weekly
from matcher.policy import COMMAND_LINE, JOB
from matcher.repositories.values import Mail
from matcher.store.outbox import ABANDONED
from matcher.store.sql_store import SqlStore
from tests.support import fresh
from tests.support.fakes import FixedClock
from tests.support.mail import Box, mail_server
from tests.support.mail_worker import POINTS
from tests.support.records import TODAY, row

ROOT = Path(__file__).parents[2]
SERVER_POINTS = ("at_rcpt", "at_data", "after_data")
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 11, tzinfo=UTC)


@pytest.fixture
def outbox(database_url: str, clock: FixedClock) -> Iterator[SqlStore]:
    store = SqlStore(database_url, clock, [Fernet.generate_key().decode()])
    fresh.migrate(store)
    yield store
    store.close()


def alumnus_in(store: SqlStore, email: str = "a@voorbeeld.example") -> int:
    store.write(lambda tx: tx.imports.upsert(RecordKind.ALUMNI, [row(1, email=email)]), by=COMMAND_LINE)
    with store.read() as records:
        return next(records.records.names(RecordKind.ALUMNI))[0]


def add(store: SqlStore, key: int, message: str = "invited", **more: Any) -> int:
    return store.write(lambda tx: tx.outbox.add(key, message, **more), by=COMMAND_LINE)


def take(store: SqlStore) -> Mail | None:
    return store.write(lambda tx: tx.deliveries.take(), by=JOB)


def one(store: SqlStore, key: int) -> Mail:
    with store.read() as records:
        (mail,) = records.outbox.page(key=key)
    return mail


def test_mail_goes_to_who_made_a_request_and_to_an_address(outbox: SqlStore) -> None:
    """Both are of a school and are finished as others are; without a recipient nothing is written."""
    lesson = row(5, "R-5", "Noord", kind=RequestKind.GUEST_LESSON, title="Les", requester="c@voorbeeld.example")
    outbox.write(lambda tx: tx.imports.upsert(RecordKind.REQUESTS, [lesson]), by=COMMAND_LINE)
    with outbox.read() as records:
        request = next(records.records.names(RecordKind.REQUESTS))[0]
    to_requester = outbox.write(lambda tx: tx.outbox.add(None, "filled", request_key=request), by=COMMAND_LINE)
    to_address = outbox.write(
        lambda tx: tx.outbox.add(None, "door", address="b@voorbeeld.example", school="Zuid"), by=COMMAND_LINE
    )
    with outbox.read() as records:
        assert [mail.key for mail in records.outbox.page(school="Noord")] == [to_requester]
        assert [mail.key for mail in records.outbox.page(school="Zuid")] == [to_address]
    assert one(outbox, to_requester).request_key == request
    for _ in range(2):
        mail = take(outbox)
        assert mail is not None
        assert outbox.write(lambda tx, m=mail: tx.deliveries.finish(m, "sent"), by=JOB) == 0  # type: ignore[misc]
    assert one(outbox, to_address).address is None
    lost = ({"request_key": request + 1}, KeyError)
    for wrong, error in (({}, ValueError), ({"address": "b@voorbeeld.example"}, ValueError), lost):
        with pytest.raises(error):
            outbox.write(lambda tx, w=wrong: tx.outbox.add(None, "door", **w), by=COMMAND_LINE)  # type: ignore[misc]


def test_a_message_is_taken_once_and_again_when_its_sender_is_lost(outbox: SqlStore, clock: FixedClock) -> None:
    """What one sender has no other gets; after `ABANDONED` it is due again, marked, and the first may not note it."""
    key = add(outbox, alumnus_in(outbox))
    first = take(outbox)
    assert first is not None
    assert (first.key, first.state, first.attempts, first.perhaps_twice) == (key, "sending", 1, False)
    assert take(outbox) is None
    clock.advance(ABANDONED)
    again = take(outbox)
    assert again is not None
    assert (again.attempts, again.perhaps_twice, again.message_id) == (2, True, first.message_id)
    assert not outbox.write(lambda tx: tx.deliveries.finish(first, "refused"), by=JOB)
    assert outbox.write(lambda tx: tx.deliveries.finish(again, "sent"), by=JOB)
    assert (one(outbox, key).state, one(outbox, key).perhaps_twice) == ("sent", True)


def test_a_message_taken_by_a_clock_that_was_ahead_is_due_again(outbox: SqlStore, clock: FixedClock) -> None:
    """A sender stopped while the clock said 2199: once the clock is right, the message does not wait until then."""
    today = clock.day
    key = add(outbox, alumnus_in(outbox))
    clock.day = date(2199, 1, 1)
    first = take(outbox)
    assert first is not None
    clock.day = today
    with outbox.read() as records:
        due = records.deliveries.next_due()
    again = take(outbox)
    assert again is not None
    assert due == clock.now()
    assert (again.key, again.perhaps_twice, again.message_id) == (key, True, first.message_id)


def test_a_message_with_a_delay_can_be_taken_back(outbox: SqlStore, clock: FixedClock) -> None:
    """Until the moment it is due no sender takes it, and it can be dropped; after that it goes."""
    key = alumnus_in(outbox)
    dropped, kept = (add(outbox, key, delay=timedelta(minutes=5)) for _ in range(2))
    with outbox.read() as records:
        assert records.deliveries.next_due() == clock.now() + timedelta(minutes=5)
    assert take(outbox) is None
    assert outbox.write(lambda tx: tx.outbox.drop(dropped), by=COMMAND_LINE)
    clock.time = clock.time.replace(minute=5)
    mail = take(outbox)
    assert mail is not None
    assert mail.key == kept
    assert take(outbox) is None
    assert not outbox.write(lambda tx: tx.outbox.drop(kept), by=COMMAND_LINE), "it is on its way"


def test_an_address_of_its_own_is_encrypted_and_cleared_at_the_end(outbox: SqlStore) -> None:
    """The table never shows it, and once sent, refused or dropped the message has none, so it cannot be retried."""
    key = add(outbox, alumnus_in(outbox), "email_changed", address="oud@voorbeeld.example")
    mail = take(outbox)
    assert mail is not None
    assert mail.address == "oud@voorbeeld.example"
    with outbox._database.reading() as connection:
        assert "oud@voorbeeld" not in str(connection.execute(text("SELECT * FROM outbox")).all())
    outbox.write(lambda tx: tx.deliveries.finish(mail, "refused", problem="recipient_refused 550"), by=JOB)
    ended = one(outbox, key)
    assert (ended.address, ended.own_address, ended.problem) == (None, True, "recipient_refused 550")
    assert not outbox.write(lambda tx: tx.outbox.retry(key), by=COMMAND_LINE)
    assert outbox.write(lambda tx: tx.outbox.drop(key), by=COMMAND_LINE)


def test_a_refused_message_goes_again_as_new(outbox: SqlStore) -> None:
    """By hand; one that was sent does not. Those that ended before a moment are removed, or wait since then."""
    alumnus = alumnus_in(outbox)
    refused, sent, waiting = (add(outbox, alumnus) for _ in range(3))
    for _ in range(3):
        mail = take(outbox)
        assert mail is not None
        state = {refused: "refused", sent: "sent", waiting: "waiting"}[mail.key]
        outbox.write(lambda tx, m=mail, s=state: tx.deliveries.finish(m, s, retry_after=timedelta(1)), by=JOB)  # type: ignore[misc]
    assert not outbox.write(lambda tx: tx.outbox.retry(sent), by=COMMAND_LINE)
    with outbox.read() as records:
        assert records.outbox.count() == {"waiting": 1, "sending": 0, "sent": 1, "refused": 1, "dropped": 0, "held": 0}
    assert outbox.write(lambda tx: tx.outbox.retry(refused), by=COMMAND_LINE)
    again = take(outbox)
    assert again is not None
    assert (again.key, again.attempts) == (refused, 1)
    long_after = datetime(TODAY.year + 1, 1, 1, tzinfo=UTC)
    assert outbox.write(lambda tx: tx.outbox.remove(NOON), by=JOB) == 0
    assert outbox.write(lambda tx: tx.outbox.remove(long_after), by=JOB) == 2
    with outbox.read() as records:
        assert [mail.key for mail in records.outbox.page()] == [refused], "it is being sent"


def test_an_erasure_takes_the_messages_along(outbox: SqlStore) -> None:
    """Waiting ones and the one that is being sent, whose sender then has nothing to note."""
    alumnus = alumnus_in(outbox)
    for _ in range(2):
        add(outbox, alumnus, values={"school": "Noord"})
    mail = take(outbox)
    assert mail is not None
    outbox.write(lambda tx: tx.people.erase(alumnus, []), by=COMMAND_LINE)
    assert not outbox.write(lambda tx: tx.deliveries.finish(mail, "sent"), by=JOB)
    with outbox.read() as records:
        assert records.outbox.page() == []


class Workers:
    """Processes that send the mail of a database, each fresh from one that has loaded the program."""

    def __init__(self, process: subprocess.Popen[str], box: Box) -> None:
        self._process, self._box = process, box

    def send(self, now: datetime, stop: str = "", workers: int = 1) -> list[int]:
        """How each process ended, as `os.waitpid` says: 9 where it was killed."""
        self._box.stop_at = stop if stop in SERVER_POINTS else ""
        task = {"now": now.isoformat(), "stop": stop if stop in POINTS else "", "workers": workers}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        for number in json.loads(self._process.stdout.readline()):
            self._box.victims.put(number)
        ends: list[int] = json.loads(self._process.stdout.readline())
        while not self._box.victims.empty():
            self._box.victims.get()
        return ends


@contextmanager
def workers_on(url: str) -> Iterator[tuple[Box, Workers]]:
    with mail_server() as box:
        command = [sys.executable, "-m", "tests.support.mail_worker", url, box.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            yield box, Workers(process, box)
            assert process.stdin is not None
            process.stdin.close()


def stopped_everywhere(store: SqlStore, url: str, stops: int) -> None:
    """Stops a sender at each point in turn, each time with a new message, and holds what became of them."""
    alumnus = alumnus_in(store)
    points = (*POINTS, *SERVER_POINTS)
    now = NOON
    with workers_on(url) as (box, workers):
        for number in range(stops):
            store.write(lambda tx: tx.outbox.add(alumnus, "login", link="login"), by=COMMAND_LINE)
            assert workers.send(now, points[number % len(points)]) == [9], points[number % len(points)]
            now += timedelta(seconds=1)
        with store.read() as records:
            noted = {mail.message_id for mail in records.outbox.page(states=["sent"], limit=1000)}
        accepted = {name.strip("<>").partition("@")[0] for name in box.ids}
        unnoted = accepted - noted
        assert workers.send(now + ABANDONED) == [0]
        with store.read() as records:
            mails = records.outbox.page(limit=1000)
            messages = sum(entry.action == "message" for entry in records.audit.page(limit=1000))
    counts = Counter(name.strip("<>").partition("@")[0] for name in box.ids)
    assert len(mails) == stops
    assert {mail.state for mail in mails} == {"sent"}
    assert set(counts) == {mail.message_id for mail in mails}, "none is lost"
    assert {name for name, count in counts.items() if count > 1} == unnoted, "twice only what no one had noted"
    assert max(counts.values()) == 2
    assert unnoted
    assert unnoted <= {mail.message_id for mail in mails if mail.perhaps_twice}
    assert messages == stops, "each is in the log once"


@pytest.fixture
def plain(database_url: str, clock: FixedClock) -> Iterator[SqlStore]:
    store = SqlStore(database_url, clock)
    fresh.migrate(store)
    yield store
    store.close()


def test_a_stop_at_any_point_loses_no_message(plain: SqlStore, database_url: str) -> None:
    """Killed at each of nine points: all arrive, twice only where the server had it and no one could note it."""
    stopped_everywhere(plain, database_url, 9)


@pytest.mark.long
def test_a_hundred_stops_lose_no_message(plain: SqlStore, database_url: str) -> None:
    """The same a hundred times over in one outbox."""
    stopped_everywhere(plain, database_url, 100)


def test_a_stop_at_any_point_loses_no_part_of_a_letter(plain: SqlStore, database_url: str, clock: FixedClock) -> None:
    """Killed while two messages are put into a letter of the week, and while it is sent: all arrive in one letter."""
    alumnus = alumnus_in(plain)
    plain.write(lambda tx: tx.digests.choose(alumnus), by=COMMAND_LINE)
    points = (*POINTS, *SERVER_POINTS)
    now = NOON
    with workers_on(database_url) as (box, workers):
        for number, point in enumerate(points):
            local = now.astimezone(ZONE)
            clock.day, clock.time = local.date(), local.time()
            _ = [add(plain, alumnus, "thanks") for _ in range(2)]
            if number < len(points) // 2:
                assert workers.send(now, ("before_take", "inside_take", "after_take")[number % 3]) == [9]
            assert workers.send(now) == [0]
            now = Weekly().following(now)
            assert workers.send(now, point) == [9], point
            assert workers.send(now + ABANDONED) == [0]
            now += timedelta(days=2)
    with plain.read() as records:
        mails = {mail.message_id: mail for mail in records.outbox.page(limit=1000)}
        noted = Counter(
            entry.details["message"] for entry in records.audit.page(limit=1000) if entry.action == "message"
        )
    letters: dict[str, set[str]] = {}
    for message in box.messages:
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        text = str(message.get_content())  # type: ignore[attr-defined]
        letters.setdefault(name, set()).update(word for word in text.split() if word in mails)
    assert {mail.state for mail in mails.values()} == {"sent"}
    assert noted == {"digest": len(points), "thanks": 2 * len(points)}, "each is in the log once"
    assert Counter(part for parts in letters.values() for part in parts) == dict.fromkeys(
        (mail.message_id for mail in mails.values() if mail.message == "thanks"), 1
    ), "in one letter each"
    assert {mails[name].message for name in letters} == {"digest"}
    counts = Counter(str(message["Message-ID"]) for message in box.messages)
    assert max(counts.values()) == 2
    twice = {name.strip("<>").partition("@")[0] for name, count in counts.items() if count > 1}
    assert twice <= {name for name, mail in mails.items() if mail.perhaps_twice}


@pytest.mark.parametrize("messages", [20, pytest.param(200, marks=pytest.mark.long)])
def test_processes_that_send_at_once_send_each_message_once(plain: SqlStore, database_url: str, messages: int) -> None:
    """Four of them, one outbox: every message arrives, none twice."""
    alumnus = alumnus_in(plain)

    def write(tx: Any) -> None:
        for _ in range(messages):
            tx.outbox.add(alumnus, "login", link="login")

    plain.write(write, by=COMMAND_LINE)
    with workers_on(database_url) as (box, workers):
        assert workers.send(NOON, workers=4) == [0] * 4
    with plain.read() as records:
        mails = records.outbox.page(limit=1000)
    assert len(mails) == messages
    assert {(mail.state, mail.attempts, mail.perhaps_twice) for mail in mails} == {("sent", 1, False)}
    assert sorted(name.strip("<>").partition("@")[0] for name in box.ids) == sorted(mail.message_id for mail in mails)


def test_processes_that_send_at_once_make_one_letter(plain: SqlStore, database_url: str) -> None:
    """Four of them put twenty messages into it and send it: once, with each of them."""
    alumnus = alumnus_in(plain)

    def write(tx: Any) -> None:
        tx.digests.choose(alumnus)
        for _ in range(20):
            tx.outbox.add(alumnus, "thanks")

    plain.write(write, by=COMMAND_LINE)
    with workers_on(database_url) as (box, workers):
        assert workers.send(NOON, workers=4) == [0] * 4
        assert box.messages == []
        assert workers.send(Weekly().following(NOON), workers=4) == [0] * 4
    (message,) = box.messages
    with plain.read() as records:
        mails = records.outbox.page(limit=1000)
    assert {(mail.state, mail.attempts, mail.perhaps_twice) for mail in mails} == {("sent", 1, False)}
    assert sorted(mail.message for mail in mails) == ["digest", *["thanks"] * 20]
    text = str(message.get_content())  # type: ignore[attr-defined]
    assert all(mail.message_id in text for mail in mails if mail.message == "thanks")
