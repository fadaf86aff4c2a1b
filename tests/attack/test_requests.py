"""Any request, valid, invalid or odd, to any page, by any role, gets an answer: no 5xx, no traceback, within 5 s."""

from __future__ import annotations

import json
import random
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest

from matcher.policy import LOGIN_ROLES, Role
from tests.attack.parameters import SLOWEST, amount, dice, say
from tests.attack.server import SCHOOL, Server, serving

pytestmark = pytest.mark.long

ODD = (
    "", " ", ".", "..", "../../etc/passwd", "%", "%00", "%2e%2e%2f", "\x00", "\x7f", "-1", "0", "1e309", "NaN", "null",
    "true", "[]", "{}", "99999999999999999999", "2027-02-30", "2027-03-01", "0001-01-01", "9999-12-31", "٣", "é", "ﬀ",
    "👩‍🏫", "\u202e", "\ufeff", "<b>", "'; --", "{{7*7}}", "${x}", "a" * 300, "a" * 5000, "R-12\r\nX-Odd: 1", "nl",
    "zz", "*", "gastles", "guest_lesson", "alumni", "offerings", "requests", SCHOOL, "school", "\\", "//elders.example",
    "é" * 200,
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "ODD")
HEADERS = {
    "Accept-Language": ("nl", "en", "fr;q=0.1, *", ";;q=", "x" * 300, "nl;q=2"),
    "Accept": ("text/html", "application/json", "*/*;q=0", "text/html;q=x", ""),
    "Content-Type": (
        "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain",
        "application/json; charset=x",
        "multipart/form-data; boundary=", "application/xml", "",
    ),
    "Cookie": ("a=b", "alumnimatch=x", "session=%00", "=;=", "; ; ;"),
    "Range": ("bytes=0-1", "bytes=9-1", "x"),
    "If-None-Match": ("*", '"x"'),
    "X-Forwarded-For": ("1.2.3.4", "x", "::1, 2"),
    "Authorization": ("Bearer x", "Bearer ", "Basic eDp5", "Bearer " + "x" * 4000, "Bearer é"),
    "Origin": ("https://elders.example", "null", "x"),
}  # fmt: skip
BODIES = (
    b"", b"{", b"null", b"[]", b'"x"', b"{}", b'{"kind": "guest_lesson"}', b'{"kind": "guest_lesson", "title": ""}',
    b"\xff\xfe",
    b"[" * 900 + b"]" * 900, b'{"a":' * 500 + b"1" + b"}" * 500, b"x" * 300_000, b'{"title": "\\ud800"}',
    b"a=1&a=2&=&&",
    b'{"top": 1e400}', b'{"top": 123456789012345678901234567890}', b"rol=teacher", b"--x\r\n\r\n--x--",
)  # fmt: skip
KINDS = {
    "request": "requests",
    "query": "requests",
    "offering": "offerings",
    "alumnus": "alumni",
    "candidate": "alumni",
}
"""Which records a parameter with this word in its name is about."""
SHOWN = 30
"""Failures that are printed."""


