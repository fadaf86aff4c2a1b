"""Alumni who log in with eduID, against a real provider on loopback: linked by a mailed link, and by nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.login.pages import WAITS
from api.settings import Settings
from api.wiring import build_mailer
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden
from matcher.policy import COMMAND_LINE, VISITOR, Role
from matcher.services import access, erasure, privacy
from matcher.services.access import LINK_ISSUER, SchoolLogin
from matcher.store.sql_store import SqlStore
from tests.api.conftest import app_in, form_token
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.mail import Box, mail_server
from tests.support.oidc import CLIENT, SECRET, Provider, running
from tests.support.server import wait_until_warm

EDUID = {"schac_home_organization": "eduid.example", "eduperson_affiliation": ["affiliate"],
         "given_name": "Noor", "family_name": "Bakker", "email": "noor@post.example"}  # fmt: skip

ADDRESSES = {"A-1": "noor@post.example", "A-2": "daan@post.example"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running(Provider(claims=dict(EDUID))) as made:
        yield made


@pytest.fixture
def box() -> Iterator[Box]:
    with mail_server() as made:
        yield made


@pytest.fixture
def app(provider: Provider, box: Box, clock: FixedClock, tmp_path: Path) -> Iterator[FastAPI]:
    """The region, where A-1 and A-2 of Noord have addresses; one is that of the eduID."""
    held = app_in(tmp_path).state.held
    held.store.close()
    settings = Settings(
        database_url=held.settings.database_url, cache_dir=held.settings.cache_dir, login="oidc",
        base_url="http://testserver", oidc_issuer=provider.url, oidc_client_id=CLIENT, oidc_client_secret=SECRET,
        oidc_schools={"noord.example": "Noord"}, oidc_alumni=["eduid.example"], secret_key="x" * 40,
        smtp_url=box.url, mail_from="alumni@noord.example", rate_login="1000/minute", rate_link="1000/minute",
    )  # fmt: skip
    engine = Engine(SqlStore(settings.database_url, clock), HashEncoder(), clock)
    made = create_app(engine.app, settings, build_mailer(settings))
    for number, address in ADDRESSES.items():
        stores.write(engine.store, lambda tx, n=number, a=address: tx.people.correct(key_in(tx, n), "email", a))  # type: ignore[misc]
    yield made
    made.state.held.store.close()


def key_in(records: Any, number: str) -> int:
    (one,) = records.records.find(RecordKind.ALUMNI, number, "Noord")
    return int(one.key)


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    with new_browser(app) as made:
        wait_until_warm()
        yield made


def new_browser(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})


def by_eduid(browser: TestClient) -> Any:
    """Goes to the provider and comes back."""
    away = browser.get("/inloggen/school", params={"naar": "/"}, follow_redirects=False)
    with httpx2.Client() as outside:
        back = outside.get(away.headers["Location"]).headers["Location"]
    return browser.get(back.removeprefix("http://testserver"), follow_redirects=False)


def mailed(browser: TestClient, box: Box, number: str = "A-1") -> str:
    """The address of a login link, out of the mail to an alumnus."""
    before = len(box.messages)
    assert browser.post("/inloggen/link", data={"email": ADDRESSES[number]}).status_code == 200
    text = str(box.wait(before + 1)[-1].get_body(("plain",)).get_content())  # type: ignore[attr-defined]
    (path,) = re.findall(r"http://testserver(/inloggen/link/\S+)", text)
    return str(path)


def by_mail(browser: TestClient, path: str) -> Any:
    """Presses the button behind a link."""
    return browser.post(path, follow_redirects=False)


def link(browser: TestClient) -> Any:
    token = form_token(browser.get("/inloggen/koppelen").text)
    return browser.post("/inloggen/koppelen", data={"formulier": token}, follow_redirects=False)


def linked(browser: TestClient, number: str = "A-1") -> list[str]:
    store = browser.app.state.held.store  # type: ignore[attr-defined]
    with store.read() as records:
        return [one.subject for one in records.accounts.identities(key_in(records, number))
                if one.issuer != LINK_ISSUER]  # fmt: skip


def test_the_whole_way(app: FastAPI, provider: Provider, browser: TestClient, box: Box) -> None:
    """Unknown, a mailed link in the same browser, linked; then in by eduID alone, in any browser; and unlinked."""
    assert "eduID" in browser.get("/inloggen").text
    back = by_eduid(browser)
    assert (back.status_code, back.headers["Location"]) == (303, "/inloggen/eduid")
    page = browser.get("/inloggen/eduid")
    assert page.status_code == 200
    assert "/inloggen/link" in page.text
    assert browser.get("/mij", follow_redirects=False).status_code == 303
    assert by_mail(browser, mailed(browser, box)).headers["Location"] == "/inloggen/koppelen"
    assert link(browser).headers["Location"].startswith("/mij?gedaan=")
    assert linked(browser) == ["person-1"]
    entry = stores.log(app.state.held.app.store, limit=1)[0]
    assert (entry.action, set(entry.details)) == ("login.linked", {"alumnus"})
    told = privacy.known(app.state.held.app, COMMAND_LINE, "A-1", school="Noord")
    assert told["logins"] == [{"issuer": provider.url, "subject": "person-1"}]
    with new_browser(app) as other:
        assert by_eduid(other).headers["Location"] == "/mij"
        assert other.get("/mij").status_code == 200
        sessions = other.get("/sessies")
        assert "/sessies/eduid" in sessions.text
        data = {"formulier": form_token(sessions.text)}
        assert other.post("/sessies/eduid", data=data, follow_redirects=False).status_code == 303
        assert other.get("/mij", follow_redirects=False).headers["Location"].startswith("/inloggen")
        assert by_eduid(other).headers["Location"] == "/inloggen/eduid"
    assert linked(browser) == []


def test_a_name_or_an_address_leads_to_nobody(browser: TestClient) -> None:
    """Also where both are those of an alumnus: nothing is written, and nobody is in."""
    before = stores.log(browser.app.state.held.store, limit=1)  # type: ignore[attr-defined]
    by_eduid(browser)
    assert stores.log(browser.app.state.held.store, limit=1) == before  # type: ignore[attr-defined]
    assert linked(browser) == []
    assert browser.get("/mij", follow_redirects=False).status_code == 303


def test_a_link_in_another_browser_links_nothing(app: FastAPI, browser: TestClient, box: Box) -> None:
    """Whoever asks for a link to somebody else's address gets nothing when that person uses it."""
    by_eduid(browser)
    with new_browser(app) as other:
        assert by_mail(other, mailed(browser, box)).headers["Location"] == "/mij"
        page = other.get("/inloggen/koppelen", follow_redirects=False)
        assert (page.status_code, page.headers["Location"]) == (303, "/mij")
        token = form_token(other.get("/mij").text)
        assert other.post("/inloggen/koppelen", data={"formulier": token}).status_code == 403
    assert linked(browser) == []


