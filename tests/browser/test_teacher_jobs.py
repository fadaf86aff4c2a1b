"""The jobs of a teacher, the BPV office and a partner, from logging in to their result, without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import SIZES, entered


@SIZES
def test_a_question_ends_in_an_invitation(browser: Browser, region: str, size: tuple[int, int]) -> None:
    """A doubt is answered, a piece is changed, two are compared, one is looked into and invited."""
    page = entered(browser, region, "teacher", size)
    page.set_default_timeout(30_000)  # the first search of a server on a busy machine
    page.get_by_label("Waarvoor zoek je iemand?").fill("gastles wondzorg, dinsdagmiddag of donderdagmiddag, Zwole")
    page.get_by_role("button", name="Zoek alumni").click()
    expect(page.get_by_text("“Zwole”: Bedoel je Zwolle?")).to_be_visible()
    page.get_by_role("button", name="Zwolle", exact=True).click()
    expect(page.get_by_text("Bedoel je Zwolle?")).to_have_count(0)
    expect(page.get_by_role("img", name="kan dinsdagmiddag, kan donderdagmiddag").first).to_be_visible()
    page.locator("summary", has_text="wondzorg").first.click()
    page.get_by_label("Onderwerp").fill("wondzorg ehbo")
    page.get_by_role("button", name="Pas aan").locator("visible=true").click()
    expect(page.locator("summary", has_text="wondzorg, ehbo").first).to_be_visible()
    page.get_by_label("Wie miste je?").fill("lasser")
    page.get_by_role("button", name="Kijk na").click()
    expect(page.locator("#mis")).to_contain_text("Bij “lasser” horen minder dan vijf alumni")
    expect(page.get_by_role("button", name="Vergelijk", exact=True)).to_be_hidden()
    for number in ("nummer 1", "nummer 2"):
        page.get_by_label(f"Vergelijk {number}", exact=True).check()
    page.get_by_role("button", name="Vergelijk", exact=True).click()
    expect(page.get_by_role("columnheader")).to_have_count(2)
    page.get_by_role("link", name="Terug naar de lijst").click()
    page.get_by_role("article").first.get_by_role("link", name="Waarom?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waarom nummer 1?")
    expect(page.get_by_role("img", name=re.compile("^Van 0 naar 0,"))).to_be_visible()
    page.get_by_role("button", name="Nodig uit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lees je uitnodiging na")
    page.get_by_label("Wat", exact=True).fill("Vertel over een echte wond.")
    page.get_by_role("button", name="Verstuur naar 1 alumnus").click()
    expect(page.get_by_role("status").first).to_contain_text("Je vraag staat klaar")
    expect(page.get_by_role("cell", name="gevraagd").first).to_be_visible()
    page.goto("/aanvragen")
    expect(page.get_by_role("heading", name="Wacht op alumni")).to_be_visible()
    page.context.close()


@SIZES
def test_the_placement_office_asks_for_its_own_kind(browser: Browser, region: str, size: tuple[int, int]) -> None:
    """A request is made, and is of that kind whatever is chosen; what no list has is said."""
    page = entered(browser, region, "placement", size)
    page.goto("/aanvraag-maken")
    expect(page.get_by_label("Soort *")).to_have_value("bpv-plaats")
    page.get_by_label("Titel *").fill("Stageplek zorg")
    page.get_by_role("button", name="Zet open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stageplek zorg")
    page.goto("/aanvragen")
    expect(page.get_by_role("heading", name="Wacht op jou")).to_be_visible()
    page.context.close()


@SIZES
def test_a_partner_offers_a_course_and_sees_whom_it_helps(browser: Browser, region: str, size: tuple[int, int]) -> None:
    """In counts, with no names; a form with what is not understood is shown again."""
    page = entered(browser, region, "partner", size)
    page.goto("/aanbod")
    page.get_by_role("link", name="Maak een aanbod").click()
    page.get_by_label("Titel *").fill("Cursus wondzorg")
    page.get_by_label("Eerste dag").fill("2027-09-01")
    page.get_by_label("Prijs in euro").fill("veel")
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_role("alert")).to_contain_text("Prijs in euro")
    expect(page.get_by_label("Eerste dag")).to_have_value("2027-09-01")
    page.get_by_label("Prijs in euro").fill("90")
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_role("status")).to_contain_text("Bewaard")
    page.get_by_role("link", name="Wie heeft hier iets aan?").first.click()
    expect(page.get_by_role("main")).to_contain_text("Groepen van minder dan vijf noemen we niet")
    expect(page.get_by_role("article")).to_have_count(0)
    page.context.close()
