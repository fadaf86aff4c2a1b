"""Every error is an RFC 9457 problem, in the language that was asked for, and says what to do."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from matcher import errors
from matcher.locale import LANGUAGES, Language, area
from matcher.policy import Role
from matcher.ports import Progress
from tests.api.conftest import app_in, headers_of
from tests.api.test_rights import every_route
from tests.support import stores
from tests.support.fakes import HashEncoder
from tests.support.server import wait_until_warm

DAY = "as_of=gisteren"
PROBLEMS = (
    ("GET", "/v1/requests/R-99/matches", 404, "unknown_id"),
    ("GET", "/v1/alumni/A-99/recommendations?for=offerings", 404, "unknown_id"),
    ("GET", "/v1/offerings/C-99/audience", 404, "unknown_id"),
    ("GET", "/v1/explanations/R-99/A-2", 404, "unknown_id"),
    ("GET", "/v1/explanations/R-1/A-99", 404, "unknown_id"),
    ("GET", "/v1/nothing", 404, "route_not_found"),
    ("GET", "/v1/alumni/A-1/recommendations?for=offerings", 409, "ambiguous_id"),
    ("GET", "/v1/explanations/R-1/A-1", 409, "ambiguous_pair"),
    ("GET", "/v1/requests/R-1/matches?top=0", 422, "validation"),
    ("GET", f"/v1/requests/R-1/matches?{DAY}", 422, "validation"),
    ("GET", "/v1/alumni/A-2/recommendations", 422, "validation"),
    ("GET", "/v1/alumni/A-2/recommendations?for=lunch", 422, "validation"),
    ("GET", "/v1/alumni?page=0", 422, "validation"),
    ("POST", "/v1/matches", 422, "validation"),
    ("DELETE", "/v1/alumni", 405, "method_not_allowed"),
    ("TRACE", "/v1/alumni", 405, "method_not_allowed"),
    ("GET", "/v1/matches", 405, "method_not_allowed"),
)


@pytest.mark.parametrize(("method", "path", "status", "code"), PROBLEMS)
def test_errors_are_problems_in_both_languages(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    """Type, title, status, detail and instance are there; the two languages say it differently."""
    told = {}
    for language in ("nl", "en"):
        answer = client.request(method, path, headers={"Accept-Language": language})
        problem = answer.json()
        assert answer.status_code == problem["status"] == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Content-Language"] == language
        assert problem["type"] == f"/problems/{code}"
        assert problem["instance"] == path.partition("?")[0]
        told[language] = (problem["title"], problem["detail"])
    assert all(dutch and english and dutch != english for dutch, english in zip(told["nl"], told["en"], strict=True))


def test_an_ambiguous_id_comes_with_its_choices(client: TestClient) -> None:
    """A-1 exists at two schools: the problem lists them, and each of them solves it."""
    path = "/v1/alumni/A-1/recommendations?for=offerings"
    choices = client.get(path).json()["choices"]
    assert choices == ["Noord", "Zuid"]
    for school in choices:
        assert client.get(f"{path}&school={school}").json()["query"]["school"] == school


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "Gastles"}, "body.kind"),
        ({"kind": "guest_lesson", "title": ""}, "body.title"),
        ({"kind": "guest_lesson", "title": "Gastles", "level": 9}, "body.level"),
        ({"kind": "guest_lesson", "title": "Gastles", "colour": "red"}, "body.colour"),
        ({"kind": "guest_lesson", "title": "Gastles", "day_parts": ["maandag"]}, "body.day_parts.0"),
        ({"kind": "guest_lesson", "title": "Gastles", "postcode": "0123"}, "body.postcode"),
    ],
)
def test_each_wrong_field_is_named(client: TestClient, body: dict[str, object], field: str) -> None:
    """A wrong field is named by its path, with a sentence, and what was typed is not repeated."""
    problem = client.post("/v1/matches", json=body).json()
    assert [item["field"] for item in problem["errors"]] == [field]
    assert problem["errors"][0]["detail"].endswith(".")
    assert "input" not in problem["errors"][0]


def test_broken_json_is_a_problem(client: TestClient) -> None:
    """A body that is no JSON gives 422, not 500."""
    answer = client.post("/v1/matches", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "json_invalid"


def test_a_moment_that_ends_before_it_begins_is_refused(client: TestClient) -> None:
    """Start and end the wrong way round give 422, not 500."""
    moment = {"start": "2027-03-16T15:00", "end": "2027-03-16T13:00"}
    body = {"kind": "guest_lesson", "title": "Gastles", "moments": [moment]}
    problem = client.post("/v1/matches", json=body)
    assert problem.status_code == 422
    assert problem.json()["errors"][0]["code"] == "moment_order"


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    """More than any request of ours needs gives 413, before it is read."""
    answer = client.post("/v1/matches", content=b" " * (257 * 1024))
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_405_says_what_is_allowed(client: TestClient) -> None:
    """The Allow header is there."""
    assert "GET" in client.delete("/v1/alumni").headers["Allow"]


class SlowEncoder(HashEncoder):
    """Encodes only when it is let through."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> np.ndarray:
        self.gate.wait()
        return super().encode(texts, progress=progress)


