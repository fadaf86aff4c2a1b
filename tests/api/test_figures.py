"""Figures per area in the pages, over the API and on the command line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.invitations import Answer, AnswerKind, Reason
from matcher.domain.records import RecordKind
from matcher.locale import area
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.services import invitations, ledger
from matcher.services.app import App
from matcher.services.ledger import Entry
from tests.api.conftest import SECRETS, Run, app_in, browser_of, headers_of, plain, runner, running
from tests.support import stores
from tests.support.region import engine_in

PERIOD = "from=2027-02-01&to=2027-03-31"


def some_history(app: App) -> None:
    """A-1 was asked, A-2 was and said no with a reason, A-3 gave something of which no request is known."""
    request = stores.key_of(app.store, RecordKind.REQUESTS, "R-1", "Noord")
    for number in ("A-1", "A-2"):
        invitations.invite(app, COMMAND_LINE, "R-1", number, school="Noord", candidate_school="Noord")
    key = stores.key_of(app.store, RecordKind.ALUMNI, "A-2", "Noord")
    invitations.reply(app, Asker(9, Role.ALUMNUS, "Noord", key), request, answer=Answer(AnswerKind.NO, Reason.NO_TIME))
    ledger.add(app, COMMAND_LINE, "A-3", Entry(hours=1.0, students=31), school="Noord")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[FastAPI]:
    with running(app_in(tmp_path, login="demo")) as made:
        some_history(made.state.held.app)
        yield made


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    engine = engine_in(tmp_path)
    some_history(engine.app)
    return runner(engine, capsys)


def test_programs_read_figures(web: FastAPI) -> None:
    """Each area with the period before it, exact for a school; one area alone on request; nothing is noted."""
    newest = stores.log(web.state.held.store, limit=1)[0].id
    program = TestClient(web, headers=headers_of(web, Role.COORDINATOR, "Noord"))
    told = program.get(f"/v1/figures?{PERIOD}").json()
    assert (told["school"], told["from"], told["to"], told["smallest"]) == ("Noord", "2027-02-01", "2027-03-31", 1)
    assert told["before"] == {"from": "2026-12-01", "to": "2027-01-31"}
    areas = {one["area"]: one for one in told["areas"]}
    assert list(areas) == ["all", "A", "B", "C", "D", "E", "F", "none"]
    lessons = areas["A"]["now"]
    assert (lessons["asked"], lessons["agreed"], lessons["declined"]) == (2, 0, 1)
    assert lessons["declined_by_reason"] == {"no_time": 1}
    assert (lessons["reached"], lessons["people"]) == (2, 2)
    assert lessons["coverage"] == lessons["reached"] / lessons["able"]
    assert areas["A"]["before"]["asked"] == 0
    assert (areas["none"]["now"]["held"], areas["none"]["now"]["students"]) == (1, 31)
    assert (areas["all"]["now"]["students"], areas["B"]["now"]["gini"]) == (31, None)
    assert told["wishes"] == [{"field": None, "region": "other", "count": None}]
    only = program.get(f"/v1/figures?{PERIOD}&area=A").json()
    assert ([one["area"] for one in only["areas"]], only["wishes"]) == (["A"], [])
    assert stores.log(web.state.held.store, limit=1)[0].id == newest


def test_a_region_is_told_without_few_people(web: FastAPI) -> None:
    """A token of no school gets no count of alumni below ten, of one school or of all."""
    program = TestClient(web, headers=headers_of(web, Role.COORDINATOR))
    for school in ("", "&school=Noord"):
        told = program.get(f"/v1/figures?{PERIOD}{school}").json()
        (everything, lessons, *_) = told["areas"]
        assert (everything["now"]["asked"], everything["now"]["held"], lessons["now"]["declined"]) == (None, None, None)
        assert (lessons["now"]["declined_by_reason"], everything["now"]["gini"]) == (None, None)
        assert told["smallest"] == 10
        counts = [
            one[when][name]
            for one in told["areas"]
            for when in ("now", "before")
            for name in ("asked", "agreed", "declined", "held", "received", "reached", "able", "people")
        ]
        assert all(count is None or count == 0 or count >= 10 for count in counts)
    assert program.get(f"/v1/figures?{PERIOD}&school=Nergens").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2027-02-01", 422),
        ("from=2027-02-30&to=2027-03-31", 422),
        ("from=2027-04-01&to=2027-03-31", 422),
        ("from=1950-04-01&to=2027-03-31", 422),
        (f"{PERIOD}&area=G", 422),
        (f"{PERIOD}&school=Zuid", 404),
        (PERIOD, 200),
    ],
)
def test_a_question_that_cannot_be_answered(web: FastAPI, query: str, status: int) -> None:
    """A period that is none, an area that is none, another school."""
    program = TestClient(web, headers=headers_of(web, Role.COORDINATOR, "Noord"))
    assert program.get(f"/v1/figures?{query}").status_code == status


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ADVISER, Role.PARTNER, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR])
def test_figures_are_for_the_coordinator(web: FastAPI, role: Role) -> None:
    """Others are refused, by page and API."""
    program = TestClient(web, headers=headers_of(web, role, "Noord"))
    assert program.get(f"/v1/figures?{PERIOD}").status_code == 403
    assert browser_of(web, role).get("/cijfers").status_code == 403


def test_the_page_has_a_table_for_each_area(web: FastAPI) -> None:
    """Of this school year, with the one before beside it; each figure says what it means; nobody is in it."""
    browser = browser_of(web)
    assert 'href="/cijfers"' in browser.get("/balans").text
    assert 'href="/cijfers"' in browser.get("/").text
    html = browser.get("/cijfers").text
    page = plain(html)
    assert "1 aug 2026 tot en met 31 jul 2027; ervoor: 1 aug 2025 tot en met 31 jul 2026" in page
    assert "nog niet voorbij" in page
    rows = dict(re.findall(r"<summary>([^<]+)</summary>.*?</th><td>([^<]+)</td>", html.split('id="gebied-A"')[1]))
    assert (rows["gevraagd"], rows["zei nee"], rows["waarom nee"]) == ("2", "1", "geen tijd 1")
    assert (rows["tijd tot gevuld"], rows["nooit gevuld"]) == ("niets raakte vol", "niets liep af")
    assert html.count('<p class="hint">Hoe vaak een alumnus een vraag kreeg.') == html.count("<summary>gevraagd<")
    assert html.count("Hier gebeurde niets in deze periode") == 5, "B to F"
    assert 'id="gebied-none"' in html
    assert "andere regio" not in page
    assert "vakgebied onbekend alle regio's minder dan 5" in page
    assert not [secret for secret in SECRETS if secret in page]
    assert not re.search(r"\bA-\d", page), "no number of an alumnus"
    quiet = browser.get("/cijfers?van=2020-01-01&tot=2020-01-31").text
    assert quiet.count("Hier gebeurde niets in deze periode") == 7
    assert "nog niet voorbij" not in plain(quiet)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("van=2027-04-01&tot=2027-03-01", "Zet de eerste dag vooraan"),
        ("van=gisteren", "gisteren"),
        ("van=1900-01-01", "Cijfers gaan"),
    ],
)
def test_a_period_that_is_none_is_asked_again(web: FastAPI, query: str, said: str) -> None:
    """With what to do, and without figures."""
    answer = browser_of(web).get(f"/cijfers?{query}")
    assert answer.status_code == 422
    assert said in plain(answer.text)
    assert "gebied-A" not in answer.text


# ---- the command


def test_the_command_says_it_in_lines(run: Run) -> None:
    """For each area, and for what there is nothing of; counts of few alumni are not said."""
    code, said, wrong = run("figures", "--from", "2027-02-01", "--to", "31-03-2027")
    assert (code, wrong) == (0, "")
    assert said.startswith("Alle scholen\n1 februari 2027 tot en met 31 maart 2027\n")
    assert "  - gevraagd: niet getoond (ervoor: 0)" in said
    assert "  - Hier gebeurde niets in deze periode en in de periode ervoor." in said
    assert "  - studenten bereikt: 31 (ervoor: 0)" in said
    assert "Er staat nu niemand bovenaan" in said
    english = run("figures", "--from", "2027-02-01", "--to", "2027-03-31", "--area", "a", "--lang", "en")[1]
    assert "A. Alumni as working capital" in english
    assert "B. Together" not in english
    assert "Who looks for a course" not in english


def test_the_command_writes_data(run: Run) -> None:
    """JSON as over HTTP, and a table with a line for each figure."""
    period = ("figures", "--from", "2027-02-01", "--to", "2027-03-31")
    told = json.loads(run(*period, "--format", "json")[1])
    assert (told["from"], told["areas"][0]["area"], told["areas"][0]["now"]["asked"]) == ("2027-02-01", "all", None)
    rows = list(csv.DictReader(io.StringIO(run(*period, "--format", "csv", "--school", "noord")[1]), delimiter=";"))
    assert list(rows[0]) == ["area", "figure", "detail", "now", "before"]
    found = {(row["area"], row["figure"], row["detail"]): (row["now"], row["before"]) for row in rows}
    assert found["none", "students", ""] == ("31", "0")
    assert found["A", "asked", ""] == ("", "0")
    assert found["C", "wishes", " / other"] == ("", "")
    assert len(found) == len(rows)
    only = run(*period, "--format", "csv", "--area", "B")[1]
    assert {line.split(";")[0] for line in only.splitlines()[1:]} == {"B"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2027-02-01"), "--to"),
        (("--from", "2027-02-01", "--to", "later"), "later"),
        (("--from", "2027-02-01", "--to", "2027-01-01"), "Zet de eerste dag vooraan"),
        (("--from", "2027-02-01", "--to", "2027-03-01", "--area", "G"), "--area"),
        (("--from", "2027-02-01", "--to", "2027-03-01", "--school", "Nergens"), "Nergens"),
    ],
)
def test_a_command_that_cannot_be_done(run: Run, words: tuple[str, ...], said: str) -> None:
    """Exit code 2, and a sentence with what to do."""
    code, out, wrong = run("figures", *words)
    assert (code, out) == (2, "")
    assert said in wrong


def test_both_languages_have_each_figure() -> None:
    """A name and a meaning, and nothing that only one of them says."""
    dutch, english = area("nl", "figures"), area("en", "figures")
    assert set(dutch["name"]) == set(dutch["what"]) == set(english["name"]) == set(english["what"])
    for group, words in dutch.items():
        assert isinstance(words, str) or set(words) == set(english[group]), group
    assert set(dutch) == set(english)
