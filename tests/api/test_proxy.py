"""Behind nginx with docs/nginx.conf, over https: what it must stop is stopped there, and the program sees who asks."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from matcher.locale import say
from matcher.policy import Role
from matcher.store.sql_store import SqlStore
from tests.support.nginx import NAME, NoProxy, Proxy, proxy
from tests.support.ports import free_port
from tests.support.region import store_in
from tests.support.server import PATIENCE, is_closed, request_bytes, serving, token_of

FEW = 4
QUICK = {
    "client_header_timeout 10s;": "client_header_timeout 1s;",
    "client_body_timeout 10s;": "client_body_timeout 1s;",
    "limit_conn alumnimatch 200;": f"limit_conn alumnimatch {FEW};",
}
"""What the tests change, so that they need not wait."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """A small region."""
    opened = store_in(tmp_path_factory.mktemp("region"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def nginx(store: SqlStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """`alumnimatch serve` behind nginx, as the guide says."""
    folder = tmp_path_factory.mktemp("proxy")
    with (
        serving(folder, store, base_url=f"https://{NAME}", rate_login="3/minute") as server,
        installed(folder, server.port) as running,
    ):
        yield running


@contextmanager
def installed(folder: Path, behind: int, **options: int) -> Iterator[Proxy]:
    """Nginx in front of this port; the test is skipped where it is not installed, but not in CI."""
    try:
        with proxy(folder, behind, QUICK, **options) as running:
            yield running
    except NoProxy:
        reason = "no nginx: install it (nginx-light of Debian) to run the tests of the proxy"
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


def client_of(nginx: Proxy, source: str = "127.0.0.1", **headers: str) -> httpx2.Client:
    """A client of nginx at this address."""
    transport = httpx2.HTTPTransport(local_address=source, verify=nginx.trust)
    return httpx2.Client(transport=transport, base_url=nginx.address, headers=headers, timeout=PATIENCE)


def connect(nginx: Proxy) -> ssl.SSLSocket:
    """A connection on which anything can be sent."""
    plain = socket.create_connection(("127.0.0.1", nginx.port), PATIENCE)
    return nginx.trust.wrap_socket(plain, server_hostname=NAME)


def test_a_login_over_https_works(nginx: Proxy, store: SqlStore) -> None:
    """A token opens the pages: the cookie is for https and this host alone, the page says that https is to stay."""
    secret = token_of(store)["Authorization"].split()[1]
    with client_of(nginx) as client:
        entered = client.post("/inloggen/token", data={"token": secret})
        assert entered.status_code == 303
        assert entered.headers["Location"] == "/"
        cookie = entered.headers["Set-Cookie"].lower()
        assert cookie.startswith("__host-alumnimatch=")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= {part.strip() for part in cookie.split(";")}
        page = client.get("/sessies", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"].startswith("max-age=")
        assert page.headers["X-Request-ID"]
        assert client.get("/metrics").status_code == 404


def test_http_leads_to_https(nginx: Proxy) -> None:
    """By the name in the configuration, whatever name a client sends."""
    answer = httpx2.get(f"http://127.0.0.1:{nginx.plain_port}/mij?x=1", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{NAME}/mij?x=1")


def test_an_address_is_limited_that_cannot_be_made_up(nginx: Proxy) -> None:
    """X-Forwarded-For from outside counts for nothing: guesses of one address add up, those of another do not."""
    with client_of(nginx, "127.0.0.2", Authorization="Bearer am_wrong") as client:
        guesses = [client.get("/v1/alumni", headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(5)]
        assert [guess.status_code for guess in guesses] == [401, 401, 401, 429, 429]
        forged = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=198.51.100.1", "X-Real-IP": "198.51.100.1"}
        assert client.get("/v1/alumni", headers=forged).status_code == 429
    with client_of(nginx, "127.0.0.3", Authorization="Bearer am_wrong") as other:
        assert other.get("/v1/alumni").status_code == 401


def test_a_client_that_sends_its_header_slowly_is_cut_off(nginx: Proxy) -> None:
    """By nginx: a byte now and then gives no more time, and others are served meanwhile."""
    with connect(nginx) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: match.school.nl\r\nX: ")
        slow.settimeout(0.1)
        cut_off = False
        for _ in range(int(PATIENCE / 0.1)):
            try:
                cut_off = slow.recv(1000) == b""
                break
            except TimeoutError:
                slow.sendall(b"x")
        assert cut_off
    with client_of(nginx) as client:
        assert client.get("/health").status_code == 200


def test_a_body_that_does_not_come_is_cut_off(nginx: Proxy, store: SqlStore) -> None:
    """By nginx, which asks the program nothing before it has the whole."""
    headers = token_of(store) | {"Content-Length": "100", "Host": NAME}
    with connect(nginx) as slow:
        slow.sendall(request_bytes("/v1/matches", headers, "POST") + b"{")
        assert is_closed(slow)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("kilobytes", [257, 513, 10_000])
def test_a_body_that_is_too_large_is_a_problem(nginx: Proxy, kilobytes: int, language: str) -> None:
    """By the program, or by nginx in the same words: it says how much may be sent."""
    with client_of(nginx, **{"Accept-Language": language}) as client:
        answer = client.post("/v1/matches", content=b" " * (kilobytes * 1024))
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    problem = answer.json()
    assert problem["type"] == "/problems/too_large"
    assert problem["detail"] == say(language, "errors.errors.too_large", most=256)  # type: ignore[arg-type]
    assert problem["title"] == say(language, "errors.titles.too_large")  # type: ignore[arg-type]


def test_a_body_of_unknown_length_is_read(nginx: Proxy, store: SqlStore) -> None:
    """A client that sends in pieces is served: nginx tells the program how long the whole is."""

    def pieces() -> Iterator[bytes]:
        yield b'{"kind": "guest_lesson",'
        yield b'"title": "Wondzorg", "school": "Noord"}'

    headers = token_of(store, Role.TEACHER, "Noord") | {"Content-Type": "application/json"}
    with client_of(nginx, **headers) as client:
        assert client.post("/v1/matches", content=pieces()).status_code == 200


def test_connections_of_one_address_are_limited(nginx: Proxy) -> None:
    """The fifth of four at once is told so; another address is served."""
    headers = {"Host": NAME, "Content-Length": "10"}
    start = request_bytes("/inloggen/link", headers, "POST")
    with ExitStack() as stack:
        for _ in range(FEW):
            stack.enter_context(connect(nginx)).sendall(start)
        with client_of(nginx) as fifth, client_of(nginx, "127.0.0.4") as other:
            assert fifth.get("/health").status_code == 429
            assert other.get("/health").status_code == 200


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_program_that_is_down_is_a_problem(tmp_path: Path, language: str) -> None:
    """While the program is not there nginx says in its words when to come back."""
    with installed(tmp_path, free_port(), status=503) as down, client_of(down) as client:
        answer = client.get("/v1/alumni", headers={"Accept-Language": language})
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["detail"] == say(language, "errors.errors.not_ready")  # type: ignore[arg-type]
    assert answer.json()["title"] == say(language, "errors.titles.not_ready")  # type: ignore[arg-type]
