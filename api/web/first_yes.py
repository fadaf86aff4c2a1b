"""The pages of the coordinator about consent: who can be asked, asking the others once, doors, and the age of facts."""

from __future__ import annotations

import io
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.consent_words import because, figures, kind_word, left_out
from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import State, state_of
from api.login.access import form_is_ours, may
from api.messages import first_words
from api.web import wording
from api.web.forms import Number
from api.web.pager import pager
from api.web.render import address, render
from matcher.errors import InputError, UnknownId
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.repositories.first_yes import FACTS, Door, FactAges
from matcher.services import campaigns, door, facts
from matcher.services.browsing import Slice
from matcher.services.campaigns import Standing

router = APIRouter(include_in_schema=False)
Manager = Annotated[Asker, Depends(may(Action.CAMPAIGN))]
DoorCode = Annotated[str, Path(alias="code", min_length=8, max_length=60, pattern=r"^[\w-]+$")]
SVG = "image/svg+xml"
PAGE = 50


@router.get("/toestemming")
def consent(request: Request, language: PageLanguage, asker: Manager) -> HTMLResponse:
    """Who can be asked for what, whom a campaign would mail, what came of earlier ones, and the doors."""
    return _page(request, language, asker)


def _page(request: Request, language: Language, asker: Asker, problem: str | None = None) -> HTMLResponse:
    state = state_of(request)
    standing = campaigns.standing(state.app, asker) if state.warm else []
    if not state.warm:
        state.start_warming()
    look = campaigns.look(state.app, asker) if asker.school is not None else None
    values = {
        "warm": state.warm,
        "standing": [_standing(language, one) for one in standing],
        "look": look,
        "left_out": left_out(language, look) if look else [],
        "words": first_words(state.settings, look.school, language) if look else {},
        "sends_mail": state.app.sends_mail,
        "figures": [figures(language, one) for one in campaigns.figures(state.app, asker)],
        "doors": [_door(state, request, language, one) for one in door.doors(state.app, asker)],
        "students": campaigns.students(state.app, asker),
        "may_open": asker.school is not None,
        "problem": problem,
    }
    return render(request, language, "consent.html", values, 422 if problem else 200, area="first_yes")


def _standing(language: Language, one: Standing) -> dict[str, object]:
    rows = [
        {
            "kind": kind_word(language, kind.kind),
            "ranked": kind.ranked,
            "because": because(language, kind.because),
        }
        for kind in one.kinds
    ]
    return {"school": one.school, "alumni": one.alumni, "rows": rows, "no_mail": one.no_mail}


def _door(state: State, request: Request, language: Language, one: Door) -> dict[str, object]:
    about = [one.name or say(language, "first_yes.doors.whole")]
    if one.left_on is not None:
        about.append(say(language, "first_yes.doors.leaves", day=wording.short_day(language, one.left_on)))
    return {
        "door": one,
        "about": about,
        "address": _address(state, request, one.code),
        "poster": address("toestemming", "deur", one.code),
        "qr": address("toestemming", "deur", one.code, "qr.svg"),
        "close": address("toestemming", "deur", one.code, "dicht"),
    }


def _address(state: State, request: Request, code: str) -> str:
    """The address of a door as people type it."""
    site = (state.settings.base_url or str(request.base_url)).rstrip("/")
    return f"{site}/kom-erbij/{code}"


@router.post("/toestemming/vraag", dependencies=[Depends(form_is_ours)])
def send(
    request: Request,
    language: PageLanguage,
    asker: Manager,
    expected: Annotated[int, Form(alias="aantal", ge=0, le=10_000_000)],
) -> Response:
    """Mails those whom the page has just counted; with another count by now it shows the page again."""
    try:
        sent = campaigns.send(state_of(request).app, asker, expected=expected)
    except InputError as error:
        return _page(request, language, asker, problem=error_sentence(language, error))
    return RedirectResponse(address("toestemming", gedaan="gevraagd" if sent.mails else "niemand"), 303)


@router.post("/toestemming/deur", dependencies=[Depends(form_is_ours)])
def open_door(
    request: Request,
    language: PageLanguage,
    asker: Manager,
    name: Annotated[str, Form(alias="naam", max_length=200)] = "",
    left_on: Annotated[str, Form(alias="vertrek", max_length=10)] = "",
) -> Response:
    """Opens a door for the school or for one class."""
    try:
        day = date.fromisoformat(left_on) if left_on else None
    except ValueError:
        day = None
    try:
        door.open_door(state_of(request).app, asker, name, day)
    except InputError as error:
        return _page(request, language, asker, problem=error_sentence(language, error))
    return RedirectResponse(address("toestemming", gedaan="open"), 303)


@router.post("/toestemming/deur/{code}/dicht", dependencies=[Depends(form_is_ours)])
def close_door(request: Request, asker: Manager, code: DoorCode) -> Response:
    """Closes a door."""
    door.close_door(state_of(request).app, asker, code)
    return RedirectResponse(address("toestemming", gedaan="dicht"), 303)


@router.get("/toestemming/deur/{code}")
def poster(request: Request, language: PageLanguage, asker: Manager, code: DoorCode) -> HTMLResponse:
    """The code and the address of a door, to be printed."""
    state = state_of(request)
    return render(
        request,
        language,
        "poster.html",
        _door(state, request, language, _own_door(state, asker, code)),
        area="first_yes",
    )


@router.get("/toestemming/deur/{code}/qr.svg")
def code_of_door(request: Request, asker: Manager, code: DoorCode) -> Response:
    """The code of a door as a picture that is sharp in any size."""
    import segno

    state = state_of(request)
    one = _own_door(state, asker, code)
    picture = io.BytesIO()
    segno.make(_address(state, request, one.code), error="m", micro=False).save(
        picture, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False, nl=False
    )
    return Response(picture.getvalue(), 200, {"Cache-Control": "no-store"}, SVG)


def _own_door(state: State, asker: Asker, code: str) -> Door:
    one = next((one for one in door.doors(state.app, asker) if one.code == code), None)
    if one is None:
        raise UnknownId("unknown_door")
    return one


@router.get("/toestemming/gegevens")
def ages(request: Request, language: PageLanguage, asker: Manager, page: Number = 1) -> HTMLResponse:
    """How old the facts of alumni are, the oldest first."""
    listed = facts.ages(state_of(request).app, asker, Slice(page, PAGE))
    shown = pager(page, PAGE, listed.total, "toestemming", "gegevens")
    rows = [
        {
            "id": age.alumnus_id,
            "school": age.school,
            "cells": [_cell(language, age, fact) for fact in FACTS],
            "notes": _notes(language, age),
        }
        for age in listed.items
    ]
    values = {
        "rows": rows,
        "heads": [say(language, f"first_yes.fact.{fact}") for fact in FACTS],
        "pager": shown,
        "names_school": asker.school is None,
    }
    return render(request, language, "consent_facts.html", values, area="first_yes")


def _cell(language: Language, age: FactAges, fact: str) -> str:
    if fact not in age.days:
        return say(language, "first_yes.facts.unknown")
    day = age.days[fact]
    return say(language, "first_yes.facts.never") if day is None else wording.short_day(language, day)


def _notes(language: Language, age: FactAges) -> list[str]:
    days = (("bounced", age.bounced_on), ("asked_on", age.asked_on))
    return [
        say(language, f"first_yes.facts.{name}", day=wording.short_day(language, day))
        for name, day in days
        if day is not None
    ]
