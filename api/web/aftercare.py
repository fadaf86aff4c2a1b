"""The pages of aftercare: whom to contact next, what came of it, objections, and the file for the region."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.routes.common import ID, NAME
from api.web.downloads import FileKind, download
from api.web.forms import Number
from api.web.pager import pager
from api.web.render import address, render
from matcher.domain.aftercare import How, Outcome, current
from matcher.domain.answers import Match
from matcher.errors import InvalidValue
from matcher.locale import Language
from matcher.policy import Action, Asker
from matcher.services import aftercare
from matcher.services.aftercare import LONGEST, Entry, Matched, Show
from matcher.services.browsing import Slice

router = APIRouter(include_in_schema=False)
Reader = Annotated[Asker, Depends(may(Action.AFTERCARE_READ))]
Writer = Annotated[Asker, Depends(may(Action.AFTERCARE_WRITE))]
Who = Annotated[str, Query(alias="wie", **ID)]
WhoSent = Annotated[str, Form(alias="wie", **ID)]
SchoolAsked = Annotated[str, Query(alias="school", **NAME)]
SchoolSent = Annotated[str, Form(alias="school", **NAME)]
PAGE = 25
_SHOW = {"nu": Show.DUE, "later": Show.LATER, "klaar": Show.DONE, "bezwaar": Show.OBJECTS}


@router.get("/nazorg")
def overview(
    request: Request,
    language: PageLanguage,
    asker: Reader,
    chosen: Annotated[str, Query(alias="toon", max_length=10)] = "nu",
    page: Number = 1,
) -> HTMLResponse:
    """Whom to contact now, later, no more, and who objects."""
    chosen = chosen if chosen in _SHOW else "nu"
    app = state_of(request).app
    found = aftercare.overview(app, asker, _SHOW[chosen], Slice(page, PAGE))
    values = {
        "found": found,
        "today": app.clock.today(),
        "rows": [(one, _page_of(one.standing.alumnus.alumnus_id, one.standing.alumnus.school)) for one in found.rows],
        "tabs": [(name, show.value, address("nazorg", toon=name), found.counts[show]) for name, show in _SHOW.items()],
        "chosen": chosen,
        "outcomes": ["", *(one.value for one in Outcome)],
        "pager": pager(page, PAGE, found.total, "nazorg", toon=chosen),
    }
    return render(request, language, "aftercare.html", values, area="aftercare")


@router.get("/nazorg/alumnus")
def dossier(
    request: Request,
    language: PageLanguage,
    asker: Reader,
    who: Who,
    school: SchoolAsked = "",
) -> HTMLResponse:
    """What the register has of one alumnus, with a form for what came of a contact."""
    return _dossier(request, language, asker, who, school)


@router.get("/nazorg/helpt")
def search(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.AFTERCARE_READ)],
    who: Who,
    school: SchoolAsked = "",
) -> HTMLResponse:
    """The same with what may help, where the alumnus agreed to that."""
    matched = aftercare.matched(state_of(request).app, asker, who, school=school or None)
    return _dossier(request, language, asker, who, school, matched=matched)


def _dossier(
    request: Request,
    language: Language,
    asker: Asker,
    who: str,
    school: str,
    *,
    problem: InvalidValue | None = None,
    matched: Matched | None = None,
) -> HTMLResponse:
    state = state_of(request)
    found = aftercare.dossier(state.app, asker, who, school=school or None)
    values = {
        "found": found,
        "name": found.contact.name or found.alumnus.alumnus_id,
        "lines": list(reversed(found.lines)),
        "case": current(found.cases),
        "matched": matched,
        "same_way": _links(matched),
        "search": address("nazorg", "helpt", wie=who, school=school),
        "outcomes": [one.value for one in Outcome],
        "ways": [one.value for one in How],
        "longest": LONGEST,
        "today": state.app.clock.today().isoformat(),
        "problem": error_sentence(language, problem) if problem else None,
    }
    return render(request, language, "aftercare_account.html", values, 422 if problem else 200, area="aftercare")


def _links(matched: Matched | None) -> Sequence[tuple[Match, str]]:
    """The alumni who went the same way, and where advice about them stands."""
    return [
        (match, address("advies", match.owner, match.candidate_id)) for match in (matched.same_way if matched else ())
    ]


@router.post("/nazorg/contact", dependencies=[Depends(form_is_ours)])
def add(
    request: Request,
    language: PageLanguage,
    asker: Writer,
    who: WhoSent,
    outcome: Annotated[Outcome, Form(alias="uitkomst")],
    how: Annotated[How, Form(alias="hoe")],
    school: SchoolSent = "",
    on: Annotated[str, Form(alias="dag", max_length=10)] = "",
    again: Annotated[str, Form(alias="weer", max_length=10)] = "",
) -> Response:
    """Writes a contact down."""
    try:
        entry = Entry(how, outcome, _day(on, "aftercare_day"), _day(again, "aftercare_day"))
        aftercare.add(state_of(request).app, asker, who, entry, school=school or None)
    except InvalidValue as problem:
        return _dossier(request, language, asker, who, school, problem=problem)
    return RedirectResponse(_page_of(who, school, "opgeschreven"), 303)


@router.post("/nazorg/herstel", dependencies=[Depends(form_is_ours)])
def correct(
    request: Request,
    language: PageLanguage,
    asker: Writer,
    who: WhoSent,
    entry: Annotated[int, Form(alias="regel", ge=1, le=2**63 - 1)],
    school: SchoolSent = "",
) -> Response:
    """Adds the line by which a contact counts no more."""
    try:
        aftercare.correct(state_of(request).app, asker, who, entry, school=school or None)
    except InvalidValue as problem:
        return _dossier(request, language, asker, who, school, problem=problem)
    return RedirectResponse(_page_of(who, school, "hersteld"), 303)


@router.post("/nazorg/bezwaar", dependencies=[Depends(form_is_ours)])
def object_to(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.AFTERCARE_OBJECT))],
    who: WhoSent,
    said: Annotated[str, Form(alias="waarom", max_length=LONGEST)] = "",
    school: SchoolSent = "",
) -> Response:
    """Writes down that an alumnus objects, as told on the telephone."""
    app = state_of(request).app
    aftercare.object_to(app, asker, objects=True, said=said, alumnus_id=who, school=school or None)
    return RedirectResponse(_page_of(who, school, "bezwaar"), 303)


@router.post("/nazorg/besluit", dependencies=[Depends(form_is_ours)])
def decide(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.AFTERCARE_DECIDE))],
    who: WhoSent,
    upheld: Annotated[bool, Form(alias="gelijk")],
    because: Annotated[str, Form(alias="waarom", max_length=LONGEST)] = "",
    school: SchoolSent = "",
) -> Response:
    """Decides on an objection."""
    try:
        aftercare.decide(state_of(request).app, asker, who, upheld=upheld, because=because, school=school or None)
    except InvalidValue as problem:
        return _dossier(request, language, asker, who, school, problem=problem)
    return RedirectResponse(_page_of(who, school, "besloten"), 303)


@router.post("/nazorg/bestand", dependencies=[Depends(form_is_ours)])
def export(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.AFTERCARE_EXPORT))],
    kind: FileKind,
) -> Response:
    """The file for the regional programme."""
    app = state_of(request).app
    return download("nazorg", app.clock.today(), kind, lambda file: aftercare.export(app, asker, file, language))


def _page_of(who: str, school: str, told: str = "") -> str:
    return address("nazorg", "alumnus", wie=who, school=school, gedaan=told)


def _day(text: str, code: str) -> date | None:
    """A day, None for nothing. Raises InvalidValue."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidValue(code) from None
