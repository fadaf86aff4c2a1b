"""The pages of a request and of the reply, as a browser uses them: forms, preview, undo, waiting list, closing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from api.invitation_lines import proposed
from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import RecordKind, Request
from matcher.policy import Role
from matcher.repositories.values import Upsert
from tests.api.conftest import app_in, browser_of, headers_of, running
from tests.api.test_rights import enter
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.worlds import AS_OF


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[FastAPI]:
    """The app with the login of the demo."""
    with running(app_in(tmp_path, login="demo")) as made:
        yield made


@pytest.fixture
def teacher(demo: FastAPI) -> TestClient:
    """A browser in which a teacher of Noord is logged in."""
    browser = TestClient(demo, headers={"Accept": "text/html"}, follow_redirects=True)
    browser.post("/inloggen/demo", data={"rol": Role.TEACHER.value, "school": "Noord"})
    return browser


def token(page: str) -> str:
    return str(re.findall(r'name="formulier" value="([^"]+)"', page)[0])


def send(browser: TestClient, page: Response, path: str, **fields: str) -> Response:
    return browser.post(path, data={"formulier": token(page.text), **fields})


def values(page: str, name: str) -> list[str]:
    return [unescape(one) for one in re.findall(rf'name="{name}" value="([^"]*)"', page)]


def made(browser: TestClient, **fields: str) -> Response:
    """The page of a request that was made with the form."""
    form = browser.get("/aanvraag-maken")
    return send(browser, form, "/aanvraag-maken", kind="gastles", title="Gastles wondzorg", **fields)


def invited(browser: TestClient, request: Response, nth: int = 0, **fields: str) -> Response:
    """The page of a request after inviting the nth of its list by the preview."""
    path = request.url.path
    cards = [one for one in values(request.text, "alumnus") if len(one) == 39]
    school = values(request.text, "alumnus_school")[0]
    preview = browser.get(f"{path}/uitnodiging", params={"alumnus": cards[nth], "alumnus_school": school})
    assert preview.status_code == 200
    assert ": None." not in preview.text
    return send(
        browser, preview, f"{path}/uitnodigen", alumnus=cards[nth], alumnus_school=school, what="een gastles", **fields
    )


def link_of(demo: FastAPI, request_id: str) -> str:
    """The link of the mail to the alumnus who was asked for a request."""
    store = demo.state.held.app.store
    key = stores.key_of(store, RecordKind.REQUESTS, request_id, "Noord")
    with store.read() as records:
        (one,) = [one for one in records.invitations.of_request(key) if one.state == "asked"]
    secret = stores.write(store, lambda tx: tx.links.new(one.alumnus_key, f"reply {key}", timedelta(days=14)))
    return f"/antwoord/{secret}"


def test_a_request_is_made_previewed_invited_and_undone(demo: FastAPI, teacher: TestClient) -> None:
    """Each step is seen on the page of the request; the mail has the line of the teacher, until it is undone."""
    page = made(teacher, people="2", period_to="2027-06-30")
    assert page.url.path.startswith("/aanvragen/")
    assert "Nog 2 van 2 plaatsen" in page.text
    page = invited(teacher, page)
    assert "gevraagd" in page.text
    (name,) = [one for one in values(page.text, "alumnus") if len(one) == 39][:1]
    assert "Alumnus 1" in page.text
    assert f">{name}<" not in page.text, "a handle says nothing to anybody"
    request_id = page.url.path.rsplit("/", 1)[1]
    store = demo.state.held.app.store
    key = stores.key_of(store, RecordKind.REQUESTS, request_id, "Noord")
    with store.read() as records:
        (one,) = records.invitations.of_request(key)
    assert one.words is not None
    assert "een gastles" in one.words
    page = send(teacher, page, f"{page.url.path}/terughalen", alumnus=name)
    assert "Teruggehaald." in page.text
    assert "kunnen nog antwoorden" not in page.text
    with store.read() as records:
        assert [one.state.value for one in records.invitations.of_request(key)] == ["undone"]


def test_a_form_with_what_is_not_understood_is_shown_again(teacher: TestClient) -> None:
    """With what was typed, and which field it is; nothing is made."""
    form = teacher.get("/aanvraag-maken")
    page = send(teacher, form, "/aanvraag-maken", kind="gastles", title="Gastles", moments="volgende week")
    assert page.status_code == 422
    assert "Vaste momenten" in page.text
    assert "volgende week" in page.text
    page = send(teacher, form, "/aanvraag-maken", kind="gastles", title=" ")
    assert page.status_code == 422
    assert "Je hebt nog geen aanvraag gemaakt" in teacher.get("/aanvragen").text


def test_a_concept_is_changed_opened_copied_and_withdrawn(teacher: TestClient) -> None:
    """By the pages alone."""
    page = made(teacher, stap="concept")
    path = page.url.path
    request_id = path.rsplit("/", 1)[1]
    assert "nog niemand voor gevraagd" in page.text
    form = teacher.get(f"/aanvraag-wijzigen/{request_id}")
    assert "Gastles wondzorg" in form.text
    page = send(
        teacher, form, f"/aanvraag-wijzigen/{request_id}", kind="gastles", title="Gastles decubitus", people="1"
    )
    assert "Gastles decubitus" in page.text
    page = send(teacher, page, f"{path}/open")
    assert "nog niemand voor gevraagd" not in page.text
    copy = send(teacher, page, f"{path}/kopie")
    assert copy.url.path.startswith("/aanvraag-wijzigen/")
    page = send(teacher, page, f"{path}/intrekken", reden="no_longer_needed")
    assert "ingetrokken" in page.text
    listed = teacher.get("/aanvragen").text
    assert listed.count('<li><a class="nl-link" href="/aanvragen/') == 2


def test_one_change_is_marked_and_the_rest_stays(demo: FastAPI, teacher: TestClient) -> None:
    """What a form does not show is as it was after saving; what it fills in anew is said; days are days."""
    store = demo.state.held.app.store
    asked = {
        "kind": RequestKind.GUEST_LESSON, "title": "Les", "certificate_required": True, "not_wanted": ("thuiszorg",),
        "day_parts": 1 << 4, "period_from": date(2027, 4, 1),
    }  # fmt: skip
    stores.upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-70", "Noord", asked)])
    form = teacher.get("/aanvraag-wijzigen/R-70?ook=thu-morning")
    assert form.text.count("net veranderd") == 1
    assert "Eén ding is veranderd: Dagdelen." in form.text
    assert 'type="date" id="veld-period_from" name="period_from" value="2027-04-01"' in form.text
    assert "dinsdagmiddag; donderdagochtend" in form.text
    sent_ = {"kind": "gastles", "title": "Les", "day_parts": "dinsdagmiddag; donderdagochtend"}
    send(teacher, form, "/aanvraag-wijzigen/R-70", **sent_, period_from="2027-04-01")
    (now,) = stores.find(store, RecordKind.REQUESTS, "R-70", "Noord")
    assert isinstance(now, Request)
    assert (now.certificate_required, now.not_wanted, now.day_parts) == (True, ("thuiszorg",), 1 << 4 | 1 << 9)
    english = teacher.get("/aanvraag-wijzigen/R-70?lang=en").text
    assert '<option value="mag">online is fine too</option>' in english


def test_the_reply_page_shows_how_it_stands(demo: FastAPI, teacher: TestClient) -> None:
    """No account; a yes, which the asker sees, and taking it back, after which the asker sees that."""
    page = invited(teacher, made(teacher, people="1"))
    path, visitor = page.url.path, TestClient(demo, headers={"Accept": "text/html"})
    link = link_of(demo, path.rsplit("/", 1)[1])
    assert "Ja, ik doe mee" in visitor.get(link).text
    answer = visitor.post(link, data={"antwoord": "yes"})
    assert "Je zei ja" in answer.text
    assert "Je zei ja" in visitor.get(link).text
    assert "zei ja" in teacher.get(path).text
    again = visitor.post(link, data={"antwoord": "yes"})
    assert (again.status_code, "Je hebt al geantwoord" in again.text) == (409, True)
    assert "Je trok je ja in" in visitor.post(link, data={"ja": "false"}).text
    assert "trok een ja in" in teacher.get(path).text


def test_what_was_learned_is_shown(demo: FastAPI, teacher: TestClient) -> None:
    """At once, on the page of the answer."""
    page = invited(teacher, made(teacher, people="1"))
    visitor = TestClient(demo, headers={"Accept": "text/html"})
    link = link_of(demo, page.url.path.rsplit("/", 1)[1])
    answer = visitor.post(link, data={"antwoord": "no", "reden": "never_this"})
    assert "Je toestemming voor gastles is ingetrokken" in answer.text


def test_an_answer_to_a_withdrawn_request_is_kept_on_the_page(demo: FastAPI, teacher: TestClient) -> None:
    """Whoever was writing it does not lose the words, and reads why."""
    page = invited(teacher, made(teacher, people="1"))
    path, visitor = page.url.path, TestClient(demo, headers={"Accept": "text/html"})
    link = link_of(demo, path.rsplit("/", 1)[1])
    send(teacher, page, f"{path}/intrekken", reden="other")
    answer = visitor.post(link, data={"antwoord": "yes", "tekst": "ik neem materiaal mee"})
    assert answer.status_code == 409
    assert "ik neem materiaal mee" in answer.text
    assert "Misschien past deze vraag" in answer.text
    assert "ingetrokken" in answer.text


def test_a_request_is_closed_with_two_questions(demo: FastAPI, teacher: TestClient) -> None:
    """Which become a contribution of the alumnus who came."""
    page = invited(teacher, made(teacher, people="1"))
    path = page.url.path
    TestClient(demo).post(link_of(demo, path.rsplit("/", 1)[1]), data={"antwoord": "yes"})
    page = send(teacher, teacher.get(path), f"{path}/afronden", ging="true", studenten="24", hoe="good")
    assert "geweest" in page.text
    store = demo.state.held.app.store
    key = stores.key_of(store, RecordKind.REQUESTS, path.rsplit("/", 1)[1], "Noord")
    with store.read() as records:
        given = [one for one in records.ledger.of_request(key) if one.event is LedgerEvent.CONTRIBUTED]
        assert [(one.on, records.demands.state(key).students) for one in given] == [(AS_OF, 24)]


def test_the_same_by_json(demo: FastAPI) -> None:
    """Made, looked at, asked, put on the waiting list, taken back, withdrawn."""
    client = TestClient(demo)
    headers: dict[str, Any] = headers_of(demo, Role.COORDINATOR, "Noord")
    wish = {"kind": "guest_lesson", "title": "wondzorg", "people": 2, "concept": True}
    made_ = client.post("/v1/requests", json=wish, headers=headers)
    assert made_.status_code == 200, made_.text
    id_ = made_.json()["id"]
    assert client.get(f"/v1/requests/{id_}/standing", headers=headers).json()["state"] == "concept"
    assert client.post(f"/v1/requests/{id_}/open", headers=headers).status_code == 200
    matches = client.get(f"/v1/requests/{id_}/matches", headers=headers).json()["matches"]
    first, second = (one["candidate_id"] for one in matches[:2])
    asked = client.post(f"/v1/requests/{id_}/invitations", json={"alumnus": first}, headers=headers)
    assert asked.json() == {"rank": 1, "waits": False, "proposed": False}
    waits = client.post(f"/v1/requests/{id_}/invitations", json={"alumnus": second, "waits": True}, headers=headers)
    assert waits.json()["waits"] is True
    listed = client.get(f"/v1/requests/{id_}/invitations", headers=headers).json()["invitations"]
    assert [(one["alumnus"], one["state"], one["can_undo"]) for one in listed] == [
        (first, "asked", True), (second, "queued", False),
    ]  # fmt: skip
    undone = client.delete(f"/v1/requests/{id_}/invitations/{first}", headers=headers)
    assert undone.json() == {"undone": True}
    withdrawn = client.post(f"/v1/requests/{id_}/withdraw", json={"reason": "other"}, headers=headers)
    assert withdrawn.status_code == 200
    standing = client.get(f"/v1/requests/{id_}/standing", headers=headers).json()
    assert (standing["state"], [one["step"] for one in standing["steps"]]) == (
        "withdrawn", ["created", "opened", "withdrawn"],
    )  # fmt: skip


# ---- approval, and many at once


def logged_in(app: FastAPI, role: Role) -> TestClient:
    browser = TestClient(app, headers={"Accept": "text/html"}, follow_redirects=True)
    browser.post("/inloggen/demo", data={"rol": role.value, "school": "Noord"})
    return browser


def test_what_a_teacher_proposes_the_coordinator_reads_and_approves(tmp_path: Path) -> None:
    """Both pages say so; before it no mail, after it an ask as any other."""
    with running(app_in(tmp_path, login="demo", approval={"guest_lesson": "coordinator"})) as app:
        teacher, coordinator = logged_in(app, Role.TEACHER), logged_in(app, Role.COORDINATOR)
        page = invited(teacher, made(teacher, people="1"))
        path = page.url.path
        assert "wacht op akkoord" in page.text
        assert "Geef akkoord" not in page.text
        assert stores.mails(app.state.held.app.store) == []
        assert "Wacht op jouw akkoord (0)" in teacher.get("/aanvragen").text
        listed = coordinator.get("/aanvragen?van=approve")
        assert "Wacht op jouw akkoord (1)" in listed.text
        assert path in listed.text
        page = coordinator.get(path)
        assert "een gastles" in page.text
        (name,) = values(page.text[page.text.index("Geef akkoord") - 400 :], "alumnus")[:1]
        page = send(coordinator, page, f"{path}/akkoord", alumnus=name)
        assert "gevraagd" in page.text
        assert [mail.message for mail in stores.mails(app.state.held.app.store)] == ["invited"]
        assert "Niemand wacht op jouw akkoord" in coordinator.get("/aanvragen?van=approve").text


def test_many_are_asked_and_written_to(demo: FastAPI) -> None:
    """From the page of an event: whom, the mail, what came of it, a letter to all who come, attendance."""
    browser = logged_in(demo, Role.COORDINATOR)
    page = send(
        browser,
        browser.get("/aanvraag-maken"),
        "/aanvraag-maken",
        kind="gastles",
        title="wondzorg",
        people="3",
    )
    path = page.url.path
    assert "Vraag er meer tegelijk" in page.text
    choice = browser.get(f"{path}/samen")
    names = values(choice.text, "alumnus")
    assert len(names) >= 3
    done = browser.post(
        f"{path}/samen", data={"formulier": token(choice.text), "alumnus": names[:3], "what": "een avond"}
    )
    assert "3 alumni krijgen een mail" in done.text
    again = browser.post(
        f"{path}/samen", data={"formulier": token(choice.text), "alumnus": names[:1], "what": "een avond"}
    )
    assert "1 kon niet gevraagd worden" in again.text
    store = demo.state.held.app.store
    key = stores.key_of(store, RecordKind.REQUESTS, path.rsplit("/", 1)[1], "Noord")
    with store.read() as records:
        asked = [one.alumnus_key for one in records.invitations.of_request(key)]
    links = stores.write(store, lambda tx: [tx.links.new(one, f"reply {key}", timedelta(days=9)) for one in asked[:2]])
    for secret in links:
        TestClient(demo).post(f"/antwoord/{secret}", data={"antwoord": "yes"})
    page = browser.get(f"{path}/ja")
    page = send(browser, page, f"{path}/brief", tekst="De ingang is achter.")
    assert "De ingang is achter." in page.text
    assert sum(mail.message == "to_all" for mail in stores.mails(store)) == 2
    page = send(browser, page, f"{path}/afronden", ging="true", studenten="", afwezig=values(page.text, "afwezig")[0])
    with store.read() as records:
        assert sum(one.event is LedgerEvent.CONTRIBUTED for one in records.ledger.of_request(key)) == 1


def test_approval_many_and_letters_by_json(tmp_path: Path) -> None:
    """The same without pages."""
    with running(app_in(tmp_path, login="demo", approval={"guest_lesson": "coordinator"})) as app:
        client = TestClient(app)
        coordinator: dict[str, Any] = headers_of(app, Role.COORDINATOR, "Noord")
        teacher: dict[str, Any] = headers_of(app, Role.TEACHER, "Noord")
        wish = {"kind": "guest_lesson", "title": "wondzorg", "people": 3}
        id_ = client.post("/v1/requests", json=wish, headers=coordinator).json()["id"]
        matches = client.get(f"/v1/requests/{id_}/matches", headers=teacher).json()["matches"]
        names = [one["candidate_id"] for one in matches[:2]]
        many = {"alumni": [{"alumnus": one} for one in [*names, "X-1"]]}
        answered = client.post(f"/v1/requests/{id_}/invitations-at-once", json=many, headers=teacher).json()["outcomes"]
        assert [(one["asked"], one["proposed"], one["problem"]) for one in answered] == [
            (False, True, None), (False, True, None), (False, False, "unknown_pair"),
        ]  # fmt: skip
        (first, _) = client.get(f"/v1/requests/{id_}/invitations", headers=coordinator).json()["invitations"]
        approval = f"/v1/requests/{id_}/invitations/{first['alumnus']}/approval"
        assert client.post(approval, headers=teacher).status_code in {404, 422}
        assert client.post(approval, headers=coordinator).json()["waits"] is False
        none = client.post(f"/v1/requests/{id_}/letters", json={"text": "Tot dan."}, headers=coordinator)
        assert (none.status_code, none.json()["type"]) == (422, "/problems/nobody_comes")


@pytest.mark.parametrize(
    ("programme", "told"), [("25480", "Mbo-Verpleegkundige"), ("Eigen opleiding", "Eigen opleiding"), (None, "")]
)
def test_a_mail_names_the_qualification_and_not_its_code(programme: str | None, told: str) -> None:
    """As the register calls it, or the school."""
    asked = Request(request_id="R-1", kind=RequestKind.GUEST_LESSON, title="Gastles", programme=programme)
    assert proposed("nl", asked).for_whom == told


@pytest.fixture
def clock() -> FixedClock:
    """The clock of `moved`."""
    return FixedClock(AS_OF)


@pytest.fixture
def moved(tmp_path: Path, clock: FixedClock) -> Iterator[FastAPI]:
    """The app with a clock that a test moves."""
    with running(app_in(tmp_path, clock=clock, login="demo")) as made:
        yield made


def later(browser: TestClient, clock: FixedClock, days: int) -> None:
    """Some days go by, and the same person logs in again."""
    clock.advance(timedelta(days=days))
    enter(browser, Role.TEACHER)


def test_a_person_reminds_once_and_a_moved_day_is_told(moved: FastAPI, clock: FixedClock) -> None:
    """From the day after the ask there is a button; what did not take place is moved, and stands in a calendar."""
    teacher = browser_of(moved, Role.TEACHER)
    page = made(teacher, people="1", moments="2027-03-16 13:00-15:00")
    assert "Vraag alumni" in teacher.get("/aanvragen?van=school").text
    page = invited(teacher, page)
    path = page.url.path
    assert "Herinner" not in page.text
    later(teacher, clock, days=1)
    page = teacher.get(path)
    (name,) = [one for one in values(page.text, "alumnus") if len(one) == 39][:1]
    assert "Herinner<" in page.text
    page = send(teacher, page, f"{path}/herinneren", alumnus=name)
    assert "Herinnering verstuurd." in page.text
    assert "Eén keer herinnerd." in page.text
    assert "Herinner<" not in page.text
    assert send(teacher, page, f"{path}/herinneren", alumnus=name).status_code == 422
    assert teacher.get(f"{path}/agenda.ics").status_code == 422
    assert TestClient(moved).post(link_of(moved, path.rsplit("/", 1)[1]), data={"antwoord": "yes"}).status_code == 200
    later(teacher, clock, days=15)
    page = teacher.get(path)
    assert "Is het doorgegaan?" in teacher.get("/aanvragen?van=school").text
    assert send(teacher, page, f"{path}/afronden", ging="verzet", dag="morgen").status_code == 422
    page = send(teacher, page, f"{path}/afronden", ging="verzet", dag="2027-03-23", begin="13:00", eind="15:00")
    assert "hoort de nieuwe dag" in page.text
    calendar = teacher.get(f"{path}/agenda.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "20270323T130000" in calendar.text
    assert "Afgesproken" in teacher.get("/aanvragen?van=school").text


def test_a_yes_that_is_taken_back_is_a_red_line(demo: FastAPI, teacher: TestClient) -> None:
    """On the page of the request and in the list: a place is free again."""
    page = invited(teacher, made(teacher, people="1", period_to="2027-06-30"))
    path = page.url.path
    link = link_of(demo, path.rsplit("/", 1)[1])
    for answer in ("yes", "no"):
        assert TestClient(demo).post(link, data={"antwoord": answer}).status_code == 200
    assert "Er is weer een plaats vrij" in teacher.get(path).text
    assert "Iemand trok een ja terug" in teacher.get("/aanvragen").text


def test_two_of_a_list_side_by_side(teacher: TestClient) -> None:
    """With what their rows show; one alone is not compared, and nobody who is not in the list is shown."""
    page = made(teacher, people="2", period_to="2027-06-30")
    chosen = values(page.text, "kies")[:2]
    assert len(chosen) == 2
    address = f"{page.url.path}/vergelijk"
    both = teacher.get(address, params={"kies": chosen}).text
    assert (both.count('<th scope="col">'), "Nodig uit" in both) == (2, True)
    for others in ([], chosen[:1], [chosen[0], "A-1\nNoord"]):
        assert "Kies er twee of drie" in teacher.get(address, params={"kies": others}).text
    searched = teacher.get("/zoeken?q=gastles+wondzorg").text
    asked = {"q": "gastles wondzorg", "kies": values(searched, "kies")[:3]}
    assert teacher.get("/zoeken/vergelijk", params=asked).text.count('<th scope="col">') == len(asked["kies"])


def test_who_was_missed_is_told_below_the_list(teacher: TestClient) -> None:
    """By a word, on both lists; of fewer than five nothing is said."""
    page = made(teacher, people="2", period_to="2027-06-30")
    for address in (page.url.path, "/zoeken?q=gastles+wondzorg"):
        told = teacher.get(address, params={"q": "gastles wondzorg", "mis": "lasser"}).text
        assert "Bij “lasser” horen minder dan vijf alumni die je zou kunnen vragen" in told
        assert "Groepen van minder dan vijf noemen we niet" in told
        assert "Groepen van minder" not in teacher.get(address).text
