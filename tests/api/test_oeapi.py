"""The courses of an installation as an Open Education API v6, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.records import Form, RecordKind
from matcher.policy import Role
from matcher.repositories.values import Upsert
from tests.api.conftest import app_in, headers_of, running
from tests.support import stores
from tests.support.documents import SPECIFICATIONS, faults
from tests.support.worlds import AS_OF

OURS = Path(__file__).parents[1] / "exchange" / "oeapi.schema.json"
SPECIFICATION = SPECIFICATIONS / "oeapi-v6.openapi.json"
ROOT = "/v1/oeapi"
VENDOR = "application/vnd.oeapi+json"
RUNS = 23


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The region, with a course of many runs: one began yesterday, one has no day, the others follow each week."""
    rows = [
        Upsert(row, f"W-{row:02}", "Wijkschool", {
            "title": "Zorg in de wijk" if row % 2 else "zorg in de  Wijk",
            "description": "Leer werken in de <b>wijk</b>.",
            "start": None if row == 1 else AS_OF + timedelta(7 * row - 15),
            "end": None if row == 1 else AS_OF + timedelta(7 * row), "price": 99.5, "seats": 10, "enrolled": row % 11,
            "form": Form.ONLINE if row % 3 else Form.CLASSROOM, "pc4": "8011", "town": "Zwolle", "language": "nl",
            "apply_until": AS_OF + timedelta(7 * row - 20), "url": "https://wijk.example/zorg",
        })
        for row in range(1, RUNS + 1)
    ]  # fmt: skip
    with running(app_in(tmp_path_factory.mktemp("oeapi"), mail_from="Beheer <beheer@school.example>")) as made:
        stores.upsert(made.state.held.store, RecordKind.OFFERINGS, rows)
        yield made


@pytest.fixture
def program(served: FastAPI) -> TestClient:
    """A program of a teacher."""
    return TestClient(served, raise_server_exceptions=False, headers=headers_of(served, Role.TEACHER, "Noord"))


def got(program: TestClient, path: str, ours: str, published: str, **asked: Any) -> Any:
    """What stands at an address; valid by our schema, and by the published one where that is given."""
    answer = program.get(f"{ROOT}{path}", params=asked)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert faults(document, OURS, f"/$defs/{ours}") == []
    if SPECIFICATION.is_file():
        if "items" in document:
            assert faults(document, SPECIFICATION, "/components/schemas/Pagination") == []
        for one in document.get("items", [document]):
            assert faults(one, SPECIFICATION, f"/components/schemas/{published}") == []
    return document


def the_course(program: TestClient) -> str:
    """The id of the course with many runs."""
    (found,) = got(program, "/courses", "courses", "Course", q="IN DE WIJK")["items"]
    return str(found["courseId"])


def test_a_reader_walks_from_the_root_to_a_run(program: TestClient) -> None:
    """Service, courses, runs of a course, a run, its course and its provider: each leads to the next, and is valid."""
    service = got(program, "/", "service", "Service")
    assert service["contactEmail"] == "beheer@school.example"
    assert program.get(service["specification"]).status_code == 200
    course = got(program, f"/courses/{the_course(program)}", "course", "Course")
    page = got(
        program, f"/courses/{course['courseId']}/course-offerings", "courseOfferings", "CourseOffering", pageSize=50
    )
    run = got(program, f"/course-offerings/{page['items'][0]['courseOfferingId']}", "courseOffering", "CourseOffering")
    assert run == page["items"][0]
    assert run["courseId"] == course["courseId"]
    provider = got(program, f"/organisations/{run['organisationId']}", "organisation", "Organisation")
    assert provider["name"] == [{"language": "nl", "value": "Wijkschool"}]
    own = got(program, f"/organisations/{run['organisationId']}/courses", "courses", "Course")
    assert own["items"] == [course]
    assert len(got(program, "/organisations", "organisations", "Organisation")["items"]) == 2


