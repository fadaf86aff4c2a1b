"""The thread that sends: pages do not wait for it, a server that comes back is noticed, and it stops in time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.cli import main
from api.mail import ANSWER_SECONDS
from api.settings import Settings
from api.wiring import build_mailer
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, Role
from matcher.repositories.values import Mail, Upsert
from tests.api.conftest import SECRETS, app_in, form_token
from tests.api.test_rights import enter
from tests.support import stores
from tests.support.apps import Engine
from tests.support.cards import handle
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.mail import hanging_server, mail_server
from tests.support.ports import free_port
from tests.support.server import wait_until_warm, warmed
from tests.support.worlds import AS_OF

QUICK = 5.0
"""Seconds within which any page comes on a busy machine; a mail server that hangs takes longer."""


def with_mail(folder: Path, url: str, **settings: object) -> FastAPI:
    """The app on the region of the tests, with this mail server."""
    held = app_in(folder, **settings).state.held
    more = {
        "database_url": held.settings.database_url,
        "base_url": "http://testserver",
        "smtp_url": url,
        "mail_from": "a@b.example",
        "undo_minutes": 0,
        "rate_login": "100000/minute",
        "rate_link": "100000/minute",
        "cache_dir": folder / "cache",
    }
    given = Settings(**{**more, **settings})
    return create_app(Engine(held.store, HashEncoder(), FixedClock(AS_OF)).app, given, build_mailer(given))


def alumni_with_addresses(app: FastAPI, count: int) -> list[str]:
    emails = [f"oud{number}@voorbeeld.example" for number in range(count)]
    rows = [Upsert(row, f"M-{row}", "Noord", {"email": email}) for row, email in enumerate(emails)]
    stores.upsert(app.state.held.store, RecordKind.ALUMNI, rows)
    return emails


def alumnus_key(app: FastAPI, name: str, school: str) -> int:
    return stores.key_of(app.state.held.store, RecordKind.ALUMNI, name, school)


def mails(app: FastAPI) -> list[Mail]:
    return stores.mails(app.state.held.store)


def seconds(address: str, data: dict[str, str] | None = None) -> float:
    began = time.perf_counter()
    body = urlencode(data).encode() if data else None
    with urlopen(address, body, timeout=60) as answer:  # noqa: S310 - an address of ours
        answer.read()
        assert answer.status == 200
    return time.perf_counter() - began


def test_pages_do_not_wait_for_a_mail_server_that_hangs(tmp_path: Path) -> None:
    """60 links are asked for while `/ready` and a page are asked too: all as quick as ever; then it stops in time."""
    with hanging_server() as url:
        app = with_mail(tmp_path, url)
        emails = alumni_with_addresses(app, 60)
        with warmed(app) as address:
            with ThreadPoolExecutor(8) as clients:
                asked = [clients.submit(seconds, f"{address}/inloggen/link", {"email": email}) for email in emails]
                others = [clients.submit(seconds, f"{address}/{page}") for page in ("ready", "inloggen") * 10]
                times = [answer.result() for answer in (*asked, *others)]
            assert max(times) < QUICK
            app.state.held.ask_login_link("").result()
            assert len(mails(app)) == 60
            stopping = time.perf_counter()
        assert time.perf_counter() - stopping < 10
        states = {mail.state for mail in mails(app)}
        assert states == {"waiting"}, "what was being sent has been noted"


def test_a_stop_breaks_off_what_is_being_sent_and_notes_it(tmp_path: Path) -> None:
    """The server has the text and is silent: the process ends within seconds, and the message is marked."""
    with mail_server() as box:
        box.hangs = True
        app = with_mail(tmp_path, box.url)
        with TestClient(app):
            wait_until_warm()
            app.state.held.ask_login_link(SECRETS[2]).result()
            assert box.reached.wait(30)
            stopping = time.perf_counter()
        assert time.perf_counter() - stopping < ANSWER_SECONDS / 2
        (mail,) = mails(app)
        assert (mail.state, mail.perhaps_twice, mail.problem) == ("waiting", True, "no_answer")
    app.state.held.store.close()


def test_mail_goes_out_when_the_server_is_back(tmp_path: Path) -> None:
    """It was away when the message was written, or refused it for now: nothing was lost."""
    port = free_port()
    app = with_mail(tmp_path, f"smtp://127.0.0.1:{port}")
    with TestClient(app):
        wait_until_warm()
        app.state.held.ask_login_link(SECRETS[2]).result()
        (mail,) = mails(app)
        assert mail.state in {"waiting", "sending"}
    with mail_server(port) as box:
        messages_of_now(app)
        with TestClient(app_of(app)):
            wait_until_warm()
            (message,) = box.wait(1)
    assert message["To"] == SECRETS[2]


def messages_of_now(app: FastAPI) -> None:
    """Makes what waits due, as its pause would."""
    for mail in mails(app):
        app.state.held.store.write(lambda tx, key=mail.key: tx.outbox.retry(key), by=COMMAND_LINE)  # type: ignore[misc]


def app_of(app: FastAPI) -> FastAPI:
    """The same installation, started again."""
    held = app.state.held
    return create_app(held.app, held.settings, build_mailer(held.settings))


@contextmanager
def administrator(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"}) as browser:
        wait_until_warm()
        enter(browser, Role.ADMINISTRATOR)
        yield browser


def test_the_page_of_the_mail_says_that_there_is_no_server(tmp_path: Path) -> None:
    """Without a mail server a message waits, and a button cannot send it: the page says so."""
    app = app_in(tmp_path, login="demo")
    store = app.state.held.store
    key = alumnus_key(app, "A-1", "Noord")
    store.write(lambda tx: tx.outbox.add(key, "invited", link="reply 1"), by=COMMAND_LINE)
    with administrator(app) as browser:
        assert "Er is geen mailserver ingesteld (ALUMNIMATCH_SMTP_URL)." in browser.get("/post").text
    store.close()


def test_an_administrator_sees_what_was_refused_and_tries_again(tmp_path: Path) -> None:
    """In words, of the own school, without a name or an address; a button sends it again, another drops it."""
    with mail_server() as box:
        box.to_recipient = "550 no such user"
        app = with_mail(tmp_path, box.url, login="demo")
        store = app.state.held.store
        key, other = alumnus_key(app, "A-1", "Noord"), alumnus_key(app, "A-20", "Zuid")
        with administrator(app) as browser:
            for alumnus in (key, other):
                store.write(lambda tx, to=alumnus: tx.outbox.add(to, "invited", link="reply 1"), by=COMMAND_LINE)
            assert wait_for(app, "refused", 2)
            page = browser.get("/post").text
            assert "de mailserver neemt geen mail aan voor dit adres (550)" in page
            assert "geen e-mailadres" not in page, "that is a message of Zuid"
            assert "Er is geen mailserver" not in page
            assert not any(secret in page for secret in SECRETS)
            assert 'href="/post"' in page
            (mail,) = (mail for mail in mails(app) if mail.school == "Noord")
            form = {"formulier": form_token(page), "bericht": str(mail.key)}
            box.to_recipient = "250 OK"
            assert browser.post("/post/opnieuw", data=form, follow_redirects=False).status_code == 303
            assert len(box.wait(1)) == 1
            (foreign,) = (mail for mail in mails(app) if mail.school == "Zuid")
            assert browser.post("/post/laat-vallen", data={**form, "bericht": str(foreign.key)}).status_code == 404
            assert browser.post("/post/laat-vallen", data={"bericht": str(mail.key)}).status_code == 403
        with TestClient(app_of(app), raise_server_exceptions=False, headers={"Accept": "text/html"}) as teacher:
            wait_until_warm()
            enter(teacher, Role.TEACHER)
            assert teacher.get("/post").status_code == 403
    store.close()


def wait_for(app: FastAPI, state: str, count: int) -> bool:
    """Whether this many messages come to be in a state within half a minute."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if sum(mail.state == state for mail in mails(app)) >= count:
            return True
    return False


