"""The pages of the privacy officer and of the administrator: what they show, and what a form of theirs does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.policy import Role
from tests.api.conftest import app_in, browser_of, headers_of, plain, running, sent

ISSUER = "https://login.example/"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pages make back-ups."""
    return tmp_path_factory.mktemp("copies")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[FastAPI]:
    """The app with the login of the demo, a folder for back-ups, and the name of a login service."""
    made = app_in(tmp_path_factory.mktemp("house"), login="demo", backup_dir=folder, oidc_issuer=ISSUER)
    with running(made) as app:
        yield app


def post(browser: TestClient, path: str, **fields: str) -> str:
    """The text of the page after a form was sent."""
    answer = sent(browser, path, **fields)
    assert answer.status_code == 200, answer.text
    return plain(answer.text)


def test_a_privacy_officer_finds_an_entry_and_makes_its_list_once_more(web: FastAPI) -> None:
    """By a filter, then the entry with what it rests on and whom it showed, then both lists: the same."""
    coordinator = browser_of(web)
    assert coordinator.get("/aanvragen/R-1").status_code == 200
    officer = browser_of(web, Role.PRIVACY_OFFICER)
    found = officer.get("/log?rol=coordinator&wat=match").text
    (number,) = set(re.findall(r'"/log/(\d+)"', found))
    entry = plain(officer.get(f"/log/{number}").text)
    assert "Gastles wondzorg" in entry
    assert "guest_lesson@" in entry
    assert "1 A-1 0," in entry
    both = plain(officer.get(f"/log/{number}/opnieuw").text)
    assert "Precies dezelfde lijst" in both
    assert " nee " not in both
    assert set(re.findall(r'"/log/(\d+)"', officer.get("/log?wat=match&wie=A-1").text)) == {number}
    assert "Hier is niets gevonden." in plain(officer.get("/log?wat=match&tot=2020-01-01").text)
    assert officer.get("/log?wie=nobody").status_code == 404
    assert officer.get("/log/999999").status_code == 404
    elsewhere = browser_of(web, Role.PRIVACY_OFFICER, "Zuid")
    assert elsewhere.get(f"/log/{number}/opnieuw").status_code == 404
    links = re.findall(rf'href="(/log/{number}/opnieuw/\d+)"', officer.get(f"/log/{number}/opnieuw").text)
    assert len(links) == len(set(links)) >= 2
    page = officer.get(links[0]).text
    assert "de punten tellen op tot" in plain(page)
    assert "Toen en nu" in plain(page)
    assert 'class="wf"' in page
    assert officer.get(f"/log/{number}/opnieuw/999").status_code == 404
    assert elsewhere.get(links[0]).status_code == 404


def test_the_log_is_checked_with_its_day(web: FastAPI) -> None:
    """Not yet; then when it was, and that all entries are right."""
    officer = browser_of(web, Role.PRIVACY_OFFICER)
    assert "Het logboek is nog niet nagekeken." in plain(officer.get("/log").text)
    assert "Nagekeken: het logboek klopt." in post(officer, "/log/nakijken")
    assert re.search(r"Nagekeken op 1 mrt 2027, \d\d:\d\d: alle \d+ regels kloppen", plain(officer.get("/log").text))


def test_the_report_is_in_counts(web: FastAPI) -> None:
    """Consents with their terms, and no number of an alumnus."""
    page = plain(browser_of(web, Role.PRIVACY_OFFICER).get("/rapport").text)
    assert re.search(r"gastles \d+ 24 maanden|gastles Geldt nu van|gastles", page)
    assert "A-1" not in page


def test_an_administrator_gives_a_role_and_takes_it_away(web: FastAPI) -> None:
    """Somebody stands in the list with the role, and then no more."""
    browser = browser_of(web, Role.ADMINISTRATOR)
    given = post(browser, "/toegang/rol", naam="k.pietersen@school.example", rol="coordinator")
    assert "k.pietersen@school.example alumnicoördinator" in given
    gone = post(browser, "/toegang/rol-weg", naam="k.pietersen@school.example")
    assert "k.pietersen@school.example" not in gone
    assert sent(browser, "/toegang/rol", naam="x", rol="alumnus").status_code == 422


