"""Giving and taking in the pages, without a script, and over the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.policy import COMMAND_LINE, Role
from matcher.services import ledger
from matcher.services.ledger import Entry
from tests.api.conftest import app_in, browser_of, headers_of, plain
from tests.support.stores import reading


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = app_in(tmp_path, login="demo")
    yield made
    made.state.held.store.close()


def fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the first form of a page with this address."""
    (form,) = re.findall(rf'<form[^>]*action="{action}">(.*?)</form>', page, re.DOTALL)[:1]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def test_a_coordinator_adds_and_corrects(app: FastAPI) -> None:
    """From the list to an alumnus, what was given is added, seen in the list, corrected, and gone from it."""
    browser = browser_of(app)
    assert "Er is niemand om te laten zien" in plain(browser.get("/balans").text)
    listed = browser.get("/balans?toon=nooit").text
    assert "Nog nooit gevraagd (9)" in plain(listed)
    (link,) = re.findall(r'href="(/balans/alumnus\?wie=A-2[^"]*)"', listed)
    page = browser.get(link.replace("&amp;", "&")).text
    form = fields(page, "/balans/erbij")
    done = browser.post("/balans/erbij", data={**form, "wat": "gaf", "uren": "1,5", "studenten": "24"}).text
    assert "Het staat erbij" in plain(done)
    assert "deed mee, 24 studenten, 1,5 uur" in plain(done)
    added = browser.post("/balans/erbij", data={**form, "wat": "course"}).text
    assert "had er zelf iets aan: een cursus" in plain(added)
    assert "gaf 1 keer · 24 studenten · kreeg 1 keer iets terug" in plain(browser.get("/balans").text)
    wrong = re.findall(r'name="regel" value="(\d+)"', added)
    corrected = browser.post("/balans/herstel", data={**fields(added, "/balans/herstel"), "regel": wrong[-1]}).text
    assert "Die regel telt niet meer" in plain(corrected)
    assert "telt niet meer" in plain(corrected)
    assert "Er is niemand om te laten zien" in plain(browser.get("/balans").text)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"wat": "gaf"}, "Vul in hoeveel uur"),
        ({"wat": "gaf", "uren": "veel"}, "Vul een aantal uren in"),
        ({"wat": "gaf", "uren": "0"}, "Vul een aantal uren in"),
        ({"wat": "gaf", "studenten": "2,5"}, "Vul een heel aantal studenten in"),
        ({"wat": "iets anders"}, "Vul in hoeveel uur"),
    ],
)
def test_a_form_that_says_nothing_is_shown_again(app: FastAPI, sent: dict[str, str], said: str) -> None:
    """With what to do, and nothing is added."""
    browser = browser_of(app)
    form = fields(browser.get("/balans/alumnus?wie=A-2").text, "/balans/erbij")
    answer = browser.post("/balans/erbij", data={**form, **sent})
    assert answer.status_code == 422
    assert said in plain(answer.text)
    assert list(reading(app.state.held.store).ledger.all()) == []


def test_an_alumnus_sees_it_on_the_own_page(app: FastAPI) -> None:
    """What was given and had, and how often more may be asked; the list of the school is not for alumni."""
    for entry in (Entry(hours=1.5, students=24), Entry(students=1)):
        ledger.add(app.state.held.app, COMMAND_LINE, "A-1", entry, school="Noord")
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    who = {"rol": Role.ALUMNUS.value, "school": "Noord", "alumnus": "A-1"}
    browser.post("/inloggen/demo", data=who, follow_redirects=False)
    page = plain(browser.get("/mij").text)
    assert "Geven en nemen" in page
    assert "25 studenten hoorden jou. Je hielp 2 keer. Samen was dat 1,5 uur." in page
    assert "We hebben je nog nooit iets gevraagd. We mogen je nu nog 4 keer iets vragen." in page
    assert browser.get("/balans").status_code == 403
    assert "/balans" not in browser.get("/").text


def test_programs_read_add_and_correct(app: FastAPI) -> None:
    """The list, one account, an entry, its correction; an entry without anything is refused."""
    program = TestClient(app, raise_server_exceptions=False, headers=headers_of(app, Role.COORDINATOR, "Noord"))
    assert program.get("/v1/ledger?show=never").json()["counts"] == {"gave": 0, "never": 9, "balanced": 0, "spent": 0}
    added = program.post("/v1/people/A-2/ledger", json={"hours": 1.5, "students": 24})
    assert added.status_code == 200
    number = added.json()["entry"]
    listed = program.get("/v1/ledger").json()
    assert (listed["total"], listed["alumni"]) == (1, 9)
    assert listed["items"][0]["id"] == "A-2"
    assert (listed["items"][0]["hours"], listed["items"][0]["asks_left"]) == (1.5, 4)
    assert program.post(f"/v1/people/A-2/ledger/{number}/correction").status_code == 200
    account = program.get("/v1/people/A-2/ledger").json()
    assert [(one["event"], one["counts"], one["corrects"]) for one in account["entries"]] == [
        ("contributed", False, None),
        ("corrected", False, number),
    ]
    assert account["given"] == 0
    assert program.post(f"/v1/people/A-2/ledger/{number}/correction").status_code == 422
    assert program.post("/v1/people/A-2/ledger", json={}).status_code == 422
    teacher = TestClient(app, raise_server_exceptions=False, headers=headers_of(app, Role.TEACHER, "Noord"))
    assert teacher.get("/v1/ledger").status_code == 403
