"""Help: a guide for each role in both languages, examples that work, and first steps that can be put away."""

from __future__ import annotations

import json
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.web.helping import GUIDES, PROGRAMS, WORDS
from api.web.tour import STEPS, start_of
from matcher.locale import LANGUAGES, Language
from matcher.policy import LOGIN_ROLES, Role
from tests.api.conftest import browser_of, form_token, plain

EXAMPLE = re.compile(
    r"```http\n(\w+) (\S+)\nAuthorization: Bearer am_\.\.\.\n(?:Content-Type: \S+\n)?(?:\n(.*?)\n)?```", re.DOTALL
)
NAMES = (*(role.value for role in LOGIN_ROLES), WORDS, PROGRAMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_work(client: TestClient, language: Language) -> None:
    """Each request of the page for programs is answered, by the region of the tests; none is left out."""
    text = (GUIDES / language / f"{PROGRAMS}.md").read_text("utf-8")
    examples = EXAMPLE.findall(text)
    assert "`R-1`" in text.partition("```")[0], "it says that the numbers are examples"
    assert len(examples) == text.count("```http") >= 5
    for method, path, body in examples:
        answer = client.request(method, path, json=json.loads(body) if body else None)
        assert answer.status_code == 200, (path, answer.text[:300])
        assert answer.json()


@pytest.mark.parametrize("role", LOGIN_ROLES)
def test_each_role_has_a_guide_with_a_picture(web: FastAPI, role: Role) -> None:
    """Its own at /hulp, in five steps, in both languages; the picture is there, and the words lead to it."""
    browser = browser_of(web, role)
    for language in LANGUAGES:
        page = browser.get(f"/hulp?lang={language}")
        assert page.status_code == 200
        (picture,) = re.findall(r'<img src="([^"]*guide-[^"]+)"', page.text)
        assert browser.get(picture).headers["content-type"] == "image/png"
        assert re.search(r'<img [^>]*alt="[^"]{10,}"', page.text)
        assert len(re.findall(r"<li>\s*<p[^>]*>\s*<strong>|<li><strong>", page.text)) >= STEPS


def test_guides_are_the_same_in_both_languages() -> None:
    """Every page of help has its file in Dutch and English, and there is none besides."""
    for language in LANGUAGES:
        assert {file.stem for file in (GUIDES / language).glob("*.md")} == set(NAMES)


def test_what_is_no_guide_is_not_there(web: FastAPI) -> None:
    """Another role's guide is there for everybody; no file outside the guides is."""
    browser = browser_of(web, Role.TEACHER)
    assert "Hulp voor alumni" in plain(browser.get("/hulp/alumnus?lang=nl").text)
    for name in ("none", "..%2F..%2Fstyle", "command_line"):
        assert browser.get(f"/hulp/{name}").status_code == 404


@pytest.mark.parametrize("role", LOGIN_ROLES)
def test_the_first_steps_are_shown_until_they_are_put_away(web: FastAPI, role: Role) -> None:
    """On the start page of the role, and nowhere once the browser said that it knows them."""
    browser = browser_of(web, role)
    page = browser.get(start_of(role) + "?lang=nl").text
    assert "Nieuw hier? In vijf stappen" in page
    assert 'class="tour' in page
    assert 'class="tour' not in browser.get("/hulp").text
    answer = browser.post("/hulp/rondleiding", data={"formulier": form_token(page)})
    assert answer.status_code == 200
    assert 'class="tour' not in answer.text
    assert 'class="tour' not in browser.get(start_of(role)).text
