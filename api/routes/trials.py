"""Logged lists once more, under other settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.languages import ApiLanguage
from api.http.state import state_of
from api.login.access import may_rank
from api.routes.common import answer, problems
from api.schemas.trials import TrialIn, TrialOut, from_trial
from matcher.policy import Action, Asker
from matcher.services import trials

router = APIRouter(prefix="/v1", tags=["matches"])


@router.post(
    "/trials",
    summary="The lists of a period under other settings",
    response_model=TrialOut,
    responses=problems(401, 404, 422),
)
def trial(
    request: Request,
    language: ApiLanguage,
    asker: Annotated[Asker, may_rank(Action.TRIAL)],
    asked: TrialIn,
) -> Response:
    """Who would have been asked for the requests whose lists are in the log, and what that costs. Nothing is saved.

    Lists within the replay term are made with the people of then, older ones with those of today, and `said` says so.
    Nobody who was erased, objects or withdrew consent since is in any of them.
    """
    made = trials.simulate(state_of(request).app, asker, asked.first, asked.last, asked.settings(), school=asked.school)
    return answer(from_trial(made, language), language)
