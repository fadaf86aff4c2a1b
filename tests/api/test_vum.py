"""The VUM profile that an alumnus takes along."""

from __future__ import annotations

from fastapi import FastAPI

from matcher.policy import Role
from tests.api.conftest import SECRETS, browser_of, plain
from tests.support.stores import reading


def test_an_alumnus_takes_the_own_profile_along(web: FastAPI) -> None:
    """The page says what it is for and that nobody gets it; the file is of the asker, and the log has it."""
    browser = browser_of(web, Role.ALUMNUS)
    page = browser.get("/mij/gegevens").text
    assert "wij geven het aan niemand" in plain(page)
    before = reading(web.state.held.app.store).audit.count_actions()["person.read"]
    answer = browser.get("/mij/vum.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="vum-profiel.json"'
    assert answer.json()["emailadres"] == [SECRETS[2]]
    assert SECRETS[0] not in answer.text
    assert reading(web.state.held.app.store).audit.count_actions()["person.read"] > before


def test_nobody_else_takes_it(web: FastAPI) -> None:
    """It is about the asker alone, so it is no page for staff."""
    assert browser_of(web, Role.COORDINATOR).get("/mij/vum.json").status_code in {403, 404}
