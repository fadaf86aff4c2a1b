"""Drafts of courses on the page, as a file and over the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.kinds import NeedKind
from matcher.domain.places import Coordinates
from matcher.domain.records import Qualification, RecordKind
from matcher.policy import Role
from tests.api.conftest import app_in, browser_of, headers_of, plain, running
from tests.support import stores
from tests.support.region import alumnus


@pytest.fixture
def web(tmp_path: Path) -> Iterator[FastAPI]:
    with running(app_in(tmp_path, login="demo")) as made:
        store = made.state.held.app.store
        stores.write(store, lambda tx: tx.places.add({"pc4:8011": Coordinates(52.51, 6.09)}))
        care = (Qualification("25471", None, 4, None, 2014),)
        wish = {"need_kinds": frozenset({NeedKind.COURSE}), "pc4": "8011", "qualifications": care}
        rows = [alumnus(row, f"P-{row}", "Noord", **wish, needs="Zonnepanelen") for row in range(2, 8)]
        stores.upsert(store, RecordKind.ALUMNI, rows)
        yield made


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PARTNER])
def test_a_draft_is_on_the_page_and_in_a_file(web: FastAPI, role: Role) -> None:
    """The line of the page leads to a file with the document that the API gives."""
    browser = browser_of(web, role)
    html = browser.get("/wensen").text
    assert "Zorg en welzijn" in plain(html)
    assert "zonnepanelen" in plain(html)
    (item,) = TestClient(web, headers=headers_of(web, role, "Noord")).get("/v1/oeapi-drafts").json()["items"]
    answer = browser.get(f"/wensen/{item['courseOfferingId']}")
    assert f'href="/wensen/{item["courseOfferingId"]}"' in html
    assert answer.headers["Content-Disposition"] == 'attachment; filename="concept-zorg-en-welzijn-80.json"'
    assert answer.json() == item
    assert browser.get("/wensen/123e4567-e89b-12d3-a456-426614174000").status_code == 404


def test_the_page_is_led_to(web: FastAPI) -> None:
    """From the figures of a school, and from what an organisation offers."""
    assert 'href="/wensen"' in browser_of(web, Role.COORDINATOR).get("/cijfers").text
    assert 'href="/wensen"' in browser_of(web, Role.PARTNER).get("/aanbod").text
    assert 'href="/wensen"' not in browser_of(web, Role.TEACHER).get("/").text


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ADVISER, Role.PLACEMENT, Role.PRIVACY_OFFICER])
def test_others_get_none(web: FastAPI, role: Role) -> None:
    """Neither the page, nor a file, nor the API."""
    assert browser_of(web, role).get("/wensen").status_code == 403
    assert browser_of(web, role).get("/wensen/123e4567-e89b-12d3-a456-426614174000").status_code == 403
    assert TestClient(web, headers=headers_of(web, role, "Noord")).get("/v1/oeapi-drafts").status_code == 403
