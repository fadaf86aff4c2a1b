"""The pages of eduID in a browser, with a real provider on loopback: the whole way, and each page for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.settings import Settings
from api.wiring import build_mailer
from matcher.store.sql_store import SqlStore
from tests.api.conftest import app_in
from tests.api.test_eduid import EDUID, key_in
from tests.browser.conftest import DESK, PHONE, open_page
from tests.browser.test_access import OPEN_ALL, SMALL, TARGET, violations
from tests.browser.test_budgets import APART, NEAR
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.mail import Box, mail_server
from tests.support.oidc import CLIENT, SECRET, Provider, running
from tests.support.ports import free_port
from tests.support.server import listening, wait_until_warm
from tests.support.worlds import AS_OF

ADDRESS = "noor@post.example"


@dataclass
class Site:
    """A server with eduID, and what its mail server was given; None without one."""

    url: str
    box: Box | None


@pytest.fixture(params=["mail", "without"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """The region, where A-1 of Noord has an address; with a mail server and without."""
    clock, port = FixedClock(AS_OF), free_port()
    held = app_in(tmp_path).state.held
    held.store.close()
    with running(Provider(claims=dict(EDUID))) as provider, mail_server() as box:
        mail = {"smtp_url": box.url, "mail_from": "alumni@noord.example"} if request.param == "mail" else {}
        settings = Settings(
            database_url=held.settings.database_url, cache_dir=held.settings.cache_dir, login="oidc",
            base_url=f"http://127.0.0.1:{port}", oidc_issuer=provider.url, oidc_client_id=CLIENT,
            oidc_client_secret=SECRET, oidc_schools={"noord.example": "Noord"}, oidc_alumni=["eduid.example"],
            secret_key="x" * 40, rate_login="1000/minute", rate_link="1000/minute", **mail,
        )  # fmt: skip
        with closing(SqlStore(settings.database_url, clock)) as store:
            engine = Engine(store, HashEncoder(), clock)
            stores.write(store, lambda tx: tx.people.correct(key_in(tx, "A-1"), "email", ADDRESS))
            app = create_app(engine.app, settings, build_mailer(settings))
            with listening(app, port) as server:
                yield Site(server.address, box if mail else None)
                wait_until_warm()


def look(page: Page) -> list[str]:
    """What is wrong with a page as it stands: sideways, too small, too near."""
    page.evaluate(OPEN_ALL)
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*(["sideways"] if wide else []), *page.evaluate(SMALL, TARGET), *page.evaluate(NEAR, APART)]


@pytest.mark.parametrize(
    ("size", "language", "scheme"), [(DESK, "nl", "light"), (PHONE, "en", "dark")], ids=["desk", "phone"]
)
def test_the_whole_way_of_eduid(
    browser: Browser, site: Site, size: tuple[int, int], language: str, scheme: str
) -> None:
    """Unknown, a mailed link in the same browser, linked, and unlinked; what axe knows of is on none of the pages."""
    page = open_page(
        browser, site.url, viewport={"width": size[0], "height": size[1]}, java_script_enabled=True, bypass_csp=True,
        color_scheme=scheme,
    )  # fmt: skip
    wrong: list[str] = []

    def seen(path: str) -> None:
        wrong.extend(violations(page, [path], language))
        wrong.extend(f"{path}: {one}" for one in look(page))
        expect(page).to_have_url(re.compile(re.escape(path)))  # it is that page, and not one that it leads to
        page.goto(path)  # with everything folded again

    seen("/inloggen")
    page.goto(f"/inloggen/school?naar=%2F&lang={language}")
    expect(page).to_have_url(re.compile("/inloggen/eduid"))
    seen("/inloggen/eduid")
    if site.box is None:
        assert page.locator("input[name=email]").count() == 0
    else:
        page.locator("input[name=email]").fill(ADDRESS)
        page.locator("main form button").click()
        text = str(site.box.wait(1)[0].get_body(("plain",)).get_content())  # type: ignore[attr-defined]
        (path,) = re.findall(r"(/inloggen/link/\S+)", text)
        seen(path)
        page.locator("main form button").click()
        expect(page).to_have_url(re.compile("/inloggen/koppelen"))
        seen("/inloggen/koppelen")
        page.locator("main form[action='/inloggen/koppelen'] button").click()
        expect(page).to_have_url(re.compile("/mij"))
        seen("/sessies")
        page.locator("form[action='/sessies/eduid'] button").click()
        expect(page.locator("form[action='/sessies/eduid']")).to_have_count(0)
    page.context.close()
    assert wrong == []