def test_a_token_is_shown_once(web: FastAPI) -> None:
    """Its secret stands on the page that answers, works, is nowhere afterwards, and works no more once ended."""
    browser = browser_of(web, Role.ADMINISTRATOR)
    made = post(browser, "/toegang/token", naam="rooster", rol="teacher")
    (secret,) = re.findall(r"am_[\w-]+", made)
    program = {"Authorization": f"Bearer {secret}"}
    assert browser.get("/v1/requests", headers=program).status_code == 200
    page = browser.get("/toegang").text
    assert secret not in page
    (key,) = re.findall(r'name="token" value="(\d+)"', page)
    assert "beëindigd" in post(browser, "/toegang/token-weg", token=key)
    assert browser.get("/v1/requests", headers=program).status_code == 401


def test_a_back_up_is_made_and_listed_with_its_age(web: FastAPI, folder: Path) -> None:
    """In the folder that is set; a file of another name is none."""
    browser = browser_of(web, Role.ADMINISTRATOR)
    (folder / "notes.backup").write_text("x")
    assert "Er is nog geen back-up." in plain(browser.get("/back-ups").text)
    page = post(browser, "/back-ups")
    (made,) = list(folder.glob("2027*.backup"))
    assert made.name in page
    assert "notes" not in page
    assert "De laatste back-up is van vandaag." in page


def test_settings_stand_there_with_their_meaning_and_without_secrets(tmp_path: Path) -> None:
    """What is set first; a password in an address is hidden."""
    with running(app_in(tmp_path, login="demo", smtp_url="smtp://me:hunter2@127.0.0.1:9")) as app:
        page = browser_of(app, Role.ADMINISTRATOR).get("/instellingen").text
    assert "hunter2" not in page
    assert "ALUMNIMATCH_SMTP_URL" in page
    assert "De mailserver" in page


def test_a_test_mail_waits_in_the_list(web: FastAPI) -> None:
    """Three at most; what is no address is refused."""
    browser = browser_of(web, Role.ADMINISTRATOR)
    for _ in range(3):
        assert "een proefmail van de beheerder" in post(browser, "/post/proef", adres="ict@school.example")
    assert sent(browser, "/post/proef", adres="ict@school.example").status_code == 422
    assert sent(browser, "/post/proef", adres="geen adres").status_code == 422


def test_the_demo_lets_try_roles_and_back_ups(tmp_path: Path) -> None:
    """Without a login service a role is given and taken, and says that it changes nothing; the folder is made."""
    folder = tmp_path / "not" / "there"
    with running(app_in(tmp_path, login="demo", backup_dir=folder)) as app:
        browser = browser_of(app, Role.ADMINISTRATOR)
        given = post(browser, "/toegang/rol", naam="k.pietersen@school.example", rol="coordinator")
        assert "k.pietersen@school.example alumnicoördinator" in given
        assert "maar er verandert niets aan wie er in kan" in given
        assert "k.pietersen@school.example" not in post(browser, "/toegang/rol-weg", naam="k.pietersen@school.example")
        assert "De laatste back-up is van vandaag." in post(browser, "/back-ups")
        assert len(list(folder.glob("*.backup"))) == 1
        assert "De proefmail wacht" in post(browser, "/post/proef", adres="ict@school.example")
        assert "Open als beheerder de bladzijde Toestand" not in plain(browser.get("/toestand").text)


def test_without_a_login_service_no_role_is_given(tmp_path: Path) -> None:
    """An installation with tokens says what is needed, and refuses the form."""
    with running(app_in(tmp_path, login="tokens")) as app:
        browser = TestClient(app, headers={**headers_of(app, Role.ADMINISTRATOR, "Noord"), "Accept": "text/html"})
        page = plain(browser.get("/toegang").text)
    assert "Er is nog geen inlogdienst ingesteld." in page
    assert "Geef iemand een rol" not in page
