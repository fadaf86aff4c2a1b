"""The page of replies by mail that rules could not read: a person reads them, and says what was meant."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.web.render import render
from matcher.errors import InvalidValue
from matcher.policy import Action, Asker
from matcher.replies.reading import Answer
from matcher.services import inbox

router = APIRouter(include_in_schema=False)
Reader = Annotated[Asker, Depends(may(Action.REPLIES_READ))]
CHOICES: dict[str, Answer | None] = {
    "ja": Answer.YES,
    "nee": Answer.NO,
    "later": Answer.LATER,
    "stop": Answer.STOP,
    "niets": None,
}
"""What the form sends."""


@router.get("/antwoorden")
def listed(request: Request, language: PageLanguage, asker: Reader) -> HTMLResponse:
    """The replies of the own school's alumni that wait, the oldest first, in their own words."""
    state = state_of(request)
    rows = [
        {
            "key": one.doubt.key,
            "at": one.doubt.at,
            "text": one.doubt.text,
            "recorded": one.doubt.reading if one.doubt.reading != Answer.DOUBT.value else "",
            "number": one.alumnus.alumnus_id,
            "school": one.alumnus.school,
            "request": one.request.title if one.request else "",
            "asked": [(other.request_id, other.title) for other in one.asked],
            "choices": list(CHOICES) if one.request or one.asked else ["stop", "niets"],
        }
        for one in inbox.waiting(state.app, asker)
    ]
    values = {"rows": rows, "days": state.settings.inbox_days}
    return render(request, language, "replies.html", values, area="letters")


@router.post("/antwoorden", dependencies=[Depends(form_is_ours)])
def decide(
    request: Request,
    asker: Reader,
    key: Annotated[int, Form(alias="antwoord", ge=1, lt=2**63)],
    choice: Annotated[str, Form(alias="lees", max_length=20)],
    question: Annotated[str, Form(alias="vraag", max_length=200)] = "",
) -> Response:
    """Records what somebody read; the reply is then gone. Raises InvalidValue for no such answer."""
    if choice not in CHOICES:
        raise InvalidValue("not_an_answer", value=choice)
    recorded = inbox.decide(state_of(request).app, asker, key, CHOICES[choice], request_id=question or None)
    return RedirectResponse(f"/antwoorden?gedaan={'genoteerd' if recorded else 'gelezen'}", 303)
