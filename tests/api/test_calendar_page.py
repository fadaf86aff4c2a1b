"""The page of a week and calendars, as an alumnus uses it in a browser without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from icalendar import Calendar

from matcher.locale import LANGUAGES
from tests.api.conftest import app_in, running

EVENING = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Bij de huisarts\r\nDTSTART;TZID=Hier:20270302T190000\r\n"
    b"DURATION:PT2H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    with running(app_in(tmp_path, login="demo")) as made:
        yield made


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    """A-1 is logged in."""
    made = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    data = {"rol": "alumnus", "school": "Noord", "alumnus": "A-1"}
    assert made.post("/inloggen/demo", data=data, follow_redirects=False).status_code == 303
    return made


def sent(browser: TestClient, where: str, **fields: object) -> str:
    """The page after sending a form."""
    token = re.findall(r'name="formulier" value="([^"]+)"', browser.get("/mij/agenda").text)[0]
    files = fields.pop("files", None)
    answer = browser.post(f"/mij/agenda/{where}", data={"formulier": token, **fields}, files=files)  # type: ignore[arg-type]
    assert answer.status_code in {200, 422}, answer.text
    return answer.text


def test_the_week(browser: TestClient) -> None:
    """21 boxes with a label each; what is ticked is kept, nothing ticked is kept as nothing."""
    page = browser.get("/mij/agenda").text
    assert len(re.findall(r'type="checkbox"', page)) == 21
    assert len(set(re.findall(r'<label for="(vrij-[a-z]+-[a-z]+)"', page))) == 21
    page = sent(browser, "week", vrij=["tue-evening", "sat-morning", "nonsense"])
    assert re.findall(r'value="(\w+-\w+)" checked', page) == ["tue-evening", "sat-morning"]
    page = sent(browser, "week")
    assert re.findall(r'value="(\w+-\w+)" checked', page) == []


def test_a_file_comes_and_goes(browser: TestClient) -> None:
    """What was read and what was not understood is told, nothing of what it was; a click takes it away."""
    page = sent(browser, "bestand", files={"bestand": ("agenda.ics", EVENING, "text/calendar")})
    assert "1 afspraak gelezen." in page
    assert "1 tijdzone kennen we niet. We gaan uit van Nederlandse tijd." in page
    assert "huisarts" not in page
    (key,) = re.findall(r'name="agenda" value="(\d+)"', page)
    assert "1 afspraak gelezen." not in sent(browser, "weg", agenda=key)
    page = sent(browser, "bestand", files={"bestand": ("agenda.ics", b"PK", "text/calendar")})
    assert "Hier staat geen agenda in." in page


def test_a_large_calendar(browser: TestClient) -> None:
    """A calendar of more than a form may hold is read; one over its limit is refused as that."""
    large = EVENING.replace(b"Bij de huisarts", b"x" * 1_000_000)
    assert "1 afspraak gelezen." in sent(browser, "bestand", files={"bestand": ("agenda.ics", large, "text/calendar")})
    too_large = EVENING.replace(b"Bij de huisarts", b"x" * 5_000_000)
    page = sent(browser, "bestand", files={"bestand": ("agenda.ics", too_large, "text/calendar")})
    assert "Deze agenda is groter dan 5 MB." in page


def test_an_address_of_ours_is_refused(browser: TestClient) -> None:
    """An address that leads to this machine is refused with what to do."""
    for address in ("https://127.0.0.1/1.ics", "webcal://localhost/1.ics", "http://agenda.example/1.ics"):
        assert "Dit adres kunnen we niet gebruiken." in sent(browser, "adres", adres=address)


def test_an_address_for_agreed_moments(browser: TestClient, app: FastAPI) -> None:
    """It is shown once, works without a login, and no longer once it is replaced or ended."""
    outside = TestClient(app, raise_server_exceptions=False)
    (first,) = re.findall(r"(/agenda/[\w-]+\.ics)", sent(browser, "feed", nieuw="true"))
    answer = outside.get(first)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert Calendar.from_ical(answer.content)["METHOD"] == "PUBLISH"
    assert "/agenda/" not in browser.get("/mij/agenda").text.replace("/mij/agenda/", "")
    (second,) = re.findall(r"(/agenda/[\w-]+\.ics)", sent(browser, "feed", nieuw="true"))
    assert outside.get(first).status_code == 401
    assert outside.get(second).status_code == 200
    sent(browser, "feed", nieuw="false")
    assert outside.get(second).status_code == 401


def test_both_languages(browser: TestClient) -> None:
    """The page is whole in Dutch and English."""
    for language in LANGUAGES:
        assert browser.get(f"/mij/agenda?lang={language}").status_code == 200
