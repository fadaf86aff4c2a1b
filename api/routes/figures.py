"""Figures per policy area and period."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.http.state import state_of
from api.login.access import may_rank
from api.routes.common import School, answer, problems
from api.schemas.days import Day
from api.schemas.figures import ReportOut, from_report
from matcher.domain.kinds import Area
from matcher.policy import Action, Asker
from matcher.services.figures import report

router = APIRouter(prefix="/v1", tags=["figures"])
Reader = Annotated[Asker, may_rank(Action.FIGURES_READ)]


@router.get("/figures", summary="Figures per area", response_model=ReportOut, responses=problems(401, 404, 422))
def figures(
    request: Request,
    asker: Reader,
    first: Annotated[Day, Query(alias="from", description="First day.", examples=["2026-08-01"])],
    last: Annotated[Day, Query(alias="to", description="Last day.", examples=["2027-07-31"])],
    area: Annotated[Area | None, Query(description="Only this area.", examples=["A"])] = None,
    school: School = None,
) -> Response:
    """What was asked in a period, what came of it, and over whom asks were spread; with the period before it.

    Counts alone. Without a school of its own an asker gets no count of few alumni.
    """
    return answer(from_report(report(state_of(request).app, asker, first, last, school=school), area))
