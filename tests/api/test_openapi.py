"""The description of the API is complete: who builds on it needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.http.failures import failure_of
from matcher import errors
from matcher.policy import LOGIN_ROLES, Role
from tests.api.conftest import app_in, headers_of, running

CONTRACT = {
    ("get", "/v1/requests/{id}/matches"),
    ("get", "/v1/alumni/{id}/recommendations"),
    ("get", "/v1/offerings/{id}/audience"),
    ("get", "/v1/explanations/{query_id}/{candidate_id}"),
    ("post", "/v1/matches"),
    ("post", "/v1/plans"),
}


def operations(client: TestClient) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation."""
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_the_routes_of_the_contract_are_described(client: TestClient) -> None:
    """Each route that the contract names is in the description."""
    assert {(method, path) for method, path, _ in operations(client)} >= CONTRACT


def test_every_operation_says_what_it_is_for(client: TestClient) -> None:
    """Summary, description and tag are there."""
    for _, path, operation in operations(client):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path


def test_every_parameter_has_a_description_and_an_example(client: TestClient) -> None:
    """So that a form can be filled in without guessing."""
    for _, path, operation in operations(client):
        for parameter in operation.get("parameters", []):
            examples = parameter.get("examples") or parameter.get("example") or parameter["schema"].get("examples")
            assert parameter["description"], (path, parameter["name"])
            assert examples, (path, parameter["name"])


def test_every_operation_has_an_example(client: TestClient) -> None:
    """Each answer of an operation refers to a model that has an example in it, and so does each body."""
    schemas = client.get("/openapi.json").json()["components"]["schemas"]

    def shown(schema: dict[str, Any], seen: frozenset[str] = frozenset()) -> bool:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return name not in seen and shown(schemas[name], seen | {name})
        if schema.get("examples"):
            return True
        parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
        return any(shown(part, seen) for part in parts + ([schema["items"]] if "items" in schema else []))

    for _, path, operation in operations(client):
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert shown(answer), path
        if "requestBody" in operation:
            (body,) = operation["requestBody"]["content"].values()
            assert shown(body["schema"]), path


def test_problems_are_described_as_problems(client: TestClient) -> None:
    """Each documented error says what it means, and that it is application/problem+json alone."""
    for _, path, operation in operations(client):
        for status, response in operation["responses"].items():
            if not status.startswith("2"):
                assert response["description"], (path, status)
                assert set(response["content"]) == {"application/problem+json"}, (path, status)


def test_the_example_body_works(client: TestClient) -> None:
    """The example of POST /v1/matches can be sent as it stands."""
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    answer = client.post("/v1/matches", json=schemas["RequestIn"]["examples"][0])
    assert answer.status_code == 200


def test_no_page_loads_scripts_from_elsewhere(app: FastAPI, client: TestClient) -> None:
    """FastAPI's own documentation pages, which do, are off."""
    assert (app.docs_url, app.redoc_url) == (None, None)
    assert client.get("/docs").status_code == 404


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An app of its own, whose people may be erased, and where few may guess a token."""
    with running(app_in(tmp_path_factory.mktemp("fuzzed"), rate_login="40/minute")) as made:
        yield made


IDS = ("R-1", "A-1", "A-2", "A-8", "C-1", "R-99", "x", "a/b", "A-2 ", "ambassador", "town", "guest_lesson")
SCHOOLS = ("Noord", "Zuid", "Nergens", "", "Zorgacademie", "x" * 201, "\x01")
NUMBERS = ("1", "0", "-1", "1001", "10", "99999999999999999999", "tien")
OTHERS = ("2027-03-01", "gisteren", "offerings", "requests", "request", "alumnus", "\x00")
BODIES = (
    b"", b"{", b"null", b"[]", b"{}", b"\xff\xfe{", b'"\xe9"', b"[" * 2000, b'{"given": true}', b'{"value": "Zwolle"}',
    b'{"value": "x"}', b'{"alumnus": "A-1"}', b'{"alumnus": "A-2", "reason": "experience"}', b'{"title": "\\ud800"}',
    b'{"kind": "guest_lesson", "title": "wondzorg"}', b'{"kind": "guest_lesson", "title": 1e400}', b" " * 257 * 1024,
)  # fmt: skip
TYPES = ("application/json", "text/plain", "application/json; charset=utf-16", "multipart/form-data", "")


@pytest.fixture(scope="module")
def tokens(fuzzed: FastAPI) -> list[dict[str, str]]:
    """What programs of every role send, what one with a wrong token sends, and what one without."""
    roles = [headers_of(fuzzed, role, "Noord") for role in LOGIN_ROLES if role is not Role.ALUMNUS]
    return [headers_of(fuzzed), *roles, {}, {"Authorization": "Bearer am_wrong"}]


@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_answer_is_described(data: st.DataObject, fuzzed: FastAPI, tokens: list[dict[str, str]]) -> None:
    """Whatever is sent to whatever route, by anyone: the status of the answer is in the description of that route."""
    paths = fuzzed.openapi()["paths"]
    path = data.draw(st.sampled_from(sorted(paths)))
    method = data.draw(st.sampled_from(sorted(paths[path])))
    operation = paths[path][method]
    address, query = path, {}
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        if parameter["in"] == "path":
            address = address.replace(f"{{{name}}}", quote(data.draw(st.sampled_from(IDS), name), safe=""))
        elif parameter["in"] == "query" and data.draw(st.booleans(), f"with {name}"):
            query[name] = data.draw(st.sampled_from([*SCHOOLS, *NUMBERS, *OTHERS]), name)
    headers = {**data.draw(st.sampled_from(tokens)), "Content-Type": data.draw(st.sampled_from(TYPES))}
    client = TestClient(fuzzed, raise_server_exceptions=False)
    body = data.draw(st.sampled_from(BODIES)) if "requestBody" in operation or data.draw(st.booleans()) else b""
    answer = client.request(method.upper(), address, params=query, headers=headers, content=body)
    assert str(answer.status_code) in operation["responses"], answer.text
    assert answer.status_code < 500 or answer.status_code == 503, answer.text


def test_every_error_of_the_domain_has_a_described_status(fuzzed: FastAPI) -> None:
    """The status of each error of the tree that can come from anywhere is described for every route with a token."""
    anywhere = (errors.NotLoggedIn, errors.Forbidden, errors.RateLimited, errors.StoreUnavailable, errors.StoreError)
    needed = {str(failure_of(error("any", seconds=1), "en").status) for error in anywhere}
    for path, item in fuzzed.openapi()["paths"].items():
        for method, operation in item.items():
            if path not in {"/health", "/ready"}:
                assert needed <= set(operation["responses"]), (method, path)


@pytest.mark.parametrize(
    "path", ["/v1/matches", "/v1/people/A-2/consents/guest_lesson", "/v1/requests/R-1/invitations"]
)
def test_a_body_that_is_no_text_is_400(client: TestClient, path: str) -> None:
    """Bytes that are not UTF-8 are refused as a body that cannot be read, which the description names."""
    method = "PUT" if "consents" in path else "POST"
    answer = client.request(method, path, content=b"\xff\xfe{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/bad_request"