def test_every_path_that_the_service_names_answers(program: TestClient) -> None:
    """What stands in supportedOperations is there, and nothing else under the root."""
    named = {unquote(one["path"]) for one in got(program, "/", "service", "Service")["supportedOperations"]}
    described = program.get("/openapi.json").json()["paths"]
    assert named == {path.removeprefix(ROOT) for path in described if path.startswith(f"{ROOT}/")}
    assert all(set(described[f"{ROOT}{path}"]) == {"get"} for path in named)


def test_pages_together_are_the_whole_list(program: TestClient) -> None:
    """Following hasNextPage gives each run ahead once, the first to begin first, those without a day last."""
    path, found, number, more = f"/courses/{the_course(program)}/course-offerings", [], 1, True
    while more:
        page = got(program, path, "courseOfferings", "CourseOffering", pageNumber=number)
        found += page["items"]
        more, number = page["hasNextPage"], number + 1
    starts = [one.get("startDateTime", "9999") for one in found]
    assert starts == sorted(starts)
    assert starts[-1] == "9999"
    assert len({one["courseOfferingId"] for one in found}) == len(found) == RUNS - 1


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, RUNS - 1),
        ({"since": "2000-01-01"}, RUNS),
        ({"since": "2000-01-01T00:00:00+01:00"}, RUNS),
        ({"since": (AS_OF + timedelta(7 * RUNS - 15)).isoformat()}, 2),
        ({"until": (AS_OF + timedelta(21)).isoformat()}, 2),
        ({"modeOfDelivery": "presential"}, RUNS // 3),
        ({"teachingLanguage": "nl-NL"}, RUNS - 1),
        ({"teachingLanguage": "en"}, 0),
        ({"q": "<b>wijk"}, RUNS - 1),
        ({"q": "lassen"}, 0),
    ],
)
def test_a_list_keeps_what_was_asked_for(program: TestClient, asked: dict[str, str], count: int) -> None:
    """`since` is today where absent; runs without a day are always there; the other filters keep what has it."""
    path = f"/courses/{the_course(program)}/course-offerings"
    page = got(program, path, "courseOfferings", "CourseOffering", pageSize=250, **asked)
    assert len(page["items"]) == count


def test_the_state_can_be_asked_for(program: TestClient) -> None:
    """Active and inactive runs are told apart, and one of which days are unknown is neither."""
    path = f"/courses/{the_course(program)}/course-offerings"
    told = {
        state: got(program, path, "courseOfferings", "CourseOffering", pageSize=250, state=state)["items"]
        for state in ("active", "inactive")
    }
    assert all(one["state"] == state for state, items in told.items() for one in items)
    assert all(told.values())
    assert sum(map(len, told.values())) <= RUNS - 1


