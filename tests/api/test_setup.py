"""The pages of setting up: step by step, what follows, what is parked, and the programme on paper."""

from __future__ import annotations

import io

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from matcher.domain.school_settings import STEPS
from matcher.policy import Role
from tests.api.conftest import browser_of, plain, sent


def post(browser: TestClient, path: str, **fields: object) -> str:
    """The page after a form of setting up was sent."""
    answer = sent(browser, path, **fields)
    assert answer.status_code == 200, answer.text
    return plain(answer.text)


def test_each_step_leads_to_the_next_and_the_last_to_the_programme(web: FastAPI) -> None:
    """The first option of every choice; the programme then says what was chosen."""
    browser = browser_of(web, school="Zuid")
    chosen = {
        step: {choice.name: choice.options[0] if choice.options else "coördinator" for choice in choices}
        for step, choices in STEPS.items()
    }
    chosen["privacy"]["contact_mail"] = "fg@noord.example"
    steps = list(STEPS)
    for place, step in enumerate(steps):
        (answer,) = sent(browser, f"/inrichten/{step}", **chosen[step]).history
        following = f"stap={steps[place + 1]}" if place + 1 < len(steps) else "/programma"
        if step == "areas":  # what follows from them is seen first
            following = "stap=areas"
        assert following in answer.headers["location"]
    paper = plain(browser.get("/programma").text)
    assert "Je hebt hier nog niets gekozen." not in paper
    assert "De hele school. Elk team kan aanvragen maken." in paper, "the choice stands beside what follows from it"
    assert "A. Werkkapitaal ja" in paper
    assert "B. Samen met het veld nee" in paper
    assert "Nazorg staat uit, maar is wel een wettelijke taak." in paper


def test_a_closed_area_leaves_menus_forms_and_questions(web: FastAPI) -> None:
    """For everybody of the school; an alumnus still sees, and can take back, a yes of before."""
    coordinator = browser_of(web)
    assert 'name="areas" value="A">' in coordinator.get("/inrichten?stap=areas").text, "nothing is ticked beforehand"
    assert "Gastles wondzorg" in plain(coordinator.get("/").text)
    assert "Jullie school doet nu niets in dit gebied." not in plain(coordinator.get("/nazorg").text)
    assert "Vragen aan alumni" in plain(coordinator.get("/").text)
    assert "4 gebieden zijn nu dicht" in post(coordinator, "/inrichten/areas", areas=["B", "C"])
    figures = plain(coordinator.get("/cijfers").text)
    assert "2 gebieden, elk met een eigen schaal" in figures
    assert "4 gebieden waar jullie niets mee doen" in figures
    home = plain(coordinator.get("/").text)
    assert "Vragen aan alumni" not in home
    assert "Nazorg" not in home
    assert "Gastles wondzorg" not in home, "requests of closed areas are not on the desk"
    assert "Jullie school doet nu niets in dit gebied." in plain(coordinator.get("/nazorg").text)
    importing = plain(coordinator.get("/inlezen").text)
    assert "gastles" not in importing
    assert "Aanvragen (bpv-plaats" in importing
    book = load_workbook(io.BytesIO(coordinator.get("/inlezen/leeg/alumni").content))
    words = {str(cell.value) for page in book.worksheets for row in page.iter_rows() for cell in row}
    assert not [word for word in words if "gastles" in word and "bpv-plaats" in word]
    assert "gastles" not in words
    assert "gastles" not in plain(coordinator.get("/toestemming").text), "nor on the page of consent"
    form = coordinator.get("/aanvraag-maken").text
    assert "bpv-plaats" in form
    assert "gastles" not in form
    shown, _, folded = figures.partition("4 gebieden waar jullie niets mee doen")
    assert "B. Samen met het werkveld" in shown
    for closed in ("A. Alumni als werkkapitaal", "D. Alumni als ambassadeur", "F. Nazorg"):
        assert (closed in shown, closed in folded) == (False, True)
    mine = plain(browser_of(web, Role.ALUMNUS, alumnus="A-2").get("/mij/toestemming").text)
    assert "Je school doet hier nu niets mee. Je ja blijft bewaard." in mine
    post(coordinator, "/inrichten/areas", areas=["A", "B", "C", "D", "E", "F"])
    assert "Vragen aan alumni" in plain(coordinator.get("/").text)


def test_a_question_is_parked_and_answered(web: FastAPI) -> None:
    """With who finds out and for which day; on the programme too, until it is answered; a strange day is refused."""
    browser = browser_of(web)
    page = post(browser, "/inrichten/areas/parkeer", vraag="Wie belt voor nazorg?", wie="teamleider", dag="2027-04-01")
    assert "Wie belt voor nazorg? teamleider, voor 1 apr 2027" in page
    assert "Wie belt voor nazorg?" in plain(browser.get("/programma").text)
    html = browser.get("/inrichten?stap=areas").text
    key = html.split('name="vraag" value="')[1].split('"')[0]
    assert "Wie belt" not in post(browser, "/inrichten/areas/beantwoord", vraag=key)
    assert sent(browser, "/inrichten/areas/parkeer", vraag="x", wie="FG", dag="morgen").status_code == 422
    assert sent(browser, "/inrichten/none").status_code == 422
    assert sent(browser, "/inrichten/areas").status_code == 422


def test_beside_each_choice_stands_the_year(web: FastAPI) -> None:
    """In both languages; each step says what is only an agreement; no term longer than that of the installation."""
    browser = browser_of(web)
    for language, over, agreed in (
        ("nl", "Afgelopen jaar is niemand vaker gevraagd.", "Dit is een afspraak van jullie."),
        ("en", "In the past year nobody was asked more often.", "This is an agreement of yours."),
    ):
        at = f"lang={language}"
        rhythm = plain(browser.get(f"/inrichten?stap=rhythm&{at}").text)
        assert rhythm.count(over) == 4
        assert agreed not in rhythm
        assert agreed in plain(browser.get(f"/inrichten?stap=people&{at}").text)
        binding = plain(browser.get(f"/inrichten?stap=binding&{at}").text)
        assert ("Afgelopen jaar is niemand gevraagd." if language == "nl" else "nobody was asked.") in binding
    browser.get("/inrichten?lang=nl")
    assert "Na 6 maanden" in post(browser, "/inrichten/privacy", keep="6", basis="consent")
    assert "Geen e-mailadres" not in plain(browser.get("/programma").text)
    assert sent(browser, "/inrichten/privacy", contact_mail="fg").status_code == 422
    consent = plain(browser.get("/toestemming").text)
    assert "alleen met toestemming vooraf" in consent


def test_a_privacy_officer_is_led_to_what_is_theirs(web: FastAPI) -> None:
    """At the page of consent too: the counts, in a link that works; a teacher gets none."""
    officer = browser_of(web, Role.PRIVACY_OFFICER)
    refused = officer.get("/toestemming")
    assert refused.status_code == 403
    assert 'href="/rapport"' in refused.text.partition("<main")[2]
    assert officer.get("/rapport").status_code == 200
    teacher = browser_of(web, Role.TEACHER).get("/toestemming")
    assert 'href="/rapport"' not in teacher.text


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ALUMNUS, Role.PRIVACY_OFFICER])
def test_others_do_not_set_up(web: FastAPI, role: Role) -> None:
    """Neither the page nor the programme."""
    browser = browser_of(web, role)
    assert browser.get("/inrichten").status_code == 403
    assert browser.get("/programma").status_code == 403
