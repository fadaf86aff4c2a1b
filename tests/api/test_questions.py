"""Questions in own words by route, command and page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.records import RecordKind
from matcher.policy import Role
from tests.api.conftest import Run, app_in, browser_of, form_token, headers_of, plain, runner
from tests.support.region import engine_in
from tests.support.stores import reading

TEXT = "gastspreker wondzorg, dinsdagmiddag in maart, Zwole, geen thuiszorg"


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return app_in(tmp_path, login="demo")


@pytest.fixture
def teacher(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False, headers=headers_of(app, Role.TEACHER, "Noord"))


def saved_requests(app: FastAPI) -> int:
    return reading(app.state.held.store).records.count(RecordKind.REQUESTS)


def test_the_answer_is_what_others_build_on(teacher: TestClient) -> None:
    """The JSON of a question: what was understood with its words, what was not with a question, the ranking."""
    answer = teacher.post("/v1/questions", json={"text": TEXT})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"text", "understood", "not_understood", "ranking", "saved"}
    understood = body["understood"]
    assert (understood["kind"], understood["topic"], understood["not_topic"]) == (
        "guest_lesson",
        ["wondzorg"],
        ["thuiszorg"],
    )
    assert understood["place"] == {"name": "Zwolle", "as_typed": "Zwole", "sure": False, "region": None, "also": []}
    assert (understood["day_parts"], understood["period_from"], understood["period_to"]) == (
        ["tue-afternoon"],
        "2027-03-01",
        "2027-03-31",
    )
    assert (understood["level"], understood["class"], understood["students"], understood["online"]) == (None,) * 4
    assert (understood["certificate"], understood["languages"], understood["moments"]) == (None, [], [])
    assert understood["from"]["place"] == "Zwole"
    assert body["not_understood"] == [{"code": "place_meant", "text": "Zwole", "question": "Bedoel je Zwolle?"}]
    assert body["ranking"]["matches"]
    assert body["ranking"]["query"]["title"] == "wondzorg"


@pytest.mark.parametrize("text", ["qwerty zxcvb", "gastles", "NLP", "hoi", "geen zorg"])
def test_no_topic_is_a_question_and_no_list(teacher: TestClient, text: str) -> None:
    """Nonsense, a general word and a greeting are answered, in the language of the asker, without a ranking."""
    body = teacher.post("/v1/questions", json={"text": text}, headers={"Accept-Language": "en"}).json()
    assert body["ranking"] is None
    assert "What is it about?" in " ".join(one["question"] for one in body["not_understood"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " "},
        {"text": "x" * 4001},
        {"text": "hoi", "kind": "fiets"},
        {"text": "hoi", "top": 3},
    ],
)
def test_a_bad_question_is_refused_with_its_field(teacher: TestClient, body: dict[str, str]) -> None:
    """What is no question is a 422 that names the field."""
    answer = teacher.post("/v1/questions", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_saving_makes_one_open_request(app: FastAPI, teacher: TestClient) -> None:
    """`save` writes one request, which has the list of the question; without a topic it writes none."""
    before = saved_requests(app)
    body = teacher.post("/v1/questions", json={"text": TEXT, "save": True}).json()
    assert saved_requests(app) == before + 1
    listed = teacher.get(f"/v1/requests/{body['saved']}/matches").json()
    assert [one["candidate_id"] for one in listed["matches"]] == [
        one["candidate_id"] for one in body["ranking"]["matches"]
    ]
    assert teacher.post("/v1/questions", json={"text": "gastles", "save": True}).json()["saved"] is None
    assert saved_requests(app) == before + 1


def test_another_school_is_unknown(teacher: TestClient) -> None:
    """A teacher asks for the own school only."""
    assert teacher.post("/v1/questions", json={"text": TEXT, "school": "Zuid"}).status_code == 404


def test_the_command_answers_as_the_route(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`alumnimatch ask` gives the same object, exit code 0 also without a topic, and text for a terminal."""
    run: Run = runner(engine_in(tmp_path, cache=tmp_path / "cache"), capsys)
    code, out, error = run("ask", TEXT, "--school", "Noord", "--format", "json")
    assert (code, error) == (0, "")
    body = json.loads(out)
    assert body["understood"]["topic"] == ["wondzorg"]
    assert body["ranking"]["matches"]
    code, out, _ = run("ask", "gastles", "--format", "json")
    assert (code, json.loads(out)["ranking"]) == (0, None)
    code, out, _ = run("ask", TEXT, "--school", "Noord", "--save")
    assert code == 0
    assert [one for one in ("Bedoel je Zwolle?", "dinsdag middag", "Bewaard als aanvraag") if one not in out] == []
    code, out, _ = run("ask", "wondzorg", "--kind", "buddy", "--format", "json", "--lang", "en")
    assert (code, json.loads(out)["understood"]["kind"]) == (0, "mentor")
    code, _, error = run("ask", "wondzorg", "--kind", "fiets")
    assert code == 2
    assert "fiets" in error


