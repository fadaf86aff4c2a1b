"""One plan for many requests."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.languages import ApiLanguage
from api.http.state import state_of
from api.login.access import may_rank
from api.routes.common import answer, problems
from api.schemas.plans import PlanIn, PlanOut, from_plan
from matcher.policy import Action, Asker
from matcher.services import plans

router = APIRouter(prefix="/v1", tags=["matches"])


@router.post(
    "/plans",
    summary="One plan for all open requests of a period",
    response_model=PlanOut,
    responses=problems(401, 404, 422),
)
def plan(
    request: Request,
    language: ApiLanguage,
    asker: Annotated[Asker, may_rank(Action.PLAN)],
    asked: PlanIn,
) -> Response:
    """Who to ask for which place, so that as many places are filled as can be and nobody is asked too often.

    A proposal: it is in the log, and nobody is invited. A place that stays open says why, and what would fill it.
    """
    made = plans.make(
        state_of(request).app, asker, asked.first, asked.last, fairness=asked.fairness, school=asked.school
    )
    return answer(from_plan(made, language), language)
