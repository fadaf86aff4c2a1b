"""The page behind the link of an invitation: the question, answered without logging in, and how it stands after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login import access
from api.login.access import Code
from api.web import cards, wording
from api.web.render import address, render
from matcher.domain.invitations import MOST_TEXT, Answer, AnswerKind, Reason
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import Request as AskedRequest
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.services import invitations

router = APIRouter(include_in_schema=False)
AREA = "demands"


def said(
    accepts: Annotated[bool | None, Form(alias="ja")] = None,
    kind: Annotated[AnswerKind | None, Form(alias="antwoord")] = None,
    reason: Annotated[Reason | None, Form(alias="reden")] = None,
    moment: Annotated[str, Form(alias="moment", max_length=40)] = "",
    until: Annotated[str, Form(alias="tot", max_length=20)] = "",
    text: Annotated[str, Form(alias="tekst", max_length=MOST_TEXT)] = "",
) -> Answer:
    """The answer of a form: of the whole page, or of the two buttons alone. Raises InvalidValue."""
    if kind is None:
        return Answer.of(accepts=bool(accepts))
    try:
        day = date.fromisoformat(until) if until and kind in {AnswerKind.LATER, AnswerKind.PAUSE} else None
        chosen = datetime.fromisoformat(moment) if moment and kind is AnswerKind.YES else None
    except ValueError:
        raise InvalidValue("not_a_date") from None
    return Answer(kind, reason if kind is AnswerKind.NO else None, chosen, day, text.strip())


Said = Annotated[Answer, Depends(said)]


@router.get("/antwoord/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def show_question(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """The question of an invitation, or how it stands. Shows nothing about the alumnus. Raises NotLoggedIn."""
    question = invitations.question_of_link(state_of(request).app, code)
    return _reply_page(request, language, question, code)


@router.post("/antwoord/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def answer_question(request: Request, language: PageLanguage, code: Code, answer: Said) -> Response:
    """Records an answer in one click; one that comes too late is shown again, so that nothing is lost.

    Raises NotLoggedIn.
    """
    app = state_of(request).app
    try:
        question = invitations.reply_by_link(app, code, answer=answer)
    except InvalidValue as problem:
        question = invitations.question_of_link(app, code)
        other = invitations.another_by_link(app, code) if question.withdrawn or question.is_full else None
        return _reply_page(request, language, question, code, problem=problem, text=answer.text, other=other)
    return _reply_page(request, language, question, code)


@router.post("/antwoord/{code}/afstand", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def shorten(request: Request, code: Code) -> Response:
    """Takes over the maximum distance that was proposed. Raises NotLoggedIn."""
    invitations.shorten_distance_by_link(state_of(request).app, code)
    return RedirectResponse(address("antwoord", code), 303)


def _reply_page(
    request: Request,
    language: Language,
    question: invitations.Question,
    code: str,
    problem: InvalidValue | None = None,
    text: str = "",
    other: AskedRequest | None = None,
) -> HTMLResponse:
    values = {
        "question": question,
        "facts": cards.facts(language, question.request),
        "code": code,
        "text": text,
        "other": other,
        "other_facts": cards.facts(language, other),
        "problem": say(language, f"errors.errors.{problem.code}", **problem.values) if problem else None,
        **answering(language, question),
    }
    return render(request, language, "reply.html", values, 409 if problem else 200, area=AREA)


def agreed(language: Language, questions: Iterable[invitations.Question]) -> list[dict[str, object]]:
    """What an alumnus said yes to and is not over: the question, when and where it is."""
    rows = []
    for one in questions:
        if one.reply is LedgerEvent.ACCEPTED and not one.is_over:
            known = dict(cards.request_facts(language, one.request))
            when = cards.chosen_moment(language, one.moment) or known["when"]
            rows.append({"question": one, "when": when, "where": known["where"]})
    return rows


def answering(language: Language, question: invitations.Question) -> dict[str, object]:
    """What an alumnus can answer, and what was learned of the answer, for a page."""
    moments = question.request.moments
    return {
        "moments": [(one.start.isoformat(timespec="minutes"), wording.moment(language, one)) for one in moments],
        "reasons": [one.value for one in Reason],
        "chosen": cards.chosen_moment(language, question.moment),
        "learned": [
            say(
                language,
                f"demands.learned.{one.code}",
                day=wording.short_day(language, one.until) if one.until else say(language, "demands.learned.some_day"),
                km=one.km or 0,
                kind=say(language, f"words.kind.{question.request.kind.value}"),
            )
            for one in question.learned
        ],
        "distance": next((one.km for one in question.learned if one.km), None),
        "may_answer": not question.is_over and question.reply in {None, LedgerEvent.LATER},
    }
