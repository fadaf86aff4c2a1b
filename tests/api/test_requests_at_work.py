"""How large a request may be, how many are at work, and how long one takes: each bound at its edge."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.http.bodies import MOST_BYTES
from api.http.errors import MOST_FIELDS
from api.http.middleware import MOST_ADDRESS, MOST_HEADER
from matcher.ports import Progress
from tests.api.conftest import app_in, headers_of
from tests.support.fakes import HashEncoder
from tests.support.server import bounded, request_bytes, wait_until_warm

RANKING = "/v1/requests/R-1/matches"


class GatedEncoder(HashEncoder):
    """Encodes only when it is let through, and tells how many wait."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.asked = threading.Semaphore(0)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> np.ndarray:
        self.asked.release()
        self.gate.wait()
        return super().encode(texts, progress=progress)


@contextmanager
def at_work(folder: Path, **settings: object) -> Iterator[tuple[TestClient, GatedEncoder]]:
    """A client of an app whose rankings do not end before the gate opens."""
    encoder = GatedEncoder()
    app = app_in(folder, encoder, **settings)
    client = TestClient(app, raise_server_exceptions=False, headers=headers_of(app))
    with client:
        try:
            yield client, encoder
        finally:
            encoder.gate.set()
    app.state.held.store.close()


def _is_answered(response: Response) -> bool:
    return response.status_code != 503


def test_requests_at_work_are_bounded(tmp_path: Path) -> None:
    """While one is at work and one may be, the next gets 503 with Retry-After, and /health answers; then all do."""
    with at_work(tmp_path, requests_at_once=1) as (client, encoder), ThreadPoolExecutor(1) as other:
        # asked again where another request has the place, as those below may while it is on its way
        first = other.submit(lambda: next(filter(_is_answered, iter(lambda: client.get(RANKING), None))))
        assert encoder.asked.acquire(timeout=60)  # perhaps by the first pool: the request may still be on its way
        for language in ("nl", "en"):
            until = time.monotonic() + 60
            while (full := client.get("/v1/requests", headers={"Accept-Language": language})).status_code == 200:
                assert time.monotonic() < until
            assert (full.status_code, full.json()["type"]) == (503, "/problems/crowded")
            assert full.headers["Content-Language"] == language
            assert int(full.headers["Retry-After"]) > 0
        assert client.get("/health").status_code == 200
        encoder.gate.set()
        assert first.result(60).status_code == 200
        assert client.get("/v1/requests").status_code == 200


def test_an_answer_that_takes_too_long_is_a_503(tmp_path: Path) -> None:
    """The client is told; the work goes on, counts as long as it does, and the next answer is a good one."""
    with at_work(tmp_path, answer_seconds=0.5, requests_at_once=1) as (client, encoder):
        late = client.get(RANKING)
        assert (late.status_code, late.json()["type"]) == (503, "/problems/takes_too_long")
        assert int(late.headers["Retry-After"]) > 0
        assert client.get("/v1/requests").json()["type"] == "/problems/crowded"
        encoder.gate.set()
        wait_until_warm()
        answers = iter(lambda: client.get("/v1/requests").status_code, 200)
        assert set(answers) <= {503}
        assert client.get(RANKING).status_code == 200


def test_a_slow_sender_is_not_at_work(tmp_path: Path) -> None:
    """A request whose body is not in yet takes no place of others."""
    app = app_in(tmp_path, requests_at_once=1)
    headers = headers_of(app)
    with bounded(app) as server, server.connect() as slow, server.connect() as other:
        slow.sendall(request_bytes("/v1/matches", headers | {"Content-Length": "99"}, "POST"))
        other.sendall(request_bytes("/v1/requests", headers))
        assert other.recv(12) == b"HTTP/1.1 200"
    app.state.held.store.close()


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        (f"/v1/requests?school={'x' * MOST_ADDRESS}", {}, 414, "address_too_long"),
        (f"/v1/{'x' * MOST_ADDRESS}", {}, 414, "address_too_long"),
        ("/v1/requests", {"X-Much": "x" * MOST_HEADER}, 431, "head_too_large"),
        ("/v1/requests", {"Cookie": "x" * MOST_HEADER}, 431, "head_too_large"),
    ],
)
def test_what_is_too_large_is_refused(
    client: TestClient, path: str, headers: dict[str, str], status: int, code: str, language: str
) -> None:
    """A long address, or large headers, are a problem that says how much is allowed, in both languages."""
    answer = client.get(path, headers=headers | {"Accept-Language": language})
    problem = answer.json()
    assert (answer.status_code, problem["type"], answer.headers["Content-Language"]) == (
        status,
        f"/problems/{code}",
        language,
    )
    assert any(letter.isdigit() for letter in problem["detail"])


def test_a_browser_gets_a_page_of_it(client: TestClient) -> None:
    """Someone with a browser reads a page, not JSON."""
    answer = client.get(f"/zoeken?q={'x' * MOST_ADDRESS}", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (414, "text/html; charset=utf-8")


@pytest.mark.parametrize(("more", "status"), [(0, 404), (1, 414)])
def test_the_edge_of_an_address(client: TestClient, more: int, status: int) -> None:
    """The longest address is looked for, one longer is not."""
    path = "/v1/"
    assert client.get(path + "x" * (MOST_ADDRESS - len(path) + more)).status_code == status


@pytest.mark.parametrize(("size", "status"), [(MOST_BYTES, 422), (MOST_BYTES + 1, 413)])
def test_the_edge_of_a_body(client: TestClient, size: int, status: int) -> None:
    """The largest body is read, one larger is not."""
    assert client.post("/v1/matches", content=b" " * size).status_code == status


@pytest.mark.parametrize("length", ["-1", "1e3", "\u00b2"])
def test_a_length_that_is_no_number_is_refused(client: TestClient, length: str) -> None:
    """As a body that is too large: nothing is read by it."""
    headers = [(b"content-length", length.encode("latin-1"))]
    assert client.request("POST", "/v1/matches", headers=headers).status_code == 413


@pytest.mark.parametrize("depth", [50, 20_000])
def test_deep_json_is_a_problem(client: TestClient, depth: int) -> None:
    """JSON of any depth that fits in a body gives a problem, in no time."""
    body = b'{"kind":' + b"[" * depth + b"]" * depth + b"}"
    answer = client.post("/v1/matches", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("fields", "told"), [(1000, 422), (1001, 400)])
def test_the_fields_of_a_form_are_bounded(client: TestClient, fields: int, told: int) -> None:
    """Starlette reads a thousand, of either kind of form; ours have twenty at most."""
    data = {f"n{number}": "1" for number in range(fields)}
    for options in ({"data": data}, {"files": {name: (None, value) for name, value in data.items()}}):
        answer = client.post("/inloggen/token", **options)  # type: ignore[arg-type]
        assert answer.status_code == told, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("wrong", "named"), [(MOST_FIELDS, MOST_FIELDS), (MOST_FIELDS + 1, MOST_FIELDS)])
def test_the_wrong_fields_that_are_named_are_bounded(client: TestClient, wrong: int, named: int) -> None:
    """The answer to a body full of unknown fields is no larger than a person reads."""
    body = {"kind": "guest_lesson", "title": "Wonden", **{f"x{number}": 1 for number in range(wrong)}}
    assert len(client.post("/v1/matches", json=body).json()["errors"]) == named
