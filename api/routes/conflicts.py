"""Conflicts: a request and an alumnus that may not meet."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AfterValidator, Field
from starlette.responses import Response

from api.http.paths import with_slashes
from api.http.state import state_of
from api.login.access import may, opening
from api.routes.common import ID, NAME, RequestId, School, answer, problems
from api.schemas.rankings import Model
from matcher.policy import Action, Asker
from matcher.services import conflicts

router = APIRouter(prefix="/v1", tags=["people"])

AlumnusInPath = Annotated[
    str,
    Path(alias="alumnus_id", description="Id of the alumnus, as in the spreadsheet.", examples=["A-0007"], **ID),
    AfterValidator(with_slashes),
]
AlumnusSchool = Annotated[
    str | None,
    Query(description="School of the alumnus, where it is another than that of the request.", **NAME, examples=["ROC"]),
]


class ConflictOut(Model):
    """The current state."""

    declared: bool = Field(description="Whether a conflict is declared.", examples=[True])
    changed: bool = Field(description="False where that was so already.", examples=[True])


@router.put(
    "/requests/{id}/conflicts/{alumnus_id}",
    summary="Declare a conflict",
    response_model=ConflictOut,
    responses=problems(401, 422),
)
def declare(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.CONFLICT_DECLARE))],
    request_id: RequestId,
    alumnus_id: AlumnusInPath,
    school: School = None,
    alumnus_school: AlumnusSchool = None,
) -> Response:
    """This request and this alumnus may not meet: from the next ranking on neither is shown to the other."""
    pair = conflicts.Pair(request_id, alumnus_id, school, alumnus_school)
    with opening(request, asker):
        changed = conflicts.declare(state_of(request).app, asker, pair)
    return answer(ConflictOut(declared=True, changed=changed))


@router.delete(
    "/requests/{id}/conflicts/{alumnus_id}",
    summary="Withdraw a conflict",
    response_model=ConflictOut,
    responses=problems(401, 422),
)
def withdraw(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.CONFLICT_DECLARE))],
    request_id: RequestId,
    alumnus_id: AlumnusInPath,
    school: School = None,
    alumnus_school: AlumnusSchool = None,
) -> Response:
    """A declared conflict no longer holds; that the alumnus is the requester stays a conflict."""
    pair = conflicts.Pair(request_id, alumnus_id, school, alumnus_school)
    with opening(request, asker):
        changed = conflicts.withdraw(state_of(request).app, asker, pair)
    return answer(ConflictOut(declared=False, changed=changed))
