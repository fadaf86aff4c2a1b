"""Own fields in the pages and the API: kept from a column, shown to whoever may list alumni, renamed, and removed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.web.dossier import dossier
from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, Role
from matcher.repositories.values import Upsert
from matcher.services import own_fields, privacy
from tests.api.conftest import Run, app_in, browser_of, form_token, headers_of, plain, runner
from tests.api.test_rights import enter
from tests.support import stores
from tests.support.lists import HEADERS, Sender, rows_of, workbook
from tests.support.region import engine_in
from tests.support.stores import reading, writing
from tests.support.worlds import AS_OF

COLOUR = HEADERS.index("Lievelingskleur")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = app_in(tmp_path, login="demo")
    yield made
    made.state.held.store.close()


def test_a_column_is_kept_as_an_own_field(app: FastAPI) -> None:
    """Chosen in the page, shown in the preview, and then there; the same list again changes nothing."""
    sender = Sender(browser_of(app))
    shown = sender.send(workbook(rows_of(5)))
    assert "bewaar als eigen veld" in shown
    looked = sender.answer("kijk", **{f"kolom__{COLOUR}": "eigen_veld", f"eigen__naam__{COLOUR}": "Kleur"})
    assert "eigen veld: Kleur" in looked
    assert "is nu een eigen veld van je school" in plain(looked)
    assert reading(app.state.held.store).own_fields.of("Noord") == []
    assert "5 nieuw" in plain(sender.answer())
    (field,) = reading(app.state.held.store).own_fields.of("Noord")
    assert (field.name, field.personal) == ("Kleur", True)
    again = plain(Sender(browser_of(app)).send(workbook(rows_of(5))))
    assert "is het eigen veld Kleur" in again
    assert re.search(r"5 (hetzelfde|gelijk)", again)


@pytest.mark.parametrize("name", ["Geloof", "voornaam", "a=b"])
def test_a_name_that_may_not_be_is_refused_in_the_page(app: FastAPI, name: str) -> None:
    """Before the file is read again, so that another answer can be given."""
    sender = Sender(browser_of(app))
    sender.send(workbook(rows_of(5)))
    refused = sender.answer("kijk", **{f"kolom__{COLOUR}": "eigen_veld", f"eigen__naam__{COLOUR}": name})
    assert "Deze waarde kan niet" in refused
    assert "Klopt wat wij van je lijst maken?" in plain(sender.page())


@pytest.fixture
def with_field(app: FastAPI) -> FastAPI:
    """An own field of Noord that is not personal and one that is, and A-1 has both."""
    store = app.state.held.store
    writing(store).own_fields.add("Noord", OwnSpec("Kleur", OwnKind.TEXT, personal=False))
    writing(store).own_fields.add("Noord", OwnSpec("Opmerking", OwnKind.TEXT))
    values = {"own:Kleur": "paarsgroen", "own:Opmerking": "belt liever"}
    stores.upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", values)])
    return app


def test_another_name_and_away(with_field: FastAPI) -> None:
    """The page says how many values go before it is done, and the name stays another's."""
    browser = browser_of(with_field)
    page = browser.get("/velden").text
    assert "Eén alumnus heeft hier iets staan." in plain(page)
    token = re.search(r'name="formulier" value="([^"]+)"', page)
    assert token is not None
    form = {"formulier": token[1], "veld": "Kleur", "school": "Noord"}
    taken = browser.post("/velden/naam", data={**form, "naam": "opmerking"})
    assert (taken.status_code, "heeft al een eigen veld" in taken.text) == (422, True)
    assert "Tint" in browser.post("/velden/naam", data={**form, "naam": "Tint"}).text
    asked = browser.get("/velden/weg", params={"veld": "Tint", "school": "Noord"}).text
    assert "Bij één alumnus gaat weg" in plain(asked)
    too_many = browser.post("/velden/weg", data={**form, "veld": "Tint", "aantal": 0})
    assert "meer dan net" in plain(too_many.text)
    assert "Het veld is weg" in browser.post("/velden/weg", data={**form, "veld": "Tint", "aantal": 1}).text
    assert [field.name for field in reading(with_field.state.held.store).own_fields.of("Noord")] == ["Opmerking"]


