"""The page on which an alumnus says when he or she is free: a week, calendars in, and agreed moments out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.calendar_source import HttpsCalendars
from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login import access
from api.login.access import Code, form_is_ours, may
from api.public_addresses import LONGEST
from api.web import wording
from api.web.flash import done
from api.web.render import render
from api.web.reply import agreed
from matcher.calendars.values import LIMITS
from matcher.domain.day_parts import DAYS, PARTS, mask_of_day_parts, names_of_day_parts
from matcher.errors import InputError
from matcher.locale import Language
from matcher.policy import Action, Asker
from matcher.services import calendars, invitations, privacy, talks

router = APIRouter(include_in_schema=False)
Owner = Annotated[Asker, Depends(may(Action.CALENDAR_WRITE))]


@router.get("/mij/agenda")
def agenda(request: Request, language: PageLanguage, asker: Owner) -> HTMLResponse:
    """The week, the calendars and what was read of them."""
    return _page(request, language, asker)


def _page(
    request: Request, language: Language, asker: Asker, *, problem: InputError | None = None, secret: str = ""
) -> HTMLResponse:
    app = state_of(request).app
    mask = privacy.current(app, asker, "day_parts")
    values = {
        "days": DAYS,
        "parts": PARTS,
        "free": None if not isinstance(mask, int) else names_of_day_parts(mask),
        "calendars": calendars.mine(app, asker),
        "has_feed": calendars.has_feed(app, asker),
        "agreed": agreed(language, invitations.questions(app, asker)),
        "coming": [wording.stamp(language, one.at.replace(tzinfo=None)) for one in talks.mine(app, asker).coming],
        "most": calendars.MOST,
        "problem": error_sentence(language, problem) if problem else None,
        "feed": f"{str(request.base_url).rstrip('/')}/agenda/{secret}.ics" if secret else "",
        "longest": LONGEST,
    }
    return render(request, language, "agenda.html", values, 422 if problem else 200, area="calendars")


@router.post("/mij/agenda/week", dependencies=[Depends(form_is_ours)])
def set_week(
    request: Request, asker: Owner, free: Annotated[list[str] | None, Form(alias="vrij", max_length=21)] = None
) -> Response:
    """Sets the day parts on which the asker is free."""
    app, said = state_of(request).app, mask_of_day_parts(free or ())
    if said != (privacy.current(app, asker, "day_parts") or 0):  # what is not changed stays as it was said
        privacy.correct(app, asker, "day_parts", said)
    return done("/mij/agenda", "week")


@router.post("/mij/agenda/bestand", dependencies=[Depends(form_is_ours)])
def add_file(
    request: Request, language: PageLanguage, asker: Owner, file: Annotated[UploadFile, File(alias="bestand")]
) -> Response:
    """Reads a file; for one that cannot be used shows the page again, with the problem."""
    try:
        calendars.import_file(state_of(request).app, asker, file.file.read(LIMITS.size + 1))
    except InputError as problem:
        return _page(request, language, asker, problem=problem)
    return done("/mij/agenda", "agenda-erbij", at="agendas")


@router.post("/mij/agenda/adres", dependencies=[Depends(form_is_ours)])
def add_address(
    request: Request, language: PageLanguage, asker: Owner, url: Annotated[str, Form(alias="adres", max_length=LONGEST)]
) -> Response:
    """Subscribes to a calendar; for an address that cannot be used shows the page again, with the problem."""
    address = url.strip()
    if address.lower().startswith("webcal://"):  # as calendar programs show it
        address = "https" + address[6:]
    try:
        calendars.subscribe(state_of(request).app, asker, address, HttpsCalendars())
    except InputError as problem:
        return _page(request, language, asker, problem=problem)
    return done("/mij/agenda", "agenda-erbij", at="agendas")


@router.post("/mij/agenda/weg", dependencies=[Depends(form_is_ours)])
def take_away(
    request: Request, asker: Owner, calendar: Annotated[int, Form(alias="agenda", ge=1, lt=2**63)]
) -> Response:
    """Removes a calendar with its busy times."""
    calendars.remove(state_of(request).app, asker, calendar)
    return done("/mij/agenda", "agenda-weg", at="agendas")


@router.post("/mij/agenda/feed", dependencies=[Depends(form_is_ours)])
def feed_address(
    request: Request, language: PageLanguage, asker: Owner, new: Annotated[bool, Form(alias="nieuw")]
) -> Response:
    """Makes a new address for the agreed moments, shown once, or ends it."""
    app = state_of(request).app
    if new:
        return _page(request, language, asker, secret=calendars.new_feed(app, asker))
    calendars.end_feed(app, asker)
    return done("/mij/agenda", "feed-weg")


@router.get("/agenda/{code}.ics", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def feed(request: Request, code: Code) -> Response:
    """The agreed moments of whom the address belongs to, for a calendar program. Raises NotLoggedIn."""
    content = calendars.feed_of_link(state_of(request).app, code)
    return Response(content, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, no-store"})
