"""Replies and bounces from end to end: a mail that went out by SMTP is answered, and the answer is read over IMAP."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

from api import inbox as mailboxes
from api.app import create_app
from api.inbox import Mailbox
from api.messages import Composer
from api.settings import Settings
from api.wiring import build_mailbox, build_mailer
from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.moments import ZONE
from matcher.domain.records import Moment, RecordKind
from matcher.errors import ConfigurationError, MailUnreachable, UnknownId
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.ports import Mailer
from matcher.replies.reading import Answer
from matcher.repositories.values import Upsert
from matcher.services import access, erasure, inbox, invitations, messages, privacy, subscriptions
from matcher.services.inbox import Done, Outcome
from matcher.services.subscriptions import Level
from matcher.store.sql_store import SqlStore
from tests.api.conftest import SECRETS, app_in, browser_of, form_token, headers_of, plain
from tests.support import stores
from tests.support.apps import Engine
from tests.support.cards import handle
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.imap import Post, imap_server
from tests.support.mail import Box, mail_server
from tests.support.worlds import AS_OF

ADDRESS = "antwoord@school.example"
COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")


@dataclass
class House:
    """The region, its mail server, and the mailbox of replies."""

    engine: Engine
    settings: Settings
    box: Box
    post: Post
    clock: FixedClock
    mailer: Mailer

    @property
    def app(self) -> Any:
        return self.engine.app

    @property
    def store(self) -> SqlStore:
        return self.engine.store  # type: ignore[return-value]

    @property
    def alumnus(self) -> int:
        return stores.key_of(self.store, RecordKind.ALUMNI, "A-1", "Noord")

    @property
    def request(self) -> int:
        return stores.key_of(self.store, RecordKind.REQUESTS, "R-1", "Noord")

    def deliver(self) -> list[Message]:
        """Sends what is due; the new messages."""
        before = len(self.box.messages)
        messages.deliver(self.app, JOB, self.mailer, Composer(self.settings))
        return self.box.messages[before:]

    def invited(self) -> Message:
        """A-1 is invited for R-1; the mail."""
        teacher = Asker(9, Role.TEACHER, "Noord")
        invitations.invite(self.app, teacher, "R-1", handle(self.store, "R-1", "A-1"))
        self.clock.advance(self.app.answer_terms.undo)
        (mail,) = self.deliver()
        return mail

    def fetch(self) -> dict[Done, int]:
        """Reads the mailbox."""
        mailbox = build_mailbox(self.settings)
        assert mailbox is not None
        return dict(mailboxes.fetch(self.app, mailbox, ADDRESS))

    def events(self) -> list[LedgerEvent]:
        """What happened between A-1 and R-1."""
        lines = stores.read(self.store, lambda records: records.ledger.entries(self.alumnus))
        return [line.event for line in lines if line.request_key == self.request]

    def actions(self) -> list[str]:
        return [entry.action for entry in stores.log(self.store, limit=1000)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as house:
        yield house


@contextmanager
def open_house(tmp_path: Path) -> Iterator[House]:
    with mail_server() as box, imap_server() as post:
        held = app_in(tmp_path).state.held
        held.store.close()
        clock = FixedClock(AS_OF)
        settings = Settings(
            database_url=held.settings.database_url,
            cache_dir=held.settings.cache_dir,
            base_url="https://match.example",
            smtp_url=box.url,  # type: ignore[arg-type]
            mail_from="alumni@school.example",
            reply_address=ADDRESS,
            inbox_url=post.url,  # type: ignore[arg-type]
        )
        mailer = build_mailer(settings)
        assert mailer is not None
        engine = Engine(SqlStore(settings.database_url, clock), HashEncoder(), clock)
        yield House(engine, settings, box, post, clock, mailer)
        engine.store.close()


def reply(mail: Message, text: str, *, sender: str = SECRETS[2], id_: str = "1", **headers: str) -> bytes:
    """What a program sends when somebody answers a mail."""
    made = EmailMessage()
    made["From"], made["To"] = sender, str(mail["Reply-To"])
    made["Subject"] = f"Re: {mail['Subject']}"
    made["Message-ID"], made["In-Reply-To"] = f"<{id_}@voorbeeld.example>", str(mail["Message-ID"])
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    ours = "\n".join(f"> {line}" for line in body(mail).splitlines())
    made.set_content(f"{text}\n\nOp ma 1 mrt 2027 om 09:00 schreef Noord <{ADDRESS}>:\n\n{ours}\n")
    return made.as_bytes()


def body(mail: Message) -> str:
    return str(mail.get_body(("plain",)).get_content())  # type: ignore[attr-defined]


def bounce(mail: Message, status: str, recipient: str = SECRETS[2]) -> bytes:
    """What a mail server sends back."""
    return (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: {mail['Reply-To']}\nMessage-ID: <b{status}@mx.example>\n"
        'Subject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nNiet bezorgd.\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\n\n"
        "--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("text", "event", "subject"),
    [
        ("Ja hoor, doe ik graag!", LedgerEvent.ACCEPTED, "We hebben je ja genoteerd"),
        ("Nee, helaas.", LedgerEvent.DECLINED, "We hebben je nee genoteerd"),
        ("Nu niet, vraag me volgend jaar nog eens", LedgerEvent.LATER, "We hebben genoteerd: nu niet"),
    ],
)
def test_a_reply_is_read_recorded_and_confirmed(house: House, text: str, event: LedgerEvent, subject: str) -> None:
    """With our own mail quoted below it, which has every answer in it; then it is read, and marked so."""
    mail = house.invited()
    house.post.put(reply(mail, text))
    assert house.fetch() == {Done.RECORDED: 1}
    assert house.events() == [LedgerEvent.ASKED, event]
    (told,) = house.deliver()
    assert (told["To"], told["Subject"]) == (SECRETS[2], subject)
    assert house.post.flags() == [{r"\Seen"}]
    assert house.fetch() == {}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Ja hoor, dinsdag kan ik!", datetime(2027, 3, 16, 13)),
        ("yes, the 18th works", datetime(2027, 3, 18, 13)),
        ("Ja graag, dinsdag of donderdag", None),
    ],
)
def test_a_moment_that_is_named_is_the_one_that_is_agreed(house: House, text: str, moment: datetime | None) -> None:
    """Where the request has one on that day: it is told to both with its time. Of two a person reads which is meant."""
    mail = house.invited()
    house.post.put(reply(mail, text))
    assert house.fetch() == {Done.RECORDED: 1}
    assert invitations.question(house.app, alumnus_of(house), house.request).moment == moment
    told = house.deliver()
    unread = inbox.waiting(house.app, COORDINATOR)
    if moment is None:
        assert ([str(one["Subject"]) for one in told], len(unread)) == (["We hebben je ja genoteerd"], 1)
        return
    assert {str(one["To"]) for one in told} == {SECRETS[2], "docent@voorbeeld.example"}
    assert {meeting_in(one)["DTSTART"].dt for one in told} == {moment.replace(tzinfo=ZONE)}
    assert unread == []


def test_a_yes_to_a_day_that_was_not_proposed_is_for_a_person(house: House) -> None:
    """Nothing is recorded; who takes it for a yes to another day says so, and one that is named counts then."""
    mail = house.invited()
    house.post.put(reply(mail, "Ja, vrijdag kan ik"))
    assert house.fetch() == {Done.DOUBT: 1}
    assert house.events() == [LedgerEvent.ASKED]
    (row,) = inbox.waiting(house.app, COORDINATOR)
    assert inbox.decide(house.app, COORDINATOR, row.doubt.key, Answer.LATER)
    house.post.put(reply(mail, "Mijn man zegt dat donderdag past", id_="2"))
    assert house.fetch() == {Done.DOUBT: 1}
    (row,) = inbox.waiting(house.app, COORDINATOR)
    assert inbox.decide(house.app, COORDINATOR, row.doubt.key, Answer.YES)
    assert invitations.question(house.app, alumnus_of(house), house.request).moment == datetime(2027, 3, 18, 13)


def test_the_token_says_who_answers_and_not_the_sender(house: House) -> None:
    """From any address; what was noted is told to the address of the record."""
    mail = house.invited()
    house.post.put(reply(mail, "Ja, graag", sender="iemand.anders@elders.example"))
    assert house.fetch() == {Done.RECORDED: 1}
    (told,) = house.deliver()
    assert told["To"] == SECRETS[2]
    made_up = reply(mail, "Ja").replace(str(mail["Reply-To"]).encode(), f"antwoord+{'z' * 32}@school.example".encode())
    house.post.put(made_up)
    assert house.fetch() == {Done.UNKNOWN: 1}
    assert house.post.flags()[1] == {r"\Flagged"}, "left for a person"
    assert house.fetch() == {}, "who need not be told twice"


def test_what_is_not_certain_is_kept_for_a_person(house: House) -> None:
    """Nothing is recorded; a coordinator reads it, says what it means, and then it is gone."""
    mail = house.invited()
    house.post.put(reply(mail, "Ja leuk, maar alleen na 15 uur"))
    assert house.fetch() == {Done.DOUBT: 1}
    assert house.events() == [LedgerEvent.ASKED]
    assert [told["Subject"] for told in house.deliver()] == ["Je antwoord wordt gelezen"]
    (row,) = inbox.waiting(house.app, COORDINATOR)
    assert row.doubt.text == "Ja leuk, maar alleen na 15 uur", "without what it quotes"
    assert (row.alumnus.alumnus_id, row.request and row.request.request_id) == ("A-1", "R-1")
    assert inbox.waiting(house.app, Asker(6, Role.COORDINATOR, "Zuid")) == []
    with pytest.raises(UnknownId):
        inbox.decide(house.app, Asker(6, Role.COORDINATOR, "Zuid"), row.doubt.key, Answer.YES)
    assert inbox.decide(house.app, COORDINATOR, row.doubt.key, Answer.YES)
    assert house.events() == [LedgerEvent.ASKED, LedgerEvent.ACCEPTED]
    assert [told["Subject"] for told in house.deliver()] == ["We hebben je ja genoteerd"]
    assert inbox.waiting(house.app, COORDINATOR) == []
    with pytest.raises(UnknownId):
        inbox.decide(house.app, COORDINATOR, row.doubt.key, Answer.YES)


def test_a_yes_with_more_in_it_is_recorded_and_read(house: House) -> None:
    """The yes counts at once, and a person reads the rest."""
    mail = house.invited()
    house.post.put(reply(mail, "Ja, doe ik graag! Ik neem mijn eigen koffer met materiaal mee."))
    assert house.fetch() == {Done.RECORDED: 1}
    assert house.events()[-1] is LedgerEvent.ACCEPTED
    (row,) = inbox.waiting(house.app, COORDINATOR)
    assert row.doubt.reading == "yes"
    assert not inbox.decide(house.app, COORDINATOR, row.doubt.key, None)


def test_the_same_message_twice_does_one_thing(house: House) -> None:
    """Also where the connection broke off before it was marked as read."""
    mail = house.invited()
    raw = reply(mail, "Ja")
    house.post.put(raw)
    house.post.breaks_at = 1
    with pytest.raises(MailUnreachable):
        house.fetch()
    assert house.post.flags() == [set()]
    house.post.put(raw)
    assert house.fetch() == {Done.AGAIN: 2}
    assert house.events() == [LedgerEvent.ASKED, LedgerEvent.ACCEPTED]
    assert len(house.deliver()) == 1


def test_a_second_answer_that_changes_nothing_is_for_a_person(house: House) -> None:
    """A no after a yes counts, as with the button; a yes after a no does not, and is read."""
    mail = house.invited()
    done = [
        inbox.take(house.app, JOB, reply(mail, text, id_=str(number)), ADDRESS).done
        for number, text in enumerate(("Ja", "Nee, toch niet mogelijk", "Ja"))
    ]
    assert done == [Done.RECORDED, Done.RECORDED, Done.DOUBT]
    assert house.events() == [
        LedgerEvent.ASKED,
        LedgerEvent.ACCEPTED,
        LedgerEvent.RETRACTED,
        LedgerEvent.DECLINED,
    ]


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X_Autoreply": "yes"}, {"Return_Path": "<>"}],
)
def test_an_out_of_office_answers_nothing_and_gets_no_mail(house: House, headers: dict[str, str]) -> None:
    """Although its text says yes; so no two programs write to each other for ever."""
    mail = house.invited()
    house.post.put(reply(mail, "Ja", **headers))
    assert house.fetch() == {Done.AUTOMATIC: 1}
    assert house.events() == [LedgerEvent.ASKED]
    assert house.deliver() == []


def test_a_program_that_hides_that_it_is_one_gets_one_mail_a_day(house: House) -> None:
    """An answer to each of our mails without any header that says so."""
    mail = house.invited()
    told = []
    for number in range(5):
        inbox.take(house.app, JOB, reply(mail, "Uw bericht is in goede orde", id_=str(number)), ADDRESS)
        told += house.deliver()
    assert len(told) == 1


def test_stop_stops_everything_but_what_must_come(house: House) -> None:
    """The open question is answered no; nobody can invite, no mail goes out, and a link to log in does."""
    mail = house.invited()
    house.post.put(reply(mail, "Stop"))
    assert house.fetch() == {Done.RECORDED: 1}
    assert house.events() == [LedgerEvent.ASKED, LedgerEvent.DECLINED]
    assert [told["Subject"] for told in house.deliver()] == ["Je krijgt geen mail meer"]
    stores.write(house.store, lambda tx: tx.outbox.add(house.alumnus, "invited", link=f"reply {house.request}"))
    messages.ask_login_link(house.app, Asker(0, Role.VISITOR), SECRETS[2])
    assert [told["Subject"] for told in house.deliver()] == ["Inloggen bij alumnimatch"]
    assert [one.problem for one in stores.mails(house.store) if one.state == "dropped"] == ["mail_stopped"]
    other_request(house)
    with pytest.raises(UnknownId):
        invitations.invite(house.app, Asker(9, Role.TEACHER, "Noord"), "R-9", handle(house.store, "R-9", "A-1"))


def test_a_bounce_for_good_closes_the_address_and_not_the_person(house: House) -> None:
    """No mail goes there, the ask does not count, and whoever logs in from there has it open again."""
    mail = house.invited()
    house.post.put(bounce(mail, "5.1.1"))
    assert house.fetch() == {Done.CLOSED: 1}
    assert house.events() == [LedgerEvent.ASKED, LedgerEvent.RELEASED]
    stores.write(house.store, lambda tx: tx.outbox.add(house.alumnus, "email_changed"))
    assert house.deliver() == []
    assert [one.problem for one in stores.mails(house.store) if one.state == "refused"] == ["address_closed"]
    assert privacy.known(house.app, COMMAND_LINE, "A-1", school="Noord")["addresses_closed"][0]["status"] == "5.1.1"
    messages.ask_login_link(house.app, Asker(0, Role.VISITOR), SECRETS[2])
    (login,) = house.deliver()
    (code,) = re.findall(r"/inloggen/link/(\S+)", body(login))
    access.enter_with_link(house.app, Asker(0, Role.VISITOR), code)
    stores.write(house.store, lambda tx: tx.outbox.add(house.alumnus, "email_changed"))
    assert len(house.deliver()) == 1


@pytest.mark.parametrize(
    ("status", "recipient", "events"),
    [
        ("4.2.2", SECRETS[2], [LedgerEvent.ASKED]),
        ("5.7.1", SECRETS[2], [LedgerEvent.ASKED, LedgerEvent.RELEASED]),
        ("5.1.1", "vorig.adres@voorbeeld.example", [LedgerEvent.ASKED, LedgerEvent.RELEASED]),
    ],
)
def test_what_is_not_about_the_address_of_today_closes_nothing(
    house: House, status: str, recipient: str, events: list[LedgerEvent]
) -> None:
    """For now, because of the message, or of an address that the alumnus no longer has."""
    mail = house.invited()
    house.post.put(bounce(mail, status, recipient))
    assert house.fetch() == {Done.BOUNCED: 1}
    assert house.events() == events
    stores.write(house.store, lambda tx: tx.outbox.add(house.alumnus, "email_changed"))
    assert len(house.deliver()) == 1


def test_two_people_at_one_address_are_told_apart(house: House) -> None:
    """Each mail says for whom it is, by as little as that takes; the answer of one is not that of the other."""
    rows = [Upsert(2, "A-2", "Noord", {"email": SECRETS[2]}), Upsert(3, "A-1", "Zuid", {"email": SECRETS[2]})]
    stores.upsert(house.store, RecordKind.ALUMNI, rows)
    keys = [stores.key_of(house.store, RecordKind.ALUMNI, *name) for name in (("A-1", "Noord"), ("A-2", "Noord"))]
    zuid = stores.key_of(house.store, RecordKind.ALUMNI, "A-1", "Zuid")
    for key in (*keys, zuid):
        stores.write(house.store, lambda tx, key=key: tx.outbox.add(key, "heard_no"))  # type: ignore[misc]
    first = {body(mail).splitlines()[0] for mail in house.deliver()}
    assert first == {
        "Deze mail is voor de oud-student van Noord met studentnummer A-1.",
        "Deze mail is voor de oud-student van Noord met studentnummer A-2.",
        "Deze mail is voor de oud-student van Zuid.",
    }


def test_one_click_stops_mail_without_a_session_and_again(house: House) -> None:
    """As mail programs ask it; looking stops nothing; and the choice can be changed."""
    mail = house.invited()
    (path,) = re.findall(r"<https://match\.example(/stoppen/\S+)>", str(mail["List-Unsubscribe"]))
    app = create_app(house.app, house.settings.model_copy(update={"inbox_url": None, "base_url": "http://testserver"}))
    with TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"}) as browser:
        assert "Je krijgt nu gewoon mail." in plain(browser.get(path).text)
        assert SECRETS[0] not in browser.get(path).text
        one_click = {"List-Unsubscribe": "One-Click"}
        for _ in range(2):
            answer = browser.post(path, data=one_click)
            assert (answer.status_code, "Alle mail van alumnimatch" in plain(answer.text)) == (200, True)
        assert subscriptions.stops(house.app, alumnus_of(house)) == ["everything"]
        assert browser.post(path, files={"List-Unsubscribe": (None, "One-Click")}).status_code == 200
        page = plain(browser.post(path, data={"niveau": "soort"}).text)
        assert "Gestopt: Mail over gastles." in page
        assert subscriptions.stops(house.app, alumnus_of(house)) == ["kind guest_lesson"]
        browser.post(path, data={"niveau": "vraag"})
        assert subscriptions.stops(house.app, alumnus_of(house)) == [f"request {house.request}"]
        browser.post(path, data={"niveau": "niets"})
        assert subscriptions.stops(house.app, alumnus_of(house)) == []
        assert browser.post("/stoppen/" + "a" * 32).status_code == 401
    house.clock.advance(subscriptions.LASTS)
    with pytest.raises(Exception, match="stop_spent"):
        subscriptions.levels_of_link(house.app, path.rpartition("/")[2])


def other_request(house: House, **more: object) -> int:
    """Another request of the same kind; its key."""
    row = Upsert(9, "R-9", "Noord", {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", **more})
    stores.upsert(house.store, RecordKind.REQUESTS, [row])
    return stores.key_of(house.store, RecordKind.REQUESTS, "R-9", "Noord")


def test_an_alumnus_sees_on_the_own_page_that_mail_is_stopped_and_begins_it_again(tmp_path: Path) -> None:
    """With one button, on a form of the own session."""
    app = app_in(tmp_path)
    store = app.state.held.store
    key = stores.key_of(store, RecordKind.ALUMNI, "A-1", "Noord")
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    code = stores.write(store, lambda tx: tx.links.new(key, messages.LOGIN, timedelta(days=1)))
    browser.post(f"/inloggen/link/{code}")
    stores.write(store, lambda tx: (tx.mail_stops.add(key, "everything"), tx.mail_stops.add(key, "kind mentor")))
    page = browser.get("/mij/toestemming").text
    assert "Je hebt mail gestopt" in page
    assert browser.post("/mij/mail", data={"formulier": "anders"}).status_code == 403
    again = browser.post("/mij/mail", data={"formulier": form_token(page)})
    assert "Je hebt mail gestopt" not in again.text
    assert stores.read(store, lambda records: records.mail_stops.of(key)) == {}
    store.close()


def alumnus_of(house: House) -> Asker:
    return Asker(3, Role.ALUMNUS, "Noord", house.alumnus)


@pytest.mark.parametrize(("level", "reached"), [(Level.REQUEST, True), (Level.KIND, False), (Level.EVERYTHING, False)])
def test_a_level_stops_what_it_names(house: House, level: Level, reached: bool) -> None:
    """Of one request, of its kind, or all: another request of the same kind is stopped by the last two."""
    mail = house.invited()
    secret = str(mail["List-Unsubscribe"]).partition("/stoppen/")[2].partition(">")[0]
    subscriptions.stop_by_link(house.app, secret, level)
    for key in (house.request, other_request(house)):
        link = messages.reply_purpose(key)
        stores.write(house.store, lambda tx, link=link: tx.outbox.add(house.alumnus, "invited", link=link))  # type: ignore[misc]
    assert len(house.deliver()) == int(reached)


def test_what_was_agreed_is_in_both_calendars_and_out_again(house: House) -> None:
    """A yes by mail to a request with one moment: to the alumnus and who asked, each as the only one invited."""
    moment = Moment(datetime(2027, 3, 30, 14), datetime(2027, 3, 30, 15, 30))
    other = other_request(house, moments=(moment,), requester="docent@voorbeeld.example", town="Zwolle")
    invitations.invite(house.app, Asker(9, Role.TEACHER, "Noord"), "R-9", handle(house.store, "R-9", "A-1"))
    house.clock.advance(house.app.answer_terms.undo)
    (mail,) = house.deliver()
    house.post.put(reply(mail, "Ja graag"))
    assert house.fetch() == {Done.RECORDED: 1}
    made = {str(told["To"]): meeting_in(told) for told in house.deliver()}
    assert set(made) == {SECRETS[2], "docent@voorbeeld.example"}
    for address, event in made.items():
        assert (str(event["ATTENDEE"]), str(event["STATUS"])) == (f"mailto:{address}", "CONFIRMED")
        assert event["DTSTART"].dt == datetime(2027, 3, 30, 14, tzinfo=ZONE)
        assert not any(secret in event.to_ical().decode() for secret in SECRETS[:2])
    assert len({str(event["UID"]) for event in made.values()}) == 1
    house.clock.advance(timedelta(minutes=1))
    invitations.reply(house.app, alumnus_of(house), other, accepts=False)
    off = {str(told["To"]): meeting_in(told) for told in house.deliver()}
    assert set(off) == set(made)
    for address, event in off.items():
        assert (str(event["UID"]), str(event["STATUS"])) == (str(made[address]["UID"]), "CANCELLED")
        assert int(event["SEQUENCE"]) > int(made[address]["SEQUENCE"])


def meeting_in(mail: Message) -> Any:
    """The meeting of a mail."""
    (part,) = (one for one in mail.walk() if one.get_content_type() == "text/calendar")
    (event,) = Calendar.from_ical(part.get_content()).walk("VEVENT")  # type: ignore[attr-defined]
    return event


def test_doubts_have_a_term_and_are_known_and_erased(house: House) -> None:
    """In what an alumnus may see; gone after the term, and with the person."""
    mail = house.invited()
    inbox.take(house.app, JOB, reply(mail, "Misschien, geheimverhaal"), ADDRESS)
    known = privacy.known(house.app, COMMAND_LINE, "A-1", school="Noord")
    assert known["replies_unread"][0]["text"] == "Misschien, geheimverhaal"
    assert inbox.advance(house.app, JOB) == 0
    house.clock.advance(timedelta(days=31))
    assert inbox.advance(house.app, JOB) == 1
    assert inbox.advance(house.app, JOB) == 0, "and nothing is written"
    inbox.take(house.app, JOB, reply(mail, "Misschien, geheimverhaal", id_="2"), ADDRESS)
    erasure.erase(house.app, COMMAND_LINE, "A-1", school="Noord")
    assert stores.read(house.store, lambda records: records.inbox.page()) == []
    assert inbox.take(house.app, JOB, reply(mail, "Ja", id_="3"), ADDRESS) == Outcome(Done.UNKNOWN)
    assert "geheimverhaal" not in str(stores.log(house.store, limit=1000))


def test_the_coordinator_reads_replies_on_a_page(tmp_path: Path) -> None:
    """The words, escaped; one button; and a form that is not ours is refused."""
    app = app_in(tmp_path, login="demo", reply_address=ADDRESS)
    held = app.state.held
    key = stores.key_of(held.store, RecordKind.ALUMNI, "A-1", "Noord")
    request = stores.key_of(held.store, RecordKind.REQUESTS, "R-1", "Noord")
    doubt = stores.write(held.store, lambda tx: tx.inbox.doubt(key, request, "doubt", "Ja <b>maar</b>\nniet nu"))
    browser = browser_of(app)
    page = browser.get("/antwoorden").text
    assert "Ja &lt;b&gt;maar&lt;/b&gt;<br>niet nu" in page
    assert browser.post("/antwoorden", data={"antwoord": doubt, "lees": "niets"}).status_code == 403
    form = {"formulier": form_token(page), "antwoord": str(doubt)}
    assert browser.post("/antwoorden", data={**form, "lees": "anders"}).status_code == 422
    assert "Er is niets genoteerd" in browser.post("/antwoorden", data={**form, "lees": "niets"}).text
    assert "Er wacht geen antwoord" in browser.get("/antwoorden").text
    assert browser_of(app, Role.TEACHER).get("/antwoorden").status_code == 403
    held.store.close()


def test_replies_as_json(tmp_path: Path) -> None:
    """What waits, and settling one: recorded once, gone then; another school's are not there, other roles may not."""
    app = app_in(tmp_path)
    store = app.state.held.store
    key = stores.key_of(store, RecordKind.ALUMNI, "A-1", "Noord")
    invitations.invite(app.state.held.app, Asker(9, Role.TEACHER, "Noord"), "R-1", handle(store, "R-1", "A-1"))
    request = stores.key_of(store, RecordKind.REQUESTS, "R-1", "Noord")
    doubt, other = (
        stores.write(store, lambda tx, about=about: tx.inbox.doubt(key, about, "doubt", "Ja, maar pas om 15 uur"))  # type: ignore[misc]
        for about in (request, None)
    )
    client = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Noord"), raise_server_exceptions=False)
    items = {row["id"]: row for row in client.get("/v1/inbox").json()["items"]}
    assert items[str(doubt)] | {"at": ""} == {
        "id": str(doubt),
        "at": "",
        "school": "Noord",
        "alumnus_id": "A-1",
        "request_id": "R-1",
        "asked": [],
        "reading": "doubt",
        "text": "Ja, maar pas om 15 uur",
    }
    assert (items[str(other)]["request_id"], items[str(other)]["asked"]) == (None, ["R-1"])
    zuid = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Zuid"), raise_server_exceptions=False)
    assert zuid.get("/v1/inbox").json() == {"items": []}
    assert zuid.post(f"/v1/inbox/{doubt}", json={"answer": None}).status_code == 404
    teacher = TestClient(app, headers=headers_of(app, Role.TEACHER, "Noord"), raise_server_exceptions=False)
    assert [teacher.get("/v1/inbox").status_code, client.post("/v1/inbox/x", json={"answer": None}).status_code] == [
        403,
        404,
    ]
    assert client.post(f"/v1/inbox/{other}", json={"answer": "doubt"}).status_code == 422
    unnamed = client.post(f"/v1/inbox/{other}", json={"answer": "yes"})
    assert (unnamed.status_code, "Zeg bij welke vraag" in unnamed.text) == (422, True)
    assert client.post(f"/v1/inbox/{other}", json={"answer": "yes", "request_id": "R-2"}).status_code == 404
    assert client.post(f"/v1/inbox/{other}", json={"answer": "yes", "request_id": "R-1"}).json() == {"recorded": True}
    assert client.post(f"/v1/inbox/{doubt}", json={"answer": "yes"}).json() == {"recorded": False}
    assert client.get("/v1/inbox").json() == {"items": []}
    assert client.post(f"/v1/inbox/{doubt}", json={"answer": None}).status_code == 404
    store.close()


