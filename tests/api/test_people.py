"""What a person may ask of us, by the pages and by the API; and what others may not."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.policy import LOGIN_ROLES, Role
from matcher.repositories.values import Upsert
from matcher.spreadsheets.forms import correctable
from tests.api.conftest import FREE_TEXT, SECRETS, app_in, form_token, headers_of, running
from tests.api.test_rights import enter
from tests.support import stores
from tests.support.cards import handle
from tests.support.records import FULL_ALUMNUS
from tests.support.stores import reading, upsert
from tests.support.worlds import AS_OF


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """An app of its own: these tests change things."""
    with running(app_in(tmp_path, login="demo")) as made:
        yield made


@pytest.fixture
def me(app: FastAPI) -> TestClient:
    """The browser of alumnus A-1 of Noord."""
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    enter(browser, Role.ALUMNUS, alumnus="A-1")
    return browser


def shown(teacher: TestClient) -> set[str]:
    """The ids of the alumni of Noord whose handles are in the list."""
    listed = {match["candidate_id"] for match in teacher.get("/v1/requests/R-1/matches?top=50").json()["matches"]}
    store = cast("FastAPI", teacher.app).state.held.app.store
    ids = [one.alumnus_id for one in stores.alumni(store) if one.school == "Noord"]
    return {id_ for id_ in ids if handle(store, "R-1", id_) in listed}


def send(me: TestClient, path: str, **fields: str) -> None:
    token = form_token(me.get("/mij").text)
    assert me.post(path, data={"formulier": token, **fields}, follow_redirects=False).status_code == 303


def test_a_pause_is_a_day_and_a_click(me: TestClient, teacher: TestClient) -> None:
    """The alumnus is in no ranking until that day; the page says so, and ends it."""
    send(me, "/mij/verbeter", veld="paused_until", waarde="2027-06-01")
    assert "Tot 1 jun 2027 vraagt niemand je iets." in me.get("/mij").text
    assert "A-1" not in shown(teacher)
    for over in (AS_OF.isoformat(), ""):
        send(me, "/mij/verbeter", veld="paused_until", waarde=over)
        assert "Leeg is geen pauze." in me.get("/mij").text
        assert "A-1" in shown(teacher)


@pytest.mark.parametrize("field", list(correctable()))
def test_a_field_sent_back_as_it_stands_changes_nothing(app: FastAPI, me: TestClient, field: str) -> None:
    """The form holds what is kept, in the form in which it is read: not a word of it is lost."""
    store = app.state.held.store
    upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", FULL_ALUMNUS)])
    before = me.get("/mij/gegevens.json").json()
    page = me.get(f"/mij/verbeter?veld={field}")
    assert page.status_code == 200
    shown_ = re.search(
        r'<textarea[^>]*>(.*?)</textarea>|<input id="waarde"[^>]*? value="([^"]*)"|<option value="([^"]*)" selected>',
        page.text,
        re.DOTALL,
    )
    assert shown_ is not None
    value = html.unescape(next(group for group in shown_.groups() if group is not None))
    assert value
    send(me, "/mij/verbeter", veld=field, waarde=value)
    after = me.get("/mij/gegevens.json").json()
    assert [(one["field"], one["value"]) for one in after["record"]] == [
        (one["field"], one["value"]) for one in before["record"]
    ]
    assert after["contact"] == before["contact"]


def test_a_wrong_correction_comes_back(me: TestClient) -> None:
    """The form again, with what was typed and what is wrong with it; nothing is changed, no mail goes."""
    token = form_token(me.get("/mij").text)
    for field, value, told in (
        ("paused_until", "gisteren", "Dit is geen datum."),
        ("email", "geen adres", "e-mailadres"),
        ("day_parts", "ooit", "Kies uit"),
    ):
        answer = me.post("/mij/verbeter", data={"formulier": token, "veld": field, "waarde": value})
        assert answer.status_code == 422
        assert told in answer.text
        assert value in answer.text
        assert 'aria-invalid="true"' in answer.text
    assert me.get("/mij/verbeter?veld=certificate_until").status_code == 422, "a VOG is the school's to say"


def test_who_objects_still_sees_courses(me: TestClient, app: FastAPI) -> None:
    """Every open course, by date, without any ranking; the own advice is empty."""
    before = me.get("/mij/advies").text
    assert "Cursus wondzorg" in before
    assert 'href="/waarom' not in before, "no link to a page that an alumnus may not open"
    why = re.search(r'href="(/mij/advies/waarom\?[^"]+)"', before)
    assert why
    explained = me.get(why[1].replace("&amp;", "&"))
    assert explained.status_code == 200
    assert "In getallen" in explained.text
    send(me, "/mij/bezwaar", bezwaar="true")
    assert "Cursus wondzorg" not in me.get("/mij/advies").text
    assert me.get(why[1].replace("&amp;", "&")).status_code == 404
    (last,) = stores.log(app.state.held.store, limit=1)
    courses = me.get("/cursussen").text
    assert "Cursus wondzorg" in courses
    assert "Cursus lassen" in courses
    assert "Cursus lassen" not in me.get("/cursussen?woorden=wondzorg").text
    assert stores.log(app.state.held.store, limit=1) == [last], "nothing was ranked"


def test_an_alumnus_sees_everything_that_is_known(me: TestClient, teacher: TestClient) -> None:
    """Name, address, free text, consents; and each ranking in which he or she was shown, to which role."""
    assert "A-1" in shown(teacher)
    page = me.get("/mij/gegevens").text
    assert all(told in page for told in (*SECRETS[:4], FREE_TEXT))
    page = me.get("/mij/gebruik").text
    assert "docent" in page
    assert "gastles" in page
    file = me.get("/mij/gegevens.json")
    assert file.headers["Content-Disposition"] == 'attachment; filename="gegevens.json"'
    known = file.json()
    assert known["contact"]["email"] == SECRETS[2]
    assert {"field", "value", "source"} == set(known["record"][0])
    (ranking,) = known["shown"]
    assert (ranking["to"], ranking["purpose"], ranking["weights"].split("@")[0]) == (
        "teacher",
        "guest_lesson",
        "guest_lesson",
    )
    assert {entry["action"] for entry in known["log"]} >= {"match", "person.read"}


def test_consent_is_withdrawn_in_one_click(me: TestClient, teacher: TestClient) -> None:
    """Out of the very next ranking; given again, back in it; and the log has both."""
    send(me, "/mij/toestemming", doel="guest_lesson", geef="false")
    assert "A-1" not in shown(teacher)
    send(me, "/mij/toestemming", doel="guest_lesson", geef="true")
    assert "A-1" in shown(teacher)
    store = me.app.state.held.store  # type: ignore[attr-defined]
    told = [entry.details["given"] for entry in stores.log(store, limit=20) if entry.action == "consent.write"]
    assert told == [True, False]


def test_who_objects_is_found_by_nobody(me: TestClient, teacher: TestClient, app: FastAPI) -> None:
    """Not for what was agreed to either; the courses can still be looked at."""
    send(me, "/mij/bezwaar", bezwaar="true")
    assert "A-1" not in shown(teacher)
    coordinator = headers_of(app, Role.COORDINATOR, "Noord")
    audience = teacher.get("/v1/offerings/C-1/audience", headers=coordinator).json()
    assert "A-1" not in {match["candidate_id"] for match in audience["matches"]}
    own = teacher.get("/v1/alumni/A-1/recommendations?for=offerings", headers=coordinator).json()
    assert own["matches"] == []
    assert me.get("/v1/offerings", headers={"Accept": "application/json"}).json()["total"] == 2
    send(me, "/mij/bezwaar", bezwaar="false")
    assert "A-1" in shown(teacher)


def test_erased_is_gone_and_stays_gone(me: TestClient, teacher: TestClient, app: FastAPI) -> None:
    """Asked twice; then no page, answer, file of the database or later import has the person."""
    token = form_token(me.get("/mij").text)
    sure = me.post("/mij/wissen", data={"formulier": token})
    assert sure.status_code == 200
    assert "A-1" in shown(teacher)
    done = me.post("/mij/wissen", data={"formulier": token, "zeker": "true"})
    assert "gewist" in done.text
    assert me.get("/mij", follow_redirects=False).status_code == 303
    assert "A-1" not in shown(teacher)
    assert teacher.get("/v1/explanations/R-1/A-1").status_code == 404
    store = app.state.held.store
    upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", {"email": SECRETS[2]})])
    assert reading(store).records.find(RecordKind.ALUMNI, "A-1", "Noord") == []
    folder = Path(app.state.held.settings.cache_dir).parent
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for secret in (*SECRETS[:4], FREE_TEXT):
                assert secret.encode() not in content, path


def test_a_form_of_another_site_changes_nothing(me: TestClient, teacher: TestClient) -> None:
    """Consent, objection and erasure all want the token of the session."""
    for path, fields in (
        ("/mij/toestemming", {"doel": "guest_lesson", "geef": "false"}),
        ("/mij/bezwaar", {"bezwaar": "true"}),
        ("/mij/wissen", {"zeker": "true"}),
    ):
        assert me.post(path, data=fields).status_code == 403
        assert me.post(path, data={**fields, "formulier": "x" * 32}).status_code == 403
    assert "A-1" in shown(teacher)


def test_a_coordinator_does_it_for_who_asks_on_paper(app: FastAPI, teacher: TestClient) -> None:
    """Reading, consent and erasure by the API, of the own school only."""
    north = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Noord"), raise_server_exceptions=False)
    south = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Zuid"), raise_server_exceptions=False)
    assert north.get("/v1/people/A-2").json()["school"] == "Noord"
    assert south.get("/v1/people/A-2").status_code == 404
    assert south.get("/v1/people/A-2?school=Noord").status_code == 404
    path = "/v1/people/A-2/consents/guest_lesson"
    assert south.put(path, json={"given": False}).status_code == 404
    assert "A-2" in shown(teacher)
    assert north.put(path, json={"given": False}).json() == {"purpose": "guest_lesson", "given": False}
    assert "A-2" not in shown(teacher)
    assert south.delete("/v1/people/A-2").status_code == 404
    assert north.delete("/v1/people/A-2").json()["found_in"] == []
    assert north.delete("/v1/people/A-2").status_code == 404


def test_one_person_under_two_numbers_is_a_conflict_first(app: FastAPI) -> None:
    """The problem names the other number of the own school; with `others=known` the answer names it."""
    store = app.state.held.store
    values = {"email": "dubbel@voorbeeld.example"}
    rows = [Upsert(number, id_, "Noord", values) for number, id_ in ((2, "A-2"), (3, "B-9"))]
    upsert(store, RecordKind.ALUMNI, [*rows, Upsert(4, "C-9", "Zuid", values)])
    north = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Noord"), raise_server_exceptions=False)
    refused = north.delete("/v1/people/A-2")
    assert (refused.status_code, refused.json()["choices"]) == (409, ["B-9 (Noord)"])
    assert refused.json()["type"] == "/problems/other_numbers"
    done = north.delete("/v1/people/A-2?others=known")
    assert done.json()["others"] == [{"id": "B-9", "school": "Noord", "because": ["email"]}]
    assert [place["code"] for place in done.json()["unseen"]] == ["backups"]
    assert "C-9" not in refused.text + done.text


def test_an_alumnus_hears_what_the_erasure_left(app: FastAPI, me: TestClient) -> None:
    """Before it: the own other number, by the same address. After it: what was searched, and what cannot be seen."""
    values = {"email": "dubbel@voorbeeld.example"}
    rows = [Upsert(number, id_, "Noord", values) for number, id_ in ((2, "A-1"), (3, "B-9"))]
    upsert(app.state.held.store, RecordKind.ALUMNI, rows)
    token = form_token(me.get("/mij").text)
    asked = me.post("/mij/wissen", data={"formulier": token}).text
    assert "B-9 (Noord)" in asked
    done = me.post("/mij/wissen", data={"formulier": token, "zeker": "true"}).text
    assert "niets meer van je gevonden" in done
    assert "reservekopieën" in done
    assert "B-9 (Noord)" in done


@pytest.mark.parametrize("role", [role for role in LOGIN_ROLES if role not in {Role.COORDINATOR, Role.ALUMNUS}])
def test_others_may_not(app: FastAPI, role: Role) -> None:
    """No other role reads what is known, changes a consent or erases."""
    other = TestClient(app, headers=headers_of(app, role, "Noord"), raise_server_exceptions=False)
    assert other.get("/v1/people/A-1").status_code == 403
    assert other.put("/v1/people/A-1/consents/mentor", json={"given": True}).status_code == 403
    assert other.delete("/v1/people/A-1").status_code == 403
    assert other.get("/mij").status_code == 403


def test_an_alumnus_sees_nobody_else(me: TestClient) -> None:
    """Not by another's id, not by another school's, and no list of people."""
    json_ = {"Accept": "application/json"}
    for path in ("/v1/people/A-2", "/v1/people/A-1?school=Zuid", "/v1/alumni/A-2/recommendations?for=offerings"):
        assert me.get(path, headers=json_).status_code == 404
    assert me.get("/v1/people/A-1", headers=json_).status_code == 200
    assert me.get("/v1/alumni/A-1/recommendations?for=offerings", headers=json_).status_code == 200
    for path in ("/v1/alumni", "/v1/requests", "/v1/requests/R-1/matches", "/v1/audit"):
        assert me.get(path, headers=json_).status_code == 403
    for path in ("/zoeken", "/advies", "/waarom", "/log"):
        assert me.get(path).status_code == 403


def test_the_privacy_officer_reads_the_log_and_nothing_else(app: FastAPI, teacher: TestClient) -> None:
    """By page and by API, of the own school, older entries by the next page; no name in it."""
    for _ in range(3):
        shown(teacher)
    officer = TestClient(app, headers=headers_of(app, Role.PRIVACY_OFFICER, "Noord"), raise_server_exceptions=False)
    first = officer.get("/v1/audit?limit=2").json()
    assert [entry["action"] for entry in first["entries"]] == ["match", "match"]
    rest = officer.get(f"/v1/audit?limit=2&before={first['next']}").json()
    assert rest["entries"][0]["id"] < first["next"]
    page = officer.get("/log", headers={"Accept": "text/html"}).text
    assert "zocht alumni bij een aanvraag" in page
    for secret in (*SECRETS, FREE_TEXT, "A-1", "R-1"):
        assert secret not in page + json.dumps(first)
    south = officer.get("/v1/audit", headers=headers_of(app, Role.PRIVACY_OFFICER, "Zuid")).json()
    assert south["entries"] == []


def test_every_purpose_has_its_button(me: TestClient) -> None:
    """One form for each purpose, none for what does not exist."""
    page = me.get("/mij/toestemming").text
    for purpose in Purpose:
        assert f'name="doel" value="{purpose.value}"' in page
    token = form_token(page)
    assert me.post("/mij/toestemming", data={"formulier": token, "doel": "alles", "geef": "true"}).status_code == 422


def test_a_correction_survives_the_next_import(me: TestClient, app: FastAPI, teacher: TestClient) -> None:
    """Of what is matched on, and of an address; the source is then the person, and the ranking knows."""
    for field, value in (
        ("skills", "lassen; solderen"),
        ("town", "Kampen"),
        ("email", "nieuw@voorbeeld.example"),
        ("phone", ""),
    ):
        send(me, "/mij/verbeter", veld=field, waarde=value)
    store = app.state.held.store
    values = {"skills": ("wondzorg",), "town": "Zwolle", "email": SECRETS[2], "phone": SECRETS[3], "function": "kok"}
    (result,) = upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", values)])
    assert {told["field"] for _, told in result.warnings} == {"skills", "town", "email", "phone"}
    known = me.get("/mij/gegevens.json").json()
    record = {item["field"]: (item["value"], item["source"]) for item in known["record"]}
    assert record["skills"] == (["lassen", "solderen"], "person")
    assert record["town"] == ("Kampen", "person")
    assert record["function"] == ("kok", "import")
    assert known["contact"]["email"] == "nieuw@voorbeeld.example"
    assert known["contact_source"]["email"] == "person"
    assert "phone" not in known["contact"]
    assert reading(store).people.with_email("nieuw@voorbeeld.example")
    evidence = teacher.get("/v1/requests/R-1/matches?top=50").json()["matches"]
    (own,) = [match for match in evidence if match["candidate_id"] == handle(store, "R-1", "A-1")]
    (skills,) = [term for term in own["contributions"] if term["signal"] == "skills"]
    assert skills["evidence"]["matched"] == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "geen adres", "email"),
        ("max_distance_km", "ver", "not_a_number"),
        ("alumnus_id", "x", "not_a_field"),
        ("experience", "Mijn BSN is 123456782.", "bsn"),
    ],
)
def test_a_correction_is_checked_like_a_cell(app: FastAPI, field: str, value: str, code: str) -> None:
    """The same sentence as the import would say; nothing is changed."""
    north = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Noord"), raise_server_exceptions=False)
    answer = north.put(f"/v1/people/A-1/fields/{field}", json={"value": value})
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{code}")
    assert "unforeseen" not in answer.text
    assert "123456782" not in answer.text
    assert answer.json()["detail"].endswith(".")
    assert north.put("/v1/people/A-1/fields/town", json={"value": "Kampen"}).json() == {"field": "town"}


def test_without_consent_nothing_is_worked_out(app: FastAPI, me: TestClient) -> None:
    """`why` of the own school says that there is no consent, and neither score, nor card, nor any other rule."""
    north = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Noord"), raise_server_exceptions=False)
    assert north.get("/v1/explanations/R-1/A-1").json()["match"]["score"] > 0
    send(me, "/mij/bezwaar", bezwaar="true")
    told = north.get("/v1/explanations/R-1/A-1").json()
    assert (told["visible"], told["rank"], told["match"], told["what_if"]) == (True, None, None, [])
    assert [rule["code"] for rule in told["rules"]] == ["no_consent"]
    assert told["candidate"]["title"] == ""
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    enter(browser, Role.COORDINATOR)
    page = browser.get("/waarom?vraag=R-1&kandidaat=A-1").text
    assert "Zonder toestemming rekenen we niets uit." in page
    assert 'class="wf"' not in page


def test_a_placement_office_lists_its_own_kind(app: FastAPI) -> None:
    """BPV places and nothing else, by the API as on the pages."""
    store = app.state.held.store
    place = {"kind": RequestKind.BPV_PLACE, "title": "Stageplek"}
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-B", "Noord", place)])
    office = TestClient(app, headers=headers_of(app, Role.PLACEMENT, "Noord")).get("/v1/requests").json()
    assert ([one["id"] for one in office["items"]], office["total"]) == (["R-B"], 1)
    assert TestClient(app, headers=headers_of(app, Role.TEACHER, "Noord")).get("/v1/requests").json()["total"] > 1


def test_a_failed_login_is_in_the_log(app: FastAPI) -> None:
    """A wrong token and a spent link: by nobody, with the reason and nothing of what was typed."""
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    assert browser.post("/inloggen/token", data={"token": "geraden"}).status_code == 401
    assert browser.post("/inloggen/link/" + "x" * 30).status_code == 401
    found = stores.log(app.state.held.store, "Noord", limit=2)
    assert [(one.role, one.action, one.details) for one in found] == [
        ("nobody", "login.failed", {"reason": "link_spent"}),
        ("nobody", "login.failed", {"reason": "token_unknown"}),
    ]


def test_the_other_language_is_of_this_site(app: FastAPI) -> None:
    """Whatever path was asked for, the link in the header leads nowhere else."""
    page = TestClient(app, raise_server_exceptions=False).get(
        "http://testserver//elders.example/x", headers={"Accept": "text/html"}
    )
    assert 'href="//' not in page.text
    assert 'href="/elders.example/x?lang=en"' in page.text
