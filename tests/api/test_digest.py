"""Mail once a week from end to end: what waits, what cannot, and one letter by SMTP that is answered over IMAP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.messages import Composer
from api.settings import configured
from matcher.domain.invitations import AnswerTerms
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import Moment, RecordKind
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.replies.reading import Answer
from matcher.repositories.values import Upsert
from matcher.services import duplicates, erasure, inbox, invitations, messages, privacy, subscriptions, waiting
from matcher.services.app import App
from matcher.services.inbox import Done
from matcher.services.subscriptions import Level
from tests.api.conftest import SECRETS, app_in, form_token, plain
from tests.api.test_inbox import COORDINATOR, House, alumnus_of, body, bounce, meeting_in, open_house, reply
from tests.support import stores
from tests.support.cards import handle

TEACHER = Asker(9, Role.TEACHER, "Noord")
THURSDAY, MONDAY = datetime(2027, 3, 4), datetime(2027, 3, 8)
APRIL = (Moment(datetime(2027, 4, 13, 13), datetime(2027, 4, 13, 15)),)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The region on a Thursday; A-1 wants mail once a week."""
    with open_house(tmp_path) as house:
        at(house, THURSDAY)
        subscriptions.choose_weekly(house.app, alumnus_of(house), weekly=True)
        yield house


def at(house: House, moment: datetime) -> None:
    """Moves the clock to a moment in the Netherlands."""
    house.clock.day, house.clock.time = moment.date(), moment.time()


def ask(house: House, request_id: str, app: App | None = None, **more: object) -> int:
    """A request for which A-1 is invited; its key. The mail is out of its ten minutes."""
    row = Upsert(9, request_id, "Noord", {"kind": RequestKind.GUEST_LESSON, "title": f"Gastles {request_id}", **more})
    stores.upsert(house.store, RecordKind.REQUESTS, [row])
    invitations.invite(app or house.app, TEACHER, request_id, handle(house.store, request_id, "A-1"))
    house.clock.advance(house.app.answer_terms.undo)
    return stores.key_of(house.store, RecordKind.REQUESTS, request_id, "Noord")


def events(house: House, request: int) -> list[LedgerEvent]:
    """What happened between A-1 and a request."""
    lines = stores.read(house.store, lambda records: records.ledger.entries(house.alumnus))
    return [line.event for line in lines if line.request_key == request]


def states(house: House) -> dict[str, list[str]]:
    """The states of all messages, by the name of each."""
    rows: dict[str, list[str]] = {}
    for mail in stores.mails(house.store):
        rows.setdefault(mail.message, []).append(mail.state)
    return {name: sorted(found) for name, found in rows.items()}


def on_monday(house: House) -> list[Message]:
    at(house, MONDAY + timedelta(hours=8))
    return house.deliver()


def two_questions(house: House) -> tuple[Message, int, int]:
    """The letter with two questions, and the requests in the order of their numbers."""
    first, second = ask(house, "R-8", moments=APRIL), ask(house, "R-9")
    (letter,) = on_monday(house)
    return letter, first, second


def test_what_can_wait_goes_as_one_letter_on_monday(house: House) -> None:
    """Two questions and a thank-you: in text and HTML, one click to stop on the wire, a link of its own for each."""
    ask(house, "R-8", moments=APRIL)
    assert house.deliver() == []
    ask(house, "R-9")
    link = messages.reply_purpose(house.request)
    stores.write(house.store, lambda tx: tx.outbox.add(house.alumnus, "thanks", link=link, values={"count": "0"}))
    at(house, MONDAY + timedelta(hours=7, minutes=59))
    assert house.deliver() == []
    assert states(house) == {"invited": ["waiting"] * 2, "thanks": ["waiting"], "digest": ["waiting"]}
    before = house.actions().count("message")
    (letter,) = on_monday(house)
    assert house.deliver() == []
    assert (letter["To"], letter["Subject"]) == (SECRETS[2], "Je mail van deze week")
    assert letter.get_content_type() == "multipart/alternative"
    raw = house.box.raw[-1].decode("ascii")
    assert re.search(r"\r\nList-Unsubscribe: <https://match\.example/stoppen/\w{32}>, <mailto:[^>\s]+>\r\n", raw)
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    text = body(letter)
    links = re.findall(r"https://match\.example/antwoord/(\S+)", text)
    shown = [invitations.question_of_link(house.app, link).request.request_id for link in links[:2]]
    assert (shown, len(set(links))) == (["R-8", "R-9"], 3)
    headings = ["Vraag 1: Noord vraagt je iets", "Vraag 2: Noord vraagt je iets", "Bedankt!"]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert text.count("Hallo,") == 1
    html = str(letter.get_body(("html",)).get_content())  # type: ignore[attr-defined]
    assert [f">{heading}</h2>" in html for heading in headings] == [True] * 3
    assert ">Bekijk vraag 2 en antwoord</a>" in html
    assert states(house) == {"invited": ["sent"] * 2, "thanks": ["sent"], "digest": ["sent"]}
    assert house.actions().count("message") - before == 4, "the letter, and each of what is in it"
    assert house.deliver() == []
    at(house, MONDAY + timedelta(days=7, hours=9))
    assert house.deliver() == []


