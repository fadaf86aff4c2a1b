"""Judging pairs in the page, without a script; and the commands that measure by it and rank in another way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import wiring
from api.settings import Settings
from matcher.errors import ConfigurationError
from matcher.policy import Role
from tests.api.conftest import Run, app_in, browser_of, plain, runner, unwrapped
from tests.support.region import engine_in
from tests.support.stores import reading, writing

WEIGHTS = "[kinds.guest_lesson]\nversion = 2\nweights = { similarity = 0.5, skills = 0.5 }\n"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = app_in(tmp_path, login="demo")
    yield made
    made.state.held.store.close()


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the last form of a page."""
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))


def begin(browser: TestClient) -> str:
    """The page of the first pair."""
    page = browser.get("/beoordelen").text
    return browser.post("/beoordelen/nieuw", data=hidden(page)).text


def test_pairs_are_judged_one_by_one(app: FastAPI) -> None:
    """Each answer leads to the next pair; skipped and earlier ones too, until all were had."""
    browser = browser_of(app)
    assert "Begin met 20 paren" in plain(browser.get("/beoordelen").text)
    page = begin(browser)
    total = int(re.findall(r"1 van (\d+)", page)[0])
    for number in range(1, total + 1):
        assert f"{number} van {total}" in plain(page)
        assert len(re.findall(r'name="cijfer"', page)) == 5
        answer = "over" if number == 2 else str(number % 4)
        page = browser.post("/beoordelen", data={**hidden(page), "cijfer": answer}).text
    assert "Je hebt alle paren gehad" in plain(page)
    given = reading(app.state.held.store).grades.given()
    assert len(given) == total - 1
    earlier = browser.get("/beoordelen?nr=1").text
    assert "Je zei eerder: past een beetje." in plain(earlier)
    browser.post("/beoordelen", data={**hidden(earlier), "cijfer": "3"})
    assert reading(app.state.held.store).grades.sitting(given[0].actor)[0].grade == 3


def test_no_score_no_name_and_no_text_of_the_person(app: FastAPI) -> None:
    """Side by side stand what was asked and facts of the alumnus; nothing tells our order, or who it is."""
    browser = browser_of(app, Role.ADVISER)
    page = begin(browser)
    text = plain(page)
    assert "De aanvraag" in text
    assert "Deze alumnus" in text
    assert not re.search(r"\d,\d\d|A-\d|band-|stars", page)
    assert "Wanneer je kunt" not in text  # the label for the alumnus
    assert "leren" not in text  # what want to learn


def test_who_may_not_judge_is_refused(app: FastAPI) -> None:
    """A teacher, who sees cards; a form of another session; an answer that is none."""
    teacher = browser_of(app, Role.TEACHER)
    assert teacher.get("/beoordelen").status_code == 403
    assert "/beoordelen" not in teacher.get("/").text
    browser = browser_of(app)
    page = begin(browser)
    assert browser.post("/beoordelen", data={"paar": "1", "cijfer": "3"}).status_code == 403
    assert browser.post("/beoordelen", data={**hidden(page), "cijfer": "4"}).status_code == 422
    assert browser.post("/beoordelen", data={**hidden(page), "paar": "1", "cijfer": "3"}).status_code == 404
    assert reading(app.state.held.store).grades.given() == []


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands on a region where one request was judged."""
    engine = engine_in(tmp_path)
    store = engine.store
    request = reading(store).records.find("requests", "R-1")[0].key
    people = {id_: reading(store).records.find("alumni", id_, "Noord")[0].key for id_ in ("A-1", "A-2", "A-9")}
    writing(store).grades.draw([(request, key) for key in people.values()])
    for pair, grade in zip(reading(store).grades.sitting(0), (3, 2, 0), strict=True):
        writing(store).grades.put(pair.key, grade)
    return runner(engine, capsys)


def test_the_command_line_measures_and_ranks_in_another_way(run: Run, tmp_path: Path) -> None:
    """Figures as JSON and for people; weights in use and back, each said."""
    code, out, _ = run("evaluate", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["pairs"], found["requests"], found["decides"]) == (3, 1, False)
    assert set(found["ndcg_at_10"]) == {"ours", "bm25", "tf_idf"}
    assert all(0 <= one["low"] <= one["mean"] <= one["high"] <= 1 for one in found["ndcg_at_10"].values())
    code, out, _ = run("evaluate", "--school", "Noord")
    assert "Er zijn 3 paren beoordeeld" in out
    assert "onze volgorde: 1,00" in out
    file = tmp_path / "own.toml"
    file.write_text(WEIGHTS, "utf-8")
    assert "geldt de rangschikking die bij het programma hoort" in " ".join(run("ranking", "show")[1].split())
    code, out, _ = run("ranking", "use", str(file), "--yes", "--format", "json")
    assert (code, json.loads(out)["used"]) == (0, True)
    assert json.loads(run("match", "R-1", "--format", "json")[1])["weights"].startswith("guest_lesson@2+")
    code, out, _ = run("ranking", "use", str(file), "--yes")
    assert "te weinig cijfers om te beslissen" in out
    shown = json.loads(run("ranking", "show", "--format", "json")[1])
    assert (shown["in_use"], [one["number"] for one in shown["kept"]]) == (2, [2, 1])
    assert "Rangschikking 2 geldt niet meer" in unwrapped(run("ranking", "back")[1])
    assert "eigen gewichten" in unwrapped(run("ranking", "show")[1])
    assert run("ranking", "back", "--format", "json")[0] == 0
    code, _, said = run("ranking", "back")
    assert (code, "niets om naar terug te gaan" in said) == (2, True)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"[kinds.mentor]\nversion = 1\nweights = { skills = 2.0 }\n"])
def test_a_file_that_is_none_is_wrong_input(run: Run, tmp_path: Path, content: bytes | None) -> None:
    """Exit code 2 and a sentence; so is neither a file nor an encoder."""
    file = tmp_path / "own.toml"
    if content is not None:
        file.write_bytes(content)
    code, _, said = run("ranking", "use", str(file), "--yes")
    assert (code, "gewichten" in said) == (2, True)
    assert run("ranking", "use")[0] == 2


def test_an_encoder_counts_from_the_next_start(tmp_path: Path) -> None:
    """What is kept goes before the setting; taken back, the setting counts again."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'own.db'}", cache_dir=tmp_path / "cache")
    first = wiring.build_app(settings)
    shipped = first.engine.vectors.encoder.id
    writing(first.store).rankings.use(None, str(tmp_path / "nowhere"), {})
    with pytest.raises(ConfigurationError):
        wiring.build_app(settings)
    writing(first.store).rankings.back()
    assert wiring.build_app(settings).engine.vectors.encoder.id == shipped
    first.store.close()
