"""Aftercare in the pages, without a script, over the API and on the command line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import cli
from matcher.domain.aftercare import How, Outcome
from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, Role
from matcher.repositories.values import Upsert
from matcher.services import aftercare, privacy
from matcher.services.aftercare import COLUMNS, Entry
from tests.api.conftest import app_in, browser_of, headers_of, plain
from tests.api.test_balance import fields
from tests.support import stores
from tests.support.worlds import AS_OF

LEFT = AS_OF - timedelta(days=100)
NAME = {"first_name": "Sanne", "last_name": "Vos", "phone": "06-12345678", "email": "sanne@voorbeeld.example"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = app_in(tmp_path, login="demo")
    row = Upsert(2, "A-1", "Noord", {**NAME, "left_on": LEFT, "diploma": False})
    stores.upsert(made.state.held.store, RecordKind.ALUMNI, [row])
    yield made
    made.state.held.store.close()


def entered(app: FastAPI, role: Role, **more: str) -> TestClient:
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    browser.post("/inloggen/demo", data={"rol": role.value, "school": "Noord", **more})
    return browser


def key_of_own(app: FastAPI) -> int:
    return stores.key_of(app.state.held.store, RecordKind.ALUMNI, "A-1", "Noord")


def link_of(page: str) -> str:
    (link,) = re.findall(r'href="(/nazorg/alumnus\?wie=A-1[^"]*)"', page)
    return str(link).replace("&amp;", "&")


def test_a_coordinator_calls_and_writes_down_how_it_went(app: FastAPI) -> None:
    """From the list to the dossier with name and number, a contact is added, and corrected; then it is another day."""
    browser = browser_of(app)
    listed = browser.get("/nazorg").text
    assert "Sanne Vos" in plain(listed)
    assert "zonder diploma" in plain(listed)
    assert "06-12345678" not in listed, "which is on the page of one alone"
    page = browser.get(link_of(listed)).text
    assert 'href="tel:06-12345678"' in page
    form = fields(page, "/nazorg/contact")
    done = browser.post("/nazorg/contact", data={**form, "uitkomst": "no_contact", "hoe": "phone"}).text
    assert "Het staat erbij" in plain(done)
    assert "gebeld: niemand bereikt" in plain(done)
    assert "Er is hier niemand" in plain(browser.get("/nazorg").text)
    assert "1 keer contact gezocht" in plain(browser.get("/nazorg?toon=later").text)
    (line,) = re.findall(r'name="regel" value="(\d+)"', done)
    corrected = browser.post("/nazorg/herstel", data={**fields(done, "/nazorg/herstel"), "regel": line}).text
    assert "Die regel telt niet meer" in plain(corrected)
    again = browser.post("/nazorg/herstel", data={**fields(done, "/nazorg/herstel"), "regel": line})
    assert (again.status_code, "Deze regel telde al niet meer" in plain(again.text)) == (422, True)
    assert "Sanne Vos" in plain(browser.get("/nazorg").text)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"dag": "gisteren"}, "Kies een dag tussen"),
        ({"dag": "2030-01-01"}, "Kies een dag tussen"),
        ({"weer": "2027-02-01"}, "Kies voor de volgende keer"),
    ],
)
def test_a_day_that_cannot_be_is_refused(app: FastAPI, sent: dict[str, str], said: str) -> None:
    """With what to do, and nothing is written."""
    browser = browser_of(app)
    page = browser.get("/nazorg/alumnus?wie=A-1").text
    told = {**fields(page, "/nazorg/contact"), "uitkomst": "work", "hoe": "phone", **sent}
    answer = browser.post("/nazorg/contact", data=told)
    assert answer.status_code == 422
    assert said in plain(answer.text)
    assert stores.reading(app.state.held.store).aftercare.people() == []


def test_an_alumnus_objects_and_a_coordinator_decides(app: FastAPI) -> None:
    """The alumnus reads the basis and the term, objects in own words, and reads the reason of the decision."""
    own = entered(app, Role.ALUMNUS, alumnus="A-1")
    page = own.get("/mij/gegevens").text
    assert "De wet vraagt je school" in plain(page)
    assert "ook zonder toestemming" in plain(page)
    own.post("/mij/nazorg", data={**fields(page, "/mij/nazorg"), "waarom": "Ik red me wel."})
    assert "Je school moet nog beslissen" in plain(own.get("/mij/gegevens").text)
    browser = browser_of(app)
    listed = browser.get("/nazorg?toon=bezwaar").text
    assert "1 bezwaar wacht op een besluit" in plain(listed)
    assert "Sanne" not in listed
    page = browser.get(link_of(listed)).text
    assert "Ik red me wel." in plain(page)
    assert "06-12345678" not in page
    assert "/nazorg/contact" not in page, "nobody can write a contact down"
    empty = browser.post("/nazorg/besluit", data={**fields(page, "/nazorg/besluit"), "gelijk": "false", "waarom": " "})
    assert (empty.status_code, "Schrijf op waarom" in plain(empty.text)) == (422, True)
    form = {**fields(page, "/nazorg/besluit"), "gelijk": "false", "waarom": "Je ging weg zonder diploma."}
    assert "Je besluit is opgeschreven" in plain(browser.post("/nazorg/besluit", data=form).text)
    page = own.get("/mij/gegevens").text
    assert "Je ging weg zonder diploma." in plain(page)
    assert "wees je bezwaar af" in plain(page)
    own.post("/mij/nazorg", data=fields(page, "/mij/nazorg"))
    page = own.get("/mij/gegevens").text
    own.post("/mij/nazorg", data=fields(page, "/mij/nazorg"))
    assert fields(own.get("/mij/gegevens").text, "/mij/nazorg")["bezwaar"] == "true", (
        "it was withdrawn, and can be made again"
    )
    cases = stores.reading(app.state.held.store).aftercare_cases.of(key_of_own(app))
    assert {case.state.value for case in cases} == {"rejected", "withdrawn"}
    assert stores.reading(app.state.held.store).consents.objections() == {}


def test_an_objection_by_telephone_is_written_down(app: FastAPI) -> None:
    """By the coordinator, in the words of the alumnus; an adviser asks a coordinator to."""
    adviser = entered(app, Role.ADVISER)
    assert "/nazorg/bezwaar" not in adviser.get("/nazorg/alumnus?wie=A-1").text
    browser = browser_of(app)
    page = browser.get("/nazorg/alumnus?wie=A-1").text
    done = browser.post("/nazorg/bezwaar", data={**fields(page, "/nazorg/bezwaar"), "waarom": "Bel me niet meer."}).text
    assert "Het bezwaar staat erbij" in plain(done)
    assert "Bel me niet meer." in plain(done)
    assert "A-1" not in browser.get("/nazorg").text


def test_an_alumnus_who_left_long_ago_is_told_nothing(app: FastAPI) -> None:
    """There is no register of them."""
    assert 'id="nazorg"' not in entered(app, Role.ALUMNUS, alumnus="A-9").get("/mij/gegevens").text


def test_the_adviser_calls_and_others_may_not(app: FastAPI) -> None:
    """An adviser reads and writes, and does not decide; nor makes the file; a teacher sees none of it."""
    adviser = entered(app, Role.ADVISER)
    page = adviser.get("/nazorg/alumnus?wie=A-1").text
    form = fields(page, "/nazorg/contact")
    assert "gesproken: werkt" in plain(
        adviser.post("/nazorg/contact", data={**form, "uitkomst": "work", "hoe": "meeting"}).text
    )
    assert "/nazorg/bestand" not in adviser.get("/nazorg").text
    assert adviser.post("/nazorg/bestand", data={**form, "soort": "csv"}).status_code == 403
    assert adviser.post("/nazorg/besluit", data={**form, "gelijk": "true", "waarom": "ja"}).status_code == 403
    for role in (Role.TEACHER, Role.PARTNER, Role.PRIVACY_OFFICER):
        assert entered(app, role).get("/nazorg").status_code == 403


def test_what_may_help_is_shown_with_consent_alone(app: FastAPI) -> None:
    """Without it the page says what to ask; with it, and only once that is asked, courses are looked for."""
    held = app.state.held
    for purpose in (Purpose.AFTERCARE, Purpose.LLO_ADVICE):
        privacy.give(
            held.app, COMMAND_LINE, purpose, given=purpose is Purpose.LLO_ADVICE, alumnus_id="A-1", school="Noord"
        )
    browser = browser_of(app)
    assert "gaf geen toestemming voor hulp" in plain(browser.get("/nazorg/helpt?wie=A-1").text)
    privacy.give(held.app, COMMAND_LINE, Purpose.AFTERCARE, given=True, alumnus_id="A-1", school="Noord")
    page = browser.get("/nazorg/alumnus?wie=A-1").text
    assert "Cursus wondzorg" not in page
    (link,) = re.findall(r'href="(/nazorg/helpt\?[^"]*)#helpt"', page)
    assert "Cursus wondzorg" in browser.get(link.replace("&amp;", "&")).text
    assert {entry.action for entry in stores.log(held.store, limit=3)} >= {"recommend"}


def test_the_file_has_the_columns_that_are_documented(app: FastAPI) -> None:
    """As csv and as a workbook, and no name in either."""
    aftercare.add(app.state.held.app, COMMAND_LINE, "A-1", Entry(How.PHONE, Outcome.STUDY), school="Noord")
    browser = browser_of(app)
    form = fields(browser.get("/nazorg").text, "/nazorg/bestand")
    text = browser.post("/nazorg/bestand", data={**form, "soort": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    book = openpyxl.load_workbook(io.BytesIO(browser.post("/nazorg/bestand", data={**form, "soort": "xlsx"}).content))
    sheet = [list(row) for row in book.active.iter_rows(values_only=True)]  # type: ignore[union-attr]
    assert rows[0] == sheet[0]
    assert [len(row) for row in (*rows, *sheet)] == [len(COLUMNS)] * 4
    assert rows[1][:2] == sheet[1][:2] == ["Noord", "A-1"]
    assert "Vos" not in text
    docs = (Path(__file__).parents[2] / "docs" / "aftercare.md").read_text("utf-8")
    assert all(f"`{name}`" in docs for name in rows[0])


def test_the_register_over_the_api(app: FastAPI) -> None:
    """List, dossier, contact, correction, objection and decision, without anybody's name or words."""
    client = TestClient(app, raise_server_exceptions=False)
    by = headers_of(app, Role.COORDINATOR, "Noord")
    listed = client.get("/v1/aftercare", headers=by).json()
    (item,) = listed["items"]
    assert (item["id"], item["priority"], item["next_on"]) == ("A-1", "no_diploma", f"{LEFT + timedelta(days=30)}")
    entry = client.post("/v1/aftercare/A-1/contacts", headers=by, json={"how": "mail", "outcome": "none"}).json()[
        "entry"
    ]
    corrected = client.post(f"/v1/aftercare/A-1/contacts/{entry}/correction", headers=by)
    assert corrected.status_code == 200
    found = client.get("/v1/aftercare/A-1", headers=by)
    assert {(line["entry"] == entry, line["counts"]) for line in found.json()["contacts"]} == {
        (True, False),
        (False, False),
    }
    said = {"objects": True, "said": "eigen woorden"}
    assert client.put("/v1/aftercare/A-1/objection", headers=by, json=said).json() == {"objects": True}
    decided = client.post("/v1/aftercare/A-1/decision", headers=by, json={"upheld": True, "because": "goed"})
    assert decided.json() == {"objects": True}
    text = client.get("/v1/aftercare/A-1", headers=by).text
    assert json.loads(text)["objections"][0]["state"] == "upheld"
    for word in ("Sanne", "Vos", "06-1234", "eigen woorden", "voorbeeld.example"):
        assert word not in text + json.dumps(listed)
    assert client.get("/v1/aftercare/A-1", headers=headers_of(app, Role.COORDINATOR, "Zuid")).json() != found.json()
    assert client.get("/v1/aftercare", headers=headers_of(app, Role.TEACHER, "Noord")).status_code == 403


