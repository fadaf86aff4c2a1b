"""A list that is asked for again over HTTP: the same answer, without a turn, in two transactions, for whoever may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event

from matcher.policy import COMMAND_LINE, Role
from matcher.services import access, audit
from tests.api.conftest import app_in, headers_of, running

LIST = "/v1/requests/R-1/matches"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    with running(app_in(tmp_path)) as made:
        yield made


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@contextmanager
def begun(app: FastAPI) -> Iterator[list[object]]:
    """The transactions that begin meanwhile."""
    found: list[object] = []
    note, engine = found.append, app.state.held.store._database.engine
    event.listen(engine, "begin", note)
    yield found
    event.remove(engine, "begin", note)


def lines(app: FastAPI) -> int:
    """How many lists the log says were shown."""
    return sum(1 for entry in audit.page(app.state.held.app, COMMAND_LINE, limit=500) if entry.action == "match")


def test_it_needs_no_turn(app: FastAPI, client: TestClient) -> None:
    """While others rank it is answered, and logged; what has to be made waits, as in another language."""
    headers = headers_of(app)
    first = client.get(LIST, headers=headers)
    with app.state.held.slots:
        app.state.held.slots._patience = 0.01
        again = client.get(LIST, headers=headers)
        other = client.get(LIST, headers=headers | {"Accept-Language": "en"})
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Content-Language"] == "nl"
    assert (other.status_code, other.json()["type"]) == (503, "/problems/busy")
    assert client.get(LIST, headers=headers | {"Accept-Language": "en"}).json() != first.json()
    assert lines(app) == 3


def test_it_takes_two_transactions_and_one_more_to_make(app: FastAPI, client: TestClient) -> None:
    """Who asks and for what is one reading, whatever was found is one; the line in the log is written by another."""
    headers = headers_of(app)
    client.get(LIST, headers=headers)
    for path, transactions in ((f"{LIST}?top=3", 3), (f"{LIST}?top=3", 2), ("/v1/requests/R-9/matches", 1)):
        with begun(app) as found:
            client.get(path, headers=headers)
        assert len(found) == transactions, path


def test_it_is_for_whoever_may_at_this_moment(app: FastAPI, client: TestClient) -> None:
    """Not for a role without the right, for another school, nor for a token that was revoked since."""
    headers = headers_of(app, Role.COORDINATOR, "Noord")
    assert client.get(LIST, headers=headers).status_code == 200
    assert client.get(LIST, headers=headers_of(app, Role.ADVISER, "Noord")).status_code == 403
    assert client.get(LIST, headers=headers_of(app, Role.COORDINATOR, "Zuid")).status_code == 404
    held = app.state.held.app
    for token in access.tokens(held, COMMAND_LINE):
        access.revoke_token(held, COMMAND_LINE, token.key)
    assert client.get(LIST, headers=headers).status_code == 401
    assert lines(app) == 1


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer am_nobody"}, {"Cookie": "other=1"}])
def test_who_is_not_known_is_told_before_anything_else(client: TestClient, headers: dict[str, str]) -> None:
    """Without a token or a session of ours that is what is wrong, whatever else is."""
    assert client.get(f"{LIST}?top=0", headers=headers).status_code == 401
    assert client.get(LIST, headers=headers).status_code == 401


def test_a_session_asks_as_a_token_does(app: FastAPI, client: TestClient) -> None:
    """A browser that logged in with a token gets the same list of the API."""
    headers = headers_of(app, Role.COORDINATOR, "Noord")
    secret = headers["Authorization"].partition(" ")[2]
    entered = client.post("/inloggen/token", data={"token": secret, "naar": "/"}, follow_redirects=False)
    assert entered.status_code == 303
    by_session: Any = client.get(LIST)
    assert by_session.status_code == 200
    assert by_session.content == client.get(LIST, headers=headers).content
