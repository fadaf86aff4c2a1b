"""Questions in own words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.languages import ApiLanguage
from api.http.state import state_of
from api.login.access import may_rank
from api.routes.common import AsOf, Top, answer, problems
from api.schemas.questions import QuestionIn, QuestionOut, from_asked
from api.schemas.rankings import own_values
from matcher.policy import Action, Asker
from matcher.services import questions

router = APIRouter(prefix="/v1", tags=["matches"])


@router.post(
    "/questions",
    summary="Alumni for a question in own words",
    response_model=QuestionOut,
    responses=problems(401, 404, 422),
)
def ask(
    request: Request,
    language: ApiLanguage,
    asker: Annotated[Asker, may_rank(Action.MATCH_UNSAVED)],
    asked: QuestionIn,
    top: Top = 10,
    as_of: AsOf = None,
) -> Response:
    """What was understood of one Dutch or English text, what was not, and the ranking that follows.

    Without a topic, or what else a list of that kind needs, `ranking` is null and a question says what is missing. With
    `save` it becomes an open request.
    """
    app = state_of(request).app
    wanted = questions.Wanted(text=asked.text, kind=asked.kind, school=asked.school)
    result = questions.ask(app, asker, wanted, top=top, as_of=as_of, save=asked.save, at_once=True)
    own = own_values(app, asker, result.ranking) if result.ranking else None
    return answer(from_asked(result, language, own), language)
