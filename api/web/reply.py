"""The pages behind the link of an invitation: the question, answered without logging in."""

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
from matcher.domain.records import RecordKind, owner_of
from matcher.errors import NotLoggedIn
from matcher.locale import Language
from matcher.policy import Asker, Role
from matcher.services import invitations

router = APIRouter(include_in_schema=False)


@router.get("/antwoord/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def show_question(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """The question of a mail, with its two buttons; of the alumnus nothing is shown. Raises NotLoggedIn."""
    asker, key = _replier(request, code)
    question = invitations.question(state_of(request).engine, asker, key)
    return _reply_page(request, language, question, code)


@router.post("/antwoord/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def answer_question(
    request: Request, language: PageLanguage, code: Code, accepts: Annotated[bool, Form(alias="ja")]
) -> HTMLResponse:
    """Yes or no in one click, which uses the link up. Raises NotLoggedIn."""
    reader, key = _replier(request, code)
    state = state_of(request)
    asker = state.store.account(
        access.LINK_ISSUER, str(reader.alumnus_key), Role.ALUMNUS, reader.school, reader.alumnus_key
    )
    invitations.reply(state.engine, asker, key, accepts=accepts)
    state.store.use_reply_link(code, key)
    return _reply_page(request, language, invitations.question(state.engine, asker, key), "")


def _reply_page(request: Request, language: Language, question: invitations.Question, code: str) -> HTMLResponse:
    values = {"question": question, "facts": cards.facts(language, question.request), "code": code}
    return render(request, language, "reply.html", values)


def _replier(request: Request, code: str) -> tuple[Asker, int]:
    """The alumnus that the link of an invitation is for, as an asker, and the request's key. Raises NotLoggedIn."""
    store = state_of(request).store
    key, request_key = store.question_of(code) or (0, 0)
    alumni = store.by_key(RecordKind.ALUMNI, [key])
    if not alumni:
        raise NotLoggedIn("reply_spent")
    return Asker(0, Role.ALUMNUS, owner_of(alumni[key]), key), request_key
