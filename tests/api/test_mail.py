"""Links by mail, through a real SMTP server on loopback."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from fastapi.testclient import TestClient

from api.app import create_app
from api.mail import SmtpMailer
from api.settings import Settings
from api.wiring import build_mailer
from matcher.engine.current import Engine
from matcher.errors import ConfigurationError, MailError
from matcher.policy import Role
from matcher.store import accounts, old_doors, schema
from tests.api.conftest import SECRETS, app_in, headers_of, wait_until_warm
from tests.api.test_rights import form_token
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.records import shift
from tests.support.worlds import AS_OF

BASE = "http://testserver"


class Box:
    """What the server took in."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.url = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def box() -> Iterator[Box]:
    made = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:  # the library asks for a port that it can connect to
        port = free.getsockname()[1]
    server = Controller(made, hostname="127.0.0.1", port=port)
    server.start()
    made.url = f"smtp://127.0.0.1:{port}"
    yield made
    server.stop()


@pytest.fixture
def browser(box: Box, tmp_path: Path) -> Iterator[TestClient]:
    held = app_in(tmp_path).state.held
    settings = Settings(
        database_url=held.settings.database_url,
        cache_dir=held.settings.cache_dir,
        base_url=BASE,
        smtp_url=box.url,
        mail_from="alumni@school.example",
    )
    engine = Engine(held.store, HashEncoder(), FixedClock(AS_OF))
    app = create_app(engine, settings, build_mailer(settings))
    with TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"}) as made:
        wait_until_warm()
        yield made
    held.store.close()


def body(message: Message) -> str:
    return str(message.get_content())  # type: ignore[attr-defined]


