"""The page behind the link of an invitation: the question, answered without logging in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login import access
from api.login.access import Code
from api.web import cards
from api.web.render import render
from matcher.locale import Language
from matcher.services import invitations

router = APIRouter(include_in_schema=False)


@router.get("/antwoord/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def show_question(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """The question of an invitation, with two buttons. Shows nothing about the alumnus. Raises NotLoggedIn."""
    question = invitations.question_of_link(state_of(request).app, code)
    return _reply_page(request, language, question, code)


@router.post("/antwoord/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def answer_question(
    request: Request, language: PageLanguage, code: Code, accepts: Annotated[bool, Form(alias="ja")]
) -> HTMLResponse:
    """Records yes or no in one click, after which the link is spent. Raises NotLoggedIn."""
    question = invitations.reply_by_link(state_of(request).app, code, accepts=accepts)
    return _reply_page(request, language, question, "")


def _reply_page(request: Request, language: Language, question: invitations.Question, code: str) -> HTMLResponse:
    values = {"question": question, "facts": cards.facts(language, question.request), "code": code}
    return render(request, language, "reply.html", values)
