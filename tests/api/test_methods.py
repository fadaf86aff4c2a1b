"""Methods on a real server: HEAD is GET without a body, and what an address does not know it says."""

from __future__ import annotations

import http.client
import logging
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from tests.api.conftest import app_in, headers_of
from tests.api.test_rights import every_route
from tests.support.server import warmed

VALUES = {
    "alumnus_id": "A-2", "candidate_id": "A-2", "school": "Noord", "code": "x" * 40, "field": "town",
    "purpose": "guest_lesson",
}  # fmt: skip
"""Parts of an address that are not the id of a request."""
EACH_TIME_NEW = {"date", "x-request-id", "content-length", "set-cookie"}
"""Headers that differ between two answers of GET too, or may: the length of a page holds a random form token."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, str]]:
    """An app and the host and port where a real server answers for it."""
    app = app_in(tmp_path_factory.mktemp("methods"))
    with warmed(app) as address:
        yield app, address.removeprefix("http://")


def addresses(app: FastAPI) -> list[str]:
    """Every address that GET knows, with ids filled in, some files, and one that is not there."""
    routes = [route for route in every_route(app.routes) if isinstance(route, APIRoute) and "GET" in route.methods]
    files = ["/openapi.json", "/static/style.css", "/static/none.css", "/v1/none"]
    return files + [filled(route.path) for route in routes]


def filled(path: str) -> str:
    """The pattern of a route as an address."""
    return re.sub(r"\{(\w+)\}", lambda match: VALUES.get(match[1], "R-1"), path)


class Connection:
    """One connection that is kept alive; `sockets` counts how often it had to be made."""

    def __init__(self, host: str, headers: dict[str, str]) -> None:
        self._connection, self._headers, self.sockets = http.client.HTTPConnection(host), headers, 0

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        self.sockets += self._connection.sock is None
        self._connection.request(method, path, headers={**self._headers, **headers})
        answer = self._connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def close(self) -> None:
        self._connection.close()


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_head_is_get_without_a_body(served: tuple[FastAPI, str], accept: str, caplog: pytest.LogCaptureFixture) -> None:
    """At every address of GET, on one connection: the same status and headers, no body, and nothing in the log."""
    app, host = served
    connection = Connection(host, {**headers_of(app), "Accept": accept})
    tried = 0
    with caplog.at_level(logging.ERROR):
        for path in addresses(app):
            got, headers, body = connection.ask("GET", path)
            head, of_head, nothing = connection.ask("HEAD", path)
            assert (head, nothing) == (got, b""), path
            assert of_head.keys() == headers.keys(), path
            same = headers.keys() - EACH_TIME_NEW
            assert {name: of_head[name] for name in same} == {name: headers[name] for name in same}, path
            if not {"set-cookie"} & headers.keys() and path != "/metrics":
                assert abs(int(of_head["content-length"]) - len(body)) < 8, path
            tried += got == 200
    connection.close()
    assert tried > 10
    assert connection.sockets == 1
    assert not caplog.records


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "PROPFIND", "POST", "DELETE", "PUT"])
def test_a_method_that_an_address_does_not_know_is_405(served: tuple[FastAPI, str], method: str) -> None:
    """`Allow` names what the address does know, in whichever route; nothing is echoed and the connection stays open."""
    app, host = served
    known: dict[str, set[str]] = {}
    for route in every_route(app.routes):
        if isinstance(route, APIRoute):
            known.setdefault(route.path, set()).update(route.methods)
    connection = Connection(host, headers_of(app))
    for path, methods in known.items():
        if method in methods:
            continue
        status, headers, body = connection.ask(method, filled(path), **{"X-Secret": "echo-me"})
        allowed = methods | ({"HEAD"} if "GET" in methods else set())
        assert status == 405, path
        assert set(headers["allow"].split(", ")) >= allowed, path
        assert method not in headers["allow"].split(", "), path
        assert b"echo-me" not in body
    status, headers, _ = connection.ask("DELETE", "/static/style.css")
    connection.close()
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert connection.sockets == 1