class Forms(HTMLParser):
    """The forms and links of a page: where they lead, and the fields with their values."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("method", "get").upper(), given.get("action", "/"), {}))
        elif tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"])
        elif self.forms and given.get("name"):
            self.forms[-1][2].setdefault(given["name"], given.get("value", ""))


class Attacker:
    """Sends requests as any role and remembers what failed."""

    def __init__(self, server: Server, roll: random.Random, ids: dict[str, list[str]], paths: list[str]) -> None:
        self._server, self._roll, self._ids, self._paths = server, roll, ids, paths
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []
        self.slowest = 0.0
        self._programs = [self._client(f"Bearer {token}") for token in server.tokens.values()] + [self._client()]
        self._browsers = {role: self._client() for role in LOGIN_ROLES}
        self._pages: dict[Role, Forms] = {}
        for role in LOGIN_ROLES:
            self._log_in(role)

    def close(self) -> None:
        """Closes every connection."""
        for client in (*self._programs, *self._browsers.values()):
            client.close()

    def _client(self, authorization: str = "") -> httpx2.Client:
        headers = {"Authorization": authorization} if authorization else {}
        limits = httpx2.Limits(keepalive_expiry=1)  # uvicorn closes after five: no request meets a closing connection
        return httpx2.Client(base_url=self._server.address, headers=headers, timeout=6 * SLOWEST, limits=limits)

    @property
    def sent(self) -> int:
        return self.statuses.total()

    def _log_in(self, role: Role) -> None:
        fields = {"rol": role.value, "school": SCHOOL, "alumnus": self._roll.choice(self._ids["alumni"])}
        self._send(self._browsers[role], "POST", "/inloggen/demo", data=fields)
        self._open(role, "/mij" if role is Role.ALUMNUS else "/")

    def _open(self, role: Role, path: str) -> None:
        answer = self._send(self._browsers[role], "GET", path)
        if answer is not None and answer.status_code == 200 and "html" in answer.headers.get("content-type", ""):
            self._pages[role] = Forms(answer.text)

    def _send(self, client: httpx2.Client, method: str, path: str, **more: Any) -> httpx2.Response | None:
        """One request; None where the client itself cannot send it, or there was no answer."""
        began = time.monotonic()
        name = f"{method} {path[:120]!r}"
        try:
            request = client.build_request(method, path, **more)
        except (ValueError, TypeError, UnicodeError, httpx2.InvalidURL):
            return None
        try:
            answer = client.send(request)
        except (httpx2.LocalProtocolError, UnicodeError):
            return None
        except httpx2.TransportError as error:
            self.statuses[0] += 1
            self.failures.append(f"{name}: {type(error).__name__}, no answer")
            return None
        seconds = time.monotonic() - began
        self.slowest = max(self.slowest, seconds)
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self.failures.append(f"{name}: {answer.status_code}")
        if seconds > SLOWEST:
            self.failures.append(f"{name}: {seconds:.1f} s")
        return answer

    def program(self, case: Any) -> None:
        """A request of the API as Schemathesis made it, half of the time about records that there are."""
        path = case.path
        for name, value in (case.path_parameters or {}).items():
            given = quote(self._known(name), safe="") if self._roll.random() < 0.5 else str(value)
            path = path.replace(f"{{{name}}}", given)
        more: dict[str, Any] = {"params": _flat(case.query), "headers": _plain(case.headers)}
        if isinstance(case.body, dict | list | str | int | float | bool) or case.body is None:
            more["content"] = json.dumps(case.body).encode()
            more["headers"].setdefault("Content-Type", "application/json")
        self._send(self._roll.choice(self._programs), case.method.upper(), path, **more)

    def _known(self, name: str) -> str:
        kind = next((kind for word, kind in KINDS.items() if word in name), None)
        return self._roll.choice(self._ids[kind or self._roll.choice(list(self._ids))])

    def browse(self) -> None:
        """Opens a page, follows a link or sends a form with other values, as some role."""
        role = self._roll.choice(LOGIN_ROLES)
        page, chance = self._pages.get(role), self._roll.random()
        if page is None or chance < 0.02:
            self._log_in(role)
        elif chance < 0.35 and page.links:
            self._open(role, self._roll.choice(page.links))
        elif chance < 0.65 and page.forms:
            self._fill_in(role, *self._roll.choice(page.forms))
        else:
            self._open(role, self._address())

    def _fill_in(self, role: Role, method: str, action: str, fields: dict[str, str]) -> None:
        values = [(name, self._value(value)) for name, value in fields.items() if self._roll.random() < 0.95]
        if self._roll.random() < 0.1:
            values += [(self._word(), self._word()), *values[:1]]
        if "formulier" in fields and self._roll.random() < 0.9:
            values = [(name, value) for name, value in values if name != "formulier"]
            values.append(("formulier", fields["formulier"]))
        content = urlencode(values, errors="surrogatepass")
        if method == "GET":
            self._open(role, f"{action}?{content}")
            return
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self._server.address}
        self._send(self._browsers[role], method, action, content=content.encode(), headers=headers)

    def _address(self) -> str:
        path = self._roll.choice(self._paths)
        while "{" in path:
            name = path.partition("{")[2].partition("}")[0]
            given = self._known(name) if self._roll.random() < 0.6 else self._word()
            path = path.replace(f"{{{name}}}", quote(given, safe="", errors="surrogatepass"), 1)
        if self._roll.random() < 0.4:
            names = (
                "naar",
                "q",
                "pagina",
                "soort",
                "school",
                "taal",
                "aanvraag",
                "alumnus",
                "voor",
                "top",
                "peildatum",
            )
            path += "?" + urlencode([(self._roll.choice(names), self._word()) for _ in range(self._roll.randint(1, 3))])
        return path

    def odd(self) -> None:
        """Any method, headers and body at any address."""
        names = self._roll.sample(list(HEADERS), self._roll.randint(0, 3))
        headers = {name: self._roll.choice(HEADERS[name]) for name in names}
        path = self._address()
        if self._roll.random() < 0.2:
            path = "/" + quote(self._word(), safe="/%.", errors="surrogatepass")
        client = self._roll.choice([*self._programs, *self._browsers.values()])
        method = self._roll.choice(METHODS)
        with_body = method not in {"GET", "HEAD", "TRACE"} or self._roll.random() < 0.1
        content = self._roll.choice(BODIES) if with_body else None
        encoded = {name: value.encode("utf-8") for name, value in headers.items()}
        self._send(client, method, path, headers=encoded, content=content)

    def _value(self, value: str) -> str:
        return value if self._roll.random() < 0.5 else self._word()

    def _word(self) -> str:
        chance = self._roll.random()
        if chance < 0.5:
            return self._roll.choice(ODD)
        if chance < 0.75:
            return self._known("")
        letters = string.printable if chance < 0.9 else [chr(self._roll.randint(1, 0xD7FF)) for _ in range(20)]
        return "".join(self._roll.choices(letters, k=self._roll.randint(0, 40)))


def _flat(query: Any) -> list[tuple[str, str]]:
    """The query as pairs of texts."""
    if not isinstance(query, dict):
        return []
    lists = {str(name): value if isinstance(value, list) else [value] for name, value in query.items()}
    return [(name, str(one)) for name, values in lists.items() for one in values]


def _plain(headers: Any) -> dict[str, Any]:
    """The headers that a client can send."""
    return {str(name): str(value).encode("utf-8") for name, value in dict(headers or {}).items() if str(name).isascii()}


def addresses() -> list[str]:
    """The path of every page and route of the program, with the settings of the environment."""
    from fastapi.routing import APIRoute

    from api.app import from_environment
    from tests.api.test_rights import every_route

    app = from_environment()
    app.state.held.app.store.close()
    routes = [route for route in every_route(app.routes) if isinstance(route, APIRoute)]
    return sorted({"/openapi.json", *(route.path for route in routes)})


def known_ids(server: Server) -> dict[str, list[str]]:
    """Some ids of each kind of record."""
    ids: dict[str, list[str]] = {}
    for kind, role in (("alumni", Role.COORDINATOR), ("requests", Role.TEACHER), ("offerings", Role.TEACHER)):
        headers = {"Authorization": f"Bearer {server.tokens[role]}"}
        answer = httpx2.get(f"{server.address}/v1/{kind}", headers=headers, timeout=30).raise_for_status().json()
        (items,) = [value for value in answer.values() if isinstance(value, list)]
        ids[kind] = [str(next(value for name, value in item.items() if name.endswith("id"))) for item in items]
    return ids


def cases(specification: dict[str, Any], count: int, seed: int, send: Callable[[Any], None]) -> None:
    """Valid and invalid cases of every operation, about `count` in all."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from hypothesis.errors import Unsatisfiable

    limits = settings(phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck))

    operations = [found.ok() for found in schemathesis.openapi.from_dict(specification).get_all_operations()]
    modes = list(schemathesis.GenerationMode)
    each = max(1, count // (len(operations) * len(modes)))
    for operation in operations:
        for mode in modes:
            made = given(case=operation.as_strategy(generation_mode=mode))(send)
            with suppress(Unsatisfiable):  # nothing can be wrong with an operation that takes nothing
                seeded(seed)(settings(limits, max_examples=each)(made))()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path) as running:
        yield running


