"""Sending what is due: what becomes of a message that is taken, refused, put off or late. A mailer of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.errors import (
    Forbidden,
    InvalidValue,
    MailError,
    MailRefused,
    MailUncertain,
    MailUnreachable,
    UnknownId,
)
from matcher.policy import COMMAND_LINE, JOB, VISITOR, Asker, Role
from matcher.ports import Letter
from matcher.repositories.values import MAIL_STATES, LogEntry, Mail
from matcher.services import messages, privacy, retention
from matcher.services.app import App
from matcher.services.messages import PAUSES, Round
from matcher.services.retention import REMIND
from matcher.store.sql_store import SqlStore
from tests.support import fresh
from tests.support.fakes import FixedClock
from tests.support.records import TODAY, row

ADMINISTRATOR = Asker(1, Role.ADMINISTRATOR, "Noord")


@dataclass
class Post:
    """A mailer that keeps what it gets, or raises what it is told to."""

    error: MailError | None = None
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    tries: int = 0

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: Letter | None = None) -> None:  # noqa: ARG002 - the port
        self.tries += 1
        self.ids.append(message_id)
        if self.error is not None:
            raise self.error
        self.sent.append((to, subject, text))

    def abort(self) -> None:
        raise AssertionError


@dataclass
class House:
    """One alumnus of Noord with an address, one of Zuid without, and the outbox."""

    app: App
    store: SqlStore
    clock: FixedClock
    post: Post
    alumnus: int
    elsewhere: int

    def add(self, message: str = "invited", **more: Any) -> int:
        return self.store.write(lambda tx: tx.outbox.add(self.alumnus, message, **more), by=COMMAND_LINE)

    def deliver(self) -> Round:
        return messages.deliver(self.app, JOB, self.post, compose)

    def mail(self, key: int) -> Mail:
        with self.store.read() as records:
            return records.outbox.page(key=key)[0]

    def pass_time(self, by: timedelta) -> None:
        later = datetime.combine(self.clock.day, self.clock.time) + by
        self.clock.day, self.clock.time = later.date(), later.time()

    def actions(self) -> list[str]:
        return [entry.action for entry in self.entries()]

    def entries(self) -> list[LogEntry]:
        """The log, the newest first."""
        with self.store.read() as records:
            return records.audit.page()


def compose(mail: Mail, secret: str) -> Letter:
    if mail.message == "broken":
        raise KeyError(mail.message)
    return Letter(mail.message, secret)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = FixedClock(TODAY)
    store = SqlStore(f"sqlite:///{tmp_path / 'store.db'}", clock)
    fresh.migrate(store)
    rows = [row(1, "A-1", "Noord", email="a@voorbeeld.example"), row(2, "A-2", "Zuid")]
    store.write(lambda tx: tx.imports.upsert(RecordKind.ALUMNI, rows), by=COMMAND_LINE)
    with store.read() as records:
        noord, zuid = (records.records.find(RecordKind.ALUMNI, name)[0].key for name in ("A-1", "A-2"))
    yield House(App(store, cast("Any", None), clock), store, clock, Post(), noord, zuid)
    store.close()


def key_of(house: House, request_id: str) -> int:
    with house.store.read() as records:
        return records.records.find(RecordKind.REQUESTS, request_id)[0].key


def error(family: type[MailError], problem: str) -> MailError:
    return family("mail_not_sent", problem=problem)


def test_what_is_due_is_sent_and_in_the_log(house: House) -> None:
    """Each once, to the address of the alumnus or its own, and one line in the log for each; then nothing is due."""
    invited = house.add(link="reply 7")
    changed = house.add("email_changed", address="oud@voorbeeld.example")
    later = house.add(delay=timedelta(minutes=5))
    assert house.deliver() == Round(2)
    assert sorted(to for to, _, _ in house.post.sent) == ["a@voorbeeld.example", "oud@voorbeeld.example"]
    assert [house.mail(key).state for key in (invited, changed, later)] == ["sent", "sent", "waiting"]
    assert [entry.details for entry in house.entries()][::-1][-2:] == [
        {"alumnus": house.alumnus, "message": subject} for _, subject, _ in house.post.sent
    ]
    assert house.deliver() == Round(0)


def test_links_are_made_at_sending_and_last_as_long_as_they_say(house: House) -> None:
    """One to answer for 14 days, one to log in for 15 minutes; the table never holds a secret."""
    house.add(link="reply 7")
    house.deliver()
    house.add("login", link="login")
    house.deliver()
    reply, login = (text for _, _, text in house.post.sent)
    with house.store.read() as records:
        assert [records.links.find(secret).purpose for secret in (reply, login)] == ["reply 7", "login"]  # type: ignore[union-attr]
        assert not any(secret in str(records.outbox.page()) for secret in (reply, login))
    for pause, works in ((messages.LOGIN_LASTS, [True, False]), (messages.REPLY_LASTS, [False, False])):
        house.pass_time(pause)
        with house.store.read() as records:
            assert [records.links.find(secret) is not None for secret in (reply, login)] == works


def test_a_refusal_is_kept_and_not_tried_again(house: House) -> None:
    """With the number of the server; its link is void, the next message goes on its way, and the log says nothing."""
    before = house.actions()
    keys = [house.add(link="login"), house.add()]
    house.post.error = error(MailRefused, "recipient_refused 550")
    assert house.deliver() == Round(0)
    assert house.post.tries == 2
    assert {(house.mail(key).state, house.mail(key).problem) for key in keys} == {("refused", "recipient_refused 550")}
    house.pass_time(timedelta(days=3))
    assert (house.deliver(), house.post.tries) == (Round(0), 2)
    assert house.actions() == before


def test_pauses_grow_for_two_days_and_then_it_is_refused(house: House) -> None:
    """Always the same Message-ID; between the tries nothing is sent."""
    key = house.add()
    house.post.error = error(MailError, "recipient_refused 451")
    for number, pause in enumerate(PAUSES, 1):
        assert house.deliver() == Round(0)
        assert (house.mail(key).state, house.mail(key).attempts) == ("waiting", number)
        house.pass_time(pause - timedelta(seconds=1))
        assert house.deliver() == Round(0)
        assert house.post.tries == number
        house.pass_time(timedelta(seconds=1))
    house.deliver()
    assert (house.mail(key).state, house.mail(key).problem) == ("refused", "recipient_refused 451")
    assert len(set(house.post.ids)) == 1
    assert timedelta(days=2) <= sum(PAUSES, timedelta()) <= timedelta(days=3)
    assert list(PAUSES) == sorted(PAUSES)


def test_a_link_to_log_in_is_given_up_within_the_hour(house: House) -> None:
    """So that one who asked three times while the server was away can ask again when it is back."""
    for _ in range(3):
        assert messages.ask_login_link(house.app, VISITOR, "a@voorbeeld.example") == 1
    house.post.error = error(MailError, "recipient_refused 451")
    for pause in (timedelta(0), *PAUSES[:3]):
        house.pass_time(pause)
        house.deliver()
    assert messages.count(house.app, JOB)["refused"] == 3
    assert messages.ask_login_link(house.app, VISITOR, "a@voorbeeld.example") == 1


def test_a_server_that_is_away_costs_one_attempt(house: House) -> None:
    """Not one of each message: the round ends there, and all go out when the server is back."""
    keys = [house.add() for _ in range(5)]
    house.post.error = error(MailUnreachable, "unreachable")
    assert house.deliver() == Round(0, reachable=False)
    assert house.post.tries == sum(house.mail(key).attempts for key in keys) == 1
    house.post.error = None
    house.pass_time(PAUSES[0])
    assert house.deliver() == Round(5)
    assert not any(house.mail(key).perhaps_twice for key in keys)


def test_an_answer_that_did_not_come_may_mean_twice(house: House) -> None:
    """The link of the first try still works, for the mail may have arrived; the second goes by the same Message-ID."""
    key = house.add(link="reply 7")
    house.post.error = error(MailUncertain, "no_answer")
    house.deliver()
    house.post.error = None
    house.pass_time(PAUSES[0])
    house.deliver()
    assert (house.mail(key).state, house.mail(key).perhaps_twice) == ("sent", True)
    assert len(set(house.post.ids)) == 1
    with house.store._database.reading() as connection:
        assert (
            connection.exec_driver_sql(
                "SELECT count(*) FROM links WHERE used_at IS NULL AND purpose = 'reply 7'"
            ).scalar()
            == 2
        )


def test_a_message_without_an_address_is_refused(house: House) -> None:
    """Before any server is asked."""
    key = house.store.write(lambda tx: tx.outbox.add(house.elsewhere, "invited"), by=COMMAND_LINE)
    assert house.deliver() == Round(0)
    assert (house.mail(key).state, house.mail(key).problem, house.post.tries) == ("refused", "no_address", 0)


def test_a_message_that_waited_for_weeks_is_refused(house: House) -> None:
    """As where no mail server was set until now: no flood of old questions, and no old link to log in."""
    question, login = house.add(), house.add("login", link="login")
    house.pass_time(timedelta(hours=2))
    assert house.deliver() == Round(1)
    assert (house.mail(question).state, house.mail(login).problem) == ("sent", "too_late")
    old = house.add()
    house.pass_time(timedelta(days=15))
    assert house.deliver() == Round(0)
    assert house.mail(old).problem == "too_late"
    messages.retry(house.app, COMMAND_LINE, old)
    assert house.deliver() == Round(1), "by hand it goes all the same"


def test_a_text_that_cannot_be_made_stops_no_other(house: House) -> None:
    """It is refused, with a problem of its own; the next goes out."""
    broken, whole = house.add("broken"), house.add()
    assert house.deliver() == Round(1)
    assert (house.mail(broken).problem, house.mail(whole).state) == ("not_composed", "sent")


def asked(house: House) -> tuple[date, date | None] | None:
    with house.store.read() as records:
        return records.retention.of(house.alumnus)


def test_a_question_that_was_answered_meanwhile_is_not_sent(house: House) -> None:
    """A consent given while the mail waited: the alumnus is neither mailed nor recorded as asked."""
    key = house.add("retention_ask")

    def give(tx: Any) -> None:
        tx.consents.state(house.alumnus, Purpose.MENTOR, given=True)

    house.store.write(give, by=COMMAND_LINE)
    assert house.deliver() == Round(0)
    assert (house.mail(key).state, house.mail(key).problem, house.post.tries) == ("dropped", "answered", 0)
    assert asked(house) is None


def test_an_answer_that_comes_while_the_question_is_sent_counts(house: House) -> None:
    """The mail went out, but nothing is open: the next question is a question again, and not a reminder."""

    class Answering(Post):
        def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: Letter | None = None) -> None:  # noqa: ARG002 - the port
            super().send(to, subject, text, message_id=message_id)
            privacy.keep(house.app, COMMAND_LINE, "A-1")

    house.post = Answering()
    key = house.add("retention_ask")
    assert house.deliver() == Round(1)
    assert (house.mail(key).state, asked(house)) == ("sent", None)
    assert house.actions()[:2] == ["message", "retention.keep"]
    with house.store.read() as records:
        assert retention.next_step(records, house.app, house.alumnus) == ""


def test_an_invitation_is_not_sent_after_a_withdrawal(house: House) -> None:
    """Consent withdrawn while the mail waited: the alumnus is not mailed; with the consent he or she is."""
    values = {"kind": RequestKind.MENTOR, "title": "Mentor"}
    upsert = [row(1, "R-1", "Noord", **values)]
    house.store.write(lambda tx: tx.imports.upsert(RecordKind.REQUESTS, upsert), by=COMMAND_LINE)
    with house.store.read() as records:
        (request,) = records.records.find(RecordKind.REQUESTS, "R-1")

    def state(*, given: bool) -> None:
        house.store.write(lambda tx: tx.consents.state(house.alumnus, Purpose.MENTOR, given=given), by=COMMAND_LINE)

    state(given=True)
    invited = house.add(link=messages.reply_purpose(request.key))
    assert (house.deliver(), house.mail(invited).state) == (Round(1), "sent")
    again = house.add(link=messages.reply_purpose(request.key))
    state(given=False)
    assert (house.deliver(), house.mail(again).state, house.mail(again).problem) == (Round(0), "dropped", "withdrawn")


def sharing_ends(tx: Any, request: int, alumnus: int) -> None:
    tx.consents.state(alumnus, Purpose.SHARE_SCHOOLS, given=False)


def alumnus_objects(tx: Any, request: int, alumnus: int) -> None:
    tx.consents.set_objection(alumnus, objects=True)


def alumnus_pauses(tx: Any, request: int, alumnus: int) -> None:
    tx.people.correct(alumnus, "paused_until", TODAY + timedelta(days=30))


def conflict_is_declared(tx: Any, request: int, alumnus: int) -> None:
    tx.conflicts.declare(request, alumnus)


@pytest.mark.parametrize("change", [None, sharing_ends, alumnus_objects, alumnus_pauses, conflict_is_declared])
def test_an_invitation_is_not_sent_to_an_alumnus_who_may_no_longer_be_asked(house: House, change: Any) -> None:
    """Of another school: sharing withdrawn, an objection, a pause or a conflict since; without any of them it goes."""
    requests = [row(1, "R-1", "Noord", kind=RequestKind.MENTOR, title="Mentor")]
    consents = frozenset({Purpose.MENTOR, Purpose.SHARE_SCHOOLS})
    alumni = [row(1, "A-2", "Zuid", email="b@voorbeeld.example", consents=consents, consent_date=TODAY)]

    def prepare(tx: Any) -> int:
        tx.imports.upsert(RecordKind.REQUESTS, requests)
        tx.imports.upsert(RecordKind.ALUMNI, alumni)
        (request,) = tx.records.find(RecordKind.REQUESTS, "R-1")
        tx.outbox.add(house.elsewhere, "invited", link=messages.reply_purpose(request.key))
        return request.key

    request = house.store.write(prepare, by=COMMAND_LINE)
    if change is not None:
        house.store.write(lambda tx: change(tx, request, house.elsewhere), by=COMMAND_LINE)
    house.deliver()
    with house.store.read() as records:
        (mail,) = records.outbox.page()
    assert (mail.state, mail.problem) == (("sent", "") if change is None else ("dropped", "withdrawn"))


def test_the_question_of_the_daily_job_counts_once_it_was_sent(house: House) -> None:
    """Not when it was written: an alumnus who got no mail is never reminded or erased."""
    house.add("retention_ask")
    house.post.error = error(MailError, "recipient_refused 451")
    house.deliver()
    assert asked(house) is None
    house.post.error = None
    house.pass_time(PAUSES[0])
    house.deliver()
    assert asked(house) == (TODAY, None)
    house.pass_time(REMIND)
    house.add("retention_remind")
    house.deliver()
    assert asked(house) == (TODAY, TODAY + REMIND)
    assert house.actions()[:4] == ["retention.remind", "message", "retention.ask", "message"]


def test_an_erasure_while_it_is_sent_leaves_no_trace(house: House) -> None:
    """The server took it, but no line of the log names an alumnus who is gone."""
    house.add()

    class Erasing(Post):
        def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: Letter | None = None) -> None:  # noqa: ARG002 - the port
            house.store.write(lambda tx: tx.people.erase(house.alumnus, []), by=COMMAND_LINE)

    before = len(house.actions())
    messages.deliver(house.app, JOB, Erasing(), compose)
    assert house.actions()[: len(house.actions()) - before] == ["person.erase"]
    with house.store.read() as records:
        assert records.outbox.page() == []


def test_a_merge_while_it_is_sent_moves_what_is_recorded(house: House) -> None:
    """A message to somebody who becomes another meanwhile: the log, and an open question, are of the one who stays."""
    rows = [row(1, "A-3", "Noord", email="a@voorbeeld.example")]
    house.store.write(lambda tx: tx.imports.upsert(RecordKind.ALUMNI, rows), by=COMMAND_LINE)
    with house.store.read() as records:
        kept = records.records.find(RecordKind.ALUMNI, "A-3")[0].key
    key = house.add("retention_ask")

    class Merging(Post):
        def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: Letter | None = None) -> None:  # noqa: ARG002 - the port
            house.store.write(lambda tx: tx.duplicates.merge(kept, house.alumnus, {}), by=COMMAND_LINE)

    assert messages.deliver(house.app, JOB, Merging(), compose) == Round(1)
    assert house.mail(key).state == "sent"
    asking, message = house.entries()[:2]
    assert (asking.action, message.action) == ("retention.ask", "message")
    assert (asking.details["alumnus"], message.details["alumnus"]) == (kept, kept)
    with house.store.read() as records:
        assert records.retention.of(kept) == (TODAY, None)
        assert records.audit.verify().wrong is None


def test_a_link_is_asked_for_by_address(house: House) -> None:
    """Three at most; no one may ask who has no right to."""
    assert [messages.ask_login_link(house.app, VISITOR, " A@Voorbeeld.example") for _ in range(4)] == [1, 1, 1, 0]
    assert messages.ask_login_link(house.app, VISITOR, "niemand@voorbeeld.example") == 0
    with pytest.raises(Forbidden):
        messages.ask_login_link(house.app, JOB, "a@voorbeeld.example")


def test_an_administrator_looks_after_the_mail_of_the_own_school(house: House) -> None:
    """Sees it, tries it again and drops it, each in the log; of another school there is none."""
    key = house.add()
    elsewhere = house.store.write(lambda tx: tx.outbox.add(house.elsewhere, "invited"), by=COMMAND_LINE)
    assert [mail.key for mail in messages.listed(house.app, ADMINISTRATOR)] == [key]
    assert {mail.key for mail in messages.listed(house.app, COMMAND_LINE)} == {key, elsewhere}
    assert messages.listed(house.app, ADMINISTRATOR, states=["refused"]) == []
    messages.retry(house.app, ADMINISTRATOR, key)
    messages.drop(house.app, ADMINISTRATOR, key)
    assert [(entry.action, entry.details["change"]) for entry in house.entries()[:2]] == [
        ("mail.manage", "drop"),
        ("mail.manage", "retry"),
    ]
    for change in (messages.retry, messages.drop):
        with pytest.raises(UnknownId, match="unknown_mail"):
            change(house.app, ADMINISTRATOR, elsewhere)
    with pytest.raises(InvalidValue, match="mail_not_dropped"):
        messages.drop(house.app, ADMINISTRATOR, key)
    with pytest.raises(UnknownId):
        messages.listed(house.app, ADMINISTRATOR, school="Zuid")


@pytest.mark.parametrize("role", [Role.TEACHER, Role.PRIVACY_OFFICER, Role.ALUMNUS, Role.COORDINATOR])
def test_other_roles_see_and_change_no_mail(house: House, role: Role) -> None:
    """Neither the list nor one message."""
    asker, key = Asker(1, role, "Noord"), house.add()
    for attempt in (
        lambda: messages.listed(house.app, asker),
        lambda: messages.retry(house.app, asker, key),
        lambda: messages.drop(house.app, asker, key),
        lambda: messages.deliver(house.app, asker, house.post, compose),
        lambda: messages.count(house.app, asker),
        lambda: messages.seconds_until_due(house.app, asker),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert house.mail(key).state == "waiting"


def test_the_asker_sees_how_the_mail_of_an_invitation_stands(house: House) -> None:
    """By alumnus, for a request of the own school; another's request is unknown."""
    values = {"kind": RequestKind.MENTOR, "title": "Mentor"}
    rows = [row(1, "R-1", "Noord", **values)]
    house.store.write(lambda tx: tx.imports.upsert(RecordKind.REQUESTS, rows), by=COMMAND_LINE)
    with house.store.read() as records:
        (request,) = records.records.find(RecordKind.REQUESTS, "R-1")
    house.add(link=f"reply {request.key}")
    teacher = Asker(1, Role.TEACHER, "Noord")
    (mail,) = messages.invitations(house.app, teacher, "R-1").items()
    assert (mail[0], mail[1].state) == (house.alumnus, "waiting")
    with pytest.raises(UnknownId):
        messages.invitations(house.app, Asker(2, Role.TEACHER, "Zuid"), "R-1")
    with pytest.raises(Forbidden):
        messages.invitations(house.app, ADMINISTRATOR, "R-1")


