"""The flight simulator: what other settings would have done with the lists of a period, before any is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from api.web.flash import done
from api.web.render import address, render
from api.web.today import group_words
from matcher.errors import InvalidValue, UnknownId
from matcher.locale import Language, decimals, say
from matcher.matching.trials import (
    HEAVIER,
    MOST_ASKS,
    MOST_MONTHS,
    Settings,
    can_be_heavier,
    heavier,
    shares_of,
)
from matcher.matching.weights import own
from matcher.policy import Action, Asker
from matcher.services import trials
from matcher.services.app import App
from matcher.services.trials import Moved, Outcome, Trial, Tried

router = APIRouter(include_in_schema=False)
USUAL_DAYS = 365
FEW = 10
"""With fewer requests than this the page says that a longer period tells more."""
MOST_LISTS = 500
"""Requests of a trial on a page, so that nobody waits long for one; of more the newest."""
MOST_GROUPS = 3
"""Of the groups that win or lose by a weight, so many are named beside it: those with the largest difference."""
BESIDE = ("f05", "f20")
"""What can be tried beside each weight; the form tries the others."""
_FACTORS = {f"f{round(10 * factor):02}": factor for factor in HEAVIER}


@router.get("/proefvlucht")
def form(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.TRIAL))],
    signal: Annotated[str, Query(alias="wat", max_length=40)] = "",
    asks: Annotated[str, Query(alias="vragen", max_length=5)] = "",
) -> HTMLResponse:
    """The form, and what was tried of each weight; nothing is tried yet. A page about a setting fills it in."""
    today = state_of(request).app.clock.today()
    days = {"van": today - timedelta(days=USUAL_DAYS - 1), "tot": today}
    return _page(request, language, asker, {**days, "wat": signal, "vragen": asks})


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
            heavier=(signal, _FACTORS[factor]) if text else None,
        )
        trial = trials.simulate(app, asker, first, last, settings, most=MOST_LISTS)
    except (InvalidValue, UnknownId) as error:
        return _page(request, language, asker, filled, problem=error_sentence(language, error))
    return _page(request, language, asker, filled, trial=trial, text=text)


@router.post("/proefvlucht/gewicht", dependencies=[Depends(form_is_ours)])
def weigh(
    request: Request,
    asker: Annotated[Asker, may_rank(Action.TRIAL)],
    chosen: Annotated[str, Form(alias="gewicht", max_length=40)],
) -> Response:
    """What one weight heavier or lighter would have done with the lists of the usual period; kept beside it."""
    app = state_of(request).app
    signal, _, factor = chosen.partition(":")
    settings = Settings(weights=own(_weights(app, signal, factor)), heavier=(signal, _FACTORS.get(factor, -1.0)))
    today = app.clock.today()
    trials.simulate(app, asker, today - timedelta(days=USUAL_DAYS - 1), today, settings, most=MOST_LISTS)
    return done("/proefvlucht", "gewicht", at=f"gewicht-{signal}")


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
    asker: Asker,
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
        "moved": " ".join(_groups(language, trial.moved)) if trial is not None and trial.changed else "",
        "rows": [_row(language, one) for one in named],
        "others": 0 if trial is None else trial.changed - len(named),
        "tried": "" if trial is None else _tried(language, filled),
        "weighed": _weighed(app, language, asker, signals),
        "sides": [(code, say(language, f"trials.factor.{code}")) for code in BESIDE],
        "few": trial is not None and 0 < len(trial.requests) < FEW,
        "text": text,
        "problem": problem,
    }
    return render(request, language, "trial.html", values, 422 if problem else 200, area="trials")


def _weighed(app: App, language: Language, asker: Asker, signals: list[str]) -> list[dict[str, object]]:
    """Each weight as it is, with what was tried of it."""
    found = trials.tried(app, asker)
    shares = shares_of(app.with_weights().weights)
    return [
        {
            "code": code,
            "name": say(language, f"reasons.signals.{code}.label"),
            "low": round(100 * shares[code][0]),
            "high": round(100 * shares[code][1]),
            "tried": [(side, _beside(language, found.get((code, _FACTORS[side])))) for side in BESIDE],
        }
        for code in signals
    ]


def _groups(language: Language, moved: Sequence[Moved]) -> list[str]:
    """Which groups win places and which lose them, those with the largest difference."""
    told = []
    for name, sign in (("wins", 1), ("loses", -1)):
        some = [one for one in moved if sign * (one.after - one.before) > 0]
        largest = sorted(some, key=lambda one: -abs(one.after - one.before))[:MOST_GROUPS]
        if largest:
            who = ", ".join(f"{group_words(language, one.group)} ({one.after - one.before:+d})" for one in largest)
            told.append(say(language, f"trials.weight.{name}", who=who))
    return told or [say(language, "trials.weight.no_group")]


def _beside(language: Language, tried: Tried | None) -> dict[str, object] | None:
    """What a trial of one weight came to, in words; None where it was not tried."""
    if tried is None:
        return None
    said = []
    if not tried.requests:
        said.append(say(language, "trials.above.none"))
    elif not tried.changed:
        said.append(say(language, "trials.weight.same", count=tried.requests))
    else:
        said.append(say(language, "trials.weight.changed", changed=tried.changed, count=tried.requests))
        said += _groups(language, tried.moved)
        if tried.first_asked[0] != tried.first_asked[1]:
            first = dict(zip(("before", "after"), tried.first_asked, strict=True))
            said.append(say(language, "trials.weight.first", **first))
        before, after = (decimals(language, value) for value in tried.gini)
        name = "balance" if before != after else "balance_same"
        said.append(say(language, f"trials.weight.{name}", before=before, after=after))
    return {"said": said, "first": tried.first, "last": tried.last}


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