@pytest.mark.parametrize("accept", [
    "*/*", "application/json", f"{VENDOR}", f"{VENDOR}; version=6.1",
    f"{VENDOR};version=6.0;consumer=x;consumer-version=1.0",
    f"{VENDOR}; version=5.0, application/json;q=0.5", "application/*", f'{VENDOR}; version="6"', f"text/html, {VENDOR}",
])  # fmt: skip
def test_versions_that_are_here_are_given(program: TestClient, accept: str) -> None:
    """Any media range that our documents are in is answered, with the version where it was asked for."""
    answer = program.get(f"{ROOT}/courses", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Vary"].split(", ").count("Accept") == 1
    vendor = answer.headers["Content-Type"].startswith(VENDOR)
    assert vendor == (VENDOR in accept and "5.0" not in accept)
    if "version=6." in accept:
        assert accept.split("version=")[1][:3] in answer.headers["Content-Type"]


@pytest.mark.parametrize(
    ("accept", "requested"),
    [
        (f"{VENDOR}; version=5.0", "5.0"),
        (f"{VENDOR}; version=7", "7"),
        ("text/csv", "text/csv"),
        (f"{VENDOR}; version=6.1; q=0", "6.1"),
    ],
)
def test_another_version_is_a_problem_that_names_those_here(program: TestClient, accept: str, requested: str) -> None:
    """406 with the fields of the specification, and a document that its schema takes."""
    answer = program.get(f"{ROOT}/courses", headers={"Accept": accept})
    problem = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (406, "application/problem+json")
    assert (problem["requestedVersion"], problem["supportedVersions"]) == (requested, ["6.1", "6.0"])
    assert problem["type"] == "http://testserver/problems/version_not_acceptable"
    if SPECIFICATION.is_file():
        assert faults(problem, SPECIFICATION, "/components/schemas/ProblemVersionNotAcceptable") == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/courses/123e4567-e89b-12d3-a456-426614174000", 404),
        ("/course-offerings/123e4567-e89b-12d3-a456-426614174000", 404),
        ("/organisations/123e4567-e89b-12d3-a456-426614174000/courses", 404),
        ("/courses/x", 422),
        ("/courses?pageSize=11", 422),
        ("/courses?pageNumber=0", 422),
        ("/programmes", 404),
    ],
)
def test_problems_are_those_of_the_specification(program: TestClient, path: str, status: int) -> None:
    """Type and instance are whole addresses, as the schema of the specification asks."""
    answer = program.get(f"{ROOT}{path}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["type"].startswith("http://testserver/problems/")
    assert problem["instance"] == f"http://testserver{ROOT}{path.partition('?')[0]}"
    if SPECIFICATION.is_file():
        assert faults(problem, SPECIFICATION, "/components/schemas/Problem") == []


def test_a_provider_reads_its_own_alone(served: FastAPI, program: TestClient) -> None:
    """A partner sees its own courses; another's are not there, by list nor by id; without a token nothing is."""
    partner = TestClient(served, headers=headers_of(served, Role.PARTNER, "Aanbieder"))
    listed = got(partner, "/courses", "courses", "Course")["items"]
    assert {one["name"][0]["value"] for one in listed} == {"Cursus wondzorg", "Cursus lassen"}
    assert partner.get(f"{ROOT}/courses/{the_course(program)}").status_code == 404
    assert TestClient(served).get(f"{ROOT}/courses").status_code == 401


def test_a_change_is_there_at_once(served: FastAPI, program: TestClient) -> None:
    """What a provider saves is in the next answer."""
    before = len(got(program, "/courses", "courses", "Course", q="nieuwe cursus")["items"])
    row = Upsert(2, "N-1", "Wijkschool", {"title": "Nieuwe cursus", "start": date(2027, 6, 1)})
    stores.upsert(served.state.held.store, RecordKind.OFFERINGS, [row])
    found = got(program, "/courses", "courses", "Course", q="nieuwe cursus")["items"]
    assert (before, len(found)) == (0, 1)


def test_what_a_source_brought_is_not_given_out(served: FastAPI, program: TestClient) -> None:
    """Courses of others are theirs to give out: a run of a source is in no answer."""
    before = program.get(f"{ROOT}/courses").json()["items"]
    source = stores.write(served.state.held.store, lambda tx: tx.sources.add("EDU-DEX", "edudex"))
    upsert = Upsert(1, "S-1", "Aanbieder", {"title": "Van een ander"})
    stores.upsert(served.state.held.store, RecordKind.OFFERINGS, [upsert])
    assert len(program.get(f"{ROOT}/courses").json()["items"]) == len(before) + 1
    stores.write(served.state.held.store, lambda tx: tx.sources.keep(source.key, {("S-1", "Aanbieder"): ""}, ()))
    stores.upsert(served.state.held.store, RecordKind.OFFERINGS, [Upsert(1, "S-1", "Aanbieder", {"seats": 3})])
    assert program.get(f"{ROOT}/courses").json()["items"] == before
