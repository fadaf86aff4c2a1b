"""The start of an adviser: the code of a talk, own appointments; and what is chosen for an alumnus."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.http.failures import failure_of
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.web import advice, cards, wording
from api.web.flash import done
from api.web.forms import Id
from api.web.render import address, render
from matcher import explain
from matcher.domain.moments import ZONE
from matcher.domain.talks import LONGEST_NOTE
from matcher.errors import AlumnimatchError, InvalidValue, RateLimited
from matcher.locale import Language
from matcher.matching.tilt import Tilt
from matcher.policy import Action, Asker
from matcher.services import browsing, matching, talks
from matcher.services.directory import Person

router = APIRouter(include_in_schema=False)
AREA = "talks"
Adviser = Annotated[Asker, Depends(may(Action.TALK_OPEN))]
Chooser = Annotated[Asker, Depends(may(Action.SHORTLIST))]
_MOST_RANKED = 100
"""Courses among which the reasons of the chosen ones are looked for."""


@router.post("/advies/code", dependencies=[Depends(form_is_ours)])
def open_talk(
    request: Request, language: PageLanguage, asker: Adviser, code: Annotated[str, Form(alias="code", max_length=40)]
) -> Response:
    """Opens the advice of whoever shows this code; for a wrong one the start again, with what is wrong."""
    try:
        visit = talks.open_by(state_of(request).app, asker, code)
    except (InvalidValue, RateLimited) as problem:
        return start(request, language, asker, problem=problem, code=code)
    return done(address("advies", visit.alumnus.school, visit.alumnus.alumnus_id), "gesprek-open")


def start(
    request: Request, language: Language, asker: Asker, *, problem: AlumnimatchError | None = None, code: str = ""
) -> HTMLResponse:
    """The start of an adviser."""
    failure = failure_of(problem, language) if problem else None
    values = _desk(request, language, asker) | {"problem": failure.detail if failure else None, "code": code}
    return render(request, language, "talk_start.html", values, failure.status if failure else 200, area=AREA)


def _desk(request: Request, language: Language, asker: Asker) -> dict[str, Any]:
    """What goes on and what was agreed, for the start."""
    desk = talks.desk(state_of(request).app, asker)

    def meeting(one: talks.Meeting) -> dict[str, Any]:
        at = one.appointment.at.astimezone(ZONE)
        return {
            "key": one.appointment.key,
            "person": Person.of(one.alumnus),
            "label": one.appointment.label,
            "day": wording.short_day(language, at.date()),
            "time": wording.clock(at),
            "link": address("advies", one.alumnus.school, one.alumnus.alumnus_id) if one.may_open else None,
        }

    return {
        "talks": [
            {
                "person": Person.of(one.alumnus),
                "until": wording.clock(one.until),
                "link": address("advies", one.alumnus.school, one.alumnus.alumnus_id),
            }
            for one in desk.talks
        ],
        "meetings": [meeting(one) for one in desk.today],
        "later": [meeting(one) for one in desk.later],
    }


@router.post("/advies/afspraak-weg", dependencies=[Depends(form_is_ours)])
def cancel(
    request: Request, asker: Adviser, appointment: Annotated[int, Form(alias="afspraak", ge=1, lt=2**63)]
) -> Response:
    """An own appointment is off."""
    talks.cancel(state_of(request).app, asker, appointment)
    return done("/advies", "afspraak-weg")


@router.post("/advies/{school}/{alumnus_id}/afspraak", dependencies=[Depends(form_is_ours)])
def meet(
    request: Request,
    asker: Adviser,
    school: Id,
    alumnus_id: Id,
    at: Annotated[str, Form(alias="wanneer", max_length=40)],
    label: Annotated[str, Form(alias="wie", max_length=200)] = "",
) -> Response:
    """An appointment with an alumnus."""
    try:
        moment = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    except ValueError:
        raise InvalidValue("not_a_date") from None
    talks.meet(state_of(request).app, asker, alumnus_id, moment, school=school, label=label)
    return done("/advies", "afspraak", at="afspraken")


@router.post("/advies/{school}/{alumnus_id}/lijst", dependencies=[Depends(form_is_ours)])
def choose(
    request: Request,
    asker: Chooser,
    school: Id,
    alumnus_id: Id,
    course: Annotated[str, Form(alias="cursus", max_length=200)],
    provider: Annotated[str, Form(alias="aanbieder", max_length=200)] = "",
    keep: Annotated[bool, Form(alias="houd")] = True,
    note: Annotated[str, Form(alias="notitie", max_length=2000)] = "",
    tilt: Annotated[str, Form(alias="stand", max_length=40)] = "",
    page: Annotated[str, Form(alias="bij", max_length=10)] = "",
) -> Response:
    """Puts a course on the list of an alumnus, changes its note, or takes it off."""
    app = state_of(request).app
    talks.choose(app, asker, alumnus_id, course, provider or None, school=school, keep=keep, note=note)
    back: dict[str, Any] = {"cursus": course, "aanbieder": provider, "houd": str(not keep).lower()}
    if page:
        return done(address("advies", school, alumnus_id, "lijst"), "notitie" if keep else "keuze-eraf", **back)
    known = Tilt.named(tilt)
    where = address("advies", school, alumnus_id, stand=known.name if known and not known.is_usual else "")
    return done(where, "keuze-erop" if keep else "keuze-eraf", at="lijst", **back)


@router.post("/advies/{school}/{alumnus_id}/mail", dependencies=[Depends(form_is_ours)])
def mail(request: Request, asker: Chooser, school: Id, alumnus_id: Id) -> Response:
    """Mails the alumnus where the list is."""
    talks.mail(state_of(request).app, asker, alumnus_id, school=school)
    return done(address("advies", school, alumnus_id, "lijst"), "lijst-mail")


@router.get("/advies/{school}/{alumnus_id}/lijst")
def shortlist(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.RECOMMEND)],
    school: Id,
    alumnus_id: Id,
) -> HTMLResponse:
    """What was chosen, with notes, beside the week of the alumnus, and as one page to print."""
    return _shortlist(request, language, asker, alumnus_id, school)


@router.get("/mij/lijst")
def own_shortlist(
    request: Request, language: PageLanguage, asker: Annotated[Asker, may_rank(Action.RECOMMEND)]
) -> HTMLResponse:
    """What was chosen for the asker in a talk."""
    return _shortlist(request, language, asker)


def _shortlist(
    request: Request, language: Language, asker: Asker, alumnus_id: str | None = None, school: str | None = None
) -> HTMLResponse:
    """The chosen courses with what speaks for each, said to the alumnus, and the address of the own list as a code."""
    app = state_of(request).app
    alumnus = browsing.alumnus(app, asker, alumnus_id, school)
    chosen = talks.chosen(app, asker, alumnus_id, school=school)
    ranking = (
        matching.recommend(app, asker, alumnus_id, "offerings", school=school, top=_MOST_RANKED) if chosen else None
    )
    found = {} if ranking is None else {match.key: match for match in ranking.matches}
    rows = []
    for one in chosen:
        match = found.get(one.offering.key)
        told = explain.grouped_reasons(match, language, "alumnus") if match else {}
        rows.append(
            {
                "offering": one.offering,
                "note": one.choice.note or "",
                "facts": cards.facts(language, one.offering),
                "reasons": told.get("plus", [])[:4],
                "minds": told.get("caution", [])[:2],
                "url": cards.safe_url(one.offering.url),
            }
        )
    link = f"{str(request.base_url).rstrip('/')}/mij/lijst"
    values = {
        "own": asker.alumnus_key is not None,
        "person": Person.of(alumnus),
        "rows": rows,
        "week": advice.week([one.offering for one in chosen], alumnus.day_parts),
        "link": link,
        "qr": qr(link),
        "longest": LONGEST_NOTE,
    }
    return render(request, language, "talk_list.html", values, area=AREA)


def qr(text: str) -> Mapping[str, Any]:
    """A code of squares as an SVG path: `d`, and how many squares it is wide with its border."""
    import segno

    made = segno.make(text, error="m", micro=False)
    picture = io.BytesIO()
    made.save(picture, kind="svg", border=4, xmldecl=False, svgns=False, nl=False, omitsize=True)
    return {"d": picture.getvalue().decode().partition(' d="')[2].partition('"')[0], "size": made.symbol_size()[0]}
