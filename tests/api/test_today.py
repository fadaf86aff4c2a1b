"""The work list of the coordinator, and how asks are spread, as pages: each thing leads to where it is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.policy import Role
from matcher.repositories.values import Upsert
from tests.api.conftest import app_in, browser_of, plain, running
from tests.support import stores
from tests.support.worlds import AS_OF


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A school with somebody who left, a reply that a person reads, a pair that may be one person, and an ask."""
    app = app_in(tmp_path_factory.mktemp("today"), login="demo")
    store = app.state.held.store
    left = Upsert(2, "A-1", "Noord", {"left_on": AS_OF - timedelta(days=200)})
    twice = [Upsert(row, id_, "Noord", {"email": "een@voorbeeld.example"}) for row, id_ in ((3, "A-3"), (4, "A-4"))]
    stores.upsert(store, RecordKind.ALUMNI, [left, *twice])
    key = stores.key_of(store, RecordKind.ALUMNI, "A-2", "Noord")
    stores.write(store, lambda tx: tx.inbox.doubt(key, None, "doubt", "misschien"))
    asked = LedgerLine(key, None, LedgerEvent.ASKED, AS_OF - timedelta(days=9), school="Noord", team="Zorg")
    stores.write(store, lambda tx: tx.ledger.add(asked))
    with running(app) as made:
        yield made


@pytest.fixture
def browser(web: FastAPI) -> TestClient:
    return browser_of(web)


def jobs(page: str) -> dict[str, str]:
    """The jobs of the list by their words, with where each leads."""
    found = re.findall(r"<h2[^>]*><b>(\d+)</b> ([^<]+)</h2>.*?</p>.*?<a [^>]*href=\"([^\"]+)\"", page, re.DOTALL)
    return {f"{count} {title}": link for count, title, link in found}


def test_the_day_begins_with_what_waits(browser: TestClient) -> None:
    """Each job with its number, and a link to where it is done that this role may open; without a job none of these."""
    page = browser.get("/").text
    found = jobs(page)
    assert found == {
        "1 antwoord dat een mens moet lezen": "/antwoorden",
        "1 oud-student om te bellen": "/nazorg",
        "1 mogelijke dubbele": "/dubbelen",
    }
    assert "Maandag 1 maart 2027. 3 dingen vragen je aandacht." in plain(page)
    for link in found.values():
        assert browser.get(link).status_code == 200
    assert "Er wacht niets op je." in plain(browser_of(browser.app, school="Zuid").get("/").text)  # type: ignore[arg-type]


def test_in_english_too(browser: TestClient) -> None:
    """The same list."""
    page = browser.get("/?lang=en").text
    assert set(jobs(page)) == {
        "1 reply that a person has to read", "1 former student to call", "1 possible duplicate",
    }  # fmt: skip
    assert "Monday 1 March 2027. 3 things need you." in plain(page)


def test_the_balance_leads_to_those_whom_it_counts(browser: TestClient) -> None:
    """A number of the balance is the length of the list behind it, and nobody is in it who cannot be asked."""
    page = browser.get("/").text
    found = re.findall(r'<a class="nl-link" href="(/balans\?[^"]+)">[^<]+</a> <b>(\d+)</b>', page)
    assert len(found) == 3
    assert sum(int(count) for _, count in found) > 0
    for link, count in found:
        listed = browser.get(link.replace("&amp;", "&")).text
        assert listed.count('<span class="id">') == int(count), link
        assert "Alleen wie je kunt vragen." in listed
        assert "A-5" not in listed, "A-5 agreed to nothing"


def test_groups_tell_of_fields_years_and_teams(browser: TestClient) -> None:
    """A diploma of 2014 is of a cohort and a field; the team that asked once stands there, and only here."""
    page = plain(browser.get("/balans/groepen").text)
    assert "tot en met 2016" in page
    assert re.search(r"Zorg 1 1 1", page)
    assert "vakgebied niet bekend" in page
    elsewhere = plain(browser_of(browser.app, school="Zuid").get("/balans/groepen").text)  # type: ignore[arg-type]
    assert "Er is dit jaar nog niet namens een team gevraagd." in elsewhere


def test_a_cohort_becomes_a_segment(browser: TestClient) -> None:
    """The list of a cohort leads to the form of a segment, which has its years filled in."""
    listed = browser.get("/balans?toon=nooit&kan=ja&van=2010&tot=2016").text
    (link,) = re.findall(r'href="(/segmenten\?[^"#]+)', listed)
    form = browser.get(link.replace("&amp;", "&")).text
    assert 'value="2010"' in form
    assert 'value="2016"' in form
    assert "/segmenten?" not in browser.get("/balans?toon=nooit").text


def test_others_have_another_home(web: FastAPI) -> None:
    """A teacher begins with the question, and may not see how asks are spread."""
    teacher = browser_of(web, Role.TEACHER)
    assert "Waarvoor zoek je iemand?" in teacher.get("/").text
    assert teacher.get("/balans/groepen").status_code == 403
