"""What one connection may cost: each bound at its edge, on a real server with low bounds."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.api.conftest import headers_of
from tests.support.region import store_in
from tests.support.server import PATIENCE, Server, bounded, is_closed, request_bytes, serving

HEALTH = request_bytes("/health")
LAST = request_bytes("/health", {"Connection": "close"})


@pytest.fixture(scope="module")
def server(app: FastAPI) -> Iterator[Server]:
    """A server with low bounds on sizes and numbers, and time enough."""
    with bounded(app, header_bytes=4096, most_pipelined=3) as running:
        yield running


@pytest.fixture(scope="module")
def hasty(app: FastAPI) -> Iterator[Server]:
    """A server that waits a second for everything."""
    with bounded(app, header_seconds=1.0, body_seconds=1.0, linger_seconds=1.0, send_seconds=1.0) as running:
        yield running


def answers(connection: socket.socket) -> list[tuple[int, dict[str, str], bytes]]:
    """All answers on a connection until the server closes it: status, headers, body."""
    data = b""
    while read := connection.recv(65_536):
        data += read
    received = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        length = int(headers["content-length"])
        received.append((int(first.split()[1]), headers, data[:length]))
        data = data[length:]
    return received


def refusal(connection: socket.socket) -> tuple[int, str, str]:
    """The one answer on a connection, a problem: its status, code and language."""
    ((status, headers, body),) = answers(connection)
    assert headers["content-type"] == "application/problem+json"
    document = json.loads(body)
    assert document["status"] == status
    assert document["detail"].endswith(".")
    return status, document["type"].rpartition("/")[2], headers["content-language"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_header_that_does_not_end_is_cut_off(hasty: Server, language: str) -> None:
    """A client that sends some of its header, and no more, gets 408 after the seconds for it."""
    with hasty.connect() as slow:
        slow.sendall(f"GET /health HTTP/1.1\r\nAccept-Language: {language}\r\nHost: here\r\n".encode())
        assert refusal(slow) == (408, "too_slow", language)


def test_sending_a_byte_now_and_then_gives_no_more_time(hasty: Server) -> None:
    """The clock of a header runs from its begin, whatever comes meanwhile."""
    with hasty.connect() as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\nX: ")
        slow.settimeout(0.05)
        sent, received = 0, b""
        while not received:
            try:
                received = slow.recv(65_536)
            except TimeoutError:
                slow.sendall(b"x")
                sent += 1
            assert sent < PATIENCE / 0.05
        assert received.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("sent", [b"", b"\r\n", HEALTH + b"\r\n"], ids=["nothing", "empty lines", "after an answer"])
def test_a_connection_without_a_request_is_closed(hasty: Server, sent: bytes) -> None:
    """One on which nothing comes, or empty lines, is not kept."""
    with hasty.connect() as idle:
        idle.sendall(sent)
        assert [status for status, _, _ in answers(idle)] == [200] * sent.count(b"GET")


def test_a_header_that_is_too_long_is_refused(server: Server) -> None:
    """In one piece or in many, ended or not; memory for it is bounded."""
    with server.connect() as greedy:
        greedy.sendall(b"GET /health HTTP/1.1\r\nAccept-Language: en\r\nX: " + b"x" * 4096)
        assert refusal(greedy) == (431, "head_too_large", "en")
    with server.connect() as greedy:
        greedy.sendall(b"GET /health HTTP/1.1\r\n" + b"X: 1\r\n" * 100)
        for _ in range(100):
            greedy.sendall(b"X: 1\r\n" * 10)
        assert refusal(greedy) == (431, "head_too_large", "nl")


def test_a_header_at_the_edge_is_answered(server: Server) -> None:
    """Exactly the bytes that are allowed, in two pieces."""
    start = b"GET /health HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX: "
    end = b"\r\n\r\n"
    whole = start + b"x" * (4096 - len(start) - len(end)) + end
    with server.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(whole[:-2])
        client.sendall(whole[-2:])
        assert [status for status, _, _ in answers(client)] == [200]


def test_a_body_that_does_not_come_is_cut_off(hasty: Server, app: FastAPI) -> None:
    """A client that promises a body and sends half gets 408, and no one waited for it."""
    headers = headers_of(app) | {"Content-Length": "100", "Content-Type": "application/json"}
    with hasty.connect() as slow:
        slow.sendall(request_bytes("/v1/matches", headers, "POST") + b'{"kind": ')
        assert refusal(slow) == (408, "too_slow", "nl")


def test_a_body_after_its_refusal_is_not_awaited(hasty: Server) -> None:
    """A body that is too large is refused at once; the connection closes although it never came."""
    with hasty.connect() as greedy:
        greedy.sendall(request_bytes("/v1/matches", {"Content-Length": "10000000"}, "POST"))
        assert [status for status, _, _ in answers(greedy)] == [413]


def test_a_client_that_takes_no_answer_is_dropped(app: FastAPI) -> None:
    """An answer that is not read is not kept in memory: the connection ends after the seconds for it."""
    page = request_bytes("/openapi.json")
    with bounded(app, send_seconds=1.0, most_pipelined=1_000_000) as server:
        with server.connect(receive_buffer=2048) as reader:
            assert is_dropped(reader, page)
        assert_serves(server)


def is_dropped(reader: socket.socket, page: bytes) -> bool:
    """Whether the server ends the connection of a client that asks for pages and reads nothing."""
    watch = select.poll()
    watch.register(reader, select.POLLHUP | select.POLLERR)
    with suppress(ConnectionError):
        reader.sendall(page * 1000)
    return bool(watch.poll(1000 * PATIENCE))


def assert_serves(server: Server) -> None:
    """The server answers a new connection."""
    with server.connect() as client:
        client.sendall(LAST)
        assert [status for status, _, _ in answers(client)] == [200]


def test_more_connections_than_allowed_are_closed_at_once(app: FastAPI) -> None:
    """The sixth of five is closed; the five are served, and when one ends the next is."""
    with bounded(app, most_connections=5) as server, ExitStack() as stack:
        five = [stack.enter_context(server.connect()) for _ in range(5)]
        for connection in five:
            connection.sendall(HEALTH)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        with server.connect() as sixth:
            assert is_closed(sixth)
        five[0].sendall(LAST)
        assert [status for status, _, _ in answers(five[0])] == [200]
        assert_serves(server)


@pytest.mark.parametrize(("requests", "answered"), [(4, True), (5, False)])
def test_requests_that_wait_on_one_connection_are_bounded(server: Server, requests: int, *, answered: bool) -> None:
    """One at work and three that wait; a client that sends more without reading is cut off."""
    with server.connect() as client:
        client.sendall(HEALTH * (requests - 1) + LAST)
        try:
            statuses = [status for status, _, _ in answers(client)]
        except ConnectionError:
            statuses = []
        assert (statuses == [200] * requests) is answered


def test_what_is_no_http_is_a_problem(server: Server) -> None:
    """As every error."""
    with server.connect() as client:
        client.sendall(b"HELLO\r\n\r\n")
        assert refusal(client) == (400, "bad_request", "nl")


@pytest.mark.parametrize("target", ["GET http://here", "CONNECT here:443"])
def test_a_target_without_a_path_is_refused(server: Server, target: str) -> None:
    """It is answered like every request that cannot be read, and not by a connection that just ends."""
    with server.connect() as client:
        client.sendall(f"{target} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
        assert refusal(client) == (400, "bad_request", "nl")


def test_serve_has_these_bounds(tmp_path: Path) -> None:
    """Each worker of `alumnimatch serve` refuses a header without an end, and closes what it refused."""
    store = store_in(tmp_path)
    with serving(tmp_path, store, "--workers", "2") as server, server.connect() as greedy:
        greedy.sendall(b"GET /health HTTP/1.1\r\nX: " + b"x" * 65_536)
        assert refusal(greedy) == (431, "head_too_large", "nl")
    store.close()