def test_the_letter_says_for_whom_it_is(house: House) -> None:
    """Where two people have its address."""
    stores.upsert(house.store, RecordKind.ALUMNI, [Upsert(3, "A-1", "Zuid", {"email": SECRETS[2]})])
    letter, *_ = two_questions(house)
    assert body(letter).startswith("Deze mail is voor de oud-student van Noord.")


def test_what_cannot_wait_goes_at_once(house: House) -> None:
    """A question whose term is over by then, or leaves a day; a link to log in; what was agreed, and that it is off."""
    at(house, datetime(2027, 3, 2))
    tuesday = ask(house, "R-7", moments=APRIL)
    assert [mail["Subject"] for mail in house.deliver()] == ["Noord heeft een vraag aan je"], "a day after Monday"
    at(house, THURSDAY)
    soon = Moment(datetime(2027, 3, 11, 13), datetime(2027, 3, 11, 15))
    ask(house, "R-6", moments=(soon,))
    messages.ask_login_link(house.app, Asker(0, Role.VISITOR), SECRETS[2])
    subjects = {str(mail["Subject"]) for mail in house.deliver()}
    assert subjects == {"Noord heeft een vraag aan je", "Inloggen bij alumnimatch"}
    invitations.reply(house.app, alumnus_of(house), tuesday, accepts=True)
    (agreed,) = house.deliver()
    assert meeting_in(agreed)["STATUS"] == "CONFIRMED"
    invitations.reply(house.app, alumnus_of(house), tuesday, accepts=False)
    (off,) = house.deliver()
    assert meeting_in(off)["STATUS"] == "CANCELLED"


def test_a_clock_that_stood_still_on_monday_sends_the_letter_afterwards(house: House) -> None:
    """What was written before Monday and not looked at since goes in one letter, at once and once."""
    ask(house, "R-8", moments=APRIL)
    ask(house, "R-9")
    at(house, MONDAY + timedelta(days=1, hours=11))
    assert [mail["Subject"] for mail in house.deliver()] == ["Je mail van deze week"]
    assert house.deliver() == []


@pytest.mark.parametrize(("asked_on", "waits"), [(2, False), (3, True), (7, True)])
def test_a_question_waits_where_two_days_are_left_to_answer_it(house: House, asked_on: int, waits: bool) -> None:
    """Of seven days from Tuesday one is left after Monday, from Wednesday two."""
    at(house, datetime(2027, 3, asked_on, 10))
    ask(house, "R-8", moments=APRIL)
    assert (house.deliver() == []) is waits


def test_an_undo_and_an_ask_taken_back_leave_the_letter(house: House) -> None:
    """Neither was an ask; the one question that is left goes as the mail that it would have been."""
    first = ask(house, "R-8", moments=APRIL)
    second = ask(house, "R-9")
    house.deliver()
    assert not invitations.take_back(house.app, TEACHER, "R-8", handle(house.store, "R-8", "A-1"))
    undone = stores.upsert(
        house.store, RecordKind.REQUESTS, [Upsert(9, "R-5", "Noord", {"kind": "guest_lesson", "title": "Gastles"})]
    )
    assert len(undone) == 1
    invitations.invite(house.app, TEACHER, "R-5", handle(house.store, "R-5", "A-1"))
    assert invitations.take_back(house.app, TEACHER, "R-5", handle(house.store, "R-5", "A-1"))
    assert events(house, first) == [LedgerEvent.ASKED, LedgerEvent.RELEASED]
    (mail,) = on_monday(house)
    assert mail["Subject"] == "Noord heeft een vraag aan je"
    (link,) = re.findall(r"https://match\.example/antwoord/(\S+)", body(mail))
    assert invitations.question_of_link(house.app, link).request.key == second
    house.post.put(reply(mail, "Ja, graag"))
    assert house.fetch() == {Done.RECORDED: 1}, "which names no question, since there is one"
    assert states(house)["invited"] == ["dropped", "dropped", "sent"]


