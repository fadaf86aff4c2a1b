"""What people come to do works in a real browser, without scripts and without a mouse."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page


def test_a_teacher_finds_an_alumnus(page: Page) -> None:
    """From the search page: type a wish, see ranked rows with reasons, and open the numbers of one, a click away."""
    page.goto("/zoeken")
    page.get_by_label("Waarvoor zoek je iemand?").fill("Een les over wondzorg")
    page.get_by_role("button", name="Zoek alumni").click()
    cards = page.get_by_role("article")
    expect(cards.first).to_be_visible()
    assert cards.count() >= 3
    first = cards.first
    expect(first.get_by_text("Past")).to_be_visible()
    expect(page.get_by_label("Waarvoor zoek je iemand?")).to_have_value("Een les over wondzorg")
    first.get_by_role("link", name="Waarom?").click()
    expect(page.get_by_role("table")).to_be_hidden()
    page.get_by_text("In getallen").click()
    expect(page.get_by_role("table")).to_be_visible()
    page.get_by_role("link", name="Terug naar de lijst").click()
    expect(page.get_by_role("article").first).to_be_visible()
    expect(page.get_by_text("Een mens beslist")).to_be_visible()


def test_an_empty_wish_is_told_beside_the_form(page: Page) -> None:
    """Nothing typed gives a sentence that says what to do, and the field refers to it."""
    page.goto("/zoeken")
    page.get_by_role("button", name="Zoek alumni").click()
    expect(page.get_by_role("alert")).to_contain_text("Vul eerst in wat je zoekt")
    expect(page.get_by_label("Waarvoor zoek je iemand?")).to_have_attribute("aria-invalid", "true")


def test_an_adviser_goes_from_alumnus_to_courses_and_roles(page: Page) -> None:
    """Filter the list, pick somebody, see courses, then roles."""
    page.goto("/advies")
    page.get_by_label("Nummer").fill("A-2")
    page.get_by_role("button", name="Zoek", exact=True).click()
    page.get_by_role("link", name="verzorgende wondzorg").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Welke cursus past?")
    expect(page.get_by_role("main")).to_contain_text("A-2")
    expect(page.get_by_role("article").first).to_contain_text("Cursus wondzorg")
    page.get_by_role("link", name="Rollen op school").click()
    expect(page.get_by_role("article").first).to_contain_text("Gastles wondzorg")


def test_somebody_asks_why_an_alumnus_is_not_in_the_list(page: Page) -> None:
    """Two ids give every rule that applies, the one that fails first of all."""
    page.goto("/waarom")
    page.get_by_label("Bij welke aanvraag, cursus of alumnus?").fill("R-1")
    page.get_by_label("Wie miste je?").fill("A-6")
    page.get_by_role("button", name="Toon waarom").click()
    expect(page.get_by_text("Staat niet in de lijst")).to_be_visible()
    expect(page.get_by_text("Voldoet niet", exact=True)).to_have_count(1)
    expect(page.locator(".rules li")).to_have_count(10)


def test_a_card_leads_to_its_explanation(page: Page) -> None:
    """The link on a row of a saved request opens the account of that pair."""
    page.goto("/aanvragen/R-1")
    page.get_by_role("article").first.get_by_role("link", name="Waarom?").click()
    expect(page).to_have_url("/waarom?vraag=R-1&kandidaat=A-1&soort=request&school=Noord")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waarom nummer 1?")
    expect(page.get_by_role("main")).to_contain_text("A-1")


def test_an_unknown_id_is_a_friendly_page(page: Page) -> None:
    """A wrong address has a heading, a sentence and a way back, and the right status."""
    answer = page.goto("/aanvragen/R-99")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("alert")).to_contain_text("R-99")
    page.get_by_role("main").get_by_role("link").click()
    expect(page).to_have_url("/")


def test_the_language_stays_as_chosen(page: Page) -> None:
    """One click makes a page English with the same question, the next page too, and one click brings Dutch back."""
    page.goto("/zoeken?q=wondzorg")
    page.locator(".account > summary").click()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.get_by_role("textbox").first.input_value() == "wondzorg"
    page.goto("/advies")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".account > summary").click()
    page.get_by_role("link", name="Nederlands").click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "nl")


def test_a_teacher_without_a_mouse(browser: Browser, server: str) -> None:
    """The keyboard alone skips the menu, fills in the wish, and lands at the list; the focus can be seen."""
    page = open_page(browser, server, java_script_enabled=True)
    focus = "(() => { const e = document.activeElement; return e.id || e.textContent.trim(); })()"
    page.goto("/zoeken")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(focus) == "q"
    page.keyboard.type("wondzorg")
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate(focus) == "Zoek alumni":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("article").first).to_be_visible()
    assert page.evaluate(focus) == "lijst"
    for _ in range(4):
        page.keyboard.press("Tab")
        if str(page.evaluate(focus)).startswith("Waarom?"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Terug naar de lijst")).to_be_visible()
    page.context.close()
