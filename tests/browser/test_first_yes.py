"""The pages of the first yes in a browser: for everybody, on a telephone, and with the keyboard's own means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page

from matcher.domain.first_yes import FACTS, FIRST
from matcher.domain.records import RecordKind
from matcher.policy import VISITOR, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import campaigns, door
from tests.api.conftest import app_in, headers_of
from tests.browser.conftest import open_page
from tests.browser.test_access import HALVES, OPEN_ALL, SMALL, TARGET, violations
from tests.support import stores
from tests.support.server import warmed

COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")
SANNE = door.Entry("Sanne", "", "Vos", "s@voorbeeld.example", "", "Kok", 2020, student=False, born_on=date(2000, 5, 1))


@dataclass(frozen=True)
class Site:
    """A server, what its coordinator's browser sends, and the pages."""

    address: str
    headers: dict[str, str]
    questions: str
    facts: str
    door: str
    confirm: str

    @property
    def pages(self) -> tuple[str, ...]:
        code = self.door.rpartition("/")[2]
        own = ("/toestemming", "/toestemming/gegevens", f"/toestemming/deur/{code}")
        return (*own, self.questions, self.facts, self.door, self.confirm)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = app_in(tmp_path_factory.mktemp("first"))
    app = made.state.held.app
    rows = [Upsert(2, "B-1", "Noord", {"email": "b@voorbeeld.example", "function": "kok", "town": "Zwolle"})]
    stores.upsert(app.store, RecordKind.ALUMNI, rows)
    key = stores.key_of(app.store, RecordKind.ALUMNI, "B-1", "Noord")
    one = door.open_door(app, COORDINATOR, "Kok niveau 3", date(2027, 7, 1))
    door.knock(app, VISITOR, one.code, SANNE)
    (mail,) = stores.mails(app.store)
    newcomer = int(mail.link.partition(" ")[2])
    secret = stores.write(app.store, lambda tx: tx.newcomers.new_secret(newcomer))
    links = [
        stores.write(app.store, lambda tx, purpose=purpose: tx.links.new(key, purpose, timedelta(days=9)))
        for purpose in (FIRST, FACTS)
    ]
    campaigns.answer_by_link(app, links[0], campaigns.Answers())
    headers = headers_of(made, Role.COORDINATOR, "Noord")
    paths = (f"/welkom/{links[0]}", f"/klopt/{links[1]}", f"/kom-erbij/{one.code}", f"/kom-erbij/bevestig/{secret}")
    with warmed(made) as address:
        yield Site(address, headers, *paths)


def opened(browser: Browser, site: Site, **options: object) -> Page:
    return open_page(browser, site.address, extra_http_headers=site.headers, **options)


@HALVES
def test_axe_finds_nothing(browser: Browser, site: Site, language: str, scheme: str, every: slice) -> None:
    """On no page, with everything folded open (axe-core, all its rules)."""
    page = opened(browser, site, java_script_enabled=True, bypass_csp=True, color_scheme=scheme)
    found = violations(page, site.pages[every], language)
    page.context.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [320, 768])
def test_no_page_scrolls_sideways(browser: Browser, site: Site, width: int) -> None:
    """Down to 320 pixels; and targets are large enough for a thumb."""
    page = opened(browser, site, java_script_enabled=True, viewport={"width": width, "height": 740})
    for path in site.pages:
        page.goto(path)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(SMALL, TARGET) == [], path
        assert page.get_by_role("heading", level=1).count() == 1, path
    page.context.close()


def test_four_questions_are_answered_without_scripts(browser: Browser, site: Site) -> None:
    """By their labels; what was ticked is ticked again afterwards."""
    page = open_page(browser, site.address, extra_http_headers={})
    page.goto(site.questions)
    page.get_by_label("Cursussen: advies over bijscholing").check()
    page.get_by_label("Een student op weg helpen", exact=False).check()
    page.get_by_label("Hoe vaak per jaar").select_option("2")
    page.get_by_role("button", name="Bewaar mijn antwoorden").click()
    assert page.get_by_role("status").inner_text().strip() == "Bewaard. Dankjewel!"
    assert page.get_by_label("Cursussen: advies over bijscholing").is_checked()
    assert page.get_by_label("Hoe vaak per jaar").input_value() == "2"
    assert not page.get_by_label("Werk: hulp", exact=False).is_checked()
    page.context.close()


def test_the_door_is_filled_in_without_scripts(browser: Browser, site: Site) -> None:
    """By the labels; the browser itself names what is missing, and the answer says where to look."""
    page = open_page(browser, site.address, extra_http_headers={})
    page.goto(site.door)
    page.get_by_role("button", name="Zet me erbij").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Kom erbij: Noord"
    for label, text in (
        ("Voornaam", "Tim"),
        ("Achternaam", "Bos"),
        ("E-mailadres", "tim@voorbeeld.example"),
        ("Opleiding", "Kok"),
        ("Jaar waarin", "2020"),
        ("Geboortedatum", "2000-05-01"),
    ):
        page.get_by_label(label, exact=False).fill(text)
    page.get_by_label("Ik ben van school af").check()
    page.get_by_role("button", name="Zet me erbij").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Kijk in je mail"
    page.context.close()
