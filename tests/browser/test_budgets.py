"""What a page may cost a reader: words, height, bytes; measured on every page, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

import api.web
from matcher.policy import Role
from tests.api.conftest import app_in
from tests.browser.conftest import open_page
from tests.browser.pages import ASKED, EXAMPLES, NO_PAGES
from tests.browser.test_access import OPEN_ALL, SMALL, TARGET
from tests.support.routes import pages

DESK, PHONE, SMALLEST, ZOOMED = (1280, 900), (375, 780), (320, 740), (640, 450)
BAR = 56
WORDS, ROWS = 45, 4
LIST_BYTES, PAGE_BYTES, CSS_BYTES, SCRIPT_BYTES = 40_000, 100_000, 25_000, 10_000
MEASURE = r"""() => {
  const read = item => { const copy = item.cloneNode(true);
    copy.querySelectorAll('details:not([open])').forEach(one => one.replaceWith(one.querySelector('summary')));
    return copy.innerText ?? copy.textContent; };
  const rows = [...document.querySelectorAll('article.row')].filter(one => one.getClientRects().length);
  const boxes = rows.map(one => one.getBoundingClientRect());
  return {
    words: rows.map(one => read(one).split(/\s+/).filter(word => /[\p{L}\p{N}]/u.test(word)).length),
    bottoms: boxes.map(box => Math.round(box.bottom + scrollY)),
    bar: Math.round(document.querySelector('header').getBoundingClientRect().height),
    wide: document.documentElement.scrollWidth,
  }; }"""
STATIC = Path(api.web.__file__).parent / "static"


def opened(browser: Browser, demo: str, role: Role) -> Page:
    """A browser of somebody in this role at Noord."""
    page = open_page(browser, demo, java_script_enabled=True, extra_http_headers={})
    if role is not Role.VISITOR:
        form: dict[str, str | float | bool] = {"rol": role.value, "school": "Noord", "alumnus": "A-2"}
        assert page.request.post("/inloggen/demo", form=form).ok
    return page


def sized(page: Page, size: tuple[int, int]) -> dict[str, object]:
    """What a page measures in a window."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return dict(page.evaluate(MEASURE))


def looked_at(browser: Browser, demo: str) -> Iterator[tuple[Page, str]]:
    """Each page in turn, opened by who opens it."""
    by_role = sorted(EXAMPLES.values(), key=lambda one: one[0])
    for role, examples in groupby(by_role, key=lambda one: one[0]):
        page = opened(browser, demo, role)
        for address in [one for _, addresses in examples for one in addresses]:
            yield page, address
        page.context.close()


def test_every_page_has_an_example(tmp_path: Path) -> None:
    """No page is left out of the tests that are about all of them, and none is in them that is gone."""
    assert set(pages(app_in(tmp_path))) == set(EXAMPLES) | NO_PAGES


def test_every_page_keeps_to_its_budget(browser: Browser, demo: str) -> None:
    """The bar, words of a row, rows in view, bytes; no sideways scroll, targets for a thumb, nothing from elsewhere."""
    wrong: list[str] = []
    lists = 0
    for page, address in looked_at(browser, demo):
        asked: list[str] = []

        def seen(request: Request, asked: list[str] = asked) -> None:
            asked.append(request.url)

        page.on("request", seen)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status < 500, address
        size = len(answer.body())
        page.remove_listener("request", seen)
        desk, phone = sized(page, DESK), sized(page, PHONE)
        lists += bool(desk["words"])
        wrong += [f"{address}: {said}" for said in _over(desk, phone, size)]
        wrong += [f"{address}: from elsewhere {url}" for url in asked if not url.startswith(demo)]
        page.evaluate(OPEN_ALL)
        for width, height in (SMALLEST, ZOOMED):
            if sized(page, (width, height))["wide"] > width:  # type: ignore[operator]
                wrong.append(f"{address}: scrolls sideways at {width}")
        wrong += [f"{address}: small target {item[:120]}" for item in page.evaluate(SMALL, TARGET)]
    assert not wrong, "\n".join(wrong)
    assert lists >= 3, "a question, courses, advice"


def _over(desk: dict[str, object], phone: dict[str, object], size: int) -> Iterator[str]:
    """What is over its budget."""
    words, bottoms, first = list(desk["words"]), list(desk["bottoms"]), list(phone["bottoms"])[:1]  # type: ignore[call-overload]
    if max(words, default=0) > WORDS:
        yield f"{max(words)} words in a row"
    if sum(bottom <= DESK[1] for bottom in bottoms) < min(ROWS, len(bottoms)):
        yield f"rows in view end at {bottoms[:ROWS]}"
    if first and first[0] > PHONE[1]:
        yield f"on a phone the first row ends at {first[0]}"
    if size > (LIST_BYTES if words else PAGE_BYTES):
        yield f"{size} bytes"
    for name, one in (("desk", desk), ("phone", phone)):
        if one["bar"] != BAR + 1:  # with its line
            yield f"a bar of {one['bar']} at a {name}"


def test_style_and_scripts_keep_to_their_budget() -> None:
    """In bytes, as they are sent."""
    assert sum(file.stat().st_size for file in STATIC.glob("*.css")) <= CSS_BYTES
    assert sum(file.stat().st_size for file in STATIC.glob("*.js")) <= SCRIPT_BYTES


def test_the_focus_is_at_the_result_after_a_search(browser: Browser, demo: str) -> None:
    """Without a script: the next tab is in the first row."""
    page = opened(browser, demo, Role.TEACHER)
    page.goto("/zoeken")
    page.get_by_label("Waarvoor zoek je iemand?").fill("gastles wondzorg")
    page.get_by_role("button", name="Zoek alumni").click()
    page.wait_for_url("**/zoeken?q=gastles+wondzorg#lijst")
    assert page.evaluate("document.activeElement.id") == "lijst"
    page.context.close()


@pytest.mark.parametrize("address", [ASKED, "/aanvragen/R-1"])
def test_nothing_moves_when_a_page_is_another(browser: Browser, demo: str, address: str) -> None:
    """The nouns of the bar stand where they stood, whichever is the page that one is at."""
    page = opened(browser, demo, Role.TEACHER)
    places = []
    for path in ("/cursussen", address):
        page.goto(path)
        places.append(page.locator(".nouns a").evaluate_all("items => items.map(one => one.getBoundingClientRect().x)"))
    assert places[0] == places[1]
    page.context.close()