def test_the_sender_knows_when_to_look_again(house: House) -> None:
    """Nothing waits, something is due in a while, something is overdue; and how many there are of each."""
    assert messages.seconds_until_due(house.app, JOB) is None
    house.add(delay=timedelta(minutes=5))
    assert messages.seconds_until_due(house.app, JOB) == 300
    house.pass_time(timedelta(minutes=6))
    assert messages.seconds_until_due(house.app, JOB) == 0
    house.deliver()
    assert dict(messages.count(house.app, JOB)) == dict.fromkeys(MAIL_STATES, 0) | {"sent": 1}


def test_who_made_a_request_gets_mail_at_the_address_of_today(house: House) -> None:
    """The log names the request and no address; a requester without an address is told to nobody."""
    for requester in ("c@voorbeeld.example", "d@voorbeeld.example"):
        lesson = row(5, "R-5", "Noord", kind=RequestKind.GUEST_LESSON, title="Les", requester=requester)
        house.store.write(lambda tx, r=lesson: tx.imports.upsert(RecordKind.REQUESTS, [r]), by=COMMAND_LINE)  # type: ignore[misc]
    request = key_of(house, "R-5")
    key = house.store.write(lambda tx: tx.outbox.add(None, "filled", request_key=request), by=COMMAND_LINE)
    assert house.deliver() == Round(1)
    assert [to for to, _, _ in house.post.sent] == ["d@voorbeeld.example"]
    assert house.entries()[0].details == {"query": request, "message": "filled"}
    bare = row(6, "R-6", "Noord", kind=RequestKind.GUEST_LESSON, title="Les")
    house.store.write(lambda tx: tx.imports.upsert(RecordKind.REQUESTS, [bare]), by=COMMAND_LINE)
    other = key_of(house, "R-6")
    lost = house.store.write(lambda tx: tx.outbox.add(None, "filled", request_key=other), by=COMMAND_LINE)
    assert house.deliver() == Round(0)
    assert [house.mail(one).state for one in (key, lost)] == ["sent", "refused"]