def test_any_request_gets_an_answer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """No 5xx, no traceback in the server's log, nothing over 5 s, and the server is still there."""
    pytest.importorskip("schemathesis", reason="pip install 'alumnimatch[attack]'")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    count, roll = int(amount("REQUESTS", 20_000)), dice("requests")
    attacker = Attacker(server, roll, known_ids(server), addresses())
    specification = httpx2.get(f"{server.address}/openapi.json").json()

    def send(case: Any) -> None:
        attacker.program(case)
        attacker.browse()
        if roll.random() < 0.3:
            attacker.odd()

    began = time.monotonic()
    cases(specification, round(count / 2.5), roll.randrange(2**32), send)
    while attacker.sent < count:
        attacker.browse()
        attacker.odd()
    tracebacks = server.tracebacks()
    for line in [*attacker.failures, *tracebacks][:SHOWN]:
        say(line)
    attacker.close()
    say(f"requests: {attacker.sent} in {time.monotonic() - began:.0f} s, slowest {attacker.slowest:.2f} s")
    say(f"by status: {dict(sorted(attacker.statuses.items()))}")
    say(f"{len(attacker.failures)} failures, {len(tracebacks)} tracebacks")
    assert server.process.poll() is None
    assert (attacker.failures, tracebacks) == ([], [])
