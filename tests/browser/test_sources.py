"""A source of courses in a browser: added, tried, switched on, held and agreed to, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.source_server import opened
from tests.api.conftest import app_in
from tests.browser.conftest import SIZES, entered
from tests.browser.test_access import OPEN_ALL, SMALL, TARGET, violations
from tests.browser.test_budgets import APART, NEAR
from tests.sources.documents import course_6, offering_6
from tests.support.cluster import until
from tests.support.server import warmed
from tests.support.source_servers import OeapiSource, serving

COURSE = str(course_6()["courseId"])
LOCAL = partial(opened, local=True, wait=lambda _: None)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[str]:
    """A server with the login of the demo, which asks servers of this machine."""
    with warmed(app_in(tmp_path, login="demo", sources=LOCAL)) as address:
        yield address


def look(page: Page) -> list[str]:
    """What is wrong with a page as it stands: sideways, too small, too near."""
    page.evaluate(OPEN_ALL)
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*(["sideways"] if wide else []), *page.evaluate(SMALL, TARGET), *page.evaluate(NEAR, APART)]


@SIZES
def test_an_administrator_adds_a_source(browser: Browser, house: str, size: tuple[int, int]) -> None:
    """Off, a trial, on, held, agreed: each page says where it stands, and leads on."""
    given = [offering_6(courseOfferingId=f"O-{number}", courseId=None) for number in range(10)]
    source = OeapiSource(courses=[course_6()], offerings={COURSE: given})
    with serving(source) as url:
        page = entered(browser, house, "administrator", size, bypass_csp=True, java_script_enabled=True)

        def read(button: str, told: str, says: str) -> None:
            """The thread of the server reads it meanwhile; the page says so once it is looked at again."""
            page.get_by_role("button", name=button, exact=True).click()
            expect(page.get_by_text(told)).to_be_visible()
            until(lambda: page.reload() and page.get_by_text(says).count(), 60)

        page.goto("/bronnen")
        assert look(page) == []
        page.get_by_label("Naam").fill("Regio")
        page.get_by_label("Formaat").select_option("OOAPI v5 of OEAPI v6")
        page.get_by_label("Adres").fill(url)
        page.get_by_role("button", name="Bewaar").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Regio")
        read("Doe een proef", "De proef is gestart.", "Er zou dit gebeuren: 10 nieuw")
        read("Zet aan", "De bron staat aan.", "10 nieuw")
        source.offerings[COURSE] = given[:1]
        read("Lees nu", "De bron wordt gelezen.", "De bron gaf eerst 10 cursussen en nu 1.")
        assert look(page) == []
        path = page.url.removeprefix(house).partition("?")[0]
        assert violations(page, [path, "/bronnen"], "nl") == []
        page.goto(path)
        read("Akkoord, dit klopt", "Je akkoord is bewaard.", "9 verdwenen")
        assert violations(page, [f"{path}/weg"], "nl") == []
        assert look(page) == []
        page.goto(f"{path}/weg")
        page.get_by_label("Sluit ze nu.").check()
        page.get_by_role("button", name="Haal de bron weg").click()
        expect(page.get_by_text("De bron is weg, en 1 cursus is gesloten.")).to_be_visible()
        page.context.close()
