"""The open page of a course: only where that is set, and what it holds for search engines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.records import RecordKind, Registration
from matcher.exchange.catalogue import course_id
from matcher.repositories.values import Upsert
from tests.api.conftest import app_in, plain, running
from tests.support import stores
from tests.support.worlds import AS_OF

TITLE = "Zorg </script><script>alert(1)</script> & meer"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An installation whose courses everybody may see, with a run that is over and one that is to come."""
    with running(app_in(tmp_path_factory.mktemp("open"), open_courses=True)) as made:
        rows = [
            Upsert(2, "W-1", "Wijkschool", {"title": TITLE, "start": AS_OF - timedelta(30)}),
            Upsert(3, "W-2", "Wijkschool", {"title": TITLE, "start": AS_OF + timedelta(30), "price": 95.0, "seats": 8,
                "enrolled": 3, "apply_until": AS_OF + timedelta(9), "url": "javascript:alert(1)"}),
            Upsert(4, "W-3", "Wijkschool", {"title": "Voorbij", "start": AS_OF - timedelta(30)}),
            Upsert(5, "W-4", "Wijkschool", {"title": "Toch niet", "start": AS_OF + timedelta(30), "seats": 2,
                "enrolled": 2, "registration": Registration.CANCELLED}),
        ]  # fmt: skip
        stores.upsert(made.state.held.store, RecordKind.OFFERINGS, rows)
        yield made


def address(app: FastAPI, title: str) -> str:
    """The address of the page of a course."""
    (found,) = {course_id(one) for one in app.state.held.courses() if one.title == title}
    return f"/cursussen/{found}"


def test_everybody_reads_a_course_and_machines_read_its_data(served: FastAPI) -> None:
    """Without a login: the run that is to come, and one script of data that cannot run and holds the same."""
    answer = TestClient(served, headers={"Accept": "text/html"}).get(address(served, TITLE))
    assert answer.status_code == 200
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text, flags=re.DOTALL)
    assert "alert(1)</script>" not in answer.text
    data = json.loads(script)
    assert (data["@type"], data["name"], data["url"]) == ("Course", TITLE, f"http://testserver{address(served, TITLE)}")
    (instance,) = data["hasCourseInstance"]
    assert instance["startDate"] == (AS_OF + timedelta(30)).isoformat()
    assert instance["remainingAttendeeCapacity"] == 5
    assert "url" not in instance
    assert "javascript" not in answer.text
    assert "Meld je aan tot en met" in plain(answer.text)
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


def test_a_run_that_is_called_off_says_so(served: FastAPI) -> None:
    """And not that it is full, or that the day to apply is over."""
    page = plain(TestClient(served, headers={"Accept": "text/html"}).get(address(served, "Toch niet")).text)
    assert "Dit gaat niet door." in page
    assert "aanmelden" not in page
    assert "Er is geen plek meer vrij." not in page


def test_a_course_that_is_over_has_no_page(served: FastAPI) -> None:
    """Nor has one that never was."""
    browser = TestClient(served, headers={"Accept": "text/html"})
    for path in (address(served, "Voorbij"), "/cursussen/123e4567-e89b-12d3-a456-426614174000"):
        assert browser.get(path).status_code == 404
    assert browser.get("/cursussen/x").status_code == 422


def test_pages_of_courses_are_closed_unless_set(web: FastAPI) -> None:
    """Without the setting nobody sees one."""
    assert TestClient(web, headers={"Accept": "text/html"}).get(address(web, "Cursus wondzorg")).status_code == 404
