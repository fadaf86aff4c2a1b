"""The menu: what is in the bar, what waits, and that no page is out of reach."""

from __future__ import annotations

import re
from html import unescape
from http import HTTPStatus

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.web.menu import GROUPS, NOUNS, PAGES
from matcher.domain.records import RecordKind
from matcher.locale import LANGUAGES, Language, lookup
from matcher.policy import LOGIN_ROLES, Asker, Role
from matcher.services import invitations, work
from tests.api.conftest import browser_of, form_token
from tests.support import stores
from tests.support.cards import handle
from tests.support.routes import pages

MOST_NOUNS = 4


def links(html: str) -> set[str]:
    """The addresses that a page leads to, without what is asked there."""
    found = re.findall(r'<a [^>]*?href="(/[^"#]*)|<form [^>]*?method="get" action="(/[^"#]*)', html)
    return {unescape(link or form) for link, form in found}


def reached(browser: TestClient) -> set[str]:
    """The addresses that are within two clicks of the home page."""
    first = links(browser.get("/").text)
    second = (links(browser.get(link).text) for link in first if not link.endswith(".json"))
    return {link.partition("?")[0] for link in first.union(*second)} | {"/"}


@pytest.mark.parametrize("role", LOGIN_ROLES)
def test_every_page_is_within_two_clicks(web: FastAPI, role: Role) -> None:
    """Of every role: whatever it may open without naming anything is linked from home, or from a page linked there."""
    browser = browser_of(web, role)
    there = reached(browser)
    answers = {path: browser.get(path, follow_redirects=False) for path in pages(web) if "{" not in path}
    may = {path for path, one in answers.items() if one.status_code == 200 and "html" in one.headers["content-type"]}
    assert len(may) > 2
    assert may - there - {"/inloggen"} == set()


@pytest.mark.parametrize("role", [Role.PRIVACY_OFFICER, Role.ADMINISTRATOR])
def test_no_link_leads_to_a_refusal(web: FastAPI, role: Role) -> None:
    """Of those who see no alumni: what home and the pages linked there lead to may be opened."""
    browser = browser_of(web, role)
    first = {link: browser.get(link) for link in sorted(links(browser.get("/").text))}
    second = {link.partition("?")[0]: link for answer in first.values() for link in links(answer.text)}
    told = [*first.values(), *(browser.get(link) for path, link in second.items() if path not in first)]
    assert [str(one.url) for one in told if one.status_code == HTTPStatus.FORBIDDEN] == []


def test_at_most_four_nouns() -> None:
    """In the bar of each role; and each page of the menu stands in one group or in a bar."""
    assert set(NOUNS) == set(LOGIN_ROLES)
    assert all(1 <= len(names) <= MOST_NOUNS for names in NOUNS.values())
    grouped = [name for names in GROUPS.values() for name in names]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) | {name for names in NOUNS.values() for name in names} == set(PAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_menu_has_its_words(language: Language) -> None:
    """A name and a sentence, in both languages."""
    for name in PAGES:
        assert lookup(language, f"shell.noun.{name}"), name
        assert lookup(language, f"shell.about.{name}"), name


def test_the_bar_counts_what_is_open(web: FastAPI) -> None:
    """One's own open requests stand beside the noun, in a number and in words; a page of an error asks nothing."""
    browser = browser_of(web, Role.TEACHER)
    assert 'class="pip"' not in browser.get("/cursussen").text
    made = browser.post(
        "/aanvraag-maken",
        data={"formulier": form_token(browser.get("/").text), "kind": "gastles", "title": "Les over zorg"},
        follow_redirects=False,
    )
    assert made.status_code == 303
    shown = browser.get("/cursussen").text
    assert 'aria-hidden="true">1</span><span class="hidden">, 1 open</span>' in shown
    assert 'class="pip"' not in browser.get("/aanvragen/R-99").text


def test_the_bar_counts_what_is_to_be_done_today(web: FastAPI) -> None:
    """For the coordinator, on every page, as many as there are lines on the list."""
    browser, held = browser_of(web), web.state.held
    asker = Asker(81, Role.COORDINATOR, "Noord")
    counts = []
    for asked in (False, True):
        if asked:
            teacher = Asker(82, Role.TEACHER, "Noord")
            invitations.invite(held.app, teacher, "R-1", handle(held.store, "R-1", "A-1"))
            alumnus = stores.key_of(held.store, RecordKind.ALUMNI, "A-1", "Noord")
            request = stores.key_of(held.store, RecordKind.REQUESTS, "R-1", "Noord")
            invitations.reply(held.app, Asker(90, Role.ALUMNUS, "Noord", alumnus), request, accepts=False)
        count = len(work.today(held.app, asker).jobs)
        word = "1 ding te doen" if count == 1 else f"{count} dingen te doen"
        for path in ("/", "/cijfers", "/inrichten"):
            assert (f", {word}</span>" in browser.get(path).text) is (count > 0)
        counts.append(count)
    assert counts[1] == counts[0] + 1