def link(browser: TestClient, box: Box) -> str:
    browser.post("/inloggen/link", data={"email": f" {SECRETS[2].upper()} "})
    (found,) = re.findall(rf"{BASE}(/inloggen/link/\S+)", body(box.messages[-1]))
    return str(found)


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
    page = browser.get("/mij").text
    assert SECRETS[0] in page
    assert "een link om in te loggen" in page, "every message is told"
    other = TestClient(browser.app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    assert other.post(path).status_code == 401
    assert other.get("/mij", follow_redirects=False).status_code == 303


def test_the_address_changes_only_after_a_fresh_login(browser: TestClient, box: Box) -> None:
    """A browser that was left open changes nothing; else the old address is told, and no longer logs in."""
    browser.post(link(browser, box))
    store = browser.app.state.held.store  # type: ignore[attr-defined]
    shift(store, schema.sessions, "created_at", -accounts.FRESH)
    new = {"formulier": form_token(browser.get("/mij").text), "veld": "email", "waarde": "nieuw@voorbeeld.example"}
    assert browser.post("/mij/verbeter", data=new).status_code == 403
    assert len(box.messages) == 1
    shift(store, schema.sessions, "created_at", accounts.FRESH)
    assert browser.post("/mij/verbeter", data=new, follow_redirects=False).status_code == 303
    assert box.messages[-1]["To"] == SECRETS[2]
    assert "is je e-mailadres in alumnimatch veranderd" in body(box.messages[-1])
    browser.post("/inloggen/link", data={"email": SECRETS[2]})
    assert len(box.messages) == 2
    browser.post("/inloggen/link", data={"email": "nieuw@voorbeeld.example"})
    assert box.messages[-1]["To"] == "nieuw@voorbeeld.example"


def test_an_unknown_address_is_told_the_same(browser: TestClient, box: Box) -> None:
    """The answer is the same to the letter, and no mail goes out."""
    unknown = browser.post("/inloggen/link", data={"email": "niemand@voorbeeld.example"})
    known = browser.post("/inloggen/link", data={"email": SECRETS[2]})
    assert unknown.text == known.text
    assert len(box.messages) == 1


@pytest.mark.parametrize("code", ["x" * 43, "x" * 10, "../../mij", "x" * 200])
def test_a_made_up_link_opens_nothing(browser: TestClient, code: str) -> None:
    """Of any length or form."""
    assert browser.post(f"/inloggen/link/{code}").status_code in {401, 404, 405, 422}


def test_a_link_for_another_purpose_opens_nothing(browser: TestClient) -> None:
    """Links are bound to what they are for."""
    store = browser.app.state.held.store  # type: ignore[attr-defined]
    ((key, _),) = store.alumni_at(SECRETS[2])
    assert browser.post(f"/inloggen/link/{store.new_link(key, 'other')}").status_code == 401


def test_an_invitation_is_told_without_what_it_is_about(browser: TestClient, box: Box) -> None:
    """Who is invited gets a mail that names the school and nothing more."""
    headers = headers_of(browser.app, Role.TEACHER, "Noord")  # type: ignore[arg-type]
    assert browser.post("/v1/requests/R-1/invitations", json={"alumnus": "A-1"}, headers=headers).status_code == 200
    (message,) = box.messages
    assert message["To"] == SECRETS[2]
    assert "Noord heeft een vraag" in message["Subject"]
    assert "wondzorg" not in body(message).lower()
    assert f"{BASE}/inloggen" in body(message)


@pytest.mark.parametrize("says", ["true", "false"])
def test_a_question_is_answered_in_one_click(browser: TestClient, box: Box, says: str) -> None:
    """From the mail, without logging in; the link answers this question once, and opens nothing else."""
    app = browser.app
    headers = headers_of(app, Role.TEACHER, "Noord")  # type: ignore[arg-type]
    assert browser.post("/v1/requests/R-1/invitations", json={"alumnus": "A-1"}, headers=headers).status_code == 200
    (path,) = re.findall(rf"{BASE}(/antwoord/\S+)", body(box.messages[-1]))
    alumnus = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    page = alumnus.get(path).text
    assert "Gastles wondzorg" in page
    assert not any(secret in page for secret in SECRETS)
    assert alumnus.get(path).status_code == 200, "looking does not use it up"
    answered = alumnus.post(path, data={"ja": says})
    assert answered.status_code == 200
    assert ("Je zei ja." if says == "true" else "Je zei nee.") in answered.text
    assert alumnus.get("/mij", follow_redirects=False).status_code == 303
    for again in (alumnus.get(path), alumnus.post(path, data={"ja": "true"})):
        assert again.status_code == 401
        assert "Log in om je vragen te zien" in again.text
    assert alumnus.post(path.replace("/antwoord/", "/inloggen/link/")).status_code == 401
    helpers = browser.get("/v1/requests/R-1/helpers", headers=headers).json()["helpers"]
    assert len(helpers) == (says == "true")


def test_a_mailbox_cannot_be_filled(browser: TestClient, box: Box) -> None:
    """Three links in a quarter of an hour; the answer stays the same; after that there is room again."""
    answers = {browser.post("/inloggen/link", data={"email": SECRETS[2]}).text for _ in range(5)}
    assert (len(answers), len(box.messages)) == (1, 3)
    shift(browser.app.state.held.store, schema.links, "expires_at", -old_doors.LINK)  # type: ignore[attr-defined]
    browser.post("/inloggen/link", data={"email": SECRETS[2]})
    assert len(box.messages) == 4


def test_a_link_to_answer_does_not_log_in(browser: TestClient, box: Box) -> None:
    """And one to log in answers nothing; after two weeks neither works."""
    app, store = browser.app, browser.app.state.held.store  # type: ignore[attr-defined]
    headers = headers_of(app, Role.TEACHER, "Noord")  # type: ignore[arg-type]
    browser.post("/v1/requests/R-1/invitations", json={"alumnus": "A-1"}, headers=headers)
    (path,) = re.findall(rf"{BASE}(/antwoord/\S+)", body(box.messages[-1]))
    assert browser.post(path.replace("/antwoord/", "/inloggen/link/")).status_code == 401
    assert browser.get(link(browser, box).replace("/inloggen/link/", "/antwoord/")).status_code == 401
    assert browser.get(path).status_code == 200
    shift(store, schema.links, "expires_at", -old_doors.REPLY_LINK)
    assert browser.get(path).status_code == 401


def test_a_server_that_is_away_is_an_error_of_ours(browser: TestClient) -> None:
    """The mailer says so; the page answers as always, for mail goes after it."""
    with pytest.raises(MailError) as caught:
        SmtpMailer("smtp://127.0.0.1:9", "a@b.example").send(SECRETS[2], "x", "y")
    assert SECRETS[2] not in str(caught.value)
    browser.app.state.held.mailer = SmtpMailer("smtp://127.0.0.1:9", "a@b.example")  # type: ignore[attr-defined]
    assert browser.post("/inloggen/link", data={"email": SECRETS[2]}).status_code == 200


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