def test_ready_waits_for_the_first_pool_and_health_does_not(tmp_path: Path) -> None:
    """While the pool is being built /ready is a 503 with Retry-After and /health is 200; then both are 200."""
    encoder = SlowEncoder()
    app = app_in(tmp_path, encoder)
    try:
        with TestClient(app) as client:
            waiting = client.get("/ready", headers={"Accept-Language": "en"})
            assert waiting.status_code == 503
            assert waiting.headers["Content-Type"] == "application/problem+json"
            assert int(waiting.headers["Retry-After"]) > 0
            assert waiting.json()["type"] == "/problems/not_ready"
            assert client.get("/health").json() == {"status": "ok"}
            home = client.get("/", headers={"Accept": "text/html"})
            assert home.status_code == 200
            encoder.gate.set()
            wait_until_warm()
            ready = client.get("/ready")
            assert ready.status_code == 200
            assert ready.json() == {"status": "ready", "revision": stores.revision(app.state.held.store)}
    finally:
        encoder.gate.set()
        app.state.held.store.close()


def test_a_database_that_fails_is_a_503_without_its_secrets(tmp_path: Path) -> None:
    """When the tables are gone the answer is a problem with a remedy, and holds no address of the database."""
    app = app_in(tmp_path)
    try:
        with TestClient(app, raise_server_exceptions=False, headers=headers_of(app)) as client:
            wait_until_warm()
            with closing(sqlite3.connect(tmp_path / "region.db")) as connection:
                connection.execute("ALTER TABLE alumni RENAME TO alumni_gone")
            answer = client.get("/v1/alumni")
            assert answer.status_code == 503
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert int(answer.headers["Retry-After"]) > 0
            assert str(tmp_path) not in answer.text
            assert client.get("/health").status_code == 200
    finally:
        app.state.held.store.close()


@pytest.mark.parametrize(
    ("day", "status"), [("2027-03-01", 200), ("0", 422), ("1e3", 422), ("2027-3-1", 422), ("2027-02-30", 422)]
)
def test_a_day_is_written_out(day: str, status: int, client: TestClient) -> None:
    """A day is yyyy-mm-dd; a number is not taken for seconds since 1970."""
    answer = client.get("/v1/requests/R-1/matches", params={"as_of": day, "school": "Noord"})
    assert answer.status_code == status