def test_an_eduid_that_waits_too_long(browser: TestClient, box: Box, clock: FixedClock) -> None:
    """A quarter of an hour; a login that is older than that links nothing either."""
    by_eduid(browser)
    clock.advance(WAITS - timedelta(minutes=1))
    by_mail(browser, mailed(browser, box))
    data = {"formulier": form_token(browser.get("/inloggen/koppelen").text)}
    clock.advance(timedelta(minutes=2))
    assert browser.post("/inloggen/koppelen", data=data).status_code == 403
    assert browser.get("/inloggen/eduid", follow_redirects=False).headers["Location"] == "/inloggen"
    assert linked(browser) == []


def test_an_eduid_is_of_one_alumnus_and_an_alumnus_has_one(
    app: FastAPI, provider: Provider, browser: TestClient, box: Box
) -> None:
    """The last link counts; whoever was in by it before is out."""
    by_eduid(browser)
    by_mail(browser, mailed(browser, box))
    link(browser)
    store = app.state.held.app
    identity = SchoolLogin(provider.url, "person-1", None, staff=False, alumnus=True)
    entry = access.enter_with_eduid(store, VISITOR, identity)
    assert entry is not None
    entered = access.enter_with_link(store, VISITOR, fresh_link(app, "A-2"))
    access.link_eduid(store, entered.asker, provider.url, "person-1")
    assert (linked(browser, "A-1"), linked(browser, "A-2")) == ([], ["person-1"])
    assert access.session(store, VISITOR, entry.secret) is None
    access.link_eduid(store, entered.asker, provider.url, "person-2")
    assert linked(browser, "A-2") == ["person-2"]


def fresh_link(app: FastAPI, number: str) -> str:
    return str(
        stores.write(
            app.state.held.store, lambda tx: tx.links.new(key_in(tx, number), LINK_ISSUER, timedelta(minutes=15))
        )
    )


def test_only_a_mailed_link_links(app: FastAPI, provider: Provider, browser: TestClient) -> None:
    """Not a session by another eduID, and no identity that works here."""
    store = app.state.held.app
    entered = access.enter_with_link(store, VISITOR, fresh_link(app, "A-1"))
    access.link_eduid(store, entered.asker, provider.url, "person-1")
    by_id = access.enter_with_eduid(store, VISITOR, SchoolLogin(provider.url, "person-1", None, staff=False))
    assert by_id is not None
    with pytest.raises(Forbidden, match="login_not_by_link"):
        access.link_eduid(store, by_id.asker, provider.url, "person-9")
    access.grant(store, COMMAND_LINE, provider.url, "person-7", role=Role.COORDINATOR, school="Noord")
    with pytest.raises(Forbidden, match="eduid_taken"):
        access.link_eduid(store, entered.asker, provider.url, "person-7")
    assert access.enter_with_eduid(store, VISITOR, SchoolLogin(provider.url, "person-7", None, staff=False)) is None


def test_who_is_erased_has_no_eduid_either(app: FastAPI, provider: Provider, browser: TestClient) -> None:
    store = app.state.held.app
    entered = access.enter_with_link(store, VISITOR, fresh_link(app, "A-1"))
    access.link_eduid(store, entered.asker, provider.url, "person-1")
    erasure.erase(store, COMMAND_LINE, "A-1", school="Noord")
    assert by_eduid(browser).headers["Location"] == "/inloggen/eduid"


def test_staff_of_eduid_is_no_staff(provider: Provider, browser: TestClient) -> None:
    """Whatever the affiliation says; and staff of the school comes in as before."""
    provider.claims = {**EDUID, "eduperson_affiliation": ["employee"]}
    assert by_eduid(browser).headers["Location"] == "/inloggen/eduid"
    provider.claims = {"eduperson_affiliation": "employee", "schac_home_organization": "noord.example", "sub": "p-3"}
    assert by_eduid(browser).headers["Location"] == "/"


def test_without_mail_it_says_so(provider: Provider, tmp_path: Path) -> None:
    app = app_in(
        tmp_path, login="oidc", base_url="http://testserver", oidc_issuer=provider.url, oidc_client_id=CLIENT,
        oidc_client_secret=SECRET, oidc_alumni=["eduid.example"], secret_key="x" * 40,
    )  # fmt: skip
    with new_browser(app) as browser:
        by_eduid(browser)
        page = browser.get("/inloggen/eduid").text
    assert "/inloggen/link" not in page
    assert "Vraag het aan je school" in page
    app.state.held.store.close()
