"""What leaves the server tells no one who did not consent: bodies, headers and pages are those of an unknown id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, Role
from matcher.services import privacy
from tests.api.conftest import app_in, headers_of, running
from tests.support import stores
from tests.support.cards import handle
from tests.support.region import ALL, alumnus
from tests.support.worlds import AS_OF

HIDDEN = ("A-5", "A-6", "A-7", "A-9")
"""No consent, paused, an objection; and one who does not offer guest lessons."""
UNKNOWN = "X-9"
UNADVISED = ("A-5", "A-7", "A-8")
"""No consent at all, an objection, no consent to advice."""
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    made = app_in(tmp_path_factory.mktemp("hiding"), rate_refused="100000/hour")
    services = made.state.held.app
    privacy.object_to_ranking(services, COMMAND_LINE, objects=True, alumnus_id="A-7", school="Noord")
    unadvised = replace(alumnus(3, "A-8", consents=ALL - {Purpose.LLO_ADVICE}), may_withdraw=True)
    rows = [alumnus(2, "A-9", offers=frozenset()), unadvised]
    stores.upsert(services.store, RecordKind.ALUMNI, rows)
    with running(made):
        yield made


def program(app: FastAPI, role: Role) -> TestClient:
    return TestClient(app, raise_server_exceptions=False, headers=headers_of(app, role, "Noord"))


def without(answer: Any, id_: str) -> tuple[int, dict[str, str], str]:
    """An answer without the id that was typed, and without what differs from answer to answer."""
    headers = {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "content-length"}}
    return answer.status_code, headers, answer.text.replace(id_, "?")


@pytest.mark.parametrize("role", [Role.TEACHER, Role.PARTNER])
@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/v1/explanations/R-1/{id}", "application/json"),
        ("GET", "/v1/explanations/{id}/C-1", "application/json"),
        ("PUT", "/v1/requests/R-1/conflicts/{id}", "application/json"),
        ("GET", "/waarom?vraag=R-1&kandidaat={id}", "text/html"),
    ],
)
def test_a_hidden_alumnus_is_answered_as_an_unknown_id(
    app: FastAPI, role: Role, method: str, path: str, accept: str
) -> None:
    """The whole answer is the same but for the id that was typed: 404, in a program and on the page."""
    client, store = program(app, role), app.state.held.store
    expected = without(client.request(method, path.format(id=UNKNOWN), headers={"Accept": accept}), UNKNOWN)
    assert expected[0] == 404
    for card in ("a" * 39, "A-1", *(handle(store, "R-1", id_, of="Noord") for id_ in HIDDEN)):
        answer = client.request(method, path.format(id=card), headers={"Accept": accept})
        assert without(answer, card) == expected, card


@pytest.mark.parametrize(
    "path", ["/v1/alumni/{id}/recommendations?for=offerings", "/v1/explanations/C-1/{id}", "/advies/Noord/{id}"]
)
def test_an_adviser_is_told_no_more_of_those_without_consent_to_advice(app: FastAPI, path: str) -> None:
    """By the API and on the page: the answer for an unknown id; those who agreed are opened."""
    client = program(app, Role.ADVISER)
    accept = HTML if path.startswith("/advies") else {}
    expected = without(client.get(path.format(id=UNKNOWN), headers=accept), UNKNOWN)
    assert expected[0] == 404
    for id_ in UNADVISED:
        assert without(client.get(path.format(id=id_), headers=accept), id_) == expected, id_
    assert client.get(path.format(id="A-2"), headers=accept).status_code == 200


def test_the_lists_of_an_adviser_hold_no_one_without_consent_to_advice(app: FastAPI) -> None:
    """Items, total, pages and search; a coordinator has all of them."""
    adviser, coordinator = program(app, Role.ADVISER), program(app, Role.COORDINATOR)
    listed, register = (client.get("/v1/alumni?page_size=200").json() for client in (adviser, coordinator))
    assert {item["id"] for item in register["items"]} - {item["id"] for item in listed["items"]} == set(UNADVISED)
    assert (listed["total"], register["total"]) == (len(listed["items"]), len(register["items"]))
    for id_ in UNADVISED:
        assert f"/advies/Noord/{id_}" not in adviser.get(f"/advies?nummer={id_}", headers=HTML).text
        assert f"/advies/Noord/{id_}" in coordinator.get(f"/advies?nummer={id_}", headers=HTML).text


@pytest.mark.parametrize("role", [Role.TEACHER, Role.PARTNER])
def test_a_card_is_of_today(app: FastAPI, role: Role) -> None:
    """Another day would show who agreed then and does not now: it is refused, the same for every handle and id."""
    lapsed = alumnus(4, "A-30", offers=frozenset(RequestKind), consent_date=AS_OF - timedelta(days=1200))
    stores.upsert(app.state.held.store, RecordKind.ALUMNI, [lapsed])
    client, then = program(app, role), AS_OF - timedelta(days=900)
    card = handle(app.state.held.store, "R-1", "A-30")
    paths = ["/v1/requests/R-1/matches", *(f"/v1/explanations/R-1/{id_}" for id_ in (card, UNKNOWN, "a" * 39))]
    answers = [client.get(f"{path}?as_of={then}") for path in paths]
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert client.get(f"/v1/requests/R-1/matches?as_of={AS_OF}").status_code == 200
    assert client.get(f"/v1/explanations/R-1/{card}").status_code == 404
    coordinator = program(app, Role.COORDINATOR).get(f"/v1/requests/R-1/matches?as_of={then}&top=100")
    assert "A-30" in [match["candidate_id"] for match in coordinator.json()["matches"]]


def test_what_a_coordinator_asks_is_answered_exactly(app: FastAPI) -> None:
    """The rule that each of them fails."""
    client = program(app, Role.COORDINATOR)
    for id_, code in zip(HIDDEN, ("no_consent", "paused", "no_consent", "not_offered"), strict=True):
        rules = client.get(f"/v1/explanations/R-1/{id_}").json()["rules"]
        assert code in [rule["code"] for rule in rules if not rule["passed"]]
