"""The jobs of the first page, of the privacy officer, of the administrator, and of setting up: in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import open_page

SIZES = ({"width": 1280, "height": 900}, {"width": 375, "height": 780})


@pytest.mark.parametrize("viewport", SIZES, ids=["desk", "phone"])
def test_a_tile_leads_in(browser: Browser, demo: str, viewport: dict[str, int]) -> None:
    """One press on a tile of the demo, without a script, and one is in as that role; all eight are there."""
    page = open_page(browser, demo, viewport=viewport, extra_http_headers={})
    page.goto("/")
    assert page.url.partition("?")[0].endswith("/inloggen")
    assert page.locator(".tile").count() == 8
    page.get_by_role("button", name="Zoek een gastspreker").click()
    assert page.get_by_role("searchbox").or_(page.locator("#q")).is_visible()
    page.goto("/inloggen")
    page.get_by_role("button", name="Ga na waarom iemand is gevraagd").click()
    assert page.url.endswith("/log")
    page.context.close()
