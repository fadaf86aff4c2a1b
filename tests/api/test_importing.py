"""A list comes in step by step, in pages that need no script."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, JOB, Role
from matcher.services import erasure, uploads
from tests.api.conftest import app_in, browser_of, plain
from tests.support import stores
from tests.support.lists import HEADERS, Sender, rows_of, text_table, workbook
from tests.support.stores import reading


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = app_in(tmp_path, login="demo")
    yield made
    made.state.held.store.close()


@pytest.fixture
def sender(app: FastAPI) -> Sender:
    return Sender(browser_of(app))


def people(app: FastAPI) -> int:
    return int(reading(app.state.held.store).records.count(RecordKind.ALUMNI))


def test_a_list_comes_in_as_it_is(app: FastAPI, sender: Sender) -> None:
    """From the file to the result: columns recognised, people shown, nothing written before the last button."""
    before = people(app)
    shown = sender.send(workbook(rows_of(12)))
    text = plain(shown)
    assert "Klopt wat wij van je lijst maken?" in text
    assert "Verzonnen1" in text
    assert "12 rijen" in text
    assert re.search(r'value="voornaam" selected', shown)
    assert people(app) == before
    done = plain(sender.answer())
    assert "De lijst is ingelezen." in done
    assert re.search(r"12 nieuw\b.*\b0 gewijzigd", done)
    assert people(app) == before + 12


def test_a_qualification_is_shown_in_words(sender: Sender) -> None:
    """In the preview the parts that are known, without the marks of a spreadsheet."""
    rows = [[*rows_of(1)[0][:6], "25655", "Verzorgende IG", 2019], [*rows_of(1, 2)[0][:6], "", "Timmerman", ""]]
    text = plain(sender.send(workbook(rows, [*HEADERS[:6], "Crebo", "Opleiding", "Diplomajaar"])))
    assert "25655, Verzorgende IG, 2019" in text
    assert "|" not in text
    assert "Timmerman" in text


def test_what_was_left_out_is_said_with_its_rows(sender: Sender) -> None:
    """Column, rows and what to do; the content of a personal column is not repeated."""
    text = plain(sender.send(workbook(rows_of(12))))
    assert "E-mailadres: één cel" in text
    assert "Een persoonlijk gegeven: kijk in je eigen lijst, rij 4" in text
    assert "geen adres" not in text.partition("Dit laten we leeg")[2].partition("Lees in")[0]


def test_another_choice_is_shown_before_it_is_imported(app: FastAPI, sender: Sender) -> None:
    """Whoever changes a column and presses the last button sees it first: what comes in is what was shown."""
    before = people(app)
    sender.send(workbook(rows_of(5)))
    last = HEADERS.index("Lievelingskleur")
    text = plain(sender.answer(**{f"kolom__{last}": "sector"}))
    assert "Je veranderde iets" in text
    assert people(app) == before
    assert re.search(r'name="kolom-6".*?value="sector" selected', sender.page(), flags=re.DOTALL)
    assert "5 nieuw" in plain(sender.answer())
    key = stores.key_of(app.state.held.store, RecordKind.ALUMNI, "N-0001", "Noord")
    record = reading(app.state.held.store).records.by_key(RecordKind.ALUMNI, [key])[key]
    assert record.sector == "groen"


@pytest.mark.parametrize(("headers", "position", "sector"), [(("", "Vak"), 2, "groen"), (("Vak", "Vak"), 3, "blauw")])
def test_a_column_without_a_name_of_its_own_can_be_chosen(
    app: FastAPI, sender: Sender, headers: tuple[str, str], position: int, sector: str
) -> None:
    """One without a header, or with that of another column: the choice is for that column alone."""
    rows = [[number, name, "groen", "blauw"] for number, name, *_ in rows_of(5)]
    sender.send(text_table(rows, [*HEADERS[:2], *headers]), "lijst.csv")
    chosen = {f"kolom__{column}": "sector" if column == position else "" for column in (2, 3)}
    sender.answer("kijk", **chosen)
    assert re.search(rf'name="kolom-{position}".*?value="sector" selected', sender.page(), flags=re.DOTALL)
    assert "5 nieuw" in plain(sender.answer())
    key = stores.key_of(app.state.held.store, RecordKind.ALUMNI, "N-0001", "Noord")
    record = reading(app.state.held.store).records.by_key(RecordKind.ALUMNI, [key])[key]
    assert record.sector == sector


def test_a_yes_is_asked_about_once(app: FastAPI, sender: Sender) -> None:
    """Nothing comes in before it is said what a yes is for; then everybody has that consent, since that day."""
    before = people(app)
    rows = [[*row, "ja"] for row in rows_of(6)]
    sender.send(workbook(rows, [*HEADERS, "Toestemming contact"]))
    unanswered = plain(sender.answer())
    assert "Beantwoord eerst" in unanswered
    assert people(app) == before
    fields = {"antwoord__consent_yes_no": ["gastles", "mentor"], "antwoord__consent_since": "1-9-2026"}
    shown = plain(sender.answer("kijk", **fields))
    assert "gastles; mentor" in shown
    assert "Er is nog niets opgeslagen" in shown
    assert "6 nieuw" in plain(sender.answer())
    key = stores.key_of(app.state.held.store, RecordKind.ALUMNI, "N-0001", "Noord")
    given = {one.purpose.value: str(one.given_on) for one in reading(app.state.held.store).consents.of(key)}
    assert given == {"guest_lesson": "2026-09-01", "mentor": "2026-09-01"}


def test_the_same_list_again_changes_nothing(app: FastAPI, sender: Sender) -> None:
    """Sent twice, by two browsers: the second time all are the same."""
    sender.send(workbook(rows_of(12)))
    sender.answer()
    count = people(app)
    other = Sender(browser_of(app))
    other.send(workbook(rows_of(12)))
    assert "12 gelijk" in plain(other.answer())
    assert people(app) == count


def test_two_who_press_at_once_are_one(app: FastAPI, sender: Sender) -> None:
    """Of two presses of the last button one imports, the other sees how far it is or that it is at work."""
    sender.send(workbook(rows_of(12)))
    both = [Sender(sender.browser), Sender(browser_of(app))]
    pages: list[str] = []
    for one in both:
        one.at = sender.at
    threads = [threading.Thread(target=lambda one=one: pages.append(one.answer())) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    noted = [entry for entry in stores.log(app.state.held.store) if entry.action == "import"]
    assert len(noted) == 1
    assert any("12 nieuw" in plain(page) for page in pages)


def test_the_workbook_comes_back_with_remarks(sender: Sender) -> None:
    """The same cells, with a colour and a text at what was left out."""
    sender.send(workbook(rows_of(12)), "Lijst van Zwolle.xlsx")
    sender.answer()
    answer = sender.browser.get(f"{sender.at}/opmerkingen.xlsx")
    assert answer.status_code == 200
    assert "Lijst%20van%20Zwolle-met-opmerkingen.xlsx" in answer.headers["Content-Disposition"]
    page = load_workbook(io.BytesIO(answer.content)).active
    assert page is not None
    assert [cell.value for cell in page[1]] == list(HEADERS)
    assert page["D4"].comment is not None
    assert "Leeg gelaten" in page["D4"].comment.text
    assert page["D4"].fill.fgColor.rgb == "00FBD5A5"
    assert page["D5"].comment is None


def test_a_file_that_cannot_be_read_says_why(sender: Sender) -> None:
    """With its own name, and what to do; it can be thrown away."""
    text = plain(sender.send(b"\x89PNG\r\n\x1a\n" + bytes(100), "foto van Jan.xlsx"))
    assert "Deze lijst kunnen we niet lezen" in text
    assert "foto van Jan.xlsx" in text
    assert "Het bestand is weggegooid." in plain(sender.press("weg"))
    assert sender.browser.get(sender.at).status_code == 404


def test_no_file_is_told_beside_the_form(sender: Sender) -> None:
    """Nothing chosen, or no kind: a sentence, and the form again."""
    answer = sender.browser.post("/inlezen", data={"formulier": sender.token(), "soort": "alumni"})
    assert answer.status_code == 422
    assert "Kies eerst een bestand" in answer.text
    assert "Kies eerst een bestand" in sender.send(b"x", kind="mensen")


def test_a_large_list_goes_on_without_its_sender(app: FastAPI, sender: Sender) -> None:
    """The page says how far it is and may be closed; any process does the rest, and the result is there afterwards."""
    before, rows = people(app), rows_of(9000)
    text = plain(sender.send(text_table(rows), "groot.csv"))
    assert "We zijn bezig met je lijst" in text
    assert uploads.work(app.state.held.app, JOB) is not None
    assert "9.000 rijen" in plain(sender.page())
    assert "We lezen groot.csv in." in plain(sender.answer())
    assert people(app) == before
    assert uploads.work(app.state.held.app, JOB) is not None
    assert uploads.work(app.state.held.app, JOB) is None
    later = Sender(browser_of(app))
    later.at = sender.at
    assert "9000 nieuw" in plain(later.page()).replace(".", "")
    assert people(app) == before + 9000


def test_a_server_does_it_in_the_background(tmp_path: Path) -> None:
    """A server that runs takes it up by itself, and stops within seconds when it is told to."""
    app = app_in(tmp_path, login="demo")
    with TestClient(app):
        sender = Sender(browser_of(app))
        sender.send(text_table(rows_of(9000)), "groot.csv")
        while "We zijn bezig met je lijst" in (page := sender.page()):
            pass
        assert "9.000 rijen" in plain(page)
    app.state.held.store.close()


def test_of_another_school_there_is_nothing(app: FastAPI, sender: Sender) -> None:
    """Neither in the list nor by its address; and a role that may not import is refused."""
    sender.send(workbook(rows_of(3)), "geheim.xlsx")
    zuid = browser_of(app, school="Zuid")
    assert "geheim" not in zuid.get("/inlezen").text
    assert zuid.get(sender.at).status_code == 404
    assert zuid.get(f"{sender.at}/opmerkingen.xlsx").status_code == 404
    for role in (Role.TEACHER, Role.ADVISER, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR):
        other = browser_of(app, role)
        assert other.get("/inlezen").status_code == 403
        assert other.get(sender.at).status_code == 403
        assert 'href="/inlezen"' not in other.get("/").text


@pytest.mark.parametrize("path", ["", "/ongedaan", "/weg"])
def test_a_form_of_another_site_does_nothing(sender: Sender, path: str) -> None:
    """Without the token of the session: not sent, not imported, not undone, not thrown away."""
    sender.send(workbook(rows_of(3)))
    assert sender.browser.post(f"{sender.at}{path}", data={"doen": "inlezen"}).status_code == 403
    files = {"bestand": ("x.csv", b"voornaam\nAda")}
    assert sender.browser.post("/inlezen", data={"soort": "alumni"}, files=files).status_code == 403
    assert "Klopt wat wij" in sender.page()


def test_an_erasure_removes_the_files_of_the_school(app: FastAPI, sender: Sender) -> None:
    """What was sent may hold the erased, under any name: it goes whole, and the outcome says so."""
    sender.send(workbook(rows_of(3)))
    sender.answer()
    erased = erasure.erase(app.state.held.app, COMMAND_LINE, "A-2", school="Noord")
    assert "uploads" in {place.code for place in erased.places}
    assert sender.browser.get(sender.at).status_code == 404
    assert "Er is nog niets ingeleverd" in sender.browser.get("/inlezen").text


def test_a_page_may_run_a_script_of_ours_and_no_other(sender: Sender) -> None:
    """From our own address alone, and never one that stands in the page."""
    sender.send(workbook(rows_of(3)))
    policy = sender.browser.get(sender.at).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'; connect-src 'self'; font-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script" not in sender.page()


def test_an_import_is_taken_back(app: FastAPI, sender: Sender) -> None:
    """After a question whether that is meant: everything is as before, but for what was changed since, by name."""
    before = people(app)
    sender.send(workbook(rows_of(12)))
    sender.answer()
    key = stores.key_of(app.state.held.store, RecordKind.ALUMNI, "N-0002", "Noord")
    stores.writing(app.state.held.store).people.correct(key, "town", "Kampen")
    asked = plain(sender.browser.get(f"{sender.at}/ongedaan").text)
    assert "Deze lijst ongedaan maken?" in asked
    assert people(app) == before + 12
    undone = plain(sender.press("ongedaan"))
    assert "Het inlezen is ongedaan gemaakt." in undone
    assert "11 nieuwe regels zijn weg." in undone
    assert "N-0002: is daarna veranderd" in undone
    assert people(app) == before + 1
    assert sender.browser.get(f"{sender.at}/ongedaan").status_code == 422


def test_an_import_without_its_file_can_be_taken_back(app: FastAPI, sender: Sender) -> None:
    """The file was thrown away: the import still stands in the list, of this school alone, and can be undone."""
    before = people(app)
    sender.send(workbook(rows_of(12)), "weg.xlsx")
    sender.answer()
    sender.press("weg")
    page = sender.browser.get("/inlezen").text
    assert "Ook ingelezen" in page
    assert "weg.xlsx" in page
    assert "weg.xlsx" not in browser_of(app, school="Zuid").get("/inlezen").text
    (import_id,) = re.findall(r'name="import" value="([^"]+)"', page)
    data = {"formulier": sender.token("/inlezen"), "import": import_id}
    other = Sender(browser_of(app, school="Zuid"))
    theirs = {"formulier": other.token("/inlezen"), "import": import_id}
    assert other.browser.post("/inlezen/ongedaan", data=theirs).status_code == 404
    assert people(app) == before + 12
    assert "ongedaan gemaakt" in sender.browser.post("/inlezen/ongedaan", data=data).text
    assert people(app) == before
