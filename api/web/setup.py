"""Setting up: six steps, what follows from each choice, parked questions, and all of it as a programme on paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.consent_words import kind_word
from api.http.languages import PageLanguage
from api.http.state import State, state_of
from api.login.access import form_is_ours, may
from api.web.flash import done
from api.web.forms import Posted, day_of
from api.web.render import render
from matcher.domain.balance import YEAR
from matcher.domain.figures import AreaFigures
from matcher.domain.kinds import KINDS, Area, Purpose
from matcher.domain.school_settings import (
    AREAS,
    ASKS,
    CHOICES,
    FAIRNESS,
    KEEP,
    LETTER,
    MONTHS,
    OBEYED,
    ONCE,
    STEPS,
    WEEKLY,
    closed_purposes,
    open_kinds,
)
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import figures, school_settings
from matcher.services.school_settings import SetUp

router = APIRouter(include_in_schema=False)
Chooser = Annotated[Asker, Depends(may(Action.SETUP))]
Step = Annotated[str, Query(alias="stap", max_length=20)]
School = Annotated[str, Query(max_length=200)]
SentSchool = Annotated[str, Form(alias="school", max_length=200)]
"""The school of a form: for whoever sets up several."""
ORDER = tuple(STEPS)


@router.get("/inrichten")
def setup(
    request: Request, language: PageLanguage, asker: Chooser, step: Step = "", school: School = ""
) -> HTMLResponse:
    """One step: its choices as they stand, what follows from them, and what is parked."""
    state = state_of(request)
    there = school_settings.look(state.app, asker, school=school or None)
    now = step if step in STEPS else next((one for one in ORDER if not _is_done(there, one)), ORDER[0])
    place = ORDER.index(now)
    values = _values(state, language, asker, there) | {
        "step": now,
        "choices": STEPS[now],
        "next": ORDER[place + 1] if place + 1 < len(ORDER) else "",
        "previous": ORDER[place - 1] if place else "",
        "figures": _of_the_year(state, asker) if now == "areas" else {},
        "beside": _beside(language, state, asker, now),
    }
    return render(request, language, "setup.html", values, area="setup")


@router.post("/inrichten/{step}", dependencies=[Depends(form_is_ours)])
def choose(request: Request, asker: Chooser, step: str, form: Posted) -> Response:
    """Keeps the choices of a step, and leads on to the next; after the areas first to what follows from them."""
    if step not in STEPS:
        raise InvalidValue("unknown_choice", value=step)
    values = {choice.name: [str(value) for value in form.getlist(choice.name)] for choice in STEPS[step]}
    school_settings.choose(state_of(request).app, asker, step, values, school=_school(form))
    if step == AREAS:
        shut = len(Area) - len({*values[AREAS]})
        return done(f"/inrichten?stap={step}", "gebieden-dicht" if shut else "gebieden-open", count=shut)
    place = ORDER.index(step) + 1
    if place == len(ORDER):
        return done("/programma", "inrichting-klaar")
    return done(f"/inrichten?stap={ORDER[place]}", "inrichting-bewaard")


@router.post("/inrichten/{step}/parkeer", dependencies=[Depends(form_is_ours)])
def park(
    request: Request,
    asker: Chooser,
    step: str,
    text: Annotated[str, Form(alias="vraag", max_length=1000)] = "",
    who: Annotated[str, Form(alias="wie", max_length=1000)] = "",
    day: Annotated[str, Form(alias="dag", max_length=10)] = "",
    school: SentSchool = "",
) -> Response:
    """Parks a question of a step, for a role and a day."""
    until = day_of(day)
    if until is None:
        raise InvalidValue("not_a_date", value=day[:20])
    school_settings.park(state_of(request).app, asker, step, text, who, until, school=school or None)
    return done(f"/inrichten?stap={step}", "vraag-geparkeerd")


@router.post("/inrichten/{step}/beantwoord", dependencies=[Depends(form_is_ours)])
def settle(
    request: Request,
    asker: Chooser,
    step: str,
    key: Annotated[int, Form(alias="vraag", ge=1, lt=2**63)],
    school: SentSchool = "",
) -> Response:
    """Takes a question off the list."""
    school_settings.settle(state_of(request).app, asker, key, school=school or None)
    return done(f"/inrichten?stap={step if step in STEPS else ORDER[0]}", "vraag-beantwoord")


@router.get("/programma")
def programme(request: Request, language: PageLanguage, asker: Chooser, school: School = "") -> HTMLResponse:
    """Everything that was chosen, on two pages to print."""
    state = state_of(request)
    there = school_settings.look(state.app, asker, school=school or None)
    values = _values(state, language, asker, there) | {"figures": _of_the_year(state, asker)}
    values["today"] = state.app.clock.today()
    values["beside"] = {name: words for step in STEPS for name, words in _beside(language, state, asker, step).items()}
    return render(request, language, "programme.html", values, area="setup")


def _values(state: State, language: Language, asker: Asker, there: SetUp) -> dict[str, object]:
    """What both pages show of a school."""
    closed = closed_purposes(there.areas)
    kinds = open_kinds(there.areas)
    return {
        "there": there,
        "chosen": {name: tuple(one.value.split(",")) if one.value else () for name, one in there.chosen.items()},
        "texts": {name: one.value for name, one in there.chosen.items()},
        "areas_on": {area.value for area in there.areas},
        "order": ORDER,
        "step_choices": STEPS.__getitem__,
        "ready": {step for step in ORDER if _is_done(there, step)},
        "kinds": [kind.value for kind in kinds],
        "all_kinds": len(KINDS) - 1,
        "questions": len(Purpose) - len(closed),
        "all_questions": len(Purpose),
        "no_aftercare": Area.AFTERCARE not in there.areas,
        "chosen_areas": AREAS in there.chosen,
        "asker_school": asker.school,
        "obeyed": OBEYED,
        "too_long": {str(months) for months in MONTHS if months > state.app.terms.months},
        "longest": state.app.terms.months,
        "fixed_kinds": ", ".join(kind_word(language, kind) for kind in state.app.approvals),
    }


def _is_done(there: SetUp, step: str) -> bool:
    return any(choice.name in there.chosen for choice in STEPS[step])


def _of_the_year(state: State, asker: Asker) -> Mapping[str, AreaFigures]:
    """The figures of the past year by area, for whoever may see figures; none while the pool is made."""
    if not asker.may(Action.FIGURES_READ) or not state.warm:
        return {}
    today = state.app.clock.today()
    told = figures.report(state.app, asker, today - YEAR, today).now
    return {area.value: of for area, of in told.areas.items()}


def _beside(language: Language, state: State, asker: Asker, step: str) -> Mapping[str, str]:
    """What happened in the past year, beside choices and options (`asks`, `asks_2`); for whoever may see figures."""
    if step not in {"binding", "rhythm", "privacy"} or not asker.may(Action.FIGURES_READ):
        return {}
    if asker.school is None or not state.warm:
        return {}

    def words(name: str, count: int, **others: object) -> str:
        return say(language, f"setup.year.{name}" if count else f"setup.year.{name}_none", count=count, **others)

    told = school_settings.year(state.app, asker)
    if step == "binding":
        return {FAIRNESS: words("shared", told.asked, most=told.most)}
    if step == "privacy":
        return {f"{KEEP}_{months}": words("ending", count) for months, count in told.ending.items()}
    over = {option: told.over(int(option)) for option in CHOICES[ASKS].options}
    return {
        ASKS: words("said", told.said, of=told.alumni),
        **{f"{ASKS}_{option}": words("over", count) for option, count in over.items()},
        f"{LETTER}_{WEEKLY}": words("weekly", told.weekly),
        f"{LETTER}_{ONCE}": words("each", told.each),
    }


def _school(form: Posted) -> str | None:
    """The school of the form."""
    return str(form.get("school") or "")[:200] or None
