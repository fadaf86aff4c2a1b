"""The page, the API and the commands for what labels of skills mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.policy import COMMAND_LINE, Role
from matcher.services import vocabularies
from tests.api.conftest import Run, app_in, browser_of, headers_of, plain, runner, running, sent, unwrapped
from tests.support.esco import CNLO, SKOS, URI, CompetentServer, written
from tests.support.region import engine_in
from tests.support.source_servers import serving


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """An app of its own: these tests change things."""
    with running(app_in(tmp_path, login="demo")) as made:
        yield made


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    return browser_of(app)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a small region; gives its exit code, output and error output."""
    monkeypatch.setenv("COLUMNS", "100")
    return runner(engine_in(tmp_path, cache=tmp_path / "cache"), capsys)


def use(app: FastAPI, folder: Path) -> None:
    vocabularies.import_esco(app.state.held.app, COMMAND_LINE, [written(folder / "esco")], "1.2")


def test_without_a_vocabulary_the_page_says_how_skills_count(browser: TestClient) -> None:
    text = plain(browser.get("/vaardigheden").text)
    assert "Er is geen woordenlijst ingelezen." in text
    assert "wondzorg" not in text, "what each word of a school means is asked once there is something to choose from"


def test_a_person_denies_a_meaning_and_takes_that_back(app: FastAPI, browser: TestClient, tmp_path: Path) -> None:
    use(app, tmp_path)
    text = plain(browser.get("/vaardigheden").text)
    assert "Van 2 woorden betekenen er 1 iets in een woordenlijst." in text
    assert "wondzorg in één aanvraag wondverzorging · vaardigheid · telt mee" in text
    assert "European Commission" in text
    answer = sent(browser, "/vaardigheden", woord="wondzorg", betekenis=f"{URI}care", zeg="nee")
    assert "Bewaard. Vanaf nu tellen lijsten zo." in plain(answer.text)
    assert "wondverzorging · vaardigheid · jouw school zegt: klopt niet" in plain(answer.text)
    answer = sent(browser, "/vaardigheden", woord="wondzorg", betekenis=f"{URI}care", zeg="terug")
    assert "wondverzorging · vaardigheid · telt mee" in plain(answer.text)


def test_a_person_says_what_a_word_means(app: FastAPI, browser: TestClient, tmp_path: Path) -> None:
    """By a name; one that no skill has is refused in a sentence."""
    use(app, tmp_path)
    answer = sent(browser, "/vaardigheden", woord="EHBO", betekenis="wound care", zeg="ja")
    assert "ehbo in één aanvraag wondverzorging · vaardigheid · jouw school zegt: klopt" in plain(answer.text)
    answer = sent(browser, "/vaardigheden", woord="EHBO", betekenis="breien", zeg="ja")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "In de woordenlijsten staat geen vaardigheid breien." in plain(answer.text)


def test_a_word_finds_its_row(app: FastAPI, browser: TestClient, tmp_path: Path) -> None:
    use(app, tmp_path)
    text = plain(browser.get("/vaardigheden?woord=ZORG").text)
    assert "wondzorg" in text
    assert "ehbo" not in text


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ALUMNUS, Role.PRIVACY_OFFICER])
def test_the_page_is_for_coordinators(app: FastAPI, role: Role) -> None:
    assert browser_of(app, role).get("/vaardigheden").status_code == HTTPStatus.FORBIDDEN


def test_the_api_says_the_same(app: FastAPI, tmp_path: Path) -> None:
    use(app, tmp_path)
    api = TestClient(app, headers=headers_of(app, school="Noord"))
    found = api.get("/v1/skills").json()
    assert [(one["name"], one["version"], one["skills"]) for one in found["vocabularies"]] == [("esco", "1.2", 4)]
    rows = {one["label"]: one for one in found["labels"]}
    assert [(one["uri"], one["decided"], one["counts"]) for one in rows["wondzorg"]["meanings"]] == [
        (f"{URI}care", "none", True)
    ]
    assert rows["ehbo"]["meanings"] == []
    said = {"label": "wondzorg", "meaning": f"{URI}care", "decision": "denied"}
    assert api.post("/v1/skills", json=said).json() == {"label": "wondzorg", "decision": "denied"}
    again = {one["label"]: one for one in api.get("/v1/skills").json()["labels"]}
    assert [(one["decided"], one["counts"]) for one in again["wondzorg"]["meanings"]] == [("denied", False)]
    problem = api.post("/v1/skills", json=said | {"label": "lassen"})
    assert (problem.status_code, problem.json()["type"]) == (HTTPStatus.NOT_FOUND, "/problems/unknown_label")


