"""Lists as a program sends them: POST /v1/imports."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from api.http.bodies import MOST_BYTES
from matcher.domain.records import RecordKind
from matcher.policy import JOB, LOGIN_ROLES, Action, Role, table
from matcher.services import uploads
from tests.api.conftest import app_in, headers_of
from tests.support import stores
from tests.support.lists import HEADERS, rows_of, text_table, workbook
from tests.support.server import PATIENCE, bounded, is_closed, request_bytes
from tests.support.stores import reading


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = app_in(tmp_path)
    yield made
    made.state.held.store.close()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    headers = headers_of(app, Role.COORDINATOR, "Noord")
    return TestClient(app, raise_server_exceptions=False, headers=headers)


def send(client: TestClient, content: bytes, key: str = "", name: str = "lijst.xlsx", **fields: Any) -> Response:
    data = {"kind": "alumni", **fields}
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/v1/imports", data=data, files={"file": (name, content)}, headers=headers)


def people(app: FastAPI) -> int:
    return int(reading(app.state.held.store).records.count(RecordKind.ALUMNI))


def test_a_list_comes_in(app: FastAPI, client: TestClient) -> None:
    """One request: the object of the contract, with what was left out; it can be asked for again."""
    before = people(app)
    answer = send(client, workbook(rows_of(12)))
    told = answer.json()
    assert answer.status_code == 200, told
    assert (told["state"], told["written"], told["dry_run"]) == ("done", True, False)
    assert {name: told[name] for name in ("read", "new", "changed", "same", "refused")} == {
        "read": 12, "new": 12, "changed": 0, "same": 0, "refused": 0,
    }  # fmt: skip
    assert told["file"] == "lijst.xlsx"
    assert [(item["column"], item["rows"], item["value"]) for item in told["left_out"]] == [("E-mailadres", [4], None)]
    assert people(app) == before + 12
    again = client.get(answer.headers["Location"])
    assert (again.status_code, again.json()) == (200, told)


def test_a_dry_run_writes_nothing(app: FastAPI, client: TestClient) -> None:
    """The same object, not written."""
    before = people(app)
    told = send(client, workbook(rows_of(12)), dry_run="true").json()
    assert (told["new"], told["written"], told["state"]) == (12, False, "asked")
    assert people(app) == before


def test_an_answer_that_is_needed_is_asked_for(app: FastAPI, client: TestClient) -> None:
    """409 with the questions in it and nothing written; with the answers the same list comes in."""
    before, rows = people(app), [[*row, "ja"] for row in rows_of(6)]
    list_ = workbook(rows, [*HEADERS, "Toestemming contact"])
    answer = send(client, list_)
    told = answer.json()
    assert (answer.status_code, told["type"]) == (409, "/problems/import_answer_needed")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [item["code"] for item in told["import"]["questions"] if item["stops"]] == ["consent_yes_no"]
    assert people(app) == before
    answers = json.dumps({"consent_yes_no": "gastles", "consent_since": "2026-09-01"})
    assert send(client, list_, answers=answers).json()["new"] == 6
    assert people(app) == before + 6


def test_a_mapping_says_what_a_column_is(app: FastAPI, client: TestClient) -> None:
    """A field, a word of a list, or null to leave a column out."""
    mapping = json.dumps({"Lievelingskleur": "sector", "Mobiel": None})
    told = send(client, workbook(rows_of(3)), mapping=mapping).json()
    assert {item["header"]: item["field"] for item in told["columns"]} | {
        "Lievelingskleur": "sector",
        "Mobiel": None,
    } == {item["header"]: item["field"] for item in told["columns"]}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"mapping": "[]"}, "import_not_json"),
        ({"mapping": '{"a": 1}'}, "import_not_json"),
        ({"answers": "{"}, "import_not_json"),
        ({"kind": "places"}, "validation"),
        ({"accept": "everything"}, "validation"),
        ({"school": "Zuid"}, "unknown_school"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(client: TestClient, fields: dict[str, str], code: str) -> None:
    """As a problem with its code; nothing is kept."""
    answer = send(client, workbook(rows_of(3)), **fields)
    assert answer.json()["type"] == f"/problems/{code}"
    assert answer.status_code in {404, 422}


def test_a_file_that_cannot_be_read(client: TestClient) -> None:
    """422, with what it is and what to do."""
    answer = send(client, b"\x89PNG\r\n\x1a\n" + bytes(100), name="foto.xlsx")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "foto.xlsx" in answer.json()["detail"]


def test_the_same_request_is_done_once(app: FastAPI, client: TestClient) -> None:
    """The same key with the same list gives the same answer to the letter; with another list, or another wish, 422."""
    first = send(client, workbook(rows_of(12)), key="sleutel-1")
    again = send(client, workbook(rows_of(12)), key="sleutel-1")
    assert first.status_code == 200
    list_ = workbook(rows_of(12))
    first, again = send(client, list_, key="sleutel-2"), send(client, list_, key="sleutel-2")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    for other in (
        send(client, text_table(rows_of(2)), key="sleutel-2"),
        send(client, list_, key="sleutel-2", dry_run="1"),
    ):
        assert (other.status_code, other.json()["type"]) == (422, "/problems/import_other_content")
    noted = [entry for entry in stores.log(app.state.held.store) if entry.action == "import"]
    assert len(noted) == 2
    elsewhere = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Zuid"))
    assert send(elsewhere, text_table(rows_of(2)), key="sleutel-2").status_code == 200


def test_the_same_request_at_once_is_done_once(app: FastAPI, client: TestClient) -> None:
    """Of two that arrive together one keeps the file, and both get an answer about it."""
    list_, answers = workbook(rows_of(12)), []
    threads = [threading.Thread(target=lambda: answers.append(send(client, list_, key="samen"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len([entry for entry in stores.log(app.state.held.store) if entry.action == "import"]) == 1


def test_a_large_list_goes_on_in_the_background(app: FastAPI, client: TestClient) -> None:
    """202 with where to ask; whoever does it, the result is there afterwards."""
    answer = send(client, text_table(rows_of(9000)), name="groot.csv")
    assert (answer.status_code, answer.json()["state"]) == (202, "writing")
    assert uploads.work(app.state.held.app, JOB) is not None
    told = client.get(answer.headers["Location"]).json()
    assert (told["state"], told["new"]) == ("done", 9000)


@pytest.mark.parametrize("role", [role for role in LOGIN_ROLES if role is not Role.ALUMNUS])
def test_only_who_may_import(app: FastAPI, role: Role) -> None:
    """By the table of rights, each of the three addresses; of another school there is nothing to ask or undo."""
    mine = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Noord"))
    at = send(mine, workbook(rows_of(3))).headers["Location"]
    other = TestClient(app, headers=headers_of(app, role, "Zuid"))
    may = Action.IMPORT in table()[role]
    assert may == (role is Role.COORDINATOR)
    assert send(other, workbook(rows_of(3))).status_code == (200 if may else 403)
    for answer in (other.get(at), other.post(f"{at}/undo")):
        assert answer.status_code == (404 if may else 403)


def test_a_file_may_be_large_for_whoever_may_send_one(app: FastAPI) -> None:
    """Bodies of more than 256 kB are read at these addresses only, and only from whoever may import."""
    content = text_table([["Ada", "x" * 100]], ["voornaam", "achternaam"]) + b"\r\n" * MOST_BYTES
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer am_wrong"}, 401),
        (headers_of(app, Role.TEACHER, "Noord"), 403),
    ):
        assert send(TestClient(app, headers=headers), content).status_code == status
    mine = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Noord"))
    assert send(mine, content).status_code in {200, 202}
    assert mine.post("/v1/matches", content=content).status_code == 413


def test_a_slow_sender_keeps_no_one_waiting(app: FastAPI) -> None:
    """Who sends a file drop by drop holds its connection alone, and has longer the larger it is; a stranger has not."""
    mine = headers_of(app, Role.COORDINATOR, "Noord")
    head = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(2_000_000)}
    with (
        bounded(app, body_seconds=0.2) as server,
        closing(server.connect()) as slow,
        closing(server.connect()) as stranger,
    ):
        slow.sendall(request_bytes("/v1/imports", {**mine, **head}, "POST") + b"--x\r\n")
        stranger.sendall(request_bytes("/v1/imports", head, "POST") + b"--x\r\n")
        assert b" 401 " in stranger.recv(4096)
        assert is_closed(stranger)
        quick = TestClient(app, headers=mine)
        assert quick.get("/v1/requests").status_code == 200
        slow.sendall(b"Content-Disposition: form-data\r\n")


def test_an_import_is_taken_back(app: FastAPI, client: TestClient) -> None:
    """By its address; a second time there is nothing to take back."""
    before = people(app)
    at = send(client, workbook(rows_of(12))).headers["Location"]
    answer = client.post(f"{at}/undo")
    assert (answer.status_code, answer.json()["state"]) == (200, "undone")
    assert answer.json()["undone"] == {"restored": 0, "removed": 12, "left": []}
    assert people(app) == before
    assert client.post(f"{at}/undo").json()["type"] == "/problems/import_not_done"
