"""Drafts of courses that alumni want."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.state import state_of
from api.login.access import may_rank
from api.routes.common import School, problems
from api.schemas.drafts import DraftsOut, written
from matcher.policy import Action, Asker
from matcher.services import wishes

router = APIRouter(prefix="/v1", tags=["oeapi"])
Reader = Annotated[Asker, may_rank(Action.WISHES_READ)]


@router.get(
    "/oeapi-drafts", summary="Courses that alumni want", response_model=DraftsOut, responses=problems(401, 404, 422)
)
def drafts(request: Request, asker: Reader, school: School = None) -> Response:
    """A draft for each field and region of which five alumni or more want a course and had none in a year.

    Each is a course offering of OEAPI v6 in state `concept`, with its course inside. Counts and public names of skills
    alone. A school gets those of its own alumni, an organisation those of all schools together.
    """
    found = wishes.drafts(state_of(request).app, asker, school=school)
    return Response(orjson.dumps({"items": [written(one) for one in found]}), media_type="application/json")