def test_a_letter_of_which_nothing_is_left_is_not_sent(house: House) -> None:
    """Consent for the kind is withdrawn while it waits."""
    ask(house, "R-8", moments=APRIL)
    ask(house, "R-9")
    house.deliver()
    privacy.give(house.app, alumnus_of(house), Purpose.GUEST_LESSON, given=False)
    assert on_monday(house) == []
    assert states(house) == {"invited": ["dropped"] * 2, "digest": ["dropped"]}


def test_what_was_stopped_meanwhile_is_left_out(house: House) -> None:
    """Of two questions one, by the page behind an older mail; the other goes."""
    first, _ = ask(house, "R-8", moments=APRIL), ask(house, "R-9")
    house.deliver()
    stores.write(house.store, lambda tx: tx.mail_stops.add(house.alumnus, f"request {first}"))
    (mail,) = on_monday(house)
    (link,) = re.findall(r"https://match\.example/antwoord/(\S+)", body(mail))
    assert invitations.question_of_link(house.app, link).request.request_id == "R-9"


def test_an_erasure_takes_what_waits_along(house: House) -> None:
    """Nothing is sent, and nothing of it is left."""
    ask(house, "R-8", moments=APRIL)
    house.deliver()
    key = house.alumnus
    erasure.erase(house.app, COMMAND_LINE, "A-1", school="Noord")
    assert on_monday(house) == []
    assert states(house) == {}
    assert stores.read(house.store, lambda records: records.digests.chosen(key)) is None


def test_whoever_chooses_each_mail_apart_gets_what_waits_at_once(house: House) -> None:
    """In one letter; what comes after that goes by itself, and nothing twice."""
    ask(house, "R-8", moments=APRIL)
    ask(house, "R-9")
    assert house.deliver() == []
    assert subscriptions.choose_weekly(house.app, alumnus_of(house), weekly=False)
    assert not subscriptions.choose_weekly(house.app, alumnus_of(house), weekly=False)
    assert [mail["Subject"] for mail in house.deliver()] == ["Je mail van deze week"]
    ask(house, "R-7", moments=APRIL)
    assert [mail["Subject"] for mail in house.deliver()] == ["Noord heeft een vraag aan je"]
    assert on_monday(house) == []


def test_a_reminder_goes_in_the_letter_or_not_at_all(house: House) -> None:
    """It never goes by itself: its question is in the letter, or its term is over before the next one."""
    ask(house, "R-8", moments=APRIL)
    house.deliver()
    at(house, MONDAY + timedelta(hours=7))
    assert waiting.advance(house.app, JOB).reminded == 1, "halfway the term, which counts from the ask"
    assert house.deliver() == []
    assert [mail["Subject"] for mail in on_monday(house)] == ["Noord heeft een vraag aan je"]
    assert states(house) == {"invited": ["sent"], "reminded": ["dropped"], "digest": ["sent"]}


def test_a_reminder_waits_for_a_letter_that_comes_in_time(house: House) -> None:
    """A term of three weeks: asked at once, reminded in the letter, with the days as they were."""
    subscriptions.choose_weekly(house.app, alumnus_of(house), weekly=False)
    request = ask(house, "R-8", replace(house.app, answer_terms=AnswerTerms(days=21)))
    assert len(house.deliver()) == 1
    subscriptions.choose_weekly(house.app, alumnus_of(house), weekly=True)
    at(house, datetime(2027, 3, 16, 9))
    assert waiting.advance(house.app, JOB).reminded == 1
    assert house.deliver() == []
    at(house, datetime(2027, 3, 22, 8))
    assert [mail["Subject"] for mail in house.deliver()] == ["Nog een keer: Noord heeft een vraag aan je"]
    assert events(house, request) == [LedgerEvent.ASKED]