def test_a_moment_is_local_time(client: TestClient) -> None:
    """A moment with a time zone is refused, since nobody could tell which clock is meant."""
    asked = {"kind": "guest_lesson", "title": "Wondzorg"}
    moment = {"start": "2027-03-16T13:00", "end": "2027-03-16T15:00"}
    assert client.post("/v1/matches", json=asked | {"moments": [moment]}).status_code == 200
    answer = client.post("/v1/matches", json=asked | {"moments": [moment | {"end": "2027-03-16T15:00Z"}]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "timezone_naive"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": "   "}, "body.title"),
        ({"moments": [{"start": "2027-03-16T13:00", "end": "2027-03-18T15:00"}]}, "body.moments.0"),
        ({"moments": [{"start": "9999-12-31T10:00", "end": "9999-12-31T11:00"}]}, "body.moments.0.start"),
        ({"period_from": "2027-03-16", "period_to": "2027-03-01"}, "body"),
    ],
)
def test_what_cannot_be_asked_is_refused(more: dict[str, object], field: str, client: TestClient) -> None:
    """A moment of years would cost minutes; a request without a title or with its period backwards says nothing."""
    answer = client.post("/v1/matches", json={"kind": "guest_lesson", "title": "Wondzorg"} | more)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("path", ["/v1/explanations/%00/x", "/waarom?vraag=%00&kandidaat=A-1", "/waarom?school=%00"])
def test_a_null_character_is_refused(path: str, client: TestClient) -> None:
    """PostgreSQL cannot hold it, so it never gets there."""
    assert client.get(path).status_code == 422


@pytest.mark.parametrize("path", ["/v1/audit?before=9223372036854775808", "/log?voor=9223372036854775808"])
def test_a_number_that_no_database_holds_is_refused(path: str, app: FastAPI, client: TestClient) -> None:
    """Beyond 64 bits a database answers with an error: it never gets there."""
    officer = headers_of(app, Role.PRIVACY_OFFICER, "Noord")
    assert client.get(path, headers=officer).status_code == 422


def test_every_whole_number_has_its_bounds(app: FastAPI) -> None:
    """Each whole number of an address, a query or a form of any route has a most, below that of the database."""
    numbers = {}
    for route in every_route(app.routes):
        if isinstance(route, APIRoute):
            asked = route.dependant
            for taken in (*asked.query_params, *asked.path_params, *asked.body_params):
                if int in {taken.field_info.annotation, *get_args(taken.field_info.annotation)}:
                    bounds = [getattr(limit, "le", getattr(limit, "lt", None)) for limit in taken.field_info.metadata]
                    numbers[route.path, taken.alias] = max((most for most in bounds if most is not None), default=None)
    assert len(numbers) > 8
    assert {name for name, most in numbers.items() if most is None or most > 2**63} == set()


def test_an_id_with_a_slash_can_be_asked_for(client: TestClient) -> None:
    """Encoded in the address it is part of the id, not a border; the sentence names it as it is."""
    answer = client.get("/v1/explanations/2027%2F01/A%2f77%20%25x", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown_id")
    assert "2027/01" in answer.json()["detail"]
    assert client.get("/advies/ROC%20A%2FB/A-1").status_code == 404


def test_head_is_get_without_a_body(client: TestClient) -> None:
    """As load balancers ask it."""
    answer = client.head("/health")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.head("/v1/nothing").status_code == 404


def test_somebody_who_may_not_be_seen_is_not_shown(client: TestClient) -> None:
    """Neither page nor API tells anything of an alumnus of another school who does not share."""
    asked = {"vraag": "R-1", "kandidaat": "A-1", "school": "Noord", "kandidaat_school": "Zuid"}
    page = client.get("/waarom", params=asked).text
    told = client.get("/v1/explanations/R-1/A-1", params={"school": "Noord", "candidate_school": "Zuid"}).json()
    assert told["visible"] is False
    assert not re.search(r"\bkok\b", page + str(told)), "the function of A-1 at Zuid"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_title_is_of_an_error_that_exists(language: Language) -> None:
    """A title stands under the name of an error class: a class that is renamed would lose its title unnoticed."""
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}
    titles = {name for name in area(language, "errors")["titles"] if name[0].isupper()}
    assert titles
    assert titles <= classes
