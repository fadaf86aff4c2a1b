"""The jobs of a coordinator, from logging in to their result, without scripts: at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from tests.api.conftest import app_in
from tests.browser.conftest import DESK, PHONE, SIZES, entered
from tests.browser.test_budgets import APART, MEASURE, NEAR, OPEN_ALL, SMALL, TARGET
from tests.support import stores
from tests.support.server import warmed
from tests.support.worlds import AS_OF

LARGEST = 100_000


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for a school with somebody to call, a pair that may be one person, and what was asked and given."""
    app = app_in(tmp_path_factory.mktemp("coordinator"), login="demo")
    store = app.state.held.store
    stores.upsert(store, RecordKind.ALUMNI, [
        Upsert(2, "A-1", "Noord", {"left_on": AS_OF - timedelta(days=200)}),
        Upsert(3, "A-3", "Noord", {"email": "een@voorbeeld.example"}),
        Upsert(4, "A-4", "Noord", {"email": "een@voorbeeld.example"}),
    ])  # fmt: skip
    key = stores.key_of(store, RecordKind.ALUMNI, "A-7", "Noord")
    lesson = {"school": "Noord", "kind": RequestKind.GUEST_LESSON}
    asked = LedgerLine(key, None, LedgerEvent.ASKED, AS_OF - timedelta(days=40), **lesson)  # type: ignore[arg-type]
    stores.write(store, lambda tx: tx.ledger.add(asked))
    with warmed(app) as address:
        yield address


def noun(page: Page, size: tuple[int, int], name: str) -> None:
    """Opens a page of the bar; on a phone from the menu."""
    if size[0] < 800:
        page.locator("summary", has_text="Menu").click()
    page.get_by_role("link", name=name, exact=True).locator("visible=true").first.click()


@SIZES
def test_a_day_begins_with_what_waits(browser: Browser, school: str, size: tuple[int, int]) -> None:
    """The list names each job with a number and leads to it; the balance leads to those who were never asked."""
    page = entered(browser, school, "coordinator", size)
    jobs = page.get_by_role("list", name="Werklijst").get_by_role("listitem")
    expect(jobs).to_have_count(2)
    expect(jobs.nth(0)).to_contain_text("1 oud-student om te bellen")
    jobs.nth(0).get_by_role("link", name=re.compile("Open het register")).click()
    expect(page.get_by_text("A-1").first).to_be_visible()
    page.goto("/")
    jobs.nth(1).get_by_role("link", name=re.compile("Vergelijk")).click()
    expect(page.get_by_text("A-3 en A-4")).to_be_visible()
    page.goto("/")
    page.get_by_role("link", name="Nooit gevraagd").click()
    expect(page.get_by_text("Alleen wie je kunt vragen.")).to_be_visible()
    expect(page.get_by_text("A-2", exact=True)).to_be_visible()
    page.get_by_role("link", name="Per vakgebied, jaar en team").click()
    expect(page.get_by_role("heading", name="Wie vragen we?")).to_be_visible()
    page.context.close()


@SIZES
def test_a_plan_is_made_changed_and_sent(browser: Browser, school: str, size: tuple[int, int]) -> None:
    """From the day to a board; one is fixed, another is swapped, and what moved is said."""
    page = entered(browser, school, "coordinator", size)
    page.get_by_role("link", name="Plan maken").click()
    page.get_by_role("button", name=re.compile("Maak het plan|Plan met deze dagen")).last.click()
    expect(page.get_by_text("2 van de 2 plaatsen zijn gevuld.")).to_be_visible()
    board = page.get_by_role("region", name="Planbord")
    expect(board.get_by_role("rowheader")).to_have_count(2)
    swap = board.get_by_role("combobox").first
    swap.select_option(index=1)
    page.get_by_role("button", name="Herplan de rest").first.click()
    expect(page.get_by_text("Anders dan het vorige plan: bij 'Gastles wondzorg' iemand anders.")).to_be_visible()
    expect(board.get_by_role("checkbox", checked=True)).to_have_count(1)
    expect(page.get_by_role("button", name="Nodig één alumnus uit")).to_be_visible()
    expect(page.get_by_text("1 plaats gaat over werk.")).to_be_visible()
    page.context.close()


@SIZES
def test_figures_are_looked_at_and_told(browser: Browser, school: str, size: tuple[int, int]) -> None:
    """Six areas as pictures with their numbers in words, and a table behind each; another period is one click."""
    page = entered(browser, school, "coordinator", size)
    noun(page, size, "Cijfers")
    expect(page.get_by_role("img", name=re.compile("^A. Alumni als werkkapitaal. gevraagd: 1"))).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(8 if page.locator("svg.map").count() else 7)
    page.locator("summary", has_text="Tabel: A.").click()
    expect(page.get_by_role("row", name=re.compile("jan 2027 1 0 0"))).to_be_visible()
    page.get_by_role("link", name="Vorig schooljaar").click()
    expect(page.get_by_role("img", name=re.compile("^A. Alumni als werkkapitaal. gevraagd: 0"))).to_be_visible()
    page.context.close()


@pytest.mark.parametrize(("language", "scheme"), [("nl", "light"), pytest.param("en", "dark", marks=pytest.mark.long)])
def test_the_pages_with_something_on_them_are_for_everybody(
    browser: Browser, school: str, language: str, scheme: str
) -> None:
    """No violation that axe knows of, no sideways scroll, targets for a thumb and apart, and bytes within bounds."""
    page = entered(browser, school, "coordinator", java_script_enabled=True, color_scheme=scheme, bypass_csp=True)
    wrong: list[str] = []
    for address in ("/", "/plan", "/cijfers", "/balans/groepen", "/balans?toon=nooit&kan=ja&tot=2030"):
        answer = page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
        assert answer is not None
        wrong += [f"{address}: {len(answer.body())} bytes"] if len(answer.body()) > LARGEST else []
        page.evaluate(OPEN_ALL)
        found = Axe().run(page).response["violations"]
        wrong += [f"{address}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in found]
        for width, height in (DESK, PHONE, (320, 640)):
            page.set_viewport_size({"width": width, "height": height})
            if page.evaluate(MEASURE)["wide"] > width:
                wrong.append(f"{address}: scrolls sideways at {width}")
            wrong += [f"{address}: small {item[:120]}" for item in page.evaluate(SMALL, TARGET)]
            wrong += [f"{address}: near {item}" for item in page.evaluate(NEAR, APART)]
    assert not wrong, "\n".join(wrong)
    page.context.close()