def test_the_commands_do_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`aftercare list`, `contact` and `export` on a database of their own."""
    made = app_in(tmp_path, login="demo")
    stores.upsert(made.state.held.store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", {**NAME, "left_on": LEFT})])
    made.state.held.store.close()
    monkeypatch.setenv("ALUMNIMATCH_DATABASE_URL", f"sqlite:///{tmp_path / 'region.db'}")
    monkeypatch.setenv("ALUMNIMATCH_TODAY", AS_OF.isoformat())
    monkeypatch.setenv("ALUMNIMATCH_CACHE_DIR", str(tmp_path / "cache"))
    assert cli.main(["aftercare", "list", "--school", "Noord"]) == 0
    assert "A-1 (Noord): geen voorrang, nog geen contact" in " ".join(capsys.readouterr().out.split())
    said = ["aftercare", "contact", "A-1", "--school", "Noord"]
    assert cli.main([*said, "--outcome", "work", "--on", "2027-02-20", "--format", "json"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert entry["next_on"] == "2027-07-20"
    assert cli.main([*said, "--outcome", "rijk"]) == 2
    assert cli.main([*said, "--correct", str(entry["entry"])]) == 0
    assert "Opgeschreven bij A-1" in capsys.readouterr().out
    out = tmp_path / "regio.csv"
    assert cli.main(["aftercare", "export", "--out", str(out), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(out), "people": 1}
    assert cli.main(["aftercare", "export", "--out", str(out)]) == 2, "it is there already"
    assert cli.main(["aftercare", "list", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["due"] == 1
