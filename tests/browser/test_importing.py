"""A list comes in by a real browser: at a desk and on a phone, without scripts, and with nothing axe objects to."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from matcher.domain.records import RecordKind
from matcher.repositories.uploads import FAILED, LOOKING, UNDONE
from matcher.repositories.values import Upsert
from tests.api.conftest import app_in
from tests.browser.conftest import open_page
from tests.browser.test_access import LOOKS, OPEN_ALL, SMALL, TARGET, WIDTHS, violations
from tests.support.lists import HEADERS, rows_of, text_table, workbook
from tests.support.server import warmed
from tests.support.stores import reading, upsert, writing

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
QUESTIONS = [*HEADERS, "Toestemming contact", "Wil je gastlessen geven?"]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, object]]:
    """A server with the login of the demo, and its app."""
    app = app_in(tmp_path_factory.mktemp("importing"), login="demo")
    app.state.held.importer.start()
    with warmed(app) as address:
        yield address, app
        app.state.held.importer.stop()


def coordinator(browser: Browser, address: str, **options: object) -> Page:
    """A coordinator of Noord who is logged in."""
    page = open_page(browser, address, extra_http_headers={}, **options)
    page.request.post("/inloggen/demo", form={"rol": "coordinator", "school": "Noord"})
    page.goto("/inlezen")
    return page


def a_list(folder: Path, start: int) -> Path:
    """A list of a school: an address that cannot be used, a town that is misspelt, a yes of all, a total below it."""
    rows = [[*row, "ja", "x" if number % 2 else None] for number, row in enumerate(rows_of(14, start))]
    rows[2][3] = "geen adres"
    rows.append(["Totaal", 14, *[None] * 7])
    path = folder / "Alumni zorg 2026.xlsx"
    path.write_bytes(workbook(rows, QUESTIONS))
    return path


def send(page: Page, path: Path) -> None:
    page.get_by_label("Je lijst").set_input_files(path)
    page.get_by_role("button", name="Kijk wat erin staat").click()


@pytest.mark.parametrize(
    ("viewport", "start"), [({"width": 1280, "height": 900}, 100), (PHONE, 200)], ids=["desk", "phone"]
)
def test_a_list_comes_in(
    browser: Browser, school: tuple[str, object], tmp_path: Path, viewport: dict[str, int], start: int
) -> None:
    """From the menu to the workbook that comes back and the list of earlier files, with one question on the way."""
    page = coordinator(browser, school[0], viewport=viewport)
    page.goto("/")
    page.get_by_role("link", name="Lijst inlezen").first.click()
    send(page, a_list(tmp_path, start))
    expect(page.get_by_role("heading", level=1)).to_have_text("Klopt wat wij van je lijst maken?")
    expect(page.get_by_label("Wordt bij ons: Roepnaam")).to_have_value("voornaam")
    page.get_by_role("button", name="Lees in").click()
    expect(page.get_by_role("alert")).to_contain_text("Beantwoord eerst")
    page.get_by_label("gastles", exact=True).check()
    page.get_by_label("Sinds wanneer?").fill("1-9-2026")
    page.get_by_role("button", name="Bekijk opnieuw").click()
    expect(page.get_by_text("Een ja is een toestemming voor: gastles.")).to_be_visible()
    expect(page.get_by_role("cell", name=f"Verzonnen{start}", exact=True).last).to_be_visible()
    page.get_by_role("button", name="Lees in").click()
    expect(page.get_by_role("status")).to_have_text("De lijst is ingelezen.")
    expect(page.locator(".number-new")).to_have_text("14 nieuw")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download je lijst met opmerkingen").click()
    assert download.value.suggested_filename == "Alumni zorg 2026-met-opmerkingen.xlsx"
    back = load_workbook(io.BytesIO(download.value.path().read_bytes())).active
    assert back is not None
    assert back["D4"].comment is not None
    page.get_by_role("link", name="Terug naar alle lijsten").click()
    expect(page.get_by_role("listitem").filter(has_text="ingelezen").first).to_contain_text("14 nieuw")
    page.context.close()


def test_by_keyboard_alone(browser: Browser, school: tuple[str, object], tmp_path: Path) -> None:
    """The file, the kind, a choice of a column and the last button are reached with Tab and pressed with Enter."""
    page = coordinator(browser, school[0], java_script_enabled=True)
    path = tmp_path / "lijst.csv"
    path.write_bytes(text_table(rows_of(3, 300)))
    page.get_by_label("Je lijst").set_input_files(path)
    page.get_by_label("Je lijst").focus()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "submit":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Klopt wat wij van je lijst maken?")
    page.get_by_role("button", name="Lees in").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".number-new")).to_have_text("3 nieuw")
    page.context.close()


def test_a_closed_browser_stops_nothing(browser: Browser, school: tuple[str, object], tmp_path: Path) -> None:
    """A large list is sent, the browser is closed; another finds it read, has it imported, and sees the result come."""
    path = tmp_path / "groot.csv"
    path.write_bytes(text_table(rows_of(9000, 1000)))
    first = coordinator(browser, school[0])
    send(first, path)
    expect(first.get_by_role("heading", level=1)).to_have_text("We zijn bezig met je lijst")
    where = first.url
    first.context.close()
    second = coordinator(browser, school[0], java_script_enabled=True)
    second.goto(where)
    expect(second.get_by_role("heading", level=1)).to_have_text("Klopt wat wij van je lijst maken?", timeout=120_000)
    second.get_by_role("button", name="Lees in").click()
    expect(second.get_by_role("progressbar")).to_be_visible()
    expect(second.get_by_role("heading", level=1)).to_have_text("Je lijst is ingelezen", timeout=120_000)
    expect(second.locator(".number-new")).to_contain_text("000 nieuw")
    second.context.close()


@pytest.fixture(scope="module")
def states(browser: Browser, school: tuple[str, object], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The address of a file in each state."""
    address, app = school
    store = app.state.held.store  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("states")
    page = coordinator(browser, address)
    send(page, a_list(folder, 400))
    paths = ["/inlezen", page.url.removeprefix(address)]
    page.goto("/inlezen")
    path = folder / "klaar.csv"
    path.write_bytes(text_table(rows_of(3, 500)))
    send(page, path)
    page.get_by_role("button", name="Lees in").click()
    paths.append(page.url.removeprefix(address).partition("?")[0])
    paths += [f"{paths[-1]}?gedaan=ingelezen", f"{paths[-1]}/ongedaan"]
    for state in (LOOKING, FAILED, UNDONE):
        page.goto("/inlezen")
        send(page, path)
        paths.append(page.url.removeprefix(address))
        upload = reading(store).uploads.find(paths[-1].rsplit("/", 1)[1])
        undone = {"restored": 2, "removed": 1, "left": [{"id": "A-1", "because": "changed"}]}
        outcome: dict[str, object] = {"undone": undone}
        if state == FAILED:
            outcome = {"error": {"family": "InvalidValue", "code": "import_stopped", "values": {}}}
        writing(store).uploads.put(upload, state=state, outcome=outcome)
        if state == LOOKING:  # taken, so that no thread of the server does it
            writing(store).uploads.take(upload.key)
    page.context.close()
    return paths


