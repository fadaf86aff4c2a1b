"""The flight simulator in a browser: without a script, on a telephone, and for everybody."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page
from tests.browser.test_access import OPEN_ALL, SMALL, TARGET


def flown(browser: Browser, demo: str, **options: object) -> Page:
    """A coordinator of Noord who looked at a list and then tried never to ask anybody, from the plan board."""
    page = open_page(browser, demo, extra_http_headers={}, **options)
    page.request.post(f"{demo}/inloggen/demo", form={"rol": "coordinator", "school": "Noord"})
    page.goto("/aanvragen/R-1")
    page.goto("/plan")
    page.get_by_role("link", name="Proefvlucht").click()
    page.get_by_label("Wat weegt anders?").select_option("rest")
    page.get_by_label("Hoe zwaar?").select_option("f30")
    page.get_by_label("Hoe vaak per jaar mogen we iemand vragen?").fill("0")
    page.get_by_role("button", name="Maak de proefvlucht").click()
    expect(page.get_by_role("heading", name="Proefvlucht van")).to_be_visible()
    return page


def test_a_coordinator_tries_without_a_script(browser: Browser, demo: str) -> None:
    """By labels and buttons alone; what is tried stays filled in, and it says that nothing changed."""
    page = flown(browser, demo)
    expect(page.get_by_text("wordt iemand anders gevraagd", exact=False)).to_be_visible()
    expect(page.get_by_text("de instellingen zijn zoals ze waren", exact=False)).to_be_visible()
    assert page.get_by_label("Hoe zwaar?").input_value() == "f30"
    assert page.get_by_role("table").count() == 2, "what came of it, and each weight"
    page.context.close()


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_outcome_fits_and_can_be_read_by_all(browser: Browser, demo: str, width: int) -> None:
    """No scrolling sideways, targets large enough, and nothing that axe objects to."""
    page = flown(browser, demo, java_script_enabled=True, bypass_csp=True, viewport={"width": width, "height": 740})
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL, TARGET) == []
    assert [item["id"] for item in Axe().run(page).response["violations"]] == []
    page.context.close()


def test_a_weight_is_tried_at_its_button(browser: Browser, demo: str) -> None:
    """What came of it stands beside that weight, where the focus is, and stays there."""
    page = open_page(browser, demo, extra_http_headers={})
    page.request.post(f"{demo}/inloggen/demo", form={"rol": "coordinator", "school": "Noord"})
    page.goto("/aanvragen/R-1")
    page.goto("/proefvlucht")
    row = page.get_by_role("row", name="Reisafstand")
    expect(row.get_by_text("nog niet geprobeerd")).to_have_count(2)
    row.get_by_role("button", name="twee keer zo zwaar").click()
    expect(page.get_by_role("status")).to_contain_text("Er is niets veranderd.")
    assert page.url.endswith("#gewicht-travel")
    for _ in range(2):
        expect(row.get_by_text("nog niet geprobeerd")).to_have_count(1)
        expect(row.get_by_text("lijsten van")).to_be_visible()
        page.goto("/proefvlucht")
    page.context.close()
