"""The jobs of an alumnus, from logging in to their results, without scripts: at a desk and on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, SIZES, entered


@SIZES
def test_a_question_is_answered_where_it_is_read(browser: Browser, region: str, size: tuple[int, int]) -> None:
    """First on the page: who, when, where and why you; no with a reason, and it is told."""
    teacher = entered(browser, region, "teacher", DESK)
    teacher.goto("/aanvragen/R-1")
    teacher.get_by_role("button", name=re.compile("^Nodig uit")).first.click()
    teacher.get_by_role("button", name=re.compile("^Verstuur")).first.click()
    expect(teacher.get_by_role("status")).to_contain_text("Je vraag staat klaar.")
    teacher.context.close()
    page = asked(browser, region, size)
    question = page.get_by_role("region", name=re.compile("^Een vraag aan je: Gastles wondzorg"))
    box = question.bounding_box()
    assert box is not None
    assert box["y"] < 160, "nothing but the way to the tour stands above it"
    for told in ("Wie vraagt het", "Wanneer", "Waarom jij"):
        expect(question.get_by_text(told, exact=True).first).to_be_visible()
    question.get_by_text("Nee, want …").click()
    question.get_by_role("radio").first.check()
    question.get_by_role("button", name="Verstuur nee").click()
    expect(page.get_by_role("status")).to_have_text("Je antwoord is bewaard.")
    expect(page.get_by_text("Er wacht geen vraag op je.")).to_be_visible()
    page.context.close()


def asked(browser: Browser, region: str, size: tuple[int, int]) -> Page:
    """The browser of an alumnus who was asked and has not answered."""
    for number in ("A-1", "A-2", "A-4", "A-7"):
        page = entered(browser, region, "alumnus", size, number)
        if page.get_by_text("Een vraag aan je:").count():
            return page
        page.context.close()
    raise AssertionError("nobody was asked")


@SIZES
def test_how_one_stands_is_one_form(browser: Browser, region: str, size: tuple[int, int]) -> None:
    """A week, how often, how far: kept at once; a pause that is over is told, and nothing is kept."""
    page = entered(browser, region, "alumnus", size, "A-9")
    page.get_by_label("woensdag avond").check()
    page.get_by_label("2 keer per jaar").check()
    page.get_by_label("Hoe ver wil je reizen?").fill("15")
    page.get_by_role("button", name="Bewaar", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Bewaard hoe je erin staat.")
    expect(page.get_by_label("woensdag avond")).to_be_checked()
    expect(page.get_by_label("2 keer per jaar")).to_be_checked()
    expect(page.get_by_label("Hoe ver wil je reizen?")).to_have_value("15")
    page.get_by_label("Pauze tot").fill("2020-01-01")
    page.get_by_label("4 keer per jaar").check()
    page.get_by_role("button", name="Bewaar", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("2 keer per jaar")).to_be_checked()
    page.context.close()


def test_what_is_not_for_me_goes_and_comes_back(browser: Browser, region: str) -> None:
    """With a reason, in two clicks; the line under the bar takes it back."""
    page = entered(browser, region, "alumnus", PHONE, "A-9")
    title = page.locator("#past-1").inner_text()
    page.get_by_text(re.compile("^Niet voor mij, want")).first.click()
    page.get_by_label("te duur").first.check()
    page.get_by_role("button", name=re.compile(f"^Zeg het ?: {title}")).click()
    expect(page.get_by_role("status")).to_have_text("Je ziet dit niet meer in je eigen lijst.")
    expect(page.locator("#past-1").filter(has_text=title)).to_have_count(0)
    expect(page.get_by_text("1 staat hier niet")).to_be_visible()
    page.locator(".flash").get_by_role("button", name="Zet terug").click()
    expect(page.locator("#past-1")).to_have_text(title)
    page.context.close()


def test_a_person_looks_at_a_list_that_seems_wrong(browser: Browser, region: str) -> None:
    """From where one stands to the question; the coordinator answers beside it, and the alumnus reads the answer."""
    page = entered(browser, region, "alumnus", DESK, "A-7")
    page.get_by_role("link", name=re.compile("Waar ik in lijsten sta")).click()
    page.get_by_role("link", name="Gastles wondzorg").first.click()
    page.get_by_label("Wat klopt er niet?").fill("Ik geef die les al jaren.")
    page.get_by_role("button", name="Laat een mens ernaar kijken").click()
    expect(page.get_by_role("status")).to_contain_text("Een mens kijkt ernaar.")
    desk = entered(browser, region, "coordinator", DESK)
    desk.goto("/vragen-over-lijsten")
    desk.get_by_role("main").get_by_role("link", name="Gastles wondzorg").first.click()
    expect(desk.get_by_text("Ik geef die les al jaren.")).to_be_visible()
    desk.get_by_label("Je antwoord aan de alumnus").fill("Je gaf nog geen dagdelen op.")
    desk.get_by_role("button", name="Verstuur het antwoord").click()
    expect(desk.get_by_role("status")).to_contain_text("Je antwoord staat klaar")
    page.reload()
    page.goto("/mij/lijsten")
    expect(page.get_by_text("Je gaf nog geen dagdelen op.")).to_be_visible()
    for one in (page, desk):
        one.context.close()


def test_erasing_has_a_page_that_survives_a_refresh(browser: Browser, region: str) -> None:
    """And a change of language; nothing is erased before its last button."""
    page = entered(browser, region, "alumnus", PHONE, "A-3")
    page.get_by_role("link", name=re.compile("Stoppen of wissen")).click()
    page.get_by_role("link", name="Ik wil alles laten wissen").click()
    page.reload()
    expect(page.get_by_role("button", name="Ja, wis alles over mij")).to_be_visible()
    answer = page.goto("/mij/wissen?lang=en")
    assert answer is not None
    assert answer.status == 200
    page.goto("/mij/wissen?lang=nl")
    page.get_by_role("link", name="Nee, ga terug").click()
    expect(page).to_have_url(re.compile("/mij/stoppen$"))
    page.context.close()
