"""A plan by route and command: the JSON that others build on, rights, and exit codes."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind
from matcher.locale import LANGUAGES, Language, lookup
from matcher.planning.relax import Because, Change
from matcher.policy import Role
from matcher.repositories.values import Upsert
from tests.api.conftest import SECRETS, Run, app_in, browser_of, headers_of, plain, runner
from tests.support.region import alumnus, engine_in
from tests.support.stores import upsert

PERIOD = {"from": "2027-03-01", "to": "2027-03-31"}
COMMAND = ("plan", "--from", "2027-03-01", "--to", "01-04-2027")


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return app_in(tmp_path)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False, headers=headers_of(app, Role.COORDINATOR, "Noord"))


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    engine = engine_in(tmp_path)
    base = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "skills": ("wondzorg",), "town": "Zwolle"}
    nobody_else = [alumnus(20, f"A-{number}", max_asks_per_year=0) for number in range(2, 10)]
    upsert(engine.store, RecordKind.ALUMNI, [*nobody_else, alumnus(30, "A-1", max_asks_per_year=1)])
    upsert(engine.store, RecordKind.REQUESTS, [Upsert(9, "R-9", "Noord", base)])
    return runner(engine, capsys)


def test_the_answer_is_what_others_build_on(client: TestClient) -> None:
    """The keys of the contract, ids of the spreadsheet, scores of the list, moments as begin and end."""
    answer = client.post("/v1/plans", json=PERIOD)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert {"from", "to", "assignments", "unfilled", "objective", "bound"} <= set(body)
    assert (body["from"], body["to"], body["as_of"]) == ("2027-03-01", "2027-03-31", "2027-03-01")
    assert [line["request_id"] for line in body["assignments"]] == ["R-1", "R-2"]
    for line in body["assignments"]:
        assert {"request_id", "alumnus_id", "score", "moment"} <= set(line)
        matches = client.get(f"/v1/requests/{line['request_id']}/matches").json()["matches"]
        assert {one["candidate_id"]: one["score"] for one in matches}[line["alumnus_id"]] == line["score"]
    assert re.fullmatch(r"2027-03-1[68]T13:00/15:00", body["assignments"][0]["moment"])
    assert body["assignments"][1]["moment"] is None
    assert body["objective"]["value"] <= body["bound"]
    assert body["objective"]["served"] + sum(one["places"] for one in body["unfilled"]) == body["objective"]["places"]
    assert not any(secret in answer.text for secret in SECRETS)


def test_a_plan_is_made_again_and_invited_from(client: TestClient) -> None:
    """By the id of the plan: a ban holds, and those who are approved are invited, once."""
    first = client.post("/v1/plans", json=PERIOD).json()
    pair = {name: first["assignments"][0][name] for name in ("request_id", "alumnus_id")}
    again = client.post("/v1/plans", json={**PERIOD, "after": first["plan"], "bans": [pair]}).json()
    assert again["changed"] == 1
    assert pair["alumnus_id"] not in [
        line["alumnus_id"] for line in again["assignments"] if line["request_id"] == pair["request_id"]
    ]
    client.get(f"/v1/requests/{again['assignments'][1]['request_id']}/matches")  # of work others are looked at first
    chosen = {name: again["assignments"][1][name] for name in ("request_id", "alumnus_id")}
    invited = client.post(f"/v1/plans/{again['plan']}/invitations", json={"assignments": [chosen]})
    assert invited.status_code == 200, invited.text
    assert [(one["request_id"], one["invited"], one["because"]) for one in invited.json()["items"]] == [
        (chosen["request_id"], True, None)
    ]
    rest = client.post(f"/v1/plans/{again['plan']}/invitations", json={}).json()["items"]
    assert [one["request_id"] for one in rest] == [pair["request_id"]]
    assert client.post(f"/v1/plans/{again['plan']}/invitations", json={}).json()["items"] == []
    assert client.post("/v1/plans/K0000000/invitations", json={}).status_code == 404
    assert client.post("/v1/plans", json={**PERIOD, "pins": [{**pair, "alumnus_id": "X-9"}]}).status_code == 422


def test_the_board_plans_again_and_invites(tmp_path: Path) -> None:
    """Without a script: make, fix, leave out, plan the rest again, and invite."""
    app = app_in(tmp_path, login="demo")
    browser = browser_of(app, Role.COORDINATOR)
    page = browser.get("/plan").text
    period = {"van": "2027-03-01", "tot": "2027-03-31", "verdeling": "5"}
    page = browser.post("/plan", data={**form_of(page), **period}).text
    assert "2 van de 2 plaatsen zijn gevuld" in plain(page)
    keys = re.findall(r'id="vast-(\d+)"', page)
    assert len(keys) == 2
    page = browser.post("/plan", data={**form_of(page), **period, "pins": keys[0], "niet": keys[1]}).text
    assert "Het plan is klaar. Er is nog niemand uitgenodigd. Anders dan het vorige plan:" in plain(page)
    assert plain(page).count("Anders dan het vorige plan") == 1, "told once"
    assert len(re.findall(r"checked", page)) == 2
    assert "Nodig één alumnus uit" in plain(page)
    assert "1 plaats gaat over werk. Daar kijk je eerst zelf in de lijst, en dan nodig je uit:" in plain(page)
    browser.get("/aanvragen/R-2")  # of work others are looked at first
    page = browser.get("/plan").text
    assert "Nodig 2 alumni uit" in plain(page)
    page = browser.post("/plan/uitnodigen", data=form_of(page)).text
    assert "2 alumni zijn uitgenodigd. De mail wacht: er is nog geen mailserver ingesteld." in plain(page)
    assert not re.findall(r'id="vast-', page)
    wrong = browser.post("/plan", data={**form_of(page), "van": "2027-04-01", "tot": "2027-03-31"})
    assert wrong.status_code == 422
    app.state.held.store.close()


def test_the_board_shows_weeks_and_swaps(tmp_path: Path) -> None:
    """Each request is a row, with who can come in which week; another alumnus is chosen from the next candidates."""
    app = app_in(tmp_path, login="demo")
    browser = browser_of(app, Role.COORDINATOR)
    period = {"van": "2027-03-01", "tot": "2027-03-31", "verdeling": "5"}
    page = browser.post("/plan", data={**form_of(browser.get("/plan").text), **period}).text
    assert "Week 11 15–19 mrt" in plain(page)
    assert "in overleg" in plain(page)
    (first, *_) = re.findall(r'<option value="(\d+:\d+)">naar: ([^<]+)', page)
    value, words = first
    planned = re.search(rf'<b>([^\n]+?)</b>(?:(?!<b>).)*id="vast-{value.partition(":")[0]}"', page, re.DOTALL)
    assert planned is not None
    page = browser.post("/plan", data={**form_of(page), **period, "wissel": ["", value]}).text
    assert re.search(r"Anders dan het vorige plan: bij '[^']+' iemand anders\.", plain(page)), (
        "by the name of the request"
    )
    assert words.partition(",")[0] in plain(page)
    assert page.count(" checked>") == 2, "the one is fixed, and the other is not to be planned"
    nobody = re.findall(r'<option value="(\d+:)">niet deze alumnus', page)
    assert len(nobody) == 2
    left_out = browser.post("/plan/uitnodigen", data={**form_of(page), "wissel": nobody}).text
    assert "Er is niemand uitgenodigd." in plain(left_out)
    assert browser.post("/plan", data={**form_of(page), **period, "wissel": "x"}).status_code == 422
    app.state.held.store.close()


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ADVISER, Role.PLACEMENT, Role.PARTNER, Role.PRIVACY_OFFICER])
def test_only_a_coordinator_plans(app: FastAPI, role: Role) -> None:
    client = TestClient(app, raise_server_exceptions=False, headers=headers_of(app, role, "Noord"))
    answer = client.post("/v1/plans", json=PERIOD)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not_for_this_role")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"from": "2027-03-01"}, 422),
        ({"from": "morgen", "to": "2027-03-31"}, 422),
        ({**PERIOD, "fairness": 2}, 422),
        ({**PERIOD, "more": 1}, 422),
        ({"from": "2027-03-31", "to": "2027-03-01"}, 422),
        ({"from": "2027-01-01", "to": "2029-01-01"}, 422),
        ({**PERIOD, "school": "Zuid"}, 404),
    ],
)
def test_what_cannot_be_planned_is_told(client: TestClient, body: dict[str, object], status: int) -> None:
    """With the sentence that says what to change; of another school as of one that does not exist."""
    answer = client.post("/v1/plans", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["title"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_are_in_the_language_of_the_asker(client: TestClient, language: Language) -> None:
    answer = client.post("/v1/plans", json={**PERIOD, "fairness": 0}, headers={"Accept-Language": language})
    assert answer.headers["Content-Language"] == language
    assert answer.json()["price"] == lookup(language, "plans.price.none")
    for code in Because:
        assert lookup(language, f"plans.because.{code}")
    for change in Change:
        assert lookup(language, f"plans.change.{change}")
        assert lookup(language, f"plans.change.{change}_one")


def test_the_command_gives_the_same_json(run: Run) -> None:
    """One alumnus with one ask for two lessons: the other place says why and what would fill it. Exit code 0."""
    code, out, err = run(*COMMAND, "--format", "json", "--lang", "en")
    assert (code, err) == (0, "")
    body = json.loads(out)
    assert body["to"] == "2027-04-01"
    asked = [line for line in body["assignments"] if line["request_id"] in {"R-1", "R-9"}]
    assert [line["alumnus_id"] for line in asked] == ["A-1"]
    (one,) = [one for one in body["unfilled"] if one["request_id"] in {"R-1", "R-9"}]
    assert (one["places"], one["because_code"], one["relaxation_code"]) == (1, "budget", "one_more_ask")
    assert one["because"] == lookup("en", "plans.because.budget")
    assert one["cheapest_relaxation"] == lookup("en", "plans.change.one_more_ask_one")


def test_the_table_says_the_same(run: Run) -> None:
    code, out, _ = run(*COMMAND, "--lang", "nl")
    assert code == 0
    text = re.sub(r"\s+", " ", out)
    for words in ("Plan van 1 maart 2027 tot en met 1 april 2027", "van de 3 plaatsen", "A-1", "Nog open:"):
        assert words in text
    assert re.search(r"Dit is een voorstel, met nummer \w{8}\. Er is nog niemand uitgenodigd\.", text)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_the_file_has_a_row_for_each_place(run: Run, tmp_path: Path, ending: str) -> None:
    """Filled and open ones, each with the ids of the spreadsheet; a file that exists is not overwritten."""
    out = tmp_path / f"plan.{ending}"
    code, told, _ = run(*COMMAND, "--out", str(out), "--lang", "nl")
    assert code == 0
    assert "3 rijen" in re.sub(r"\s+", " ", told)
    rows = rows_of(out)
    assert rows[0][:3] == ["aanvraag_id", "school", "alumnus_id"]
    assert {row[0] for row in rows[1:]} == {"R-1", "R-2", "R-9"}
    assert [row[7] for row in rows[1:] if row[7]] == [lookup("nl", "plans.change.one_more_ask_one")]
    assert run(*COMMAND, "--out", str(out))[0] == 2
    assert run(*COMMAND, "--out", str(out), "--force", "--format", "json")[0] == 0
    assert run(*COMMAND, "--out", str(tmp_path / "plan.txt"))[0] == 2


def rows_of(path: Path) -> list[list[object]]:
    if path.suffix == ".csv":
        return [[*row] for row in csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";")]
    return [list(row) for row in load_workbook(path).active.iter_rows(values_only=True)]


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("plan", "--from", "2027-03-01"),
        ("plan", "--from", "gisteren", "--to", "2027-03-31"),
        ("plan", "--from", "2027-03-31", "--to", "2027-03-01"),
        (*COMMAND, "--fairness", "1.5"),
        (*COMMAND, "--school", "Nergens"),
    ],
)
def test_what_cannot_be_used_is_exit_code_2(run: Run, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.strip()


def test_a_period_without_requests_is_an_empty_plan(run: Run) -> None:
    code, out, _ = run("plan", "--from", "2030-01-01", "--to", "2030-01-31", "--school", "Zuid", "--lang", "nl")
    assert code == 0
    assert lookup("nl", "plans.table.nothing") in out