def test_a_reply_that_names_no_question_is_for_a_person(house: House) -> None:
    """Nothing is recorded of any of them; a stop needs no number."""
    letter, first, second = two_questions(house)
    assert "vraag 2: ja" in body(letter)
    house.post.put(reply(letter, "Ja, graag!"))
    assert house.fetch() == {Done.DOUBT: 1}
    assert [events(house, one) for one in (first, second)] == [[LedgerEvent.ASKED]] * 2
    (row,) = inbox.waiting(house.app, COORDINATOR)
    assert (row.doubt.text, row.request) == ("Ja, graag!", None)
    assert [request.request_id for request in row.asked] == ["R-8", "R-9"]
    with pytest.raises(InvalidValue, match="which_question"):
        inbox.decide(house.app, COORDINATOR, row.doubt.key, Answer.YES)
    assert inbox.decide(house.app, COORDINATOR, row.doubt.key, Answer.YES, request_id="R-9")
    assert events(house, second) == [LedgerEvent.ASKED, LedgerEvent.ACCEPTED]
    house.deliver()
    house.post.put(reply(letter, "stop", id_="2"))
    assert house.fetch() == {Done.RECORDED: 1}
    assert subscriptions.stops(house.app, alumnus_of(house)) == ["everything"]


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("vraag 2: ja", (None, LedgerEvent.ACCEPTED)),
        ("Ja op vraag 2, graag", (None, LedgerEvent.ACCEPTED)),
        ("1: nee, helaas\n2: ja", (LedgerEvent.DECLINED, LedgerEvent.ACCEPTED)),
        ("Yes to question 1", (LedgerEvent.ACCEPTED, None)),
        ("vraag 3: ja", (None, None)),
        ("1: ja\n1: nee", (None, None)),
        ("vraag 1 en vraag 2: ja", (None, None)),
    ],
)
def test_a_reply_by_number_is_of_that_question(house: House, text: str, answers: tuple[Any, Any]) -> None:
    """One or each of them; a number that is not there, or twice, is for a person."""
    letter, *requests = two_questions(house)
    house.post.put(reply(letter, text))
    assert house.fetch() == {Done.RECORDED if any(answers) else Done.DOUBT: 1}
    for request, answer in zip(requests, answers, strict=True):
        assert events(house, request) == [LedgerEvent.ASKED, *([answer] if answer else [])]


def test_numbers_are_not_trusted_where_two_letters_may_have_come(house: House) -> None:
    """The mail server may have had the first, in which they stood for other questions."""
    letter, first, second = two_questions(house)
    key = next(mail.key for mail in stores.mails(house.store) if mail.message == "digest")
    made = stores.read(house.store, lambda records: records.digests.parts(key))
    assert [messages.request_key_of(part) for part in made] == [first, second]
    with house.store._database.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from outbox where perhaps_twice").scalar() == 0
    house.store._database.write(
        lambda connection: connection.exec_driver_sql("update outbox set perhaps_twice = 1 where message = 'digest'")
    )
    house.post.put(reply(letter, "vraag 2: ja"))
    assert house.fetch() == {Done.DOUBT: 1}


def test_a_letter_that_bounces_asked_nothing(house: House) -> None:
    """None of its questions counts, and the address is closed."""
    letter, first, second = two_questions(house)
    house.post.put(bounce(letter, "5.1.1"))
    assert house.fetch() == {Done.CLOSED: 1}
    assert [events(house, one) for one in (first, second)] == [[LedgerEvent.ASKED, LedgerEvent.RELEASED]] * 2


def test_a_server_that_cannot_take_it_gets_the_same_letter_again(house: House) -> None:
    """All parts wait with it; what comes meanwhile is for the next; a refusal for good refuses all, and asks nobody."""
    ask(house, "R-8", moments=APRIL)
    ask(house, "R-9")
    house.deliver()
    house.box.to_message = "451 later"
    assert on_monday(house) == []
    assert states(house) == {"invited": ["waiting"] * 2, "digest": ["waiting"]}
    house.box.to_message = "250 OK"
    house.clock.advance(messages.PAUSES[0])
    (letter,) = house.deliver()
    (made,) = (mail for mail in stores.mails(house.store) if mail.message == "digest")
    assert (made.attempts, str(letter["Message-ID"])) == (2, f"<{made.message_id}@school.example>")
    links = re.findall(r"https://match\.example/antwoord/(\S+)", body(letter))
    assert len({invitations.question_of_link(house.app, link).request.key for link in links}) == 2


def test_a_refusal_for_good_refuses_what_is_in_it(house: House) -> None:
    """Nobody was asked; an operator who sends it again sends all of it."""
    first, second = ask(house, "R-8", moments=APRIL), ask(house, "R-9")
    house.deliver()
    house.box.to_recipient = "550 no such user"
    assert on_monday(house) == []
    assert states(house) == {"invited": ["refused"] * 2, "digest": ["refused"]}
    key = next(mail.key for mail in stores.mails(house.store) if mail.message == "digest")
    house.box.to_recipient = "250 OK"
    messages.retry(house.app, COMMAND_LINE, key)
    assert [mail["Subject"] for mail in house.deliver()] == ["Je mail van deze week"]
    assert [events(house, one) for one in (first, second)] == [[LedgerEvent.ASKED]] * 2