@LOOKS
def test_axe_finds_nothing(
    browser: Browser, school: tuple[str, object], states: list[str], language: str, scheme: str
) -> None:
    """On no page of an import, in no state, with everything folded open."""
    page = coordinator(browser, school[0], java_script_enabled=True, bypass_csp=True, color_scheme=scheme)
    found = violations(page, states, language)
    page.context.close()
    assert not found, "\n".join(found)


@WIDTHS
def test_no_page_scrolls_sideways(browser: Browser, school: tuple[str, object], states: list[str], width: int) -> None:
    """Down to 320 pixels, and targets are large enough for a thumb; each has one heading and a title."""
    page = coordinator(browser, school[0], java_script_enabled=True, viewport={"width": width, "height": 740})
    for path in states:
        page.goto(path)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(SMALL, TARGET) == [], path
        assert page.get_by_role("heading", level=1).count() == 1
        assert page.title()
    page.context.close()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_both_sides_of_a_pair_are_in_sight(
    browser: Browser, school: tuple[str, object], viewport: dict[str, int]
) -> None:
    """Long addresses and lists of words hide no choice beside the table, at a desk and on a phone."""
    upsert(
        school[1].state.held.store,  # type: ignore[attr-defined]
        RecordKind.ALUMNI,
        [
            Upsert(row, f"L-{row}", "Noord", {"email": f"{'verzonnen.' * row}naam@voorbeeld.example", "skills": skills})
            for row, skills in ((4, frozenset({"lassen", "plannen"})), (5, frozenset({"samenwerken"})))
        ],
    )
    page = coordinator(browser, school[0], viewport=viewport)
    page.goto("/dubbelen/vergelijk?een=L-4&twee=L-5&school=Noord")
    expect(page.get_by_role("radio", name="Vaardigheden: samenwerken")).to_be_visible()
    table = page.locator(".scroll")
    assert table.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    page.context.close()


def test_the_pages_keep_to_their_policy(browser: Browser, school: tuple[str, object], states: list[str]) -> None:
    """Nothing is loaded from elsewhere, and the browser reports nothing that the policy forbids."""
    page = coordinator(browser, school[0], java_script_enabled=True)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in states:
        page.goto(path)
    page.context.close()
    assert any(url.endswith(".js") or ".js?" in url for url in asked)
    assert all(url.startswith(school[0]) for url in asked)
    assert [text for text in said if "status of 4" not in text] == []
