"""Logging in, inviting, replying and erasing, in a real browser; and that these pages are for everybody too."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OWN, open_page
from tests.browser.test_access import LOOKS, OPEN_ALL, SMALL, TARGET, with_language

WHY = "/mij/advies/waarom?for=offerings&top=10&kandidaat=C-1"
FLASHED = "/mij?gedaan=toestemming-ja&terug-doel=mentor&terug-geef=false"
OWN_PAGES = tuple(f"/mij/eigen?veld={spec.name}" for spec in OWN)


def enter(page: Page, role: str, alumnus: str = "") -> None:
    page.goto("/inloggen?lang=nl")
    page.get_by_text("Kijk als iemand anders").click()
    page.get_by_label("Rol").select_option(role)
    page.get_by_label("School", exact=True).select_option("Noord")
    if alumnus:
        page.get_by_label("Nummer, als je als alumnus kijkt").fill(alumnus)
    page.get_by_role("button", name="Start").click()


def test_from_invitation_to_a_name(browser: Browser, demo: str) -> None:
    """The teacher logs in where the request leads, and invites; the alumnus says yes; the teacher sees a name."""
    teacher = open_page(browser, demo, extra_http_headers={})
    teacher.goto("/aanvragen/R-1")
    teacher.get_by_text("Kijk als iemand anders").click()
    teacher.get_by_label("School", exact=True).select_option("Noord")
    teacher.get_by_role("button", name="Start").click()
    expect(teacher.get_by_role("heading", level=1)).to_have_text("Gastles wondzorg")
    teacher.get_by_role("button", name="Nodig uit").first.click()
    expect(teacher.get_by_label("Wanneer")).to_contain_text("16 mrt 2027")
    teacher.get_by_role("button", name="Verstuur naar 1 alumnus").click()
    expect(teacher.get_by_text("Er is nog geen antwoord.")).to_be_visible()
    alumnus = open_page(browser, demo, extra_http_headers={})
    enter(alumnus, "alumnus", "A-1")
    alumnus.get_by_label("di 16 mrt 2027").check()
    alumnus.get_by_role("button", name="Ja, graag").click()
    expect(alumnus.get_by_role("heading", name="Wat je hebt afgesproken")).to_be_visible()
    teacher.reload()
    teacher.get_by_role("link", name="1 alumnus zei ja").click()
    expect(teacher.get_by_role("heading", level=2).first).to_contain_text("Fictievenaam")
    teacher.locator(".account > summary").click()
    teacher.get_by_role("button", name="Uitloggen").click()
    teacher.goto("/aanvragen/R-1/ja")
    expect(teacher.get_by_role("heading", level=1)).to_contain_text("Vraag een alumnus")
    for page in (teacher, alumnus):
        page.context.close()


def test_consent_goes_in_one_click(browser: Browser, demo: str) -> None:
    """The button of a purpose turns it round."""
    page = open_page(browser, demo, extra_http_headers={})
    enter(page, "alumnus", "A-2")
    page.goto("/mij/toestemming")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("button", name=": mentor"))
    expect(row).to_contain_text("aan")
    row.get_by_role("button", name="Zet uit").click()
    expect(row.get_by_role("button", name="Zet aan")).to_be_visible()
    page.context.close()


def test_an_own_field_is_changed_and_emptied(browser: Browser, demo: str) -> None:
    """By its link in the list of what is not filled in, and then by that of its row."""
    page = open_page(browser, demo, extra_http_headers={})
    enter(page, "alumnus", "A-2")
    page.goto("/mij/gegevens")
    page.get_by_role("link", name="Rijbewijs", exact=True).click()
    page.get_by_label("Rijbewijs").select_option("nee")
    page.get_by_role("button", name="Wijzig").click()
    row = page.get_by_role("row", name="Rijbewijs")
    expect(row).to_contain_text("van jou")
    row.get_by_role("link").click()
    page.get_by_label("Rijbewijs").select_option("leeg")
    page.get_by_role("button", name="Wijzig").click()
    expect(page.get_by_role("link", name="Rijbewijs", exact=True)).to_be_visible()
    expect(page.get_by_role("row", name="Rijbewijs")).to_have_count(0)
    page.context.close()


@LOOKS
def test_axe_finds_nothing(browser: Browser, demo: str, language: str, scheme: str) -> None:
    """On the pages of login, one's own data, erasure, the log, and inviting."""
    page = open_page(
        browser, demo, java_script_enabled=True, bypass_csp=True, color_scheme=scheme, extra_http_headers={}
    )
    found = []
    sizes = []

    def look(path: str) -> None:
        page.goto(with_language(path, language))
        page.evaluate(OPEN_ALL)
        result = Axe().run(page)
        found.extend(f"{path}: {item['id']} {item['nodes'][0]['html'][:160]}" for item in result.response["violations"])
        page.set_viewport_size({"width": 320, "height": 740})
        sizes.extend(page.evaluate(SMALL, TARGET))
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.set_viewport_size({"width": 1280, "height": 900})

    look("/inloggen")
    for role, alumnus, paths in (
        (
            "alumnus",
            "A-1",
            (
                "/mij",
                "/mij/toestemming",
                "/mij/gegevens",
                "/mij/lijsten",
                *OWN_PAGES,
                "/mij/agenda",
                "/mij/advies",
                WHY,
                FLASHED,
                "/cursussen",
                "/sessies",
            ),
        ),
        ("FG", "", ("/log", "/")),
        ("docent", "", ("/aanvragen/R-1", "/aanvragen/R-1/ja", "/")),
        ("beheerder", "", ("/post", "/toestand", "/")),
    ):
        enter(page, role, alumnus)
        for path in paths:
            look(path)
    page.context.close()
    assert not found, "\n".join(found)
    assert not sizes
