"""Pages without an account: the four questions, three facts, and the door for who is on no list.

Behind a link of a mail stands what that person answered, and nothing else of the record but the three facts that it
asks about. The door answers the same, and as fast, whoever knocks.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login import access
from api.login.access import Code
from api.messages import first_words
from api.web.forms import Posted
from api.web.render import address, render
from matcher.domain.day_parts import DAYS, PARTS, mask_of_day_parts, names_of_day_parts
from matcher.domain.first_yes import GIVEN, MOST_ASKS, WANTED, Answers, Want
from matcher.domain.kinds import SHOWN_ON_CARDS, Purpose
from matcher.errors import InvalidValue
from matcher.locale import Language
from matcher.policy import VISITOR
from matcher.repositories.first_yes import FACTS
from matcher.services import campaigns, door, facts, school_settings
from matcher.services.door import Entry

router = APIRouter(include_in_schema=False)
OPEN = [Depends(access.open_to_all), Depends(access.login_attempt)]
DoorCode = Annotated[str, Path(alias="code", min_length=8, max_length=60, pattern=r"^[\w-]+$")]
OFTEN = (1, 2, 4, 6, MOST_ASKS)
"""How often a year, to choose from."""
SHOWN = tuple(purpose for purpose in Purpose if purpose in SHOWN_ON_CARDS)
_TEXTS = ("voornaam", "tussenvoegsel", "achternaam", "email", "nummer", "opleiding", "jaar", "geboren")


# ---- the four questions


@router.get("/welkom/{code}", dependencies=OPEN)
def questions(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """The four questions, with what was answered. Raises NotLoggedIn for a link that does not work."""
    state = state_of(request)
    asked = campaigns.asked_by_link(state.app, code)
    answers = asked.answers
    closed = school_settings.closed_at(state.app, VISITOR, asked.school)
    values = {
        "asked": asked,
        "code": code,
        "wants": tuple(Want),
        "gives": GIVEN,
        "shown_on_cards": SHOWN,
        "answers": answers,
        "days": DAYS,
        "parts": PARTS,
        "ticked": frozenset(names_of_day_parts(answers.day_parts or 0)),
        "often": sorted({*OFTEN, *({answers.asks} if answers.asks else ())}),
        "words": first_words(state.settings, asked.school, language),
        "closed_here": {purpose.value for purpose in closed},
        "closed_wants": {want.value for want in Want if WANTED[want] in closed},
    }
    return render(request, language, "welcome.html", values, area="first_yes")


@router.post("/welkom/{code}", dependencies=OPEN)
def answer(request: Request, code: Code, form: Posted) -> Response:
    """Records the answers, or that there is nothing; the page then shows them. Raises NotLoggedIn."""
    answers = Answers() if form.get("doen") == "niets" else _answers(form)
    campaigns.answer_by_link(state_of(request).app, code, answers)
    return RedirectResponse(address("welkom", code, gedaan="bewaard"), 303)


@router.post("/welkom/{code}/stop", dependencies=OPEN)
def stop(request: Request, code: Code) -> Response:
    """Records an objection. Raises NotLoggedIn."""
    campaigns.object_by_link(state_of(request).app, code)
    return RedirectResponse(address("welkom", code, gedaan="geen"), 303)


def _answers(form: Posted) -> Answers:
    """The answers of a form; whatever no question offers is left out."""

    def chosen(name: str) -> frozenset[str]:
        return frozenset(str(value) for value in form.getlist(name))

    often = str(form.get("vaak") or "")
    asks = int(often) if often.isascii() and often.isdigit() and int(often) <= MOST_ASKS else None
    return Answers(
        wants=frozenset(want for want in Want if want.value in chosen("wil")),
        gives=frozenset(kind for kind in GIVEN if kind.value in chosen("geef")),
        day_parts=mask_of_day_parts(chosen("dag")) or None,
        asks=asks,
        shown=frozenset(purpose for purpose in SHOWN if purpose.value in chosen("kaart")),
    )


# ---- three facts


@router.get("/klopt/{code}", dependencies=OPEN)
def three_facts(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """The three facts, with one button. Raises NotLoggedIn."""
    return _facts(request, language, code)


def _facts(request: Request, language: Language, code: str, problem: str | None = None) -> HTMLResponse:
    values = {
        "known": facts.facts_by_link(state_of(request).app, code),
        "names": FACTS,
        "code": code,
        "problem": problem,
    }
    return render(request, language, "facts.html", values, 422 if problem else 200, area="first_yes")


@router.post("/klopt/{code}", dependencies=OPEN)
def confirm_facts(request: Request, language: PageLanguage, code: Code, form: Posted) -> Response:
    """Records that the facts are right, or as they were corrected. Raises NotLoggedIn."""
    changed = {fact: str(form.get(fact) or "")[:2000] for fact in FACTS if fact in form}
    try:
        facts.confirm_by_link(state_of(request).app, code, changed)
    except InvalidValue as error:
        return _facts(request, language, code, problem=error_sentence(language, error))
    return RedirectResponse(address("klopt", code, gedaan="klopt"), 303)


# ---- the door


@router.get("/kom-erbij/{code}", dependencies=OPEN)
def at_the_door(request: Request, language: PageLanguage, code: DoorCode) -> HTMLResponse:
    """The form of a door. Raises UnknownId."""
    return _at_the_door(request, language, code)


def _at_the_door(
    request: Request,
    language: Language,
    code: str,
    typed: dict[str, str] | None = None,
    problem: str | None = None,
) -> HTMLResponse:
    values = {
        "door": door.shown(state_of(request).app, VISITOR, code),
        "typed": dict.fromkeys((*_TEXTS, "waar"), "") | (typed or {}),
        "problem": problem,
        "sent": False,
    }
    return render(request, language, "door.html", values, 422 if problem else 200, area="first_yes")


@router.post("/kom-erbij/{code}", dependencies=[*OPEN, Depends(access.link_asked)])
def come_in(request: Request, language: PageLanguage, code: DoorCode, form: Posted) -> HTMLResponse:
    """Takes an entry, and says that a mail comes: to whom and whether is told by no answer and no time."""
    state = state_of(request)
    shown = door.shown(state.app, VISITOR, code)
    typed = {name: str(form.get(name) or "")[:300] for name in (*_TEXTS, "waar")}
    try:
        entry = door.checked(_entry(typed), state.app.clock.today())
    except InvalidValue as error:
        return _at_the_door(request, language, code, typed, error_sentence(language, error))
    state.knock(code, entry)
    values = {"door": shown, "sent": True, "problem": None, "typed": {}}
    return render(request, language, "door.html", values, area="first_yes")


def _entry(typed: dict[str, str]) -> Entry:
    """The entry that a form states. Raises InvalidValue('door_form')."""
    try:
        year, born_on = int(typed["jaar"]), date.fromisoformat(typed["geboren"])
    except ValueError:
        raise InvalidValue("door_form") from None
    if typed["waar"] not in {"weg", "school"}:
        raise InvalidValue("door_form")
    return Entry(
        first_name=typed["voornaam"],
        infix=typed["tussenvoegsel"],
        last_name=typed["achternaam"],
        email=typed["email"],
        number=typed["nummer"],
        qualification=typed["opleiding"],
        year=year,
        student=typed["waar"] == "school",
        born_on=born_on,
    )


@router.get("/kom-erbij/bevestig/{code}", dependencies=OPEN)
def confirming(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """A button: programs that look at the links of a mail must not confirm it. Raises NotLoggedIn."""
    values = {"school": door.waits(state_of(request).app, code), "code": code}
    return render(request, language, "door_confirm.html", values, area="first_yes")


@router.post("/kom-erbij/bevestig/{code}", dependencies=OPEN)
def confirm(request: Request, code: Code) -> Response:
    """Confirms the address, and goes on to the questions. Raises NotLoggedIn."""
    return RedirectResponse(address("welkom", door.confirm(state_of(request).app, code)), 303)
