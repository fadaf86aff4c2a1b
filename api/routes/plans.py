"""One plan for many requests."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.http.languages import ApiLanguage
from api.http.state import state_of
from api.login.access import may_rank
from api.routes.common import ID, answer, problems
from api.schemas.plans import ApprovalOut, ApproveIn, PlanIn, PlanOut, from_outcome, from_plan
from matcher.policy import Action, Asker
from matcher.services import approval, plans
from matcher.services.plans import PairNamed

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

    A proposal: it is kept and in the log, and nobody is invited. A place that stays open says why, and what would fill
    it.
    """
    made = plans.make(
        state_of(request).app,
        asker,
        asked.first,
        asked.last,
        fairness=asked.fairness,
        school=asked.school,
        wishes=asked.wishes(),
    )
    return answer(from_plan(made, language), language)


@router.post(
    "/plans/{plan}/invitations",
    summary="Invite from a plan",
    response_model=ApprovalOut,
    responses=problems(401, 404, 422),
)
def invite(
    request: Request,
    language: ApiLanguage,
    asker: Annotated[Asker, may_rank(Action.PLAN)],
    plan: Annotated[str, Path(description="Number of the plan.", examples=["K3V7QWXT"], **ID)],
    chosen: ApproveIn,
) -> Response:
    """Invites the alumni of a plan that a person approved, or some of them.

    Each is looked at again: who withdrew consent since, or is asked enough by now, is not invited, and the answer says
    why. Whoever was invited already is not in the answer.
    """
    named = None if chosen.assignments is None else {one.named() for one in chosen.assignments}

    def has(row: approval.Row) -> bool:
        ids = (row.request.request_id, row.alumnus.alumnus_id)
        return named is None or bool(named & {PairNamed(*ids), PairNamed(*ids, row.alumnus.school)})

    outcomes = approval.approve(state_of(request).app, asker, plan, chosen=has, school=chosen.school)
    return answer(ApprovalOut(items=[from_outcome(one, language) for one in outcomes]), language)
