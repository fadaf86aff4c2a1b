"""Servers of courses on this machine, with documents of our own: OOAPI v5, OEAPI v6 and EDU-DEX."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Failure = Callable[[], Answer | None]


def said(content: object, status: int = 200, **headers: str) -> Answer:
    """An answer of JSON, or of these bytes."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return status, headers, body


@dataclass
class Asked:
    """One question that a server got."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    told: int = 0
    """The status of the answer."""


@dataclass
class Source:
    """What a server has. `next_answers` come first, in place of what is asked; then `answer`.

    `versions`: the header by which it names the version of an answer, `ETag` or `Last-Modified`; empty for none.
    """

    token: str | None = None
    next_answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    versions: str = ""

    def given(self, asked: Asked) -> Answer:
        """The answer to a question."""
        self.asked.append(asked)
        answer = self._given(asked)
        if self.versions and answer[0] == 200:
            answer = self._versioned(asked, answer)
        asked.told = answer[0]
        return answer

    def _versioned(self, asked: Asked, answer: Answer) -> Answer:
        """The same with its version; 304 where whoever asks knows it."""
        number = int(hashlib.sha256(answer[2]).hexdigest()[:6], 16)
        is_tag = self.versions == "ETag"
        version = f'W/"{number}"' if is_tag else formatdate(number, usegmt=True)
        known = asked.headers.get("if-none-match" if is_tag else "if-modified-since")
        return (304, {}, b"") if known == version else (200, {**answer[1], self.versions: version}, answer[2])

    def _given(self, asked: Asked) -> Answer:
        if self.next_answers:
            return self.next_answers.pop(0)
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            return said({}, 401)
        return self.answer(asked)

    def answer(self, asked: Asked) -> Answer:
        """What this kind of server says."""
        raise NotImplementedError

    def answer_to(self, path: str) -> Answer:
        """What it says of the first page at a path, in v6."""
        return self.answer(Asked("GET", f"/{path}", {"pageNumber": "1"}, {"accept": "version=6.1"}, None))


def paged(asked: Asked, items: list[Json], size: int) -> Answer:
    """The page of a list that is asked for, in the envelope of OOAPI and OEAPI."""
    number = int(asked.query["pageNumber"])
    start = (number - 1) * size
    page = {
        "pageSize": size, "pageNumber": number, "hasPreviousPage": number > 1,
        "hasNextPage": start + size < len(items), "items": items[start : start + size],
    }  # fmt: skip
    return said(page)


@dataclass
class OeapiSource(Source):
    """Courses and their offerings. `six`: OEAPI v6, else OOAPI v5; each refuses to speak the other."""

    six: bool = True
    courses: list[Json] = field(default_factory=list)
    programmes: list[Json] = field(default_factory=list)
    offerings: dict[str, list[Json]] = field(default_factory=dict)
    page_size: int = 250
    missing: set[str] = field(default_factory=set)
    """Lists that it does not give."""

    def answer(self, asked: Asked) -> Answer:
        accept = asked.headers.get("accept", "")
        if self.six != ("version=6" in accept):
            return said({"title": "Not Acceptable", "supportedVersions": ["6.1" if self.six else "5.0"]}, 406)
        steps = [unquote(step) for step in asked.path.split("/")[1:]]
        name = "course-offerings" if self.six else "offerings"
        if "/".join(steps) in self.missing:
            return said({}, 404)
        if steps == ["programmes"] and self.programmes:
            return paged(asked, self.programmes, self.page_size)
        if steps == ["courses"]:
            return paged(asked, self.courses, self.page_size)
        if len(steps) == 3 and (steps[0], steps[2]) == ("courses", name):
            return paged(asked, self.offerings.get(steps[1], []), self.page_size)
        return said({}, 404)


@dataclass
class StudentSource(Source):
    """Persons and their enrolments, by id; `records`: what else has a path. `six`: OEAPI v6, else OOAPI v5.

    `expands`: whether it can put one record inside another, else such a question is refused.
    """

    six: bool = True
    persons: list[Json] = field(default_factory=list)
    enrolments: dict[str, list[Json]] = field(default_factory=dict)
    records: dict[str, Json] = field(default_factory=dict)
    page_size: int = 250
    expands: bool = True

    def answer(self, asked: Asked) -> Answer:
        if self.six != ("version=6" in asked.headers.get("accept", "")):
            return said({"title": "Not Acceptable", "supportedVersions": ["6.1" if self.six else "5.0"]}, 406)
        if "expand" in asked.query and not self.expands:
            return said({"title": "Bad Request"}, 400)
        steps = [unquote(step) for step in asked.path.split("/")[1:]]
        name = "programme-offering-associations" if self.six else "associations"
        if steps == ["persons"]:
            return paged(asked, self.persons, self.page_size)
        if len(steps) == 3 and (steps[0], steps[2]) == ("persons", name):
            return paged(asked, self.enrolments.get(steps[1], []), self.page_size)
        found = self.records.get("/".join(steps))
        return said(found) if found else said({}, 404)


CATALOGUE = "/organizations/vechtdal/dynamiccatalogs/regio"


@dataclass
class EdudexSource(Source):
    """Programmes by number in one dynamic catalogue, with when each changed; `removed` are in it no more."""

    programmes: dict[str, Json] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Answer:
        if (asked.method, asked.path) == ("GET", f"{CATALOGUE}/programs"):
            return said([self._entry(id_, "active", self.changed[id_]) for id_ in self.programmes])
        if (asked.method, asked.path) == ("GET", f"{CATALOGUE}/changes"):
            since = asked.query["changesSince"]
            listed = [self._entry(id_, "active", self.changed[id_]) for id_ in self.programmes]
            listed += [self._entry(id_, "removed", day) for id_, day in self.removed.items()]
            return said([one for one in listed if one["lastChange"] >= since])
        if (asked.method, asked.path) == ("POST", "/programs/bulk"):
            return said({"programs": [self._programme(one) for one in asked.body["programs"]]})
        return said({}, 404)

    @staticmethod
    def _entry(id_: str, status: str, changed: str) -> Json:
        return {
            "status": status, "supplierId": "vechtdal", "programId": id_, "clientId": None, "lastChange": changed,
        }  # fmt: skip

    def _programme(self, key: Json) -> Json:
        assert set(key) == {"orgUnitId", "programId", "clientId"}
        data = self.programmes.get(key["programId"])
        return key | ({"data": data} if data else {"error": "bestaat niet"})


@contextmanager
def serving(source: Source) -> Iterator[str]:
    """The address of a server that has this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, given, content = source.given(Asked(self.command, parts.path, query, headers, body))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **given}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
            """Nothing."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        source.url = f"http://127.0.0.1:{made.server_address[1]}"
        yield source.url
    finally:
        made.shutdown()
        made.server_close()
        thread.join()
