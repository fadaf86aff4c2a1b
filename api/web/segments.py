"""The pages of the coordinator about groups of alumni: saved filters, messages to them, and what came of each."""

from __future__ import annotations

from datetime import date
from math import isfinite, nan
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.messages import Composer
from api.segment_words import criteria_words, figure_words, look_words, state_words
from api.web.forms import Posted
from api.web.render import address, render
from matcher.domain.kinds import Purpose
from matcher.domain.segments import MOST_KM, PURPOSES, Criteria
from matcher.errors import InputError, InvalidValue, UnknownId
from matcher.locale import Language
from matcher.policy import Action, Asker
from matcher.services import feedback, segment_messages, segments
from matcher.services.segment_messages import Draft, Standing
from matcher.services.segments import Counted

router = APIRouter(include_in_schema=False)
Manager = Annotated[Asker, Depends(may(Action.SEGMENT))]
Approver = Annotated[Asker, Depends(may(Action.SEGMENT_APPROVE))]
Id = Annotated[str, Path(alias="id", min_length=1, max_length=40, pattern=r"^\w+$")]
NUMBERS = ("jaar_van", "jaar_tot", "niveau", "km")
DAYS = ("vertrek_van", "vertrek_tot")
TEXTS = ("naam", "opleiding", "sector", "functie", "plaats")
CHOICES = ("gevraagd", "gaf", "kreeg", "doel")


@router.get("/segmenten")
def groups(request: Request, language: PageLanguage, asker: Manager) -> HTMLResponse:
    """The groups of the school with how many are of each, the form for another, and the messages.

    An address may fill in the form.
    """
    typed = {name: request.query_params.get(name, "")[:200] for name in (*TEXTS, *NUMBERS, *DAYS, *CHOICES)}
    return _groups(request, language, asker, typed=typed)


def _groups(
    request: Request,
    language: Language,
    asker: Asker,
    problem: str = "",
    typed: dict[str, str] | None = None,
    suggest: str = "",
) -> HTMLResponse:
    app = state_of(request).app
    values = {
        "rows": [_group(language, one) for one in segments.listed(app, asker)],
        "messages": [_message(language, one) for one in segment_messages.listed(app, asker)],
        "purposes": PURPOSES,
        "typed": dict.fromkeys((*TEXTS, *NUMBERS, *DAYS, *CHOICES), "") | (typed or {}),
        "may_add": asker.school is not None,
        "problem": problem,
        "suggest": suggest,
    }
    return render(request, language, "segments.html", values, 422 if problem else 200, area="segments")


def _group(language: Language, one: Counted) -> dict[str, object]:
    return {
        "name": one.segment.name,
        "school": one.segment.school,
        "people": one.people,
        "criteria": criteria_words(language, one.criteria),
        "link": address("segmenten", one.segment.id),
    }


def _message(language: Language, one: Standing) -> dict[str, object]:
    message = one.message
    return {
        "subject": message.subject,
        "segment": message.segment,
        "state": state_words(language, message),
        "questions": len(message.questions),
        "figures": [] if one.figures is None else figure_words(language, one.figures, asks=bool(message.questions)),
        "link": address("segmenten", "bericht", message.id),
    }


@router.post("/segmenten", dependencies=[Depends(form_is_ours)])
def add(request: Request, language: PageLanguage, asker: Manager, form: Posted) -> Response:
    """Saves a group; what cannot be is said, and what was typed stays."""
    typed = {name: str(form.get(name) or "")[:200] for name in (*TEXTS, *NUMBERS, *DAYS, *CHOICES)}
    typed["plaats"] = str(form.get("bedoeld") or "")[:200] or typed["plaats"]
    try:
        made = segments.add(state_of(request).app, asker, typed["naam"], _criteria(typed))
    except InputError as error:
        suggest = str(error.values.get("suggest") or "")
        return _groups(request, language, asker, error_sentence(language, error), typed, suggest)
    return RedirectResponse(address("segmenten", made.id, gedaan="bewaard"), 303)


def _criteria(typed: dict[str, str]) -> Criteria:
    """The criteria that a form states. Raises InvalidValue."""

    def number(name: str) -> float | None:
        said = typed[name].strip().replace(",", ".")
        try:
            value = float(said) if said else None
        except ValueError:
            value = nan
        if value is not None and not isfinite(value):
            raise InvalidValue("segment_place" if name == "km" else "segment_year", value=said[:20], most=MOST_KM)
        return value

    def whole(name: str) -> int | None:
        said = typed[name].strip()
        if not said:
            return None
        if not (said.isascii() and said.isdecimal() and len(said) <= 4):
            raise InvalidValue("segment_level" if name == "niveau" else "segment_year", value=said[:20])
        return int(said)

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(typed[name]) if typed[name] else None
        except ValueError:
            raise InvalidValue("segment_range") from None

    def is_so(name: str) -> bool | None:
        return {"ja": True, "nee": False}.get(typed[name])

    return Criteria(
        year_from=whole("jaar_van"),
        year_to=whole("jaar_tot"),
        qualification=typed["opleiding"],
        level=whole("niveau"),
        left_from=day("vertrek_van"),
        left_to=day("vertrek_tot"),
        sector=typed["sector"],
        function=typed["functie"],
        place=typed["plaats"],
        km=number("km"),
        asked=is_so("gevraagd"),
        gave=is_so("gaf"),
        received=is_so("kreeg"),
        purpose=_purpose(typed["doel"]),
    )


def _purpose(code: str) -> Purpose | None:
    return next((purpose for purpose in PURPOSES if purpose.value == code), None)