def test_lists_show_what_is_not_personal(with_field: FastAPI) -> None:
    """To a coordinator, in the list and in the profile; the person's own data have all of it."""
    coordinator = browser_of(with_field)
    for page in ("/advies", "/advies/Noord/A-1"):
        text = coordinator.get(page).text
        assert ("Kleur: paarsgroen" in plain(text), "belt liever" in text) == (True, False), page
    listed = coordinator.get("/v1/alumni", headers={"Accept": "application/json"}).json()
    assert {item["id"]: item["own_fields"] for item in listed["items"]}["A-1"] == {"Kleur": "paarsgroen"}
    ranked = coordinator.get("/v1/requests/R-1/matches", headers={"Accept": "application/json"}).json()
    assert {item["candidate_id"]: item["own_fields"] for item in ranked["matches"]}["A-1"] == {"Kleur": "paarsgroen"}
    assert "paarsgroen" in coordinator.get("/aanvragen/R-1").text
    known = coordinator.get("/v1/people/A-1", headers={"Accept": "application/json"}).json()
    assert known["own_fields"] == [
        {"field": "Kleur", "value": "paarsgroen", "source": "import"},
        {"field": "Opmerking", "value": "belt liever", "source": "import"},
    ]
    assert known["own_fields_empty"] == []


def test_the_person_corrects_them(with_field: FastAPI) -> None:
    """In the page, each by what it holds; what cannot be comes back with what was typed; empty is empty."""
    store = with_field.state.held.store
    writing(store).own_fields.add("Noord", OwnSpec("Heeft rijbewijs", OwnKind.YES_NO))
    writing(store).own_fields.add("Noord", OwnSpec("Werk/vrij", OwnKind.CHOICE, choices=("werk", "vrij & blij")))
    me = TestClient(with_field, raise_server_exceptions=False, headers={"Accept": "text/html"})
    enter(me, Role.ALUMNUS, alumnus="A-1")
    token = form_token(me.get("/mij").text)

    def send(name: str, value: str) -> tuple[int, str]:
        form = {"formulier": token, "veld": name, "waarde": value}
        answer = me.post("/mij/eigen", data=form, follow_redirects=False)
        return answer.status_code, answer.text

    assert 'href="/mij/eigen?veld=Werk%2Fvrij"' in me.get("/mij/gegevens").text
    for name, value in (("Kleur", "groen\r\nen <b>"), ("Heeft rijbewijs", "ja"), ("Werk/vrij", "vrij & blij")):
        assert send(name, value)[0] == 303
        page = html.unescape(me.get("/mij/eigen", params={"veld": name}).text)
        shown = value.replace("\r", "")
        assert f">{shown}</textarea>" in page or f'<option value="{shown}" selected>' in page
    assert send("Opmerking", "")[0] == 303
    told = me.get("/mij/gegevens.json").json()
    assert {one["field"]: (one["value"], one["source"]) for one in told["own_fields"]} == {
        "Kleur": ("groen\nen <b>", "person"),
        "Heeft rijbewijs": ("ja", "person"),
        "Werk/vrij": ("vrij & blij", "person"),
    }
    assert told["own_fields_empty"] == ["Opmerking"]
    status, text = send("Kleur", "BSN 123456782")
    assert (status, 'aria-invalid="true"' in text, "elfproef" in text) == (422, True, True)
    assert send("Lengte", "1,80")[0] == 404


def test_a_coordinator_corrects_them_by_the_api(with_field: FastAPI) -> None:
    """As the alumnus says; null and DELETE take it away; each error has its remedy; a teacher may not."""
    writing(with_field.state.held.store).own_fields.add("Noord", OwnSpec("Werk/vrij", OwnKind.YES_NO))
    client = TestClient(with_field, headers=headers_of(with_field, Role.COORDINATOR, "Noord"))
    address = "/v1/people/A-1/own-fields"
    assert client.put(f"{address}/kleur", json={"value": "blauw"}).json() == {"field": "Kleur"}
    assert client.put(f"{address}/Werk%2Fvrij", json={"value": "Ja"}).json() == {"field": "Werk/vrij"}
    known = client.get("/v1/people/A-1").json()["own_fields"]
    assert {one["field"]: one["value"] for one in known if one["source"] == "person"} == {
        "Kleur": "blauw",
        "Werk/vrij": "ja",
    }
    assert client.put(f"{address}/Kleur", json={"value": None}).status_code == 200
    assert client.delete(f"{address}/Werk%2Fvrij").json() == {"field": "Werk/vrij"}
    assert client.get("/v1/people/A-1").json()["own_fields_empty"] == ["Kleur", "Werk/vrij"]
    for name, value, status, remedy in (
        ("Werk%2Fvrij", "soms", 422, "Kies uit: ja; nee."),
        ("Opmerking", "katholiek", 422, "Haal het weg"),
        ("Lengte", "1,80", 404, "Kies uit: Kleur; Opmerking; Werk/vrij."),
    ):
        answer = client.put(f"{address}/{name}", json={"value": value}, headers={"Accept-Language": "nl"})
        assert (answer.status_code, remedy in answer.json()["detail"]) == (status, True), answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
    assert client.put(f"{address}/Opmerking", json={"value": "x" * 501}).status_code == 422
    teacher = TestClient(with_field, headers=headers_of(with_field, Role.TEACHER, "Noord"))
    assert teacher.put(f"{address}/Kleur", json={"value": "x"}).status_code == 403
    assert teacher.delete(f"{address}/Kleur").status_code == 403


