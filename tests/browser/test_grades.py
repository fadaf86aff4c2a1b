"""Judging pairs in a real browser: with a keyboard, without a script, on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page
from tests.browser.test_access import OPEN_ALL, SMALL, TARGET


def begun(browser: Browser, demo: str, role: str, **options: object) -> Page:
    """A pair of a sitting, begun by keys alone; everybody in the demo with this role is one account."""
    page = open_page(browser, demo, extra_http_headers={}, **options)
    page.request.post(f"{demo}/inloggen/demo", form={"rol": role, "school": "Noord"})
    page.goto("/beoordelen")
    begin = page.get_by_role("button", name="Begin met")
    if begin.count():
        begin.press("Enter")
    expect(page.get_by_text("1 van", exact=False).first).to_be_visible()
    return page


@pytest.fixture
def page(browser: Browser, demo: str) -> Iterator[Page]:
    made = begun(browser, demo, "adviser")
    yield made
    made.context.close()


def test_a_pair_is_judged_with_the_keyboard(page: Page) -> None:
    """The answers are the first that Tab meets after the pair; the next pair begins past the menu."""
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "0"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 van", exact=False).first).to_be_visible()
    assert page.url.endswith("/beoordelen#inhoud")
    page.get_by_role("button", name="Sla over").press("Enter")
    expect(page.get_by_text("3 van", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Vorige").press("Enter")
    expect(page.get_by_text("2 van", exact=False).first).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_everybody_can_judge(browser: Browser, demo: str, width: int, scheme: str) -> None:
    """No violation that axe knows of, nothing beside the screen, targets for a thumb; side by side where it fits."""
    size = {"width": width, "height": 800}
    page = begun(
        browser, demo, "coordinator", java_script_enabled=True, bypass_csp=True, viewport=size, color_scheme=scheme
    )
    page.evaluate(OPEN_ALL)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL, TARGET) == []
    asked, alumnus = (
        page.locator(f"section[aria-labelledby={name}]").bounding_box() for name in ("aanvraag", "alumnus")
    )
    assert asked is not None
    assert alumnus is not None
    assert (asked["y"] == alumnus["y"]) is (width > 1000)
    page.context.close()
