"""The description of the API is complete: who builds on it needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

CONTRACT = {
    ("get", "/v1/requests/{id}/matches"),
    ("get", "/v1/alumni/{id}/recommendations"),
    ("get", "/v1/offerings/{id}/audience"),
    ("get", "/v1/explanations/{query_id}/{candidate_id}"),
    ("post", "/v1/matches"),
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
            assert shown(operation["requestBody"]["content"]["application/json"]["schema"]), path


def test_problems_are_described_as_problems(client: TestClient) -> None:
    """Each documented error says what it means, and that it is application/problem+json alone."""
    for _, path, operation in operations(client):
        for status, response in operation["responses"].items():
            if status != "200":
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