@router.get("/segmenten/{id}")
def group(
    request: Request,
    language: PageLanguage,
    asker: Manager,
    id_: Id,
    purpose: Annotated[str, Query(alias="doel", max_length=40)] = "",
) -> HTMLResponse:
    """One group: how many may have a message with a purpose and why others not, and the form to write one."""
    return _one(request, language, asker, id_, _purpose(purpose) or Purpose.NETWORK_EVENT)


def _one(
    request: Request,
    language: Language,
    asker: Asker,
    id_: str,
    purpose: Purpose,
    problem: str = "",
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    app = state_of(request).app
    found = next(iter(segments.listed(app, asker, id_=id_)), None)
    if found is None:
        raise UnknownId("unknown_segment", id=id_)
    line, left_out = look_words(language, segments.look(app, asker, id_, purpose), purpose)
    values = {
        "one": _group(language, found),
        "remove": address("segmenten", id_, "weg"),
        "write": address("segmenten", id_, "bericht"),
        "here_": address("segmenten", id_),
        "line": line,
        "left_out": left_out,
        "purposes": PURPOSES,
        "purpose": purpose,
        "forms": [form for form in feedback.forms(app, asker) if form.school == found.segment.school],
        "typed": {"onderwerp": "", "tekst": "", "vragen": ""} | (typed or {}),
        "problem": problem,
    }
    return render(request, language, "segment.html", values, 422 if problem else 200, area="segments")


@router.post("/segmenten/{id}/weg", dependencies=[Depends(form_is_ours)])
def remove(request: Request, asker: Manager, id_: Id) -> Response:
    """Removes a group."""
    segments.remove(state_of(request).app, asker, id_)
    return RedirectResponse(address("segmenten", gedaan="weg"), 303)


@router.post("/segmenten/{id}/bericht", dependencies=[Depends(form_is_ours)])
def write(
    request: Request,
    language: PageLanguage,
    asker: Manager,
    id_: Id,
    purpose: Annotated[str, Form(alias="doel", max_length=40)] = "",
    subject: Annotated[str, Form(alias="onderwerp", max_length=500)] = "",
    text: Annotated[str, Form(alias="tekst", max_length=20_000)] = "",
    questions: Annotated[str, Form(alias="vragen", max_length=40)] = "",
) -> Response:
    """Writes a message, and goes on to the look at it; with questions its purpose is feedback."""
    chosen = Purpose.FEEDBACK if questions else _purpose(purpose) or Purpose.NETWORK_EVENT
    try:
        made = segment_messages.write(state_of(request).app, asker, Draft(id_, chosen, subject, text, questions))
    except InvalidValue as error:
        typed = {"onderwerp": subject, "tekst": text, "vragen": questions}
        return _one(request, language, asker, id_, chosen, problem=error_sentence(language, error), typed=typed)
    return RedirectResponse(address("segmenten", "bericht", made.id), 303)


@router.get("/segmenten/bericht/{id}")
def message(request: Request, language: PageLanguage, asker: Manager, id_: Id) -> HTMLResponse:
    """A message word for word, whom it goes to, and what came of it."""
    return _shown(request, language, asker, id_)


def _shown(request: Request, language: Language, asker: Asker, id_: str, problem: str = "") -> HTMLResponse:
    state = state_of(request)
    shown = segment_messages.shown(state.app, asker, id_)
    one, settings = shown.standing, state.settings
    base = settings.base_url or str(request.base_url).rstrip("/")
    letter = Composer(settings.model_copy(update={"base_url": base})).example(shown.mail)
    line, left_out = ("", []) if shown.look is None else look_words(language, shown.look, Purpose(one.message.purpose))
    minutes = round(state.app.answer_terms.undo.total_seconds() / 60)
    values = {
        **_message(language, one),
        "message": one.message,
        "letter": letter,
        "mailed": shown.look.mailed if shown.look else 0,
        "line": line,
        "left_out": left_out,
        "is_draft": shown.look is not None,
        "may_approve": shown.may_approve,
        "alone": shown.alone,
        "any_writer": not state.app.second_approves,
        "minutes": minutes,
        "sends_mail": state.app.sends_mail,
        "undo_until": one.undo_until,
        "problem": problem,
    }
    return render(request, language, "segment_message.html", values, 422 if problem else 200, area="segments")


@router.post("/segmenten/bericht/{id}/goed", dependencies=[Depends(form_is_ours)])
def approve(
    request: Request,
    language: PageLanguage,
    asker: Approver,
    id_: Id,
    expected: Annotated[int, Form(alias="aantal", ge=0, le=10_000_000)],
) -> Response:
    """Approves a message for as many as the page counted; with another count by now it shows the page again."""
    try:
        segment_messages.approve(state_of(request).app, asker, id_, expected=expected)
    except InvalidValue as error:
        return _shown(request, language, asker, id_, problem=error_sentence(language, error))
    return RedirectResponse(address("segmenten", "bericht", id_, gedaan="verstuurd"), 303)


@router.post("/segmenten/bericht/{id}/terug", dependencies=[Depends(form_is_ours)])
def undo(request: Request, language: PageLanguage, asker: Approver, id_: Id) -> Response:
    """Takes a message back before its mail goes out."""
    try:
        segment_messages.undo(state_of(request).app, asker, id_)
    except InvalidValue as error:
        return _shown(request, language, asker, id_, problem=error_sentence(language, error))
    return RedirectResponse(address("segmenten", "bericht", id_, gedaan="teruggehaald"), 303)


@router.post("/segmenten/bericht/{id}/weg", dependencies=[Depends(form_is_ours)])
def discard(request: Request, language: PageLanguage, asker: Manager, id_: Id) -> Response:
    """Throws a message away that was not approved."""
    try:
        segment_messages.discard(state_of(request).app, asker, id_)
    except InvalidValue as error:
        return _shown(request, language, asker, id_, problem=error_sentence(language, error))
    return RedirectResponse(address("segmenten", gedaan="weg"), 303)
