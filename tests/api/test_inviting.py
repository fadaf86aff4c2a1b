"""A person invites, an alumnus replies, and only then a name is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind
from matcher.policy import Role
from matcher.repositories.values import Upsert
from tests.api.conftest import SECRETS, app_in, form_token, headers_of, running
from tests.api.test_rights import enter
from tests.support import stores
from tests.support.cards import handle
from tests.support.stores import upsert


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = app_in(tmp_path, login="demo")
    store = made.state.held.store
    job = {"kind": RequestKind.HYBRID_TEACHER, "title": "Hybride docent wondzorg"}
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-9", "Noord", job)])
    offers = frozenset({RequestKind.HYBRID_TEACHER, RequestKind.GUEST_LESSON})
    rows = [Upsert(place, f"A-{place}", "Noord", {"offers": offers}) for place in (1, 2, 4)]
    upsert(store, RecordKind.ALUMNI, rows)
    with running(made):
        yield made


def alumnus(app: FastAPI, id_: str) -> TestClient:
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    enter(browser, Role.ALUMNUS, alumnus=id_)
    return browser


def card(app: FastAPI, id_: str, school: str = "Noord", request_id: str = "R-1") -> str:
    return handle(app.state.held.app.store, request_id, id_, of=school)


def answer(browser: TestClient, yes: bool) -> int:
    page = browser.get("/mij").text
    (key,) = set(re.findall(r'name="vraag" value="(\d+)"', page))
    data = {"formulier": form_token(page), "vraag": key, "ja": str(yes).lower()}
    return browser.post("/mij/antwoord", data=data, follow_redirects=False).status_code


def test_a_name_is_seen_after_a_yes_only(app: FastAPI, teacher: TestClient) -> None:
    """Invited: nothing yet. After yes: name and address for the person who asked, in the log, and for nobody else."""
    helpers = "/v1/requests/R-1/helpers"
    assert teacher.post("/v1/requests/R-1/invitations", json={"alumnus": card(app, "A-1")}).json()["rank"] == 1
    assert teacher.get(helpers).json() == {"helpers": []}
    me = alumnus(app, "A-1")
    assert "Gastles wondzorg" in me.get("/mij").text
    assert answer(me, yes=True) == 303
    assert "Wat je hebt afgesproken" in me.get("/mij").text
    (helper,) = teacher.get(helpers).json()["helpers"]
    assert helper["contact"]["email"] == SECRETS[2]
    (entry,) = stores.log(app.state.held.store, limit=1)
    assert (entry.action, len(entry.details["alumni"])) == ("contact", 1)
    for role, school in ((Role.TEACHER, "Zuid"), (Role.ADVISER, "Noord"), (Role.ADMINISTRATOR, "Noord")):
        assert teacher.get(helpers, headers=headers_of(app, role, school)).status_code in {403, 404}


@pytest.mark.parametrize("stops", [{"doel": "guest_lesson", "geef": "false"}, {"bezwaar": "true"}])
def test_a_name_goes_with_consent(app: FastAPI, teacher: TestClient, stops: dict[str, str]) -> None:
    """Who said yes and then withdraws consent, or objects, is no longer shown; nothing is in the log of not showing."""
    teacher.post("/v1/requests/R-1/invitations", json={"alumnus": card(app, "A-1")})
    me = alumnus(app, "A-1")
    assert answer(me, yes=True) == 303
    assert len(teacher.get("/v1/requests/R-1/helpers").json()["helpers"]) == 1
    path = "/mij/bezwaar" if "bezwaar" in stops else "/mij/toestemming"
    data = {"formulier": form_token(me.get("/mij").text), **stops}
    assert me.post(path, data=data, follow_redirects=False).status_code == 303
    (last,) = stores.log(app.state.held.store, limit=1)
    assert teacher.get("/v1/requests/R-1/helpers").json() == {"helpers": []}
    assert stores.log(app.state.held.store, limit=1) == [last]


def test_a_request_of_no_school_is_not_a_schools(app: FastAPI, teacher: TestClient) -> None:
    """Nobody of a school sees it, asks why about it, or invites for it."""
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg"}
    upsert(app.state.held.store, RecordKind.REQUESTS, [Upsert(2, "R-0", "", lesson)])
    assert teacher.get("/v1/requests/R-0/matches").status_code == 404
    assert teacher.get("/v1/explanations/R-0/A-1").status_code == 404
    assert teacher.post("/v1/requests/R-0/invitations", json={"alumnus": "A-1"}).status_code == 404


def test_a_full_request_stays_within_reach(app: FastAPI, teacher: TestClient) -> None:
    """After the yes that fills it: on the home page with its name, and its own page says that it is full."""
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    enter(browser, Role.TEACHER)
    assert "/aanvragen/R-1/ja" not in browser.get("/").text
    nobody = browser.get("/aanvragen/R-1/ja?school=Noord").text
    assert "Er zei nog niemand ja." in nobody
    assert "Dat je deze gegevens bekeek, staat in het logboek." not in nobody, "nothing was shown"
    upsert(app.state.held.store, RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", {"people": 1})])
    teacher.post("/v1/requests/R-1/invitations", json={"alumnus": card(app, "A-1")})
    me = alumnus(app, "A-1")
    assert answer(me, yes=True) == 303
    home = browser.get("/").text
    assert "Iemand zei ja" in home
    assert 'href="/aanvragen/R-1/ja?school=Noord"' in home
    helpers = browser.get("/aanvragen/R-1/ja?school=Noord").text
    assert SECRETS[0] in helpers
    assert "Dat je deze gegevens bekeek, staat in het logboek." in helpers
    page = browser.get("/aanvragen/R-1").text
    assert "Deze aanvraag is vol: 1 alumnus zei ja." in page
    assert "niemand" not in page.lower()
    assert "/aanvragen/R-1/ja" not in TestClient(app, headers=headers_of(app, Role.TEACHER, "Zuid")).get("/").text
    assert "Ik kan toch niet" in me.get("/mij").text
    assert answer(me, yes=False) == 303
    assert "/aanvragen/R-1/ja" not in browser.get("/").text
    assert teacher.get("/v1/requests/R-1/helpers").json() == {"helpers": []}
    assert teacher.get("/v1/requests/R-1/matches").json()["matches"], "open again, for others"


def test_a_no_stays_a_no(app: FastAPI, teacher: TestClient) -> None:
    """No name, not in the list of this request any more, and no second answer."""
    teacher.post("/v1/requests/R-1/invitations", json={"alumnus": card(app, "A-1")})
    me = alumnus(app, "A-1")
    assert answer(me, yes=False) == 303
    assert teacher.get("/v1/requests/R-1/helpers").json() == {"helpers": []}
    listed = teacher.get("/v1/requests/R-1/matches?top=50").json()["matches"]
    assert card(app, "A-1") not in {match["candidate_id"] for match in listed}
    page = me.get("/mij").text
    assert 'name="vraag"' not in page
    again = {"formulier": form_token(page), "vraag": "12345", "ja": "true"}
    assert me.post("/mij/antwoord", data=again).status_code == 404


def test_who_is_not_in_the_list_is_not_invited(app: FastAPI, teacher: TestClient) -> None:
    """Without consent, in a pause, hidden, unknown, or by the school's own number: 404 alike. Invited before: 422."""
    post = teacher.post
    unavailable = [card(app, "A-5"), card(app, "A-6"), card(app, "A-20", "Zuid"), "A-1", "A-99"]
    answers = [post("/v1/requests/R-1/invitations", json={"alumnus": id_}) for id_ in unavailable]
    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(404, "/problems/unknown_pair")}
    late = {"alumnus": card(app, "A-4")}
    assert post("/v1/requests/R-1/invitations", json=late).json()["type"] == "/problems/not_in_the_list"
    assert post("/v1/requests/R-1/invitations", json={"alumnus": card(app, "A-1")}).status_code == 200
    twice = post("/v1/requests/R-1/invitations", json={"alumnus": card(app, "A-1")})
    assert (twice.status_code, twice.json()["type"]) == (422, "/problems/invited_already")


