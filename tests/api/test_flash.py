"""What was done is told on the next page, and undone from there where that can be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import api.login
import api.web
import matcher.locale
from api.web.flash import UNDONE
from matcher.locale import LANGUAGES, Language, area, lookup
from matcher.policy import Role
from tests.api.conftest import app_in, browser_of, running, sent
from tests.support.fakes import FixedClock

AREA_FILES = [file.stem for file in sorted(Path(matcher.locale.__file__).parent.glob("nl/*.toml"))]
FORM = re.compile(r'<section class="flash".*?</section>', re.DOTALL)


@pytest.fixture
def web(tmp_path: Path, clock: FixedClock) -> Iterator[FastAPI]:
    """The app with the login of the demo."""
    with running(app_in(tmp_path, clock=clock, login="demo")) as made:
        yield made


def undone(browser: TestClient, page: str) -> Any:
    """Presses the button of the line that tells what was done."""
    (line,) = FORM.findall(page)
    action = re.search(r'action="([^"]+)"', line)
    assert action
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', line))
    return browser.post(unescape(action[1]), data=fields, follow_redirects=True)


def handle_in(browser: TestClient) -> str:
    """Whom the first button of R-1 invites."""
    found = re.search(r'name="alumnus" value="([^"]+)"', browser.get("/aanvragen/R-1").text)
    assert found
    return found[1]


def test_an_invitation_is_told_and_taken_back(web: FastAPI) -> None:
    """The line says so, its button takes it back, and the alumnus can be asked again."""
    teacher = browser_of(web, Role.TEACHER)
    page = sent(teacher, "/aanvragen/R-1/uitnodigen", alumnus=handle_in(teacher), school="Noord").text
    assert "Je vraag staat klaar" in page
    back = undone(teacher, page)
    assert back.status_code == 200
    assert "Teruggehaald." in back.text
    assert "Je vraag staat klaar" not in back.text
    assert "Hier is niets terug te halen" in undone(teacher, page).text


def test_what_went_out_is_not_undone_by_the_line(web: FastAPI, clock: FixedClock) -> None:
    """After its minutes the button says that the mail is out, and nothing changes."""
    teacher = browser_of(web, Role.TEACHER)
    page = sent(teacher, "/aanvragen/R-1/uitnodigen", alumnus=handle_in(teacher), school="Noord").text
    clock.advance(web.state.held.app.answer_terms.undo + timedelta(minutes=1))
    late = undone(teacher, page)
    assert late.status_code == 422
    assert "De mail is er al uit" in late.text


def test_undoing_asks_for_the_right_again(web: FastAPI) -> None:
    """The same form of somebody else is refused, whatever the address says."""
    teacher = browser_of(web, Role.TEACHER)
    page = sent(teacher, "/aanvragen/R-1/uitnodigen", alumnus=handle_in(teacher), school="Noord").text
    (line,) = FORM.findall(page)
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', line))
    del fields["formulier"]
    assert sent(browser_of(web, Role.ADVISER), "/aanvragen/R-1/terughalen", **fields).status_code == 403
    assert sent(browser_of(web, Role.TEACHER, "Zuid"), "/aanvragen/R-1/terughalen", **fields).status_code == 404


def test_a_consent_is_turned_back(web: FastAPI) -> None:
    """Both ways."""
    alumnus = browser_of(web, Role.ALUMNUS)
    page = sent(alumnus, "/mij/toestemming", doel="mentor", geef="false").text
    assert "Je bent hiermee gestopt." in page
    again = undone(alumnus, page).text
    assert "Je zei hier ja tegen." in again
    assert "Je bent hiermee gestopt." in undone(alumnus, again).text


@pytest.mark.parametrize("query", ["gedaan=nergens", "gedaan=told.gevraagd", "gedaan=" + "x" * 500, "gedaan={0}"])
def test_a_code_that_is_none_tells_nothing(web: FastAPI, query: str) -> None:
    """Whatever stands in the address is no sentence of ours, and no error."""
    answer = browser_of(web).get(f"/cursussen?{query}")
    assert answer.status_code == 200
    assert 'class="flash"' not in answer.text


def test_an_undo_without_what_it_needs_is_no_button(web: FastAPI) -> None:
    """And another language is asked for without what was done."""
    page = browser_of(web, Role.ALUMNUS).get("/mij?gedaan=toestemming-ja&terug-doel=mentor").text
    (line,) = FORM.findall(page)
    assert "<form" not in line
    assert "gedaan=" not in page


@pytest.mark.parametrize(
    "address",
    [
        "/cursussen?gedaan=gevraagd&terug-alumnus=A-1&terug-school=Noord&terug-alleen=ja",
        "/inlezen?gedaan=ingelezen",
        "/segmenten?gedaan=verstuurd",
    ],
)
def test_an_undo_of_what_the_page_is_not_about_is_no_button(web: FastAPI, address: str) -> None:
    """What was done is told, and there is nothing to press."""
    answer = browser_of(web).get(address)
    assert answer.status_code == 200
    (line,) = FORM.findall(answer.text)
    assert "<form" not in line


FOLDERS = tuple(Path(part.__file__).parent for part in (api.web, api.login))
"""Where pages are."""


def sent_codes() -> set[str]:
    """The codes in the second place of each call of `done`."""
    found = set()
    for file in sorted(file for folder in FOLDERS for file in folder.glob("*.py")):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "done":
                found |= {one.value for one in ast.walk(call.args[1]) if isinstance(one, ast.Constant)}
    return {code for code in found if isinstance(code, str)}


def own_codes(language: Language) -> set[str]:
    """The codes of which the pages of an area have a sentence of their own."""
    return {code for name in AREA_FILES for code in area(language, name).get("flash", {})}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_sentences(language: Language) -> None:
    """Each that a page sends, and each that can be undone; and no sentence is of a code that no page knows."""
    for name in UNDONE:
        where, _, code = name.partition(".")
        assert lookup(language, f"shell.undo.{code}"), name
        assert lookup(language, f"shell.told.{code}" if where == "shell" else f"{where}.flash.{code}"), name
    codes = sent_codes()
    assert len(codes) > 15
    assert codes - (set(area(language, "shell")["told"]) | own_codes(language)) == set()
    sources = "".join(file.read_text("utf-8") for folder in FOLDERS for file in folder.glob("*.py"))
    assert [code for code in area(language, "shell")["told"] if f'"{code}"' not in sources] == []
