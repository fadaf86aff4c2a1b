"""What a page may cost a reader: words, height, bytes; measured on every page, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

import api.web
from matcher.policy import Role
from tests.api.conftest import app_in
from tests.browser.conftest import DESK, PHONE, enter, open_page
from tests.browser.pages import ASKED, EXAMPLES, NO_PAGES
from tests.browser.test_access import OPEN_ALL, SMALL, TARGET
from tests.support.routes import pages

SMALLEST, ZOOMED = (320, 740), (640, 450)
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
NEAR = r"""least => {
  const boxes = [...document.querySelectorAll('button, .nl-button, summary, input, select, textarea, .chip')]
    .filter(one => one.getClientRects().length).map(one => [one, one.getBoundingClientRect()]);
  const gap = (a, b) => Math.max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom);
  return boxes.flatMap(([one, box], at) => boxes.slice(at + 1)
    .filter(([other]) => one.closest('details') === other.closest('details') && !one.contains(other))
    .filter(([, next]) => gap(box, next) < least)
    .map(([other, next]) => `${gap(box, next)} px: ${one.outerHTML.slice(0, 90)} | ${other.outerHTML.slice(0, 90)}`));
  }"""
"""Pairs of what can be pressed that are nearer than some pixels: whoever misses one presses the other. What lies over
a page while it is open is looked at by itself."""
APART = 4
WATCH = """window.moved = [];
  window.watch = new PerformanceObserver(list => window.moved.push(...list.getEntries()));
  window.watch.observe({type: 'layout-shift', buffered: true});"""
MOVED = """async least => {
  await document.fonts.ready;
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  return [...window.moved, ...window.watch.takeRecords()].filter(one => !one.hadRecentInput && one.value > least)
    .map(one => `${one.value.toFixed(4)} ${one.sources.map(it => it.node?.outerHTML?.slice(0, 80)).join(' | ')}`); }"""
"""What moved by itself while the page was read in: layout shifts as web vitals count them, where 0.1 is called good."""
SEEN = 0.01
"""Less than this is a line that grew while its end was still on its way."""
STATIC = Path(api.web.__file__).parent / "static"


def opened(browser: Browser, demo: str, role: Role) -> Page:
    """A browser of somebody in this role at Noord."""
    page = open_page(browser, demo, java_script_enabled=True, extra_http_headers={})
    page.add_init_script(WATCH)
    if role is not Role.VISITOR:
        enter(page, role.value, "A-2")
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
        wrong += [f"{address}: moved {said}" for said in page.evaluate(MOVED, SEEN)]
        desk, phone = sized(page, DESK), sized(page, PHONE)
        lists += bool(desk["words"])
        wrong += [f"{address}: {said}" for said in _over(desk, phone, size)]
        wrong += [f"{address}: from elsewhere {url}" for url in asked if not url.startswith(demo)]
        page.evaluate(OPEN_ALL)
        for width, height in (SMALLEST, ZOOMED):
            if sized(page, (width, height))["wide"] > width:  # type: ignore[operator]
                wrong.append(f"{address}: scrolls sideways at {width}")
        wrong += [f"{address}: small target {item[:120]}" for item in page.evaluate(SMALL, TARGET)]
        wrong += [f"{address}: too near, {said}" for said in page.evaluate(NEAR, APART)]
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
    """In bytes, as they are sent: a page has the sheet of all pages, and at most one of its own beside it."""
    size = {file.name: file.stat().st_size for file in STATIC.glob("*.css")}
    templates = [file.read_text("utf-8") for file in (Path(api.web.__file__).parent / "templates").rglob("*.html")]
    named = [re.findall(r"static\('(\w+\.css)'\)", text) for text in templates]
    assert {name for names in named for name in names} == set(size)
    assert max(map(len, named)) == 1
    assert size.pop("style.css") + max(size.values()) <= CSS_BYTES
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


def test_icons_are_drawn_under_our_policy(browser: Browser, demo: str) -> None:
    """The sprite is a file of its own, which browsers take for an image."""
    page = opened(browser, demo, Role.TEACHER)
    page.goto("/")
    drawn = page.evaluate("""[...document.querySelectorAll('svg.icon')].filter(one => one.getClientRects().length)
        .map(one => one.querySelector('use').getBBox().width)""")
    assert len(drawn) >= 3
    assert min(drawn) > 0
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
