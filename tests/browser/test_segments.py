"""The pages of groups and questions in a browser: for everybody, on a telephone, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from matcher.domain.feedback import AnswerForm, Question, link_of
from matcher.domain.kinds import Purpose
from matcher.domain.records import Qualification, RecordKind
from matcher.domain.segments import Criteria
from matcher.policy import Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import feedback, segment_messages, segments
from matcher.services.segment_messages import Draft
from tests.api.conftest import app_in, headers_of
from tests.browser.conftest import open_page
from tests.browser.test_access import HALVES, OPEN_ALL, SMALL, TARGET, violations
from tests.support import stores
from tests.support.server import warmed
from tests.support.worlds import AS_OF

COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")
QUESTIONS = [
    Question(AnswerForm.SCALE, "Hoe goed bereidde je opleiding je voor op je werk?"),
    Question(AnswerForm.CHOICE, "Wat doe je nu?", ("werk", "vervolgopleiding")),
    Question(AnswerForm.TEXT, "Wat kan beter?"),
]
AGREED = {"consents": frozenset({Purpose.FEEDBACK, Purpose.MENTOR}), "consent_date": AS_OF}


@dataclass(frozen=True)
class Site:
    """A server, what its coordinator's browser sends, and the pages."""

    address: str
    headers: dict[str, str]
    pages: tuple[str, ...]
    questions: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A group, a message that waits, questions that are closed with results, and others that are open."""
    made = app_in(tmp_path_factory.mktemp("segments"))
    app = replace(made.state.held.app, sends_mail=True)
    numbers = [f"B-{number}" for number in range(1, 8)]
    rows = [
        Upsert(row, one, "Noord", {"email": f"{one}@voorbeeld.example", **AGREED}) for row, one in enumerate(numbers, 2)
    ]
    stores.upsert(app.store, RecordKind.ALUMNI, rows)
    group = segments.add(app, COORDINATOR, "Iedereen met een heel lange naam voor een groep", Criteria(year_to=2100))
    group = segments.add(app, COORDINATOR, "Allemaal", Criteria())
    form = feedback.add_form(app, COORDINATOR, "Vragen", QUESTIONS, own_words=True)
    paths = []
    for purpose, asked in ((Purpose.MENTOR, ""), (Purpose.FEEDBACK, form.id)):
        draft = Draft(group.id, purpose, "Hoe was je opleiding?", "Hallo,\n\nZeg het ons.", asked)
        paths.append(segment_messages.write(app, COORDINATOR, draft).id)
    asked = segment_messages.approve(app, COORDINATOR, paths[1]).message
    what = (Qualification(crebo="25180", year=2024),)
    secrets = {}
    for one in numbers:
        key = stores.key_of(app.store, RecordKind.ALUMNI, one, "Noord")
        stores.write(app.store, lambda tx, key=key: tx.people.correct(key, "qualifications", what))
        link = link_of(asked.key)
        secrets[one] = stores.write(
            app.store, lambda tx, key=key, link=link: tx.links.new(key, link, timedelta(days=99))
        )
    for one in numbers[1:]:
        feedback.answer_by_link(app, secrets[one], {0: "4", 1: "0", 2: f"Meer praktijk, vooral {one}"})
    headers = headers_of(made, Role.COORDINATOR, "Noord")
    shown = tuple(f"/segmenten/bericht/{one}" for one in paths)
    answer = f"/vijf-vragen/{secrets['B-1']}"
    own = ("/toestemming", "/segmenten", f"/segmenten/{group.id}?doel=feedback", *shown, "/terugkoppeling")
    with warmed(made) as address:
        yield Site(address, headers, (*own, answer, f"/vijf-vragen/{secrets['B-2']}"), answer)


def opened(browser: Browser, site: Site, **options: object) -> Page:
    return open_page(browser, site.address, extra_http_headers=site.headers, **options)


@HALVES
def test_axe_finds_nothing(browser: Browser, site: Site, language: str, scheme: str, every: slice) -> None:
    """On no page, with everything folded open (axe-core, all its rules)."""
    page = opened(browser, site, java_script_enabled=True, bypass_csp=True, color_scheme=scheme)
    found = violations(page, site.pages[every], language)
    page.context.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [320, 768])
def test_no_page_scrolls_sideways(browser: Browser, site: Site, width: int) -> None:
    """Down to 320 pixels; and targets are large enough for a thumb."""
    page = opened(browser, site, java_script_enabled=True, viewport={"width": width, "height": 740})
    for path in site.pages:
        page.goto(path)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(SMALL, TARGET) == [], path
        assert page.get_by_role("heading", level=1).count() == 1, path
    page.context.close()


def test_questions_are_answered_without_scripts(browser: Browser, site: Site) -> None:
    """By their labels, and without an account."""
    page = open_page(browser, site.address, extra_http_headers={})
    page.goto(site.questions)
    page.get_by_role("group", name="1. Hoe goed", exact=False).get_by_label("2").check()
    page.get_by_label("vervolgopleiding").check()
    page.get_by_role("button", name="Verstuur mijn antwoord").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Dankjewel"
    page.context.close()
