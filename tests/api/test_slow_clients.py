"""A client that reads or sends slowly keeps no one else waiting: a real server, real sockets."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.app import create_app
from api.settings import Settings
from matcher.domain.records import RecordKind
from matcher.store.sql_store import SqlStore
from tests.api.test_rights import every_route
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import HashEncoder
from tests.support.region import alumnus, store_in
from tests.support.server import PATIENCE, Server, bounded, request_bytes, serving, token_of, wait_until_warm

MANY = 700
"""Alumni in the list: its JSON is larger than what the buffers between two processes hold."""
LIST = f"/v1/requests/R-1/matches?top={MANY}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """A region with many alumni who fit."""
    opened = store_in(tmp_path_factory.mktemp("slow"))
    rows = [alumnus(row, f"B-{row}", function="wondzorg", skills=("wondzorg",)) for row in range(100, 100 + MANY)]
    stores.upsert(opened, RecordKind.ALUMNI, rows)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server(store: SqlStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which a ranking waits for its turn, for a quarter of a minute."""
    with serving(tmp_path_factory.mktemp("server"), store, rankings_at_once=4, wait_seconds=15) as running:
        yield running


def test_a_slow_reader_stops_no_ranking(server: Server, store: SqlStore) -> None:
    """While a client reads a byte of its long answers now and then, others get theirs: a slot is for work alone."""
    slow, others = token_of(store), token_of(store)
    with server.connect(receive_buffer=2048) as reader:
        reader.sendall(request_bytes(LIST, slow) * 3)
        assert reader.recv(12) == b"HTTP/1.1 200"
        for _ in range(5):
            answer = httpx2.get(f"{server.address}/v1/requests/R-1/matches", headers=others, timeout=PATIENCE)
            assert answer.status_code == 200, answer.text
            assert len(reader.recv(1)) == 1, "the slow client is still being served"


HELD = (
    LIST,
    "/v1/alumni?page_size=200",
    "/v1/people/B-100",
    "/v1/explanations/R-1/B-100",
    "/zoeken?q=wondzorg",
    "/metrics",
)
"""Answers of each kind that reads the database: a ranking, a list, a person, an account, a page, figures."""


@pytest.mark.parametrize("path", HELD)
def test_an_answer_that_is_being_sent_holds_nothing(store: SqlStore, tmp_path: Path, path: str) -> None:
    """Once an answer begins, its request has no connection to the database, no slot and no turn."""
    given = Settings(database_url=str(store._database.engine.url), cache_dir=tmp_path, metrics=True)
    app = create_app(Engine(store, HashEncoder(), store._clock).app, given)
    with bounded(app) as server, server.connect(receive_buffer=2048) as reader:
        assert 200 in iter(lambda: httpx2.get(f"{server.address}/ready", timeout=PATIENCE).status_code, None)
        wait_until_warm()  # what it works out ahead has a connection of its own
        reader.sendall(request_bytes(path, token_of(store)))
        assert reader.recv(12) == b"HTTP/1.1 200"
        assert store._database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        with app.state.held.slots:
            pass


def calls_of(dependant: Dependant) -> Iterator[Dependant]:
    for child in dependant.dependencies:
        yield child
        yield from calls_of(child)


def test_nothing_is_held_while_an_answer_is_sent(app: FastAPI) -> None:
    """A dependency that has something to give back does so when the route returns, on every route of the app."""
    routes = [route for route in every_route(app.routes) if isinstance(route, APIRoute)]
    held = [
        (route.path, child)
        for route in routes
        for child in calls_of(route.dependant)
        if inspect.isgeneratorfunction(child.call) or inspect.isasyncgenfunction(child.call)
    ]
    assert len(held) >= 9, "the routes that rank"
    assert [path for path, child in held if child.scope != "function"] == []