def test_a_mail_server_can_give_each_mail_to_a_program(house: House) -> None:
    """By a pipe: exit code 0 for what was dealt with, 1 for what a person has to look at, 2 without a mailbox."""
    mail = house.invited()

    def piped(raw: bytes, **settings: str) -> tuple[int, object]:
        names = {"DATABASE_URL": house.settings.database_url, "CACHE_DIR": str(house.settings.cache_dir), **settings}
        given = os.environ | {f"ALUMNIMATCH_{name}": value for name, value in names.items()}
        words = [sys.executable, "-m", "api.cli", "inbox", "read", "--format", "json"]
        done = subprocess.run(words, input=raw, capture_output=True, env=given, check=False)
        return done.returncode, json.loads(done.stdout or "{}")

    raw = reply(mail, "Ja")
    assert piped(raw, REPLY_ADDRESS=ADDRESS) == (0, {"recorded": 1})
    assert piped(raw, REPLY_ADDRESS=ADDRESS) == (0, {"again": 1})
    assert piped(b"Subject: iets anders\n\nHallo", REPLY_ADDRESS=ADDRESS) == (1, {"unknown": 1})
    assert piped(raw) == (2, {})
    assert sorted(house.events()) == [LedgerEvent.ACCEPTED, LedgerEvent.ASKED], "the program has a clock of its own"


def test_a_mailbox_that_cannot_be_used_says_so(house: House) -> None:
    """A wrong password, no server, and a setting that is none; none of them is quoted."""
    wrong = house.post.url.replace("geheim", "anders")
    for url in (wrong, "imap://a:b@127.0.0.1:9/INBOX", house.post.url.replace("INBOX", "Anders")):
        with pytest.raises(MailUnreachable) as caught:
            Mailbox(url).read(lambda _: True)
        assert "anders" not in str(caught.value)
    for url in ("http://a:b@x", "imap://x", "imaps://a:b@x:port"):
        with pytest.raises(ConfigurationError, match="ALUMNIMATCH_INBOX_URL"):
            Mailbox(url)
    with pytest.raises(ConfigurationError, match="REPLY_ADDRESS"):
        build_mailbox(house.settings.model_copy(update={"reply_address": None}))
