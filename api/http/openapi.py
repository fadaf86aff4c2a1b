"""The OpenAPI description: problems with their own media type, and every status that the shape of a route brings."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.http.failures import MEDIA_TYPE

_MEANING = {
    "400": "The body cannot be read at all, such as text that is not UTF-8.",
    "401": "Not logged in: send a token (`Authorization: Bearer am_...`).",
    "403": "The role of the token may not do this.",
    "404": "No record has this id.",
    "406": "No version that `Accept` names is here; `supportedVersions` lists those that are.",
    "409": "Several records have this id: add the school or the kind. `choices` lists them.",
    "413": "The request is too large.",
    "422": "A parameter or field cannot be used; `errors` says which.",
    "429": "Asked too often in a short time; `Retry-After` says when there is room again.",
    "500": "Unforeseen: the server's log has the number of `X-Request-ID`.",
    "503": "The database or the encoder cannot be used now; `Retry-After` says when to try again.",
}


def meaning(status: int) -> str:
    """What a status says to whoever calls the API. Raises KeyError for one that no route gives."""
    return _MEANING[str(status)]


def statuses_by_shape(operation: dict[str, Any]) -> set[str]:
    """The error statuses that an operation can give by its shape alone: who may call it, its parameters and body.

    `operation`: of the description, with the 401 of a route that needs a token.
    """
    statuses = {"413", "500"}
    if "401" in operation["responses"]:
        statuses |= {"403", "429", "503"}
    if "requestBody" in operation:
        statuses |= {"400", "422"}
    parameters = operation.get("parameters", [])
    if parameters:
        statuses.add("422")
    if any(parameter["in"] == "path" for parameter in parameters):
        statuses |= {"404", "409"}
    return statuses


class Api(FastAPI):
    """FastAPI, with a complete description of its problems."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description; built once."""
        if self.openapi_schema is None:
            for item in super().openapi()["paths"].values():
                for operation in item.values():
                    _complete(operation)
        return super().openapi()


def _complete(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for response in responses.values():
        content = response.get("content", {})
        if MEDIA_TYPE in content:
            content[MEDIA_TYPE] = content.pop("application/json")
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for status in statuses_by_shape(operation) - responses.keys():
        responses[status] = {"description": _MEANING[status], "content": {MEDIA_TYPE: problem}}
    operation["responses"] = dict(sorted(responses.items()))
