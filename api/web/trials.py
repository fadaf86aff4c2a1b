"""The flight simulator: what other settings would have done with the lists of a period, before any is saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.schemas.trials import above, figures, fit, outcome, persons
from api.web.render import address, render
from matcher.errors import InvalidValue, UnknownId
from matcher.locale import Language, say
from matcher.matching.trials import HEAVIER, MOST_ASKS, MOST_MONTHS, Settings, can_be_heavier, heavier
from matcher.matching.weights import own
from matcher.policy import Action, Asker
from matcher.services import trials
from matcher.services.app import App
from matcher.services.trials import Outcome, Trial

router = APIRouter(include_in_schema=False)
USUAL_DAYS = 365
FEW = 10
"""With fewer requests than this the page says that a longer period tells more."""
MOST_LISTS = 500
"""Requests of a trial on a page, so that nobody waits long for one; of more the newest."""
_FACTORS = {f"f{round(10 * factor):02}": factor for factor in HEAVIER}


@router.get("/proefvlucht", dependencies=[Depends(may(Action.TRIAL))])
def form(
    request: Request,
    language: PageLanguage,
    signal: Annotated[str, Query(alias="wat", max_length=40)] = "",
    asks: Annotated[str, Query(alias="vragen", max_length=5)] = "",
) -> HTMLResponse:
    """The form; nothing is tried yet. A page about a setting fills it in."""
    today = state_of(request).app.clock.today()
    days = {"van": today - timedelta(days=USUAL_DAYS - 1), "tot": today}
    return _page(request, language, {**days, "wat": signal, "vragen": asks})


@router.post("/proefvlucht", dependencies=[Depends(form_is_ours)])
def fly(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.TRIAL)],
    first: Annotated[date, Form(alias="van")],
    last: Annotated[date, Form(alias="tot")],
    signal: Annotated[str, Form(alias="wat", max_length=40)] = "",
    factor: Annotated[str, Form(alias="hoe", max_length=3)] = "",
    asks: Annotated[str, Form(alias="vragen", max_length=5)] = "",
    months: Annotated[str, Form(alias="maanden", max_length=5)] = "",
    without: Annotated[str, Form(alias="zonder", max_length=2)] = "",
) -> Response:
    """What these settings would have done."""
    filled = {
        "van": first, "tot": last, "wat": signal, "hoe": factor, "vragen": asks, "maanden": months, "zonder": without,
    }  # fmt: skip
    app = state_of(request).app
    try:
        text = _weights(app, signal, factor)
        settings = Settings(
            weights=own(text) if text else None,
            asks_a_year=_number(asks, MOST_ASKS, "asks_out_of_range"),
            meaning=False if without else None,
            months=_number(months, MOST_MONTHS, "months_out_of_range"),
        )
        trial = trials.simulate(app, asker, first, last, settings, most=MOST_LISTS)
    except (InvalidValue, UnknownId) as error:
        return _page(request, language, filled, problem=error_sentence(language, error))
    return _page(request, language, filled, trial=trial, text=text)


def _weights(app: App, signal: str, factor: str) -> str:
    """The weights in use with one signal heavier or lighter, as TOML; empty for none. Raises InvalidValue."""
    if not signal:
        return ""
    return heavier(app.with_weights().weights, signal, _FACTORS.get(factor, -1.0))


def _number(text: str, most: int, code: str) -> int | None:
    """A whole number of a field that may be empty. Raises InvalidValue."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise InvalidValue(code, value=text, most=most)
    return int(text)


def _page(
    request: Request,
    language: Language,
    filled: dict[str, object],
    *,
    trial: Trial | None = None,
    text: str = "",
    problem: str = "",
) -> HTMLResponse:
    app = state_of(request).app
    signals = can_be_heavier(app.with_weights().weights)
    named = () if trial is None else trial.named
    values = {
        "filled": {"wat": "", "hoe": "f20", "vragen": "", "maanden": "", "zonder": "", **filled},
        "signals": [(code, say(language, f"reasons.signals.{code}.label")) for code in signals],
        "factors": [(code, say(language, f"trials.factor.{code}")) for code in _FACTORS],
        "reads": app.engine.current.reads,
        "trial": trial,
        "above": [] if trial is None else above(trial, language),
        "outcome": "" if trial is None else outcome(trial, language),
        "figures": [] if trial is None or not trial.requests else figures(trial, language),
        "rows": [_row(language, one) for one in named],
        "others": 0 if trial is None else trial.changed - len(named),
        "tried": "" if trial is None else _tried(language, filled),
        "few": trial is not None and 0 < len(trial.requests) < FEW,
        "text": text,
        "problem": problem,
    }
    return render(request, language, "trial.html", values, 422 if problem else 200, area="trials")


def _tried(language: Language, filled: Mapping[str, object]) -> str:
    """What was changed, in words."""
    said = []
    if filled.get("wat"):
        signal = say(language, f"reasons.signals.{filled['wat']}.label")
        said.append(say(language, "trials.page.tried_weight", signal=signal,
                        factor=say(language, f"trials.factor.{filled['hoe']}")))  # fmt: skip
    for name, key in (("vragen", "asks"), ("maanden", "months")):
        if number := str(filled.get(name) or "").strip():
            said.append(say(language, f"trials.page.tried_{key}", count=int(number)))
    if filled.get("zonder"):
        said.append(say(language, "trials.page.tried_without"))
    if not said:
        return say(language, "trials.page.tried_nothing")
    return say(language, "trials.page.tried", what="; ".join(said))


def _row(language: Language, one: Outcome) -> dict[str, object]:
    return {
        "title": one.title,
        "request_id": one.request_id,
        "link": address("aanvragen", one.request_id),
        "came": persons(one.who_came, one.school),
        "fell": persons(one.who_fell, one.school),
        "fit": fit(one, language),
        "of_today": not one.of_then,
    }
