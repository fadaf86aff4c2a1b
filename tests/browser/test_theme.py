"""An installation with its own colour, as a browser shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from api.theme import sheet
from tests.api.conftest import app_in
from tests.api.test_theme import schemes
from tests.browser.conftest import open_page
from tests.support.server import warmed

PURPLE = "#7a1fa2"


@pytest.fixture(scope="module")
def themed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a theme."""
    with warmed(app_in(tmp_path_factory.mktemp("themed"), login="demo", theme_color=PURPLE)) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_buttons_and_links_have_its_colour(browser: Browser, themed: str, scheme: str) -> None:
    """In both schemes, under our own policy: the sheet of the theme comes after ours."""
    page = open_page(browser, themed, java_script_enabled=True, color_scheme=scheme, extra_http_headers={})
    page.goto("/inloggen")
    main = schemes(sheet(PURPLE))[scheme == "dark"]["main"]
    wanted = "rgb({}, {}, {})".format(*(int(main[at : at + 2], 16) for at in (1, 3, 5)))
    colour = "one => getComputedStyle(one)[name]"
    assert page.locator(".nl-button--primary").first.evaluate(colour.replace("[name]", ".backgroundColor")) == wanted
    assert page.locator("a.nl-link").first.evaluate(colour.replace("[name]", ".color")) == wanted
    page.context.close()