def test_the_page_shows_what_was_understood(app: FastAPI) -> None:
    """Each slot with the words that it came from, the doubts as questions, the form filled in, and the list."""
    page = browser_of(app, Role.TEACHER).get("/zoeken", params={"q": TEXT})
    assert page.status_code == 200
    told = plain(page.text)
    for words in (
        "Ik begreep",
        "wondzorg",
        "dinsdag middag",
        "“Zwole”: Bedoel je Zwolle?",
        "Bewaar als aanvraag",
        "thuiszorg",
    ):
        assert words in told
    assert 'id="plaats" name="plaats" value="Zwolle"' in page.text
    assert 'value="tue-afternoon" checked' in page.text
    assert "<article" in page.text


def test_what_is_changed_on_the_page_counts(app: FastAPI) -> None:
    """The form of changes sends every slot: an emptied one is not read from the text again."""
    browser = browser_of(app, Role.TEACHER)
    changed = {
        "q": TEXT,
        "soort": "mentor",
        "onderwerp": "wondzorg",
        "niet": "",
        "plaats": "",
        "dag": "",
        "van": "",
        "tot": "",
        "vog": "nee",
    }
    page = browser.get("/zoeken", params=changed).text
    told = plain(page)
    assert [one for one in ("Bedoel je Zwolle?", "dinsdag middag") if one in told] == []
    assert '<option value="mentor" selected>' in page
    assert 'id="plaats" name="plaats" value=""' in page


def test_the_page_asks_where_no_list_can_be_made(app: FastAPI) -> None:
    """Without a topic there is no list and nothing to save, but a question."""
    page = browser_of(app, Role.TEACHER).get("/zoeken?q=gastles")
    told = plain(page.text)
    assert page.status_code == 200
    assert "Waar gaat het over?" in told
    assert "<article" not in page.text
    assert "Bewaar als aanvraag" not in told


def test_the_button_saves_the_question_as_it_stands(app: FastAPI) -> None:
    """It makes a request of the question with its changes and leads to it; without the field it is refused."""
    browser = browser_of(app, Role.TEACHER)
    before = saved_requests(app)
    address = "/zoeken?q=gastles+wondzorg+in+Zwole&plaats=Deventer"
    assert browser.post(address, follow_redirects=False).status_code == 403
    token = form_token(browser.get(address).text)
    answer = browser.post(address, data={"formulier": token}, follow_redirects=False)
    assert answer.status_code == 303
    assert saved_requests(app) == before + 1
    page = browser.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Deventer" in plain(page.text)


def test_every_place_of_a_list_is_there_with_a_way_on(app: FastAPI) -> None:
    """Whoever fits less is folded and not left out, and below the list is the way to those who come after."""
    client = browser_of(app, Role.TEACHER)
    for top, last, more in ((5, 5, True), (20, 7, False)):
        page = client.get(f"/zoeken?q=gastles lassen&top={top}").text
        assert re.findall(r'<h3[^>]* id="rij-(\d+)"', page) == [str(place) for place in range(1, last + 1)]
        assert f"Nummer 4 tot en met {last} passen minder goed" in page
        assert ("Toon er meer" in page) is more