def test_the_dossier_says_whose_word_it_is(with_field: FastAPI) -> None:
    """Behind each value, as in the page."""
    app = with_field.state.held.app
    own_fields.correct(app, COMMAND_LINE, "Kleur", "blauw", alumnus_id="A-1", school="Noord")
    page = dossier("nl", privacy.known(app, COMMAND_LINE, "A-1", school="Noord"), AS_OF)
    told = [re.findall(r"<t[hd][^>]*>([^<]*)</t", row) for row in page.split("<tr>")]
    assert ["Kleur", "blauw", "van jou"] in told
    assert ["Opmerking", "belt liever", "van de school"] in told


def test_an_unsaved_request_may_demand_them(with_field: FastAPI) -> None:
    """By whoever may list alumni; each error is that of a list of requests, with what to do."""
    client = TestClient(with_field, headers=headers_of(with_field, Role.COORDINATOR, "Noord"))
    wish = {"kind": "guest_lesson", "title": "Gastles wondzorg"}

    def asked(demanded: str) -> tuple[int, dict[str, Any]]:
        answer = client.post("/v1/matches", json={**wish, "own_demands": demanded}, headers={"Accept-Language": "nl"})
        return answer.status_code, answer.json()

    status, ranking = asked("kleur = paarsgroen")
    assert (status, [match["candidate_id"] for match in ranking["matches"]]) == (200, ["A-1"])
    assert ranking["excluded"]["own_field"] > 0
    for demanded, remedy in (("Opmerking = x", "persoonlijk"), ("Kleur =", "Schrijf het zoals in het veld")):
        status, problem = asked(demanded)
        assert (status, remedy in problem["detail"]) == (422, True), problem
    teacher = TestClient(with_field, headers=headers_of(with_field, Role.TEACHER, "Noord"))
    refused = teacher.post("/v1/matches", json={**wish, "own_demands": "Kleur = paarsgroen"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/own_demands_on_cards")


TEACHER_PAGES = ("/", "/zoeken", "/aanvragen/R-1", "/waarom", "/v1/requests/R-1/matches", "/velden", "/v1/alumni")


def test_who_may_not_list_alumni_never_sees_them(with_field: FastAPI) -> None:
    """Not on a card, in JSON or in a page of the fields; another school does not either."""
    teacher = browser_of(with_field, Role.TEACHER)
    for page in TEACHER_PAGES:
        assert "paarsgroen" not in teacher.get(page).text, page
    elsewhere = browser_of(with_field, school="Zuid")
    assert "Kleur" not in elsewhere.get("/velden").text
    assert "paarsgroen" not in elsewhere.get("/v1/alumni").text


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    return runner(engine_in(tmp_path), capsys)


def test_the_command(run: Run, tmp_path: Path) -> None:
    """From the option of an import to the list, another name, more choices and away."""
    (tmp_path / "in.csv").write_text("alumnus_id;voornaam;Hobby\nA-1;Ada;zeilen\nA-2;Bo;zeilen\n", encoding="utf-8")
    option = ("--own-field", "Hobby=Vrije tijd | keuze | niet persoonlijk")
    code, out, _ = run("import", "alumni", "in.csv", "--school", "Noord", *option)
    assert (code, "De keuzes: zeilen." in out) == (0, True)
    code, out, _ = run("fields", "list", "--school", "Noord")
    assert (code, "Vrije tijd: keuze, niet persoonlijk" in out, "2 alumni" in out) == (0, True, True)
    assert run("fields", "choices", "Vrije tijd", "--choice", "lezen", "--school", "Noord")[0] == 0
    assert run("fields", "rename", "vrije tijd", "Hobby", "--school", "Noord")[0] == 0
    code, _, told = run("fields", "remove", "Hobby", "--school", "Noord")
    assert (code == 0, "Bij 2 alumni" in told) == (False, True)
    code, out, _ = run("fields", "remove", "Hobby", "--school", "Noord", "--yes")
    assert (code, "van 2 alumni" in out) == (0, True)
    assert run("fields", "add", "Met rijbewijs", "--kind", "ja/nee", "--school", "Noord")[0] == 0
    code, out, _ = run("fields", "list", "--format", "json")
    assert (code, '"yes_no"' in out, "zeilen" in out) == (0, True, False)
