"""Shared by routes: parameters with description and example, documented problems, and JSON answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel
from starlette.responses import Response

from api.http.failures import MEDIA_TYPE, Problem
from api.http.openapi import meaning
from api.http.paths import with_slashes
from api.schemas.days import Day
from api.schemas.rankings import to_json
from matcher.locale import Language

ID: dict[str, Any] = {"min_length": 1, "max_length": 200, "pattern": r"^[^\x00-\x1f]+$"}
"""Limits of an id in the address."""
NAME: dict[str, Any] = {"max_length": 200, "pattern": r"^[^\x00-\x1f]*$"}
"""Limits of the name of a school or provider."""

RequestId = Annotated[
    str,
    Path(alias="id", description="Id of the request, as in the spreadsheet.", examples=["R-12"], **ID),
    AfterValidator(with_slashes),
]
AlumnusId = Annotated[
    str,
    Path(alias="id", description="Id of the alumnus, as in the spreadsheet.", examples=["A-0007"], **ID),
    AfterValidator(with_slashes),
]
OfferingId = Annotated[
    str,
    Path(alias="id", description="Id of the course, as in the spreadsheet.", examples=["C-104"], **ID),
    AfterValidator(with_slashes),
]
School = Annotated[
    str | None,
    Query(
        description="School of the record, where its id exists at more than one.",
        examples=["ROC Vechtdal"],
        **NAME,
    ),
]
Provider = Annotated[
    str | None,
    Query(
        description="Provider of the course, where its id exists at more than one.",
        examples=["Zorgacademie Oost"],
        **NAME,
    ),
]
Top = Annotated[int, Query(ge=1, le=1000, description="How many matches at most.", examples=[10])]
AsOf = Annotated[
    Day | None,
    Query(description="The day to rank for; today where absent. Replays a ranking.", examples=["2027-03-01"]),
]
Page = Annotated[int, Query(ge=1, le=1_000_000, description="Which page, from 1.", examples=[1])]
PageSize = Annotated[int | None, Query(ge=1, le=200, description="Entries per page.", examples=[20])]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of the problems that the shape of a route does not bring: see `api/http/openapi.py`.

    422 is among them: FastAPI describes its own where a route names none.
    """
    return {
        status: {"model": Problem, "description": meaning(status), "content": {MEDIA_TYPE: {}}} for status in statuses
    }


def answer(
    value: BaseModel | bytes, language: Language | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A model as JSON, not rounded, or JSON as it is; with its language if it holds sentences."""
    sent = dict(headers or {})
    if language is not None:
        sent |= {"Content-Language": language, "Vary": "Accept-Language"}
    return Response(value if isinstance(value, bytes) else to_json(value), 200, sent, "application/json")