def test_the_commands_import_esco_and_say_what_is_not_known(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("vocabulary", "import", "esco", str(written(tmp_path / "ESCO - v1.2.0 - nl")))
    assert (code, "esco 1.2.0 is in gebruik: 4 vaardigheden en 1 beroepen." in unwrapped(out)) == (0, True)
    code, out, _ = run("vocabulary", "list", "--format", "json")
    assert [one["version"] for one in json.loads(out)["vocabularies"]] == ["1.2.0"]
    code, out, _ = run("vocabulary", "labels", "--school", "Noord")
    assert code == 0
    assert "ehbo: 0 alumni, 1 aanvragen staat in geen woordenlijst, telt op zijn naam" in unwrapped(out)
    assert "1 van 2 woorden betekenen iets in een woordenlijst." in unwrapped(out)
    assert run("vocabulary", "decide", "wondzorg", f"{URI}care", "--deny", "--school", "Noord")[0] == 0
    code, out, _ = run("vocabulary", "labels", "--school", "Noord", "--format", "json")
    (meaning,) = next(one["meanings"] for one in json.loads(out)["labels"] if one["key"] == "wondzorg")
    assert (meaning["decided"], meaning["counts"]) == (False, False)
    assert run("vocabulary", "decide", "wondzorg", f"{URI}care", "--take-back", "--school", "Noord")[0] == 0
    assert run("vocabulary", "stop", "esco")[0] == 0
    assert "Er is geen woordenlijst in gebruik." in unwrapped(run("vocabulary", "list")[1])


def test_the_command_imports_competentnl_with_the_key_of_a_file(run: Run, tmp_path: Path) -> None:
    key = "sleutel"
    (tmp_path / "key.txt").write_text(f"{key}\n")
    labels = [("care", "HumanCapability", "prefLabel", "wondzorg"), ("nurse", "Occupation", "prefLabel", "verpleger")]
    source = CompetentServer(key, labels=labels, relations=[("nurse", f"{CNLO}requiresHATEssential", "care")])
    with serving(source) as url:
        words = ("vocabulary", "import", "competentnl", "--url", url, "--local")
        code, out, _ = run(*words, "--apikey-file", str(tmp_path / "key.txt"))
        assert (code, "1 vaardigheden en 1 beroepen" in unwrapped(out)) == (0, True)
        code, _, problem = run(*words)
        assert (code, "--apikey-file" in unwrapped(problem)) == (2, True)
        (tmp_path / "key.txt").write_text("verkeerd")
        assert run(*words, "--apikey-file", str(tmp_path / "key.txt"))[0] == 2
    assert key not in out
    assert SKOS in source.asked[0].query["query"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "esco"), "skills_nl.csv"),
        (("import", "esco", "nergens"), "nergens"),
        (("import", "iets"), "iets"),
        (("stop", "esco"), "niet in gebruik"),
        (("import", "competentnl", "--apikey-file", "nergens"), "nergens"),
    ],
)
def test_wrong_input_is_said_in_a_sentence(run: Run, words: tuple[str, ...], said: str) -> None:
    code, _, problem = run("vocabulary", *words)
    assert (code, said in unwrapped(problem)) == (2, True)


def test_an_alumnus_says_what_an_own_word_means(app: FastAPI, tmp_path: Path) -> None:
    """From the page with the own data; with a way back, and refused where the word is not the own."""
    alumnus = browser_of(app, Role.ALUMNUS, alumnus="A-2")
    assert "Je school gebruikt geen woordenlijst." in plain(alumnus.get("/mij/vaardigheden").text)
    use(app, tmp_path)
    assert 'href="/mij/vaardigheden"' in alumnus.get("/mij/gegevens").text
    text = plain(alumnus.get("/mij/vaardigheden").text)
    assert "wondzorg wondverzorging · vaardigheid · telt mee" in text
    assert "European Commission" in text
    answer = sent(alumnus, "/mij/vaardigheden", woord="wondzorg", betekenis=f"{URI}care", zeg="nee")
    assert "Bewaard. Vanaf nu tellen lijsten zo voor jou." in plain(answer.text)
    assert "wondverzorging · vaardigheid · je zei: klopt niet" in plain(answer.text)
    answer = sent(alumnus, "/mij/vaardigheden", woord="wondzorg", betekenis=f"{URI}care", zeg="terug")
    assert "wondverzorging · vaardigheid · telt mee" in plain(answer.text)
    answer = sent(alumnus, "/mij/vaardigheden", woord="breien", betekenis=f"{URI}care", zeg="nee")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Het woord breien staat niet bij jouw vaardigheden." in plain(answer.text)
    for role in (Role.COORDINATOR, Role.TEACHER):
        assert browser_of(app, role).get("/mij/vaardigheden").status_code == HTTPStatus.FORBIDDEN
