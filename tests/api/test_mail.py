"""Mail through a real SMTP server on loopback: what it says, and what its links do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import cast

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.http.state import State
from api.mail import SmtpMailer
from api.settings import Settings
from api.wiring import build_mailer
from matcher.errors import ConfigurationError, MailError, MailRefused, MailUnreachable
from matcher.policy import COMMAND_LINE, Role
from matcher.repositories import Transaction
from matcher.services.messages import LOGIN_LASTS, LONGEST_REPLY, MOST_LINKS, REPLY_LASTS
from matcher.store.accounts import FRESH
from matcher.store.sql_store import SqlStore
from tests.api.conftest import SECRETS, app_in, form_token, headers_of
from tests.support.apps import Engine
from tests.support.cards import handle
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.mail import Box, hanging_server, mail_server
from tests.support.server import wait_until_warm

BASE = "http://testserver"


@pytest.fixture
def box() -> Iterator[Box]:
    with mail_server() as made:
        yield made


@pytest.fixture
def browser(box: Box, clock: FixedClock, tmp_path: Path) -> Iterator[TestClient]:
    held = app_in(tmp_path).state.held
    held.store.close()
    settings = Settings(
        database_url=held.settings.database_url,
        cache_dir=held.settings.cache_dir,
        base_url=BASE,
        smtp_url=box.url,
        mail_from="alumni@school.example",
        undo_minutes=0,
    )
    engine = Engine(SqlStore(settings.database_url, clock), HashEncoder(), clock)
    app = create_app(engine.app, settings, build_mailer(settings))
    with TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"}) as made:
        wait_until_warm()
        yield made
    app.state.held.store.close()


def state_in(browser: TestClient) -> State:
    held = browser.app.state.held  # type: ignore[attr-defined]
    assert isinstance(held, State)
    return held


def ask_link(browser: TestClient, email: str) -> str:
    """The page after asking for a link, once the request for it has been written or put aside."""
    page = browser.post("/inloggen/link", data={"email": email}).text
    state_in(browser).ask_login_link("").result()  # one thread writes them, one after another
    return page


def written(browser: TestClient) -> int:
    """How many messages there are in the outbox."""
    with state_in(browser).store.read() as records:
        return sum(records.outbox.count().values())


def body(message: Message) -> str:
    return str(message.get_body(("plain",)).get_content())  # type: ignore[attr-defined]


def link(browser: TestClient, box: Box) -> str:
    before = len(box.messages)
    browser.post("/inloggen/link", data={"email": f" {SECRETS[2].upper()} "})
    (path,) = re.findall(rf"{BASE}(/inloggen/link/\S+)", body(box.wait(before + 1)[-1]))
    return str(path)


def invite(browser: TestClient) -> None:
    headers = headers_of(browser.app, Role.TEACHER, "Noord")  # type: ignore[arg-type]
    card = {"alumnus": handle(state_in(browser).store, "R-1", "A-1")}
    assert browser.post("/v1/requests/R-1/invitations", json=card, headers=headers).status_code == 200


def test_an_alumnus_comes_in_by_a_link_that_works_once(browser: TestClient, box: Box) -> None:
    """Looking at it does not use it up, the button does; a second time it is spent."""
    path = link(browser, box)
    (message,) = box.messages
    assert (message["To"], message["From"]) == (SECRETS[2], "alumni@school.example"), "as kept, not as typed"
    assert "Noord" in body(message)
    assert not any(secret in body(message) for secret in SECRETS[:2])
    assert browser.get(path).status_code == browser.get(path).status_code == 200
    used = browser.post(path, follow_redirects=False)
    assert (used.status_code, used.headers["Location"]) == (303, "/mij")
    page = browser.get("/mij/gegevens").text
    assert SECRETS[0] in page
    assert "een link om in te loggen" in page, "every message is told"
    other = TestClient(browser.app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    assert other.post(path).status_code == 401
    assert other.get("/mij", follow_redirects=False).status_code == 303


def test_the_address_changes_only_after_a_fresh_login(browser: TestClient, box: Box, clock: FixedClock) -> None:
    """A browser that was left open changes nothing; else the old address is told, and no longer logs in."""
    browser.post(link(browser, box))
    new = {"formulier": form_token(browser.get("/mij").text), "veld": "email", "waarde": "nieuw@voorbeeld.example"}
    clock.advance(FRESH + timedelta(minutes=1))
    assert browser.post("/mij/verbeter", data=new).status_code == 403
    assert written(browser) == len(box.messages) == 1
    browser.post(link(browser, box))
    new["formulier"] = form_token(browser.get("/mij").text)
    assert browser.post("/mij/verbeter", data=new, follow_redirects=False).status_code == 303
    assert box.wait(3)[-1]["To"] == SECRETS[2]
    assert "is je e-mailadres in alumnimatch veranderd" in body(box.messages[-1])
    ask_link(browser, SECRETS[2])
    assert written(browser) == 3
    ask_link(browser, "nieuw@voorbeeld.example")
    assert box.wait(4)[-1]["To"] == "nieuw@voorbeeld.example"


def test_an_unknown_address_is_told_the_same(browser: TestClient, box: Box) -> None:
    """The answer is the same to the letter, and no mail goes out."""
    unknown = ask_link(browser, "niemand@voorbeeld.example")
    assert written(browser) == 0
    assert unknown == ask_link(browser, SECRETS[2])
    assert len(box.wait(1)) == written(browser) == 1


def test_the_time_of_a_page_tells_nothing_of_an_address(browser: TestClient) -> None:
    """While a write holds the database the page answers for a known address as for an unknown one."""
    state = state_in(browser)
    store = cast("SqlStore", state.store)
    with store._database.engine.connect() as connection:
        connection.execution_options(write=True)
        with connection.begin():
            for email in ("niemand@voorbeeld.example", SECRETS[2]):
                assert browser.post("/inloggen/link", data={"email": email}).status_code == 200
            assert written(browser) == 0
    state.ask_login_link("").result()
    assert written(browser) == 1


@pytest.mark.parametrize("code", ["x" * 43, "x" * 10, "../../mij", "x" * 200])
def test_a_made_up_link_opens_nothing(browser: TestClient, code: str) -> None:
    """Of any length or form."""
    assert browser.post(f"/inloggen/link/{code}").status_code in {401, 404, 405, 422}


def test_a_link_for_another_purpose_opens_nothing(browser: TestClient) -> None:
    """Links are bound to what they are for."""

    def make(tx: Transaction) -> str:
        ((key, _),) = tx.people.with_email(SECRETS[2])
        return tx.links.new(key, "other", LOGIN_LASTS)

    secret = state_in(browser).store.write(make, by=COMMAND_LINE)
    assert browser.post(f"/inloggen/link/{secret}").status_code == 401


def test_an_invitation_says_what_is_asked_and_names_no_one(browser: TestClient, box: Box) -> None:
    """An alumnus who is invited reads what it is about and by when to answer, and no name or address of anybody."""
    invite(browser)
    (message,) = box.wait(1)
    assert message["To"] == SECRETS[2]
    assert "Noord heeft een vraag" in message["Subject"]
    assert "Gastles wondzorg" in body(message)
    assert "Antwoord graag tot en met" in body(message)
    assert not any(secret in body(message) for secret in SECRETS)
    assert f"{BASE}/inloggen" in body(message)


@pytest.mark.parametrize("says", ["true", "false"])
def test_a_question_is_answered_in_one_click(browser: TestClient, box: Box, says: str) -> None:
    """From the mail, without logging in; the link goes on showing how it stands, and opens nothing else."""
    app = browser.app
    headers = headers_of(app, Role.TEACHER, "Noord")  # type: ignore[arg-type]
    invite(browser)
    (path,) = re.findall(rf"{BASE}(/antwoord/\S+)", body(box.wait(1)[-1]))
    alumnus = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    page = alumnus.get(path).text
    assert "Gastles wondzorg" in page
    assert not any(secret in page for secret in SECRETS)
    assert alumnus.get(path).status_code == 200, "looking does not use it up"
    answered = alumnus.post(path, data={"ja": says})
    assert answered.status_code == 200
    assert ("Je zei ja." if says == "true" else "Je zei nee.") in answered.text
    assert alumnus.get("/mij", follow_redirects=False).status_code == 303
    later = alumnus.get(path)
    assert (later.status_code, "Je zei" in later.text) == (200, True)
    again = alumnus.post(path, data={"ja": "true"})
    assert (again.status_code, "Je hebt al geantwoord" in again.text) == (409, True)
    assert alumnus.post(path.replace("/antwoord/", "/inloggen/link/")).status_code == 401
    helpers = browser.get("/v1/requests/R-1/helpers", headers=headers).json()["helpers"]
    assert len(helpers) == (says == "true")


def test_a_mailbox_cannot_be_filled(browser: TestClient, box: Box, clock: FixedClock) -> None:
    """Three links in a quarter of an hour; the answer stays the same; after that there is room again."""
    answers = {ask_link(browser, SECRETS[2]) for _ in range(5)}
    assert (len(answers), len(box.wait(MOST_LINKS)), written(browser)) == (1, MOST_LINKS, MOST_LINKS)
    clock.advance(LOGIN_LASTS)
    ask_link(browser, SECRETS[2])
    assert len(box.wait(MOST_LINKS + 1)) == MOST_LINKS + 1


def test_links_that_wait_count_too(browser: TestClient, box: Box, clock: FixedClock) -> None:
    """While the server refuses for now no more than three wait, however long it takes."""
    box.to_recipient = "451 later"
    for _ in range(3):
        for _ in range(5):
            ask_link(browser, SECRETS[2])
        clock.advance(LOGIN_LASTS)
    assert written(browser) == MOST_LINKS


def test_a_link_to_answer_does_not_log_in(browser: TestClient, box: Box, clock: FixedClock) -> None:
    """And one to log in answers nothing; two weeks after the last day of the request neither works."""
    invite(browser)
    (path,) = re.findall(rf"{BASE}(/antwoord/\S+)", body(box.wait(1)[-1]))
    assert browser.post(path.replace("/antwoord/", "/inloggen/link/")).status_code == 401
    assert browser.get(link(browser, box).replace("/inloggen/link/", "/antwoord/")).status_code == 401
    assert browser.get(path).status_code == 200
    clock.advance(REPLY_LASTS)
    assert browser.get(path).status_code == 200, "its last day is still ahead"
    clock.advance(LONGEST_REPLY)
    assert browser.get(path).status_code == 401


def test_what_a_server_says_is_told_apart(box: Box) -> None:
    """Refused for good, for now, for all mail, or not there: an error each, with the number and without the address."""
    mailer = SmtpMailer(box.url, "a@b.example")
    said: list[tuple[type[MailError], str]] = []
    for recipient, message in (
        ("550 no", "250 OK"),
        ("450 later", "250 OK"),
        ("250 OK", "554 spam"),
        ("421 bye", "250 OK"),
    ):
        box.to_recipient, box.to_message = recipient, message
        with pytest.raises(MailError) as caught:
            mailer.send(SECRETS[2], "x", "y")
        said.append((type(caught.value), str(caught.value.values["problem"])))
        assert SECRETS[2] not in str(caught.value)
    assert said == [
        (MailRefused, "recipient_refused 550"),
        (MailError, "recipient_refused 450"),
        (MailRefused, "message_refused 554"),
        (MailUnreachable, "unreachable 421"),
    ]
    with pytest.raises(MailUnreachable):
        SmtpMailer("smtp://127.0.0.1:9", "a@b.example").send(SECRETS[2], "x", "y")


def test_a_server_that_says_nothing_is_given_up(box: Box) -> None:
    """By its time, or at once where another thread breaks it off; the page that caused the mail has long been there."""
    with hanging_server() as url:
        mailer = SmtpMailer(url, "a@b.example")
        with pytest.raises(MailUnreachable):
            mailer.send(SECRETS[2], "x", "y")


def test_a_message_has_its_id_and_its_dots(box: Box) -> None:
    """Message-ID is what the outbox says, at the sender's domain; lines that are a dot come through."""
    SmtpMailer(box.url, "a@b.example").send("c@d.example", "x", "een\n.\n..twee\n", message_id="1f.2e")
    (message,) = box.messages
    assert message["Message-ID"] == "<1f.2e@b.example>"
    assert body(message).splitlines() == ["een", ".", "..twee"]


def test_an_address_cannot_bring_more_headers(box: Box) -> None:
    """A line break in an address or a subject is refused, not sent."""
    mailer = SmtpMailer(box.url, "a@b.example")
    for to, subject in (("a@b.example\nBcc: c@d.example", "x"), ("a@b.example", "x\nBcc: c@d.example")):
        with pytest.raises(MailError):
            mailer.send(to, subject, "y")
    assert box.messages == []


@pytest.mark.parametrize(
    ("url", "sender"), [("http://x", "a@b"), ("smtp://", "a@b"), ("smtp://x:port", "a@b"), ("smtp://x", "nobody")]
)
def test_settings_that_cannot_be_mail_are_refused(url: str, sender: str) -> None:
    """Before the server starts, without quoting what may hold a password."""
    with pytest.raises(ConfigurationError, match="ALUMNIMATCH_SMTP_URL"):
        SmtpMailer(url, sender)
    with pytest.raises(ConfigurationError, match="mail_without_address"):
        build_mailer(Settings(smtp_url="smtp://localhost"))  # type: ignore[arg-type]
