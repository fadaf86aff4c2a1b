"""Subscriptions are fetched from the internet alone, within bounds of size and time, and from nowhere else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.calendar_source import HttpsCalendars
from api.public_addresses import is_public
from matcher.errors import InvalidValue

CONTENT = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


class Pages(BaseHTTPRequestHandler):
    """A few addresses."""

    def do_GET(self) -> None:
        """Answers as the path says."""
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/none":
            self.send_error(404)
        elif self.path == "/large":
            self._answer(b"x" * 5_000)
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            self.server.slow.wait(20)  # type: ignore[attr-defined]
        else:
            self.server.hosts.append(self.headers["Host"])  # type: ignore[attr-defined]
            self._answer(CONTENT)

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
        """Nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """A server on this machine."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    made.hosts, made.slow = [], threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.slow.set()  # type: ignore[attr-defined]
    made.shutdown()
    made.server_close()
    thread.join()


def code(url: str, source: HttpsCalendars | None = None) -> str:
    with pytest.raises(InvalidValue) as error:
        (source or HttpsCalendars()).fetch(url)
    return error.value.code


def test_it_fetches_what_is_there(server: ThreadingHTTPServer) -> None:
    """The content as it is, asked by the name in the address; through a redirect too."""
    port = server.server_address[1]
    source = HttpsCalendars(local=True)
    assert source.fetch(f"http://localhost:{port}/agenda.ics?geheim=1#x") == CONTENT
    assert source.fetch(f"http://localhost:{port}/to//agenda.ics") == CONTENT
    assert server.hosts == [f"localhost:{port}"] * 2  # type: ignore[attr-defined]


def test_an_address_of_ours_is_refused(server: ThreadingHTTPServer) -> None:
    """Nothing but https, and no name or number that leads to this machine or a private network, is asked at all."""
    port = server.server_address[1]
    for url in (
        "http://agenda.example/1.ics", "ftp://agenda.example/1.ics", "file:///etc/passwd", "webcal://a.example/1",
        "https://127.0.0.1/1.ics", "https://localhost/1.ics", "https://[::1]/1.ics", "https://10.0.0.1/", "https://0/",
        "https://169.254.169.254/latest/meta-data", "https://2130706433/", "https://0x7f.1/", "https://[::ffff:7f00:1]/",
        "https://user:secret@agenda.example/", f"https://127.0.0.1:{port}/", "https://192.168.1.1/", "", "https://",
        "https://1.1.1.1:22/", "https://[::1", "https://a.example/\r\nX: y", "https://a.example/" + "x" * 3_000,
        "https://[64:ff9b::7f00:1]/", "https://100.64.0.1/",
    ):  # fmt: skip
        assert code(url) == "calendar_address", url
    assert server.hosts == []  # type: ignore[attr-defined]


def test_a_redirect_is_looked_at_too(server: ThreadingHTTPServer) -> None:
    """A redirect to what may not be asked is refused as that; one that never ends is ended."""
    here = f"http://127.0.0.1:{server.server_address[1]}"
    source = HttpsCalendars(local=True)
    assert code(f"{here}/to/file:///etc/passwd", source) == "calendar_address"
    assert code(f"{here}/to//to//to//to//to//agenda.ics", source) == "calendar_unreachable"


def test_size_time_and_answers_are_bounded(server: ThreadingHTTPServer) -> None:
    """What is too large, too slow, not there or no server at all is an error of its own, in time."""
    here = f"http://127.0.0.1:{server.server_address[1]}"
    assert code(f"{here}/none", HttpsCalendars(local=True)) == "calendar_answer"
    assert code(f"{here}/large", HttpsCalendars(local=True, size=1_000)) == "calendar_too_large"
    began = time.monotonic()
    assert code(f"{here}/slow", HttpsCalendars(local=True, seconds=0.3)) == "calendar_unreachable"
    assert time.monotonic() - began < 10
    assert code("http://127.0.0.1:9/", HttpsCalendars(local=True)) == "calendar_unreachable"
    assert code("https://nergens.invalid/") == "calendar_unreachable"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220::25c8:1946", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("172.16.0.1", False), ("192.168.0.1", False), ("169.254.1.1", False), ("224.0.0.1", False),
        ("::1", False), ("fc00::1", False), ("fe80::1", False), ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False),
        ("64:ff9b::a00:1", False), ("64:ff9b:1::a00:1", False), ("fec0::1", False), ("::10.0.0.1", False),
        ("::ffff:0:10.0.0.1", False), ("::ffff:93.184.216.34", True), ("nonsense", False),
    ],
)  # fmt: skip
def test_public_addresses(address: str, public: bool) -> None:
    """Addresses of this machine, private networks, links, groups and mappings of those are not public."""
    assert is_public(address) is public
