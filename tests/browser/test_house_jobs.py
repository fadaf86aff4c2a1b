"""The jobs of the first page, of the privacy officer, of the administrator, and of setting up: in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import SIZES, enter, entered, open_page

PAPER = re.compile(rb"/Type\s*/Page\b")


@SIZES
def test_a_tile_leads_in(browser: Browser, demo: str, size: tuple[int, int]) -> None:
    """One press on a tile of the demo, without a script, and one is in as that role; all eight are there."""
    page = open_page(browser, demo, viewport={"width": size[0], "height": size[1]}, extra_http_headers={})
    page.goto("/")
    assert page.url.partition("?")[0].endswith("/inloggen")
    assert page.locator(".tile").count() == 8
    page.get_by_role("button", name="Zoek een gastspreker").click()
    assert page.get_by_role("searchbox").or_(page.locator("#q")).is_visible()
    page.goto("/inloggen")
    page.get_by_role("button", name="Ga na waarom iemand is gevraagd").click()
    assert page.url.endswith("/log")
    page.context.close()


@SIZES
def test_a_coordinator_sets_up(browser: Browser, demo: str, size: tuple[int, int]) -> None:
    """From the tile to the programme: two areas, what follows beside it, and a question that is parked."""
    page = entered(browser, demo, "coordinator", size, school="Zuid")
    page.goto("/inrichten?stap=areas")
    for area in "ABCDEF":
        page.locator(f"input[name=areas][value={area}]").set_checked(area in "AC")
    page.get_by_role("button", name="Bewaar", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("4 gebieden zijn nu dicht")
    expect(page.get_by_text("Nazorg staat uit, maar is wel een wettelijke taak.")).to_be_visible()
    page.get_by_text("Nog niet zeker? Parkeer de vraag").click()
    page.get_by_label("Wat moet je nog weten?").fill("Wie belt?")
    page.get_by_label("Wie zoekt het uit?").fill("teamleider")
    page.get_by_label("Voor welke dag?").fill("2027-04-01")
    page.get_by_role("button", name="Parkeer").click()
    page.get_by_role("link", name="Print het programma").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Programma alumni van Zuid")
    expect(page.get_by_text("Wie belt?")).to_be_visible()
    assert len(PAPER.findall(page.pdf())) <= 2
    enter(page, "coordinator", school="Zuid")
    page.goto("/inrichten?stap=areas")
    for area in "BDEF":
        page.locator(f"input[name=areas][value={area}]").check()
    page.get_by_role("button", name="Bewaar", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Alle gebieden zijn open.")
    page.get_by_role("button", name="Beantwoord").click()
    page.context.close()


@SIZES
def test_a_privacy_officer_checks_a_list(browser: Browser, demo: str, size: tuple[int, int]) -> None:
    """From the log to a list made once more, as it was, and why the first had its place; the log is checked."""
    page = entered(browser, demo, "teacher", size)
    page.goto("/aanvragen/R-1")
    enter(page, "privacy_officer")
    page.goto("/log")
    page.get_by_label("Wat", exact=True).select_option("zocht alumni bij een aanvraag")
    page.get_by_role("button", name="Zoek").click()
    page.locator(".rows a").first.click()
    page.get_by_role("link", name="Maak deze lijst nog eens").click()
    expect(page.get_by_text("Precies dezelfde lijst")).to_be_visible()
    page.get_by_role("link", name=re.compile(r"Waarom\s*: Plaats 1$")).click()
    expect(page.get_by_text("de punten tellen op tot")).to_be_visible()
    expect(page.get_by_role("heading", name="Toen en nu")).to_be_visible()
    page.goto("/log")
    page.get_by_role("button", name="Kijk na of het klopt").click()
    expect(page.get_by_role("status")).to_have_text("Nagekeken: het logboek klopt.")
    page.context.close()


@SIZES
def test_an_administrator_makes_a_token(browser: Browser, demo: str, size: tuple[int, int]) -> None:
    """It is shown once, and ended again; the settings have their meaning."""
    page = entered(browser, demo, "administrator", size)
    page.goto("/toegang")
    page.get_by_label("Waar is het voor?").fill("rooster")
    page.get_by_role("button", name="Maak het token").click()
    expect(page.locator("code")).to_contain_text("am_")
    page.get_by_role("button", name=re.compile("Beëindig.*rooster")).last.click()
    expect(page.get_by_role("status")).to_have_text("Dit token werkt niet meer.")
    expect(page.locator("code")).to_have_count(0)
    page.goto("/instellingen")
    expect(page.get_by_text("Waar de database staat")).to_be_visible()
    page.context.close()
