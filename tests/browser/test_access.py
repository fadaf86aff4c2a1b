"""Everybody can use every page: no violation that axe knows of, no sideways scrolling, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import open_page

PAGES = (
    "/",
    "/zoeken",
    "/zoeken?q=",
    "/zoeken?q=wondzorg&plaats=Zwolle",
    "/zoeken/waarom?q=wondzorg&plaats=Zwolle&kandidaat=A-1&kandidaat_school=Noord",
    "/alumni",
    "/aanvragen",
    "/aanvraag-maken",
    "/aanvraag-wijzigen/R-1",
    "/aanvragen/R-1",
    "/advies",
    "/advies/Noord/A-2",
    "/advies/Noord/A-2?for=requests",
    "/waarom",
    "/waarom?vraag=R-1&kandidaat=A-2",
    "/waarom?vraag=R-1&kandidaat=A-6",
    "/waarom?vraag=R-1&kandidaat=A-99",
    "/beoordelen",
    "/plan",
    "/proefvlucht",
    "/balans?toon=nooit",
    "/balans/alumnus?wie=A-2",
    "/nazorg",
    "/nazorg?toon=bezwaar",
    "/nazorg/alumnus?wie=A-8",
    "/nazorg/alumnus?wie=A-2",
    "/nazorg/helpt?wie=A-8",
    "/cijfers",
    "/cursussen",
    "/cursussen?woorden=x",
    "/toestemming",
    "/toestemming/gegevens",
    "/sessies",
    "/nergens",
)
LANDMARKS = ("banner", "navigation", "main", "contentinfo")
NO_MENU = {"/nergens": ("banner", "main", "contentinfo")}
"""What is no page is answered before it is known who asks, so nothing can be offered but the way home."""
TARGET = 24
"""Least size of a target, in CSS pixels (WCAG 2.2, 2.5.8); links within a sentence are excepted there and here."""
OPEN_ALL = "document.querySelectorAll('details').forEach(item => item.open = true)"
SMALL = """least => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
    .filter(item => !item.closest('p, dd') && item.getClientRects().length && item.checkVisibility())
    .filter(item => { const target = /checkbox|radio/.test(item.type) ? item.parentElement : item;
                      const box = target.getBoundingClientRect();
                      return box.width < least || box.height < least; })
    .map(item => item.outerHTML)"""

LOOKS = pytest.mark.parametrize(
    ("language", "scheme"),
    [
        *(("nl", "light"), ("en", "dark")),
        *(pytest.param(*look, marks=pytest.mark.long) for look in (("nl", "dark"), ("en", "light"))),
    ],
)
"""Each language and each scheme every time; every pair of them takes a minute more."""
HALVES = pytest.mark.parametrize(
    ("language", "scheme", "every"),
    [
        pytest.param("nl", "light", slice(0, None, 2), id="nl-light"),
        pytest.param("en", "dark", slice(1, None, 2), id="en-dark"),
        *(
            pytest.param(language, scheme, slice(None), marks=pytest.mark.long, id=f"{language}-{scheme}-all")
            for language in ("nl", "en")
            for scheme in ("light", "dark")
        ),
    ],
)
"""Each page every time, one half in each language and scheme; `make long` sees each in all of them."""
WIDTHS = pytest.mark.parametrize("width", [320, pytest.param(360, marks=pytest.mark.long), 768])


def with_language(path: str, language: str) -> str:
    """The address of a page in a language."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


def violations(page: Page, paths: Iterable[str], language: str) -> list[str]:
    """What axe objects to on these pages in a language, with everything folded open."""
    found = []
    for path in paths:
        page.goto(with_language(path, language))
        page.evaluate(OPEN_ALL)
        result = Axe().run(page)
        found += [
            f"{path}: {item['id']} {item['nodes'][0]['html'][:160]} {item['nodes'][0].get('failureSummary', '')[:200]}"
            for item in result.response["violations"]
        ]
    return found


@HALVES
def test_axe_finds_nothing(browser: Browser, server: str, language: str, scheme: str, every: slice) -> None:
    """On no page, with everything folded open, in either language, light or dark (axe-core, all its rules)."""
    page = open_page(browser, server, java_script_enabled=True, bypass_csp=True, color_scheme=scheme)
    found = violations(page, PAGES[every], language)
    page.context.close()
    assert not found, "\n".join(found)


def missing(page: Page, landmarks: Iterable[str]) -> list[str]:
    """What a page lacks of what each has: one h1, its landmarks, a title, a language; or a value that is not there."""
    words = page.inner_text("body")
    nothing = re.findall(r"\b(None|nan|undefined)\b", words)
    there = {landmark: page.get_by_role(landmark).count() for landmark in landmarks}  # type: ignore[arg-type]
    return [
        *(f"shows {word}" for word in nothing),
        *(f"{landmark}: none" for landmark, count in there.items() if not count),
        *([] if page.get_by_role("heading", level=1).count() == 1 else ["not one h1"]),
        *([] if page.title() else ["no title"]),
        *([] if page.locator("html").get_attribute("lang") == "nl" else ["not in Dutch"]),
    ]


@WIDTHS
def test_every_page_is_whole_and_fits(browser: Browser, server: str, width: int) -> None:
    """Down to 320 pixels, with everything folded open, none scrolls sideways and targets are large enough for a thumb.

    Each has one heading, its landmarks and a title; nothing is loaded from elsewhere and nothing breaks our policy.
    """
    page = open_page(browser, server, java_script_enabled=True, viewport={"width": width, "height": 740})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    found = []
    for path in PAGES:
        page.goto(path)
        page.evaluate(OPEN_ALL)
        found += [f"{path}: {what}" for what in missing(page, NO_MENU.get(path, LANDMARKS))]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{path}: {wide} pixels wide")
        found += [f"{path}: small {item[:160]}" for item in page.evaluate(SMALL, TARGET)]
    page.context.close()
    assert not found, "\n".join(found)
    assert len(asked) >= len(PAGES)
    assert all(url.startswith(server) for url in asked)
    assert [text for text in said if "status of 4" not in text] == []
