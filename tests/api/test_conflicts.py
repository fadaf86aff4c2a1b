"""Declaring that a request and an alumnus may not meet: by the API and by the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden
from matcher.policy import COMMAND_LINE, JOB, LOGIN_ROLES, Action, Asker, Role, table
from matcher.services import conflicts, privacy
from matcher.services.conflicts import Pair
from tests.api.conftest import Run, app_in, headers_of, runner, running, unwrapped
from tests.support import stores
from tests.support.cards import handle
from tests.support.region import engine_in

PATH = "/v1/requests/R-1/conflicts/A-1"


def path_of(app: FastAPI, id_: str = "A-1", school: str = "Noord") -> str:
    """The path with the handle of an alumnus, as a teacher has it."""
    return f"/v1/requests/R-1/conflicts/{handle(app.state.held.app.store, 'R-1', id_, of=school)}"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """An app of its own: these tests change things."""
    with running(app_in(tmp_path)) as made:
        yield made


def shown(teacher: TestClient) -> set[str]:
    answer = teacher.get("/v1/requests/R-1/matches?top=50").json()
    return {match["candidate_id"] for match in answer["matches"]}


def test_a_declared_conflict_excludes_the_pair_from_the_next_ranking(app: FastAPI, teacher: TestClient) -> None:
    """The alumnus is in the list, then out of it by the rule `conflict`, and in it again once it is taken back."""
    path = path_of(app)
    handle_ = path.rpartition("/")[2]
    assert handle_ in shown(teacher)
    assert teacher.put(path).json() == {"declared": True, "changed": True}
    assert handle_ not in shown(teacher)
    account = teacher.get("/v1/explanations/R-1/A-1", headers=headers_of(app, Role.COORDINATOR, "Noord")).json()
    assert [rule["code"] for rule in account["rules"] if not rule["passed"]] == ["conflict"]
    assert teacher.put(path).json() == {"declared": True, "changed": False}
    assert teacher.delete(path).json() == {"declared": False, "changed": True}
    assert handle_ in shown(teacher)
    assert teacher.delete(path).json() == {"declared": False, "changed": False}


def test_it_is_in_the_log(app: FastAPI, teacher: TestClient) -> None:
    """Declaring and taking back are entries by the account, with random keys of both, and no id of a spreadsheet."""
    store = app.state.held.app.store
    teacher.put(path_of(app))
    teacher.delete(path_of(app))
    entries = stores.log(store, limit=2)
    keys = {
        "query": stores.key_of(store, RecordKind.REQUESTS, "R-1"),
        "alumnus": stores.key_of(store, RecordKind.ALUMNI, "A-1", "Noord"),
    }
    assert [(entry.action, entry.role, entry.school) for entry in entries] == [
        ("conflict.declare", "teacher", "Noord")
    ] * 2
    assert [dict(entry.details) for entry in entries] == [{**keys, "declared": False}, {**keys, "declared": True}]


@pytest.mark.parametrize("role", [role for role in LOGIN_ROLES if role is not Role.ALUMNUS])
def test_who_may_declare_is_in_the_table(app: FastAPI, teacher: TestClient, role: Role) -> None:
    """Each role at the school is answered as the table says; nothing is declared by a role without the right."""
    before = stores.revision(app.state.held.app.store)
    path = path_of(app) if Action.ALUMNI_LIST not in table()[role] else PATH
    answer = teacher.put(path, headers=headers_of(app, role, "Noord"))
    if Action.CONFLICT_DECLARE not in table()[role]:
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/not_for_this_role"
        assert stores.revision(app.state.held.app.store) == before
    else:
        assert answer.status_code == (404 if role is Role.PLACEMENT else 200)  # a guest lesson is no placement


def test_the_use_case_asks_for_the_right_itself(app: FastAPI) -> None:
    """Whatever door leads to it: a job and an adviser are refused."""
    for asker in (JOB, Asker(5, Role.ADVISER, "Noord")):
        for verb in (conflicts.declare, conflicts.withdraw):
            with pytest.raises(Forbidden):
                verb(app.state.held.app, asker, Pair("R-1", "A-1"))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/requests/R-77/conflicts/A-1",
        "/v1/requests/R-1/conflicts/A-77",
        "/v1/requests/R-1/conflicts/A-1",
        "/v1/requests/R-1/conflicts/A-1?alumnus_school=Nergens",
        "/v1/requests/R-1/conflicts/A-1?school=Zuid",
    ],
)
def test_an_unknown_pair_is_not_found(app: FastAPI, teacher: TestClient, path: str) -> None:
    """No request or alumnus by that id, or of another school: 404, and no data change."""
    before = stores.revision(app.state.held.app.store)
    for method in ("PUT", "DELETE"):
        assert teacher.request(method, path).status_code == 404
    assert stores.revision(app.state.held.app.store) == before


def test_an_alumnus_of_another_school_has_a_handle_too(app: FastAPI, teacher: TestClient) -> None:
    """A handle says whose alumnus is meant where both schools have one with this id.

    One who does not share with schools is as unknown as one who does not exist: before and after, 404. A conflict that
    was declared before can still be taken back, once.
    """
    path, services = path_of(app, school="Zuid"), app.state.held.app

    def share(*, given: bool) -> None:
        privacy.give(services, COMMAND_LINE, Purpose.SHARE_SCHOOLS, given=given, alumnus_id="A-1", school="Zuid")

    unknown, absent = teacher.put(path), teacher.put(f"{path[:-1]}{'i' if path[-1] == 'a' else 'a'}")
    assert unknown.status_code == absent.status_code == 404
    assert unknown.json()["type"] == absent.json()["type"]
    share(given=True)
    assert teacher.put(path).json()["changed"]
    (entry,) = stores.log(app.state.held.app.store, limit=1)
    assert entry.details["alumnus"] == stores.key_of(app.state.held.app.store, RecordKind.ALUMNI, "A-1", "Zuid")
    share(given=False)
    assert teacher.delete(path).json()["changed"]
    assert [teacher.request(method, path).status_code for method in ("PUT", "DELETE")] == [404, 404]


def test_a_coordinator_names_the_alumnus_of_another_school_with_it(app: FastAPI) -> None:
    """By the id of the spreadsheet and `alumnus_school`."""
    headers = headers_of(app, Role.COORDINATOR, "Noord")
    services = app.state.held.app
    privacy.give(services, COMMAND_LINE, Purpose.SHARE_SCHOOLS, given=True, alumnus_id="A-1", school="Zuid")
    assert TestClient(app, headers=headers).put(f"{PATH}?alumnus_school=Zuid").json()["changed"]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(engine_in(tmp_path), capsys)


def test_the_command_line_declares_and_withdraws(run: Run) -> None:
    """The next ranking leaves the alumnus out; the sentence says what changed; an unknown id is exit code 2."""

    def listed() -> set[tuple[str, str]]:
        matches = json.loads(run("match", "R-1", "--format", "json")[1])["matches"]
        return {(match["candidate_id"], match["school"]) for match in matches}

    assert ("A-1", "Noord") in listed()
    code, out, _ = run("conflict", "declare", "R-1", "A-1", "--school", "noord", "--candidate-school", "Noord")
    assert (code, "Gemeld" in out) == (0, True)
    assert "al gemeld" in unwrapped(run("conflict", "declare", "R-1", "A-1")[1])
    assert ("A-1", "Noord") not in listed()
    answer = run("conflict", "withdraw", "R-1", "A-1", "--format", "json")[1]
    assert json.loads(answer) == {"declared": False, "changed": True}
    assert ("A-1", "Noord") in listed()
    code, out, error = run("conflict", "declare", "R-77", "A-1", "--lang", "en")
    assert (code, out, "R-77" in error) == (2, "", True)
