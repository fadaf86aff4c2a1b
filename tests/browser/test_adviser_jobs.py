"""The job of an adviser, from logging in to its result, without scripts: at a desk and on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESK, PHONE, SIZES, entered


@SIZES
def test_a_talk_ends_in_a_list(browser: Browser, region: str, size: tuple[int, int]) -> None:
    """The alumnus shows a code; the adviser types it, lets price count more, chooses a course, and notes what for."""
    own = entered(browser, region, "alumnus", size, "A-2")
    own.get_by_role("link", name="Praten met een adviseur").click()
    own.get_by_role("button", name=re.compile("Maak een .*code")).click()
    code = own.locator(".code").inner_text()
    expect(own.get_by_role("img", name=re.compile("advies.code="))).to_be_visible()
    page = entered(browser, region, "adviser", size)
    page.get_by_label("Code van de alumnus").fill("22222222")
    page.get_by_role("button", name="Open het gesprek").click()
    expect(page.get_by_role("alert")).to_contain_text("Deze code klopt niet")
    page.get_by_label("Code van de alumnus").fill(code.lower())
    page.get_by_role("button", name="Open het gesprek").click()
    expect(page.get_by_role("status").first).to_have_text("Het gesprek is open, voor een uur.")
    expect(page.get_by_role("heading", name="Gat")).to_be_visible()
    sliders = page.get_by_text("Wat weegt mee?")
    rows = page.get_by_role("article")
    expect(rows.first).to_contain_text("Cursus wondzorg")
    if size == PHONE:
        box, first = sliders.bounding_box(), rows.first.bounding_box()
        assert box is not None
        assert first is not None
        assert box["y"] < first["y"], "before the list"
        sliders.click()
    page.get_by_label("Goedkoop").fill("90")
    page.get_by_role("button", name="Herbereken").click()
    expect(page.locator("#verschoof")).to_contain_text("Goedkoop: van ‘telt mee’ naar ‘telt zwaar’.")
    rows.first.get_by_role("button", name=re.compile("^Kies")).click()
    expect(page.get_by_role("status").first).to_have_text("De cursus staat op de lijst.")
    page.get_by_role("link", name="Gekozen (1)").click()
    page.locator("summary", has_text="Notitie").first.click()
    page.get_by_label("Wat spraken jullie af?").fill("Werkgever vragen.")
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_text("Werkgever vragen.").first).to_be_visible()
    own.goto("/mij/lijst")
    expect(own.get_by_role("article")).to_contain_text("Werkgever vragen.")
    page.locator("summary", has_text="Notitie").first.click()
    page.get_by_role("button", name="Haal eraf").click()
    for one in (own, page):
        one.context.close()


def test_a_slider_ranks_at_once_where_scripts_run(browser: Browser, region: str) -> None:
    """Let go of it, and the list is new without another page; by keys."""
    page = entered(browser, region, "adviser", DESK, java_script_enabled=True)
    page.goto("/advies/Noord/A-9")
    before = page.url
    page.get_by_label("In de avond").focus()
    page.keyboard.press("End")
    expect(page.locator("#verschoof")).to_contain_text("In de avond: van ‘telt niet’ naar ‘telt zwaar’.")
    expect(page.locator("output").nth(1)).to_have_text("telt zwaar")
    assert page.url != before
    expect(page.get_by_label("In de avond")).to_be_focused()
    page.context.close()
