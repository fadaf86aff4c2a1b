"""The flight simulator by route, command and page: what it says first, its figures, rights, and what it never saves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.locale import LANGUAGES, Language, lookup
from matcher.matching.trials import HEAVIER
from matcher.policy import Role
from tests.api.conftest import SECRETS, Run, app_in, browser_of, headers_of, plain, runner
from tests.support import stores
from tests.support.apps import Engine, terminal
from tests.support.region import engine_in

PERIOD = {"from": "2027-03-01", "to": "2027-03-31"}
COMMAND = ("simulate", "--from", "2027-03-01", "--to", "31-03-2027")
RESTED = "[kinds.guest_lesson]\nversion = 9\nweights = { availability = 1.0 }\n"


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return app_in(tmp_path)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False, headers=headers_of(app, Role.COORDINATOR, "Noord"))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path, cache=tmp_path / "cache")


@pytest.fixture
def run(engine: Engine, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(engine, capsys)


def weights(folder: Path, text: str = RESTED) -> str:
    file = folder / "own.toml"
    file.write_text(text, "utf-8")
    return str(file)


def test_the_answer_says_first_what_to_know(client: TestClient) -> None:
    """As JSON: the lists of then as logged, the sentences, both sides, each request; nothing of a person."""
    listed = client.get("/v1/requests/R-1/matches").json()["matches"]
    answer = client.post("/v1/trials", json=PERIOD)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["from"], body["to"], body["changed"], body["came_in"]) == ("2027-03-01", "2027-03-31", 0, 0)
    assert body["logged"] == {
        "lists": 1, "of_then": 1, "of_today": 0, "same": 1, "unsaved": 0, "gone": 0, "left_out": 0,
    }  # fmt: skip
    assert body["said"][0] == "Eén aanvraag is nagespeeld met de mensen van toen."
    assert body["before"] == body["after"]
    assert body["before"]["score"] == listed[0]["score"]
    other = client.post("/v1/trials", json={**PERIOD, "asks_a_year": 0, "meaning": False, "months": 24}).json()
    (outcome,) = other["requests"]
    assert outcome["who_fell_out"] == [{"alumnus_id": listed[0]["candidate_id"], "school": "Noord"}]
    assert (other["after"]["asked"], other["settings"]["asks_a_year"]) == (0, 0)
    assert not any(secret in answer.text for secret in SECRETS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"asks_a_year": 999}, {"months": 0}, {"weights": "[kinds.nothing]"}, {"to": "2026-01-01"}, {"to": "2029-01-01"},
        {"surprise": 1},
    ],
)  # fmt: skip
def test_what_cannot_be_tried_is_refused(client: TestClient, wrong: dict[str, object]) -> None:
    assert client.post("/v1/trials", json={**PERIOD, **wrong}).status_code == 422
    assert client.post("/v1/trials", json={**PERIOD, "school": "Zuid"}).status_code == 404


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ADVISER, Role.PLACEMENT, Role.PARTNER, Role.PRIVACY_OFFICER])
def test_only_a_coordinator_tries(app: FastAPI, role: Role) -> None:
    client = TestClient(app, raise_server_exceptions=False, headers=headers_of(app, role, "Noord"))
    assert client.post("/v1/trials", json=PERIOD).status_code == 403


def test_the_command_tells_and_saves_nothing(run: Run, engine: Engine, tmp_path: Path) -> None:
    """For people and as JSON; in Dutch and English; a file that is none is wrong input."""
    code, out, _ = run(*COMMAND)
    assert (code, "geen lijsten van bewaarde aanvragen" in out) == (0, True)
    terminal(engine).match("R-1")
    code, out, _ = run(*COMMAND)
    said = " ".join(out.split())
    assert code == 0
    assert "Eén aanvraag is nagespeeld met de mensen van toen." in said
    assert "Het maakt geen verschil: bij elke aanvraag worden dezelfde alumni gevraagd." in said
    assert "Dit was een proef" in said
    code, out, _ = run(*COMMAND, "--asks-a-year", "0", "--lang", "en")
    said = " ".join(out.split())
    assert "For 1 of the 1 requests somebody else is asked." in said
    assert re.search(r"places filled 1 0", said)
    assert re.search(r"R-1: out: A-\d", said)
    code, out, _ = run(*COMMAND, "--without-meaning", "--consent-months", "12", "--format", "json")
    body = json.loads(out)
    assert (body["settings"]["meaning"], body["settings"]["months"]) == (False, 12)
    code, out, _ = run(*COMMAND, "--weights", weights(tmp_path), "--format", "json")
    assert json.loads(out)["settings"]["weights"][0].startswith("guest_lesson@9+")
    assert json.loads(run("ranking", "show", "--format", "json")[1])["kept"] == []
    assert run(*COMMAND, "--weights", str(tmp_path / "none.toml"))[0] == 2
    assert run(*COMMAND, "--school", "Nergens")[0] == 2
    assert run("simulate", "--from", "x", "--to", "2027-03-31")[0] == 2


def test_other_weights_are_shown_before_they_are_used(run: Run, engine: Engine, tmp_path: Path) -> None:
    """Without --yes only what they would have done; with it they count, and that is kept beside them, with no names."""
    terminal(engine).match("R-1")
    file = weights(tmp_path)
    code, out, _ = run("ranking", "use", file)
    said = " ".join(out.split())
    assert code == 4
    assert "Dit hadden deze gewichten gedaan met de lijsten van de laatste 30 dagen:" in said
    assert "Eén aanvraag is nagespeeld" in said
    assert "met --yes" in said
    code, out, _ = run("ranking", "use", file, "--format", "json")
    body = json.loads(out)
    assert (code, body["used"], body["trial"]["logged"]["of_then"]) == (4, False, 1)
    assert json.loads(run("ranking", "show", "--format", "json")[1])["kept"] == []
    code, out, _ = run("ranking", "use", file, "--yes")
    assert (code, "Eén aanvraag is nagespeeld" in out) == (0, True)
    (kept,) = json.loads(run("ranking", "show", "--format", "json")[1])["kept"]
    assert kept["measured"]["trial"]["logged"]["of_then"] == 1
    assert "requests" not in kept["measured"]["trial"]
    assert not re.search(r"\bA-\d", json.dumps(kept))


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))


def test_the_page_tries_without_a_script(tmp_path: Path) -> None:
    """From the plan board; the form stays filled in; what cannot be tried is said; the weights are there as a file."""
    app = app_in(tmp_path, login="demo")
    browser = browser_of(app, Role.COORDINATOR)
    assert 'href="/proefvlucht"' in browser.get("/plan").text
    page = browser.get("/proefvlucht").text
    assert "Er verandert niets, en niemand krijgt bericht" in plain(page)
    period = {"van": "2027-03-01", "tot": "2027-03-31"}
    empty = browser.post("/proefvlucht", data={**form_of(page), **period}).text
    assert "geen lijsten van bewaarde aanvragen" in plain(empty)
    browser.get("/aanvragen/R-1")
    tried = {**form_of(page), **period, "wat": "rest", "hoe": "f30", "vragen": "0", "maanden": ""}
    answer = browser.post("/proefvlucht", data=tried)
    text = plain(answer.text)
    assert answer.status_code == 200
    assert "Eén aanvraag is nagespeeld met de mensen van toen." in text
    assert "Bij 1 van de 1 aanvragen wordt iemand anders gevraagd." in text
    assert "gevulde plaatsen 1 0" in text
    assert "Je probeerde: Laatst gevraagd telt drie keer zo zwaar; iemand hooguit 0 keer per jaar vragen." in text
    assert re.search(r"eruit: A-\d", text)
    assert '<option value="rest" selected>' in answer.text
    assert "[kinds.guest_lesson]" in answer.text
    for wrong in ({"vragen": "veel"}, {"wat": "charme"}, {"hoe": "f99"}, {"tot": "2027-02-01"}):
        refused = browser.post("/proefvlucht", data={**tried, **wrong})
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
    assert browser.post("/proefvlucht", data={**tried, "formulier": "x"}).status_code == 403
    teacher = browser_of(app, Role.TEACHER)
    assert teacher.get("/proefvlucht").status_code == 403
    assert [one for one in stores.log(app.state.held.store, limit=50) if one.action == "ranking.use"] == []
    app.state.held.store.close()


def test_what_came_of_a_weight_stands_beside_it(tmp_path: Path) -> None:
    """Asked for by a button of that weight; before that it says that nothing was tried, and after a change again."""
    app = app_in(tmp_path, login="demo")
    browser = browser_of(app, Role.COORDINATOR)
    browser.get("/aanvragen/R-1")
    page = browser.get("/proefvlucht").text
    rows = len(re.findall('id="gewicht-', page))
    assert rows > 5
    assert plain(page).count("nog niet geprobeerd") == 2 * rows
    chosen = {**form_of(page), "gewicht": "rest:f20"}
    answer = browser.post("/proefvlucht/gewicht", data=chosen)
    assert str(answer.url).endswith("#gewicht-rest")
    text = plain(answer.text)
    assert "Geprobeerd." in text
    assert text.count("nog niet geprobeerd") == 2 * rows - 1
    row = plain(re.search('id="gewicht-rest".*?</tr>', answer.text, re.DOTALL).group())  # type: ignore[union-attr]
    assert re.search(r"(Bij die ene aanvraag dezelfde alumni|Bij de enige aanvraag iemand anders)", row)
    assert re.search(r"lijsten van 2 mrt 2026 tot en met 1 mrt 2027", row)
    other = browser_of(app, Role.COORDINATOR, "Zuid").get("/proefvlucht").text
    assert plain(other).count("nog niet geprobeerd") == 2 * rows
    for wrong in ("charme:f20", "rest:f99", "rest"):
        assert browser.post("/proefvlucht/gewicht", data={**chosen, "gewicht": wrong}).status_code == 422
    assert browser.post("/proefvlucht/gewicht", data={**chosen, "formulier": "x"}).status_code == 403
    app.state.held.store.close()


def test_a_setting_leads_to_its_trial(tmp_path: Path) -> None:
    """Where a school chooses how often to ask, each number leads to a form that is filled in; markup stays text."""
    app = app_in(tmp_path, login="demo")
    browser = browser_of(app, Role.COORDINATOR)
    steps = re.findall(r'href="(/inrichten\?stap=[^"]+)"', browser.get("/inrichten").text)
    links = {
        link for step in steps for link in re.findall(r'href="(/proefvlucht\?vragen=\d+)"', browser.get(step).text)
    }
    assert len(links) >= 3
    for link in links:
        count = link.partition("=")[2]
        assert f'name="vragen" min="0" max="365" value="{count}"' in browser.get(link).text
    assert "<b>" not in browser.get("/proefvlucht?vragen=<b>").text
    app.state.held.store.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_factor_has_a_word(language: Language) -> None:
    """And every signal that can weigh more has a label."""
    for factor in HEAVIER:
        assert lookup(language, f"trials.factor.f{round(10 * factor):02}")
