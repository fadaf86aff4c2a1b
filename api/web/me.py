"""The pages of who is in it: what is known, consent, an objection, erasure; and the log for the privacy officer."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api import auth
from api.auth import form_is_ours, may
from api.languages import PageLanguage
from api.routes.people import KnownOut
from api.schemas import to_json
from api.state import state_of
from api.texts import error_sentence
from api.web.rendering import render
from matcher import inviting, persons
from matcher.domain import Purpose
from matcher.errors import Forbidden, InvalidValue
from matcher.importers.columns import choices_of
from matcher.locale import Language, say
from matcher.policy import Action, Principal

router = APIRouter(include_in_schema=False)
_PAGE = 50
_NEWEST = 100
"""Entries of the log that the page of somebody is made of; the file has all of them."""
Reader = Annotated[Principal, Depends(may(Action.PERSON_READ))]
Writer = Annotated[Principal, Depends(may(Action.CONSENT_WRITE))]


def own(who: Principal) -> None:
    """These pages are about oneself. Raises Forbidden for a coordinator, who has the API and the command line."""
    if who.alumnus_key is None:
        raise Forbidden("not_for_this_role", role=who.role.value, action=Action.PERSON_READ.value)


@router.get("/mij")
def me(request: Request, language: PageLanguage, who: Reader) -> HTMLResponse:
    """What is known about me, and what it is used for."""
    own(who)
    state = state_of(request)
    known: dict[str, Any] = persons.known(state.engine, who, newest=_NEWEST)
    held = {item["purpose"]: item for item in known["consents"]}
    agreed = {name for name, item in held.items() if item["withdrawn_on"] is None}
    purposes = [
        {"code": purpose.value, "given": purpose.value in agreed, "kept": held.get(purpose.value)}
        for purpose in Purpose
    ]
    questions = inviting.questions(state.engine, who)
    asked = state.store.retention().get(who.alumnus_key or 0)
    known["asked_to_stay"] = asked[0] if asked else None
    until = next((item["value"] for item in known["record"] if item["field"] == "paused_until"), None)
    paused = date.fromisoformat(until) if until else None
    if paused is not None and paused <= state.engine.clock.today():  # on that day one is found again
        paused = None
    filled = {*known["contact"], *(one["field"] for one in known["record"])}
    values = {
        "paused": paused,
        "known": known,
        "purposes": purposes,
        "questions": questions,
        "correctable": frozenset(persons.correctable()),
        "empty": [name for name in persons.correctable() if name not in filled],
        "newest": _NEWEST if len(known["log"]) == _NEWEST else 0,
    }
    return render(request, language, "me.html", values)


@router.get("/mij/verbeter")
def correcting(
    request: Request,
    language: PageLanguage,
    who: Annotated[Principal, Depends(may(Action.PERSON_CORRECT))],
    field: Annotated[str, Query(alias="veld", max_length=40)],
) -> HTMLResponse:
    """One field with what stands in it now."""
    own(who)
    text = persons.written(state_of(request).engine, who, field)
    return _correcting(request, language, field, text)


def _correcting(
    request: Request, language: Language, field: str, text: str, problem: InvalidValue | None = None
) -> HTMLResponse:
    column = persons.correctable()[field]
    values = {
        "field": field,
        "text": text,
        "cell": column.cell,
        "choices": choices_of(column),
        "example": say(language, f"importing.columns.alumni.{column.english}.example"),
        "problem": error_sentence(language, problem) if problem else None,
    }
    return render(request, language, "correct.html", values, 422 if problem else 200)


@router.post("/mij/verbeter", dependencies=[Depends(form_is_ours)])
def correct(
    request: Request,
    language: PageLanguage,
    who: Annotated[Principal, Depends(may(Action.PERSON_CORRECT))],
    field: Annotated[str, Form(alias="veld", max_length=40)],
    value: Annotated[str, Form(alias="waarde", max_length=20_000)] = "",
) -> Response:
    """A field as it should be; where that cannot be read the form comes back with what is wrong."""
    own(who)
    state = state_of(request)
    try:
        persons.check(field, value)
    except InvalidValue as problem:
        if field not in persons.correctable():
            raise
        return _correcting(request, language, field, value, problem)
    if field == "email":
        auth.need_fresh_login(request)
        state.tell(who.alumnus_key or 0, "email_changed", who, school=who.school)  # to the address of until now
    persons.correct(state.engine, who, field, value)
    return RedirectResponse("/mij#gegevens", 303)


@router.post("/mij/antwoord", dependencies=[Depends(form_is_ours)])
def reply(
    request: Request,
    who: Annotated[Principal, Depends(may(Action.REPLY))],
    key: Annotated[int, Form(alias="vraag")],
    accepts: Annotated[bool, Form(alias="ja")],
) -> Response:
    """Yes or no to a question."""
    inviting.reply(state_of(request).engine, who, key, accepts=accepts)
    return RedirectResponse("/mij#vragen", 303)


@router.get("/mij/gegevens.json")
def mine(request: Request, who: Reader) -> Response:
    """The same as a file."""
    own(who)
    found = KnownOut(**persons.known(state_of(request).engine, who))
    headers = {"Content-Disposition": 'attachment; filename="gegevens.json"'}
    return Response(to_json(found), 200, headers, "application/json")


@router.post("/mij/toestemming", dependencies=[Depends(form_is_ours)])
def consent(
    request: Request,
    who: Writer,
    purpose: Annotated[Purpose, Form(alias="doel")],
    given: Annotated[bool, Form(alias="geef")],
) -> Response:
    """Gives or withdraws consent for one purpose, in one click."""
    own(who)
    persons.give(state_of(request).engine, who, purpose, given=given)
    return RedirectResponse("/mij#toestemming", 303)


@router.post("/mij/bewaar", dependencies=[Depends(form_is_ours)])
def keep(request: Request, who: Writer) -> Response:
    """The data may stay for another term."""
    own(who)
    persons.keep(state_of(request).engine, who)
    return RedirectResponse("/mij", 303)


@router.post("/mij/bezwaar", dependencies=[Depends(form_is_ours)])
def objection(request: Request, who: Writer, objects: Annotated[bool, Form(alias="bezwaar")]) -> Response:
    """Objects to being ranked, or no longer."""
    own(who)
    persons.object_to_ranking(state_of(request).engine, who, objects=objects)
    return RedirectResponse("/mij#toestemming", 303)


@router.post("/mij/wissen", dependencies=[Depends(form_is_ours)])
def erase(
    request: Request,
    language: PageLanguage,
    who: Annotated[Principal, Depends(may(Action.PERSON_ERASE))],
    sure: Annotated[bool, Form(alias="zeker")] = False,
) -> HTMLResponse:
    """Erases the person who asks; the session ends with it."""
    own(who)
    if not sure:
        return render(request, language, "erase.html", {"done": False})
    persons.erase(state_of(request).engine, who)
    request.state.session = request.state.asker = None
    response = render(request, language, "erase.html", {"done": True})
    auth.log_out(request, response)
    return response


@router.get("/log")
def log(
    request: Request,
    language: PageLanguage,
    who: Annotated[Principal, Depends(may(Action.AUDIT_READ))],
    before: Annotated[int | None, Query(alias="voor", ge=1)] = None,
) -> HTMLResponse:
    """Who did what and when."""
    store = state_of(request).store
    entries = store.entries(who.owner(Action.AUDIT_READ), before=before, limit=_PAGE)
    older = f"/log?voor={entries[-1].id}" if len(entries) == _PAGE else None
    return render(request, language, "log.html", {"entries": entries, "older": older})