def test_the_asker_sees_how_the_mail_stands(tmp_path: Path) -> None:
    """On the page of the request, behind the alumnus who was invited."""
    with mail_server() as box:
        box.to_recipient = "550 no such user"
        app = with_mail(tmp_path, box.url, login="demo")
        with TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"}) as browser:
            wait_until_warm()
            enter(browser, Role.TEACHER)
            page = browser.get("/aanvragen/R-1").text
            assert "De mail:" not in page
            form = {"formulier": form_token(page), "alumnus": handle(app.state.held.store, "R-1", "A-1")}
            assert browser.post("/aanvragen/R-1/uitnodigen", data=form, follow_redirects=False).status_code == 303
            assert wait_for(app, "refused", 1)
            assert "De mail: geweigerd." in browser.get("/aanvragen/R-1").text
        app.state.held.store.close()


def test_figures_count_mail_by_state(tmp_path: Path) -> None:
    """For every state, also the empty ones."""
    app = with_mail(tmp_path, "smtp://127.0.0.1:9", metrics=True)
    store = app.state.held.store
    key = alumnus_key(app, "A-1", "Noord")
    store.write(lambda tx: tx.outbox.add(key, "invited"), by=COMMAND_LINE)
    text = TestClient(app).get("/metrics").text
    assert 'alumnimatch_mails{state="waiting"} 1.0' in text
    assert 'alumnimatch_mails{state="refused"} 0.0' in text
    store.close()


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[object, FastAPI, pytest.MonkeyPatch]:
    app = app_in(tmp_path)
    monkeypatch.chdir(tmp_path)
    settings = {
        "DATABASE_URL": app.state.held.settings.database_url,
        "BASE_URL": "http://testserver",
        "MAIL_FROM": "a@b.example",
        "LANGUAGE": "en",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"ALUMNIMATCH_{name}", value)
    app.state.held.store.close()

    def command(*words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = capsys.readouterr()
        return code, out, err

    return command, app, monkeypatch


def test_the_command_line_lists_retries_and_drops(run: tuple) -> None:  # type: ignore[type-arg]
    """With exit codes and JSON; a retry sends at once, where there is a mail server, and says what still waits."""
    command, app, environment = run
    store = app.state.held.store
    key = alumnus_key(app, "A-1", "Noord")
    mail, other = (store.write(lambda tx: tx.outbox.add(key, "invited", link="reply 1"), by=COMMAND_LINE) for _ in "ab")
    code, out, _ = command("mail", "list", "--format", "json")
    rows = json.loads(out)
    assert code == 0
    assert {row["key"] for row in rows} == {mail, other}
    assert {(row["school"], row["state"], row["problem"], row["perhaps_twice"]) for row in rows} == {
        ("Noord", "waiting", "", False)
    }
    assert not any(secret in out for secret in SECRETS)
    assert command("mail", "list", "--state", "refused")[1].strip() == "There are no messages."
    assert command("mail", "list", "--state", "lost")[0] == 2
    assert "waiting" in command("mail", "list")[1]
    assert command("mail", "drop", str(other))[0] == 0
    assert command("mail", "drop", str(other))[0] == 2
    assert command("mail", "retry", "12345")[0] == 2
    code, _, told = command("mail", "retry", str(mail))
    assert code == 0
    assert "There is no mail server (ALUMNIMATCH_SMTP_URL)." in told
    assert "One message waits to be sent." in told
    environment.setenv("ALUMNIMATCH_SMTP_URL", "smtp://127.0.0.1:9")
    code, _, told = command("mail", "retry", str(mail))
    assert code == 0
    assert "One message waits to be sent." in told
    with mail_server() as box:
        environment.setenv("ALUMNIMATCH_SMTP_URL", box.url)
        assert command("mail", "retry", str(mail))[2] == ""
        assert len(box.messages) == 1
    assert json.loads(command("mail", "list", "--state", "sent", "--format", "json")[1])[0]["key"] == mail