def test_an_operator_who_drops_the_letter_drops_what_is_in_it(house: House) -> None:
    """So no question waits for ever."""
    ask(house, "R-8", moments=APRIL)
    house.deliver()
    key = next(mail.key for mail in stores.mails(house.store) if mail.message == "digest")
    messages.drop(house.app, COMMAND_LINE, key)
    assert states(house) == {"invited": ["dropped"], "digest": ["dropped"]}
    assert waiting.advance(house.app, JOB).ended == 1


def test_two_records_that_become_one_get_one_letter(house: House) -> None:
    """What waited for each of them is in it once; and two again, each has what is theirs."""
    values = {"email": "b@voorbeeld.example", "function": "wondzorg"}
    stores.upsert(house.store, RecordKind.ALUMNI, [Upsert(3, "A-2", "Noord", values)])
    other = stores.key_of(house.store, RecordKind.ALUMNI, "A-2", "Noord")
    ask(house, "R-8", moments=APRIL)
    stores.write(house.store, lambda tx: (tx.digests.choose(other), tx.outbox.add(other, "facts_ask", link="facts")))
    house.deliver()
    assert states(house)["digest"] == ["waiting"] * 2
    merge_id = duplicates.merge(house.app, COORDINATOR, "A-1", "A-2")
    at(house, MONDAY + timedelta(hours=7))
    stores.write(house.store, lambda tx: tx.outbox.add(house.alumnus, "facts_ask", link="facts"))
    house.deliver()
    duplicates.undo_merge(house.app, COORDINATOR, merge_id)
    assert sorted(str(mail["To"]) for mail in on_monday(house)) == sorted([SECRETS[2], "b@voorbeeld.example"])
    assert stores.read(house.store, lambda records: records.digests.chosen(other)) is not None


def test_the_choice_is_on_the_page_behind_each_mail(house: House) -> None:
    """Without logging in; a mail program's one click does not change it; of a letter all mail can be stopped."""
    letter, *_ = two_questions(house)
    (path,) = re.findall(r"<https://match\.example(/stoppen/\S+)>", str(letter["List-Unsubscribe"]))
    settings = house.settings.model_copy(update={"inbox_url": None, "base_url": "http://testserver"})
    app = create_app(house.app, settings)
    with TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"}) as browser:
        page = browser.get(path).text
        assert re.search(r'value="week" checked', page)
        assert 'value="soort"' not in page
        page = browser.post(path, data={"niveau": "niets", "ritme": "apart"}).text
        assert re.search(r'value="apart" checked', page)
        assert subscriptions.levels_of_link(house.app, path.rpartition("/")[2]).weekly is False
        browser.post(path, data={"niveau": "niets", "ritme": "week"})
        browser.post(path, data={"List-Unsubscribe": "One-Click"})
        levels = subscriptions.levels_of_link(house.app, path.rpartition("/")[2])
        assert (levels.weekly, levels.stopped) == (True, frozenset({Level.EVERYTHING}))


def test_the_choice_is_on_the_own_page(tmp_path: Path) -> None:
    """One button, on a form of the own session; what is known says it too."""
    app = app_in(tmp_path)
    store = app.state.held.store
    key = stores.key_of(store, RecordKind.ALUMNI, "A-1", "Noord")
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    code = stores.write(store, lambda tx: tx.links.new(key, messages.LOGIN, timedelta(days=1)))
    browser.post(f"/inloggen/link/{code}")
    page = browser.get("/mij/toestemming").text
    assert "Je krijgt elke mail apart" in plain(page)
    assert browser.post("/mij/ritme", data={"formulier": "anders", "week": "true"}).status_code == 403
    page = browser.post("/mij/ritme", data={"formulier": form_token(page), "week": "true"}).text
    assert "Je krijgt één keer per week mail, op maandag" in plain(page)
    assert browser.get("/mij/gegevens.json").json()["mail_weekly"] is not None
    browser.post("/mij/ritme", data={"formulier": form_token(page), "week": "false"})
    assert browser.get("/mij/gegevens.json").json()["mail_weekly"] is None
    store.close()


def test_the_day_is_a_setting(house: House) -> None:
    """Friday at four: what is asked on Thursday goes then."""
    settings = house.settings.model_copy(update={"weekly_day": "friday", "weekly_time": "16:00"})
    app = configured(house.app, settings, sends_mail=True)
    ask(house, "R-8", moments=APRIL)
    sent = []
    for moment in (THURSDAY + timedelta(hours=12), THURSDAY + timedelta(days=1, hours=16)):
        at(house, moment)
        sent.append(messages.deliver(app, JOB, house.mailer, Composer(settings)).sent)
    assert sent == [0, 1]