def test_for_work_one_sees_others_and_says_why(app: FastAPI, teacher: TestClient) -> None:
    """A hybrid teacher: first the list, and a reason for another than the first; the log has both."""
    path = "/v1/requests/R-9/invitations"
    blind = teacher.post(path, json={"alumnus": card(app, "A-1", request_id="R-9")})
    assert (blind.status_code, blind.json()["type"]) == (422, "/problems/see_others_first")
    matches = teacher.get("/v1/requests/R-9/matches").json()["matches"]
    second = matches[1]["candidate_id"]
    silent = teacher.post(path, json={"alumnus": second})
    assert (silent.status_code, silent.json()["type"]) == (422, "/problems/say_why")
    assert teacher.post(path, json={"alumnus": second, "reason": "experience"}).json()["rank"] == 2
    (entry,) = stores.log(app.state.held.store, limit=1)
    assert (entry.action, entry.details["deviates"], entry.details["reason"]) == ("invite", True, "experience")
    assert teacher.post(path, json={"alumnus": matches[0]["candidate_id"]}).json()["rank"] == 1


def test_it_can_be_done_by_page(app: FastAPI) -> None:
    """The button of a card, what the card then says, and the page with who said yes."""
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    enter(browser, Role.TEACHER)
    page = browser.get("/aanvragen/R-1").text
    data = {"formulier": form_token(page), "alumnus": card(app, "A-1"), "school": "Noord"}
    assert browser.post("/aanvragen/R-1/uitnodigen", data={**data, "formulier": "x"}).status_code == 403
    done = browser.post("/aanvragen/R-1/uitnodigen", data=data)
    assert "Er is nog geen antwoord" in done.text
    assert answer(alumnus(app, "A-1"), yes=True) == 303
    assert "1 alumnus zei ja" in browser.get("/aanvragen/R-1").text
    assert SECRETS[0] in browser.get("/aanvragen/R-1/ja").text
    job = browser.get("/aanvragen/R-9").text
    assert "Bij deze soort vraag gaat het om werk" in job
    first, second = list(dict.fromkeys(re.findall(r'name="alumnus" value="([a-z0-9]{39})"', job)))[:2]
    previews = [
        browser.get("/aanvragen/R-9/uitnodiging", params={"alumnus": one, "alumnus_school": "Noord"}).text
        for one in (first, second)
    ]
    assert ["Waarom niet nummer 1?" in one for one in previews] == [False, True]
