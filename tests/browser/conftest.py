"""A real server on loopback and a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from matcher.domain.aftercare import How, Outcome
from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Upsert
from matcher.services import aftercare
from tests.api.conftest import app_in, headers_of
from tests.support.server import warmed
from tests.support.stores import upsert, writing
from tests.support.worlds import AS_OF

NAMES = ("chromium", "chromium-browser", "google-chrome")
DESK, PHONE = (1280, 900), (375, 780)
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
"""A test at a desk and on a phone: width and height of a window, in CSS pixels."""
LONG = "Zeilen op het Sneekermeer; " + "x" * 200
OWN = (
    OwnSpec("Wat iemand graag vertelt", OwnKind.TEXT),
    OwnSpec("Rijbewijs", OwnKind.YES_NO),
    OwnSpec("Vrijetijdsbestedingsvoorkeurencategorie", OwnKind.CHOICE, choices=("zeilen & surfen", "lezen")),
)
HEADERS: dict[str, str] = {}
"""What the browser sends so that it need not log in; tests of logging in leave it out."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a small region, in which one need not log in."""
    app = app_in(tmp_path_factory.mktemp("browser"))
    left = {"left_on": AS_OF - timedelta(days=100), "diploma": False, "phone": "06-12345678"}
    upsert(app.state.held.store, RecordKind.ALUMNI, [Upsert(2, "A-8", "Noord", left)])
    contact = aftercare.Entry(How.PHONE, Outcome.NO_CONTACT)
    aftercare.add(app.state.held.app, COMMAND_LINE, "A-8", contact, school="Noord")
    HEADERS.update(headers_of(app))
    with warmed(app) as address:
        yield address


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the login of the demo, and a school with own fields of every kind."""
    app = app_in(tmp_path_factory.mktemp("demo"), login="demo")
    for spec in OWN:
        writing(app.state.held.store).own_fields.add("Noord", spec)
    upsert(app.state.held.store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", {"own:Wat iemand graag vertelt": LONG})])
    with warmed(app) as address:
        yield address


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the login of the demo, for one file of tests that change things."""
    with warmed(app_in(tmp_path_factory.mktemp("region"), login="demo")) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine; where there is none these tests are skipped, but not in CI."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = "no chromium on the path: install it to run the tests of the pages"
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield made
        made.close()


def open_page(browser: Browser, server: str, **options: object) -> Page:
    """A page with its own cookies, without scripts: the pages need none."""
    settings = {
        "base_url": server,
        "viewport": {"width": DESK[0], "height": DESK[1]},
        "java_script_enabled": False,
        "locale": "nl-NL",
        "extra_http_headers": HEADERS,
        **options,
    }
    page = browser.new_context(**settings).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(10_000)
    return page


def entered(
    browser: Browser,
    server: str,
    role: str,
    size: tuple[int, int] = DESK,
    alumnus: str = "",
    school: str = "Noord",
    **options: object,
) -> Page:
    """The first page of somebody in this role who has just logged in at a school, by the login of the demo."""
    window = {"width": size[0], "height": size[1]}
    page = open_page(browser, server, viewport=window, extra_http_headers={}, **options)
    enter(page, role, alumnus, school)
    page.goto("/")
    return page


def enter(page: Page, role: str, alumnus: str = "", school: str = "Noord") -> None:
    """Logs in by the login of the demo; the page that is open stays as it is."""
    form: dict[str, str | float | bool] = {"rol": role, "school": school, "alumnus": alumnus}
    assert page.request.post("/inloggen/demo", form=form).ok


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A page in which scripts are off."""
    made = open_page(browser, server)
    yield made
    made.context.close()
