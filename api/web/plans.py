"""The plan board: who is proposed for which place in a period, what stays, and inviting after a look."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.schemas.plans import price_of
from api.web import plan_board
from api.web.forms import Told
from api.web.render import address, render
from matcher.errors import AmbiguousId, InvalidValue, UnknownId
from matcher.locale import Language
from matcher.policy import Action, Asker
from matcher.repositories.plans import PLANNED
from matcher.services import approval, plans
from matcher.services.approval import LOOK_FIRST, OpenedPlan, Row
from matcher.services.plans import PairNamed, Wishes

router = APIRouter(include_in_schema=False)
Planner = Annotated[Asker, Depends(may(Action.PLAN_APPROVE))]
PlanId = Annotated[str, Form(alias="plan", min_length=1, max_length=40)]
Key = Annotated[int, Field(ge=1, lt=2**63)]
Keys = Annotated[list[Key], Form(max_length=2000)]
Bans = Annotated[list[Key], Form(alias="niet", max_length=2000)]
Swap = Annotated[str, Field(pattern=r"^(\d{1,19}:(\d{1,19})?)?$")]
Swaps = Annotated[list[Swap], Form(alias="wissel", max_length=2000)]
"""For whom in the plan somebody else is wanted, or nobody: the keys of both lines; empty where it is to stay."""
USUAL_DAYS = 30
STEPS = 10
"""Positions of the slider: fairness 0 to 1."""


@router.get("/plan")
def board(
    request: Request,
    language: PageLanguage,
    asker: Planner,
    plan: Annotated[str, Query(max_length=40, pattern=r"^\w*$")] = "",
    told: Told = "",
    count: Annotated[int, Query(alias="aantal", ge=0, le=100_000)] = 0,
    refused: Annotated[int, Query(alias="geweigerd", ge=0, le=100_000)] = 0,
    waiting: Annotated[int, Query(alias="wacht", ge=0, le=100_000)] = 0,
) -> HTMLResponse:
    """The newest plan, or an earlier one, and the form for another."""
    return _board(request, language, asker, plan or None, told=told, counts=(count, refused, waiting))


def _board(
    request: Request,
    language: Language,
    asker: Asker,
    plan: str | None,
    problem: str = "",
    *,
    told: str = "",
    counts: tuple[int, int, int] = (0, 0, 0),
) -> HTMLResponse:
    state = state_of(request)
    opened = approval.opened(state.app, asker, plan)
    today = state.app.clock.today()
    look_first = 0 if opened is None else sum(count for _, count in opened.look_first)
    values = {
        "opened": opened,
        "board": None if opened is None else plan_board.board(language, opened, today),
        "banned": [] if opened is None else [_banned(language, row) for row in opened.banned],
        "price": "" if opened is None else price_of(opened.objective, language),
        "invitable": 0 if opened is None else sum(row.line.state == PLANNED for row in opened.rows) - look_first,
        "look_count": look_first,
        "sends_mail": state.app.sends_mail,
        "first": opened.plan.first if opened else today,
        "last": opened.plan.last if opened else today + timedelta(days=USUAL_DAYS),
        "steps": STEPS,
        "step": round((opened.plan.fairness if opened else plans.usual_fairness(state.app, asker)) * STEPS),
        "problem": problem,
        "flash": told if told in {"uitgenodigd", "gepland"} else "",
        "counts": dict(zip(("invited", "refused", "waiting"), counts, strict=True)),
    }
    return render(request, language, "plan.html", values, 422 if problem else 200, area="plans")


def _banned(language: Language, row: Row) -> dict[str, object]:
    return {
        "key": row.line.key,
        "request": row.request.title,
        "who": plan_board.who(language, row.alumnus),
        "alumnus_id": row.alumnus.alumnus_id,
    }


@router.post("/plan", dependencies=[Depends(form_is_ours)])
def make(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.PLAN)],
    first: Annotated[date, Form(alias="van")],
    last: Annotated[date, Form(alias="tot")],
    step: Annotated[int | None, Form(alias="verdeling", ge=0, le=STEPS)] = None,
    after: Annotated[str, Form(alias="plan", max_length=40)] = "",
    pins: Keys = [],  # noqa: B006 - FastAPI copies it
    bans: Bans = [],  # noqa: B006
    swaps: Swaps = [],  # noqa: B006
) -> Response:
    """Makes a plan, or the same one again around what stays."""
    app = state_of(request).app
    out, in_ = _swapped(swaps)
    try:
        opened = approval.opened(app, asker, after) if after else None
        wishes = _wishes(opened, [*pins, *in_], [*bans, *out])
        made = plans.make(app, asker, first, last, fairness=None if step is None else step / STEPS, wishes=wishes)
    except (InvalidValue, UnknownId, AmbiguousId) as error:
        return _board(request, language, asker, after or None, error_sentence(language, error))
    return RedirectResponse(address("plan", plan=made.id, gedaan="gepland"), 303)


def _wishes(opened: OpenedPlan | None, pins: list[int], bans: list[int]) -> Wishes:
    """What the boxes of the board say; a box that was taken off takes the pin back."""
    if opened is None:
        return Wishes()
    rows = {row.line.key: row for row in (*opened.rows, *opened.banned, *opened.spares)}
    named = {key: _named(row) for key, row in rows.items()}
    return Wishes(
        after=opened.plan.id,
        pins=[named[key] for key in pins if key in named and key not in bans],
        bans=[named[key] for key in bans if key in named],
        forget=True,
    )


def _swapped(swaps: list[str]) -> tuple[list[int], list[int]]:
    """The lines that are not wanted any more, and those that are wanted instead, of what was chosen for each."""
    pairs = [one.partition(":") for one in swaps if one]
    return [int(line) for line, _, _ in pairs], [int(spare) for _, _, spare in pairs if spare]


def _named(row: Row) -> PairNamed:
    return PairNamed(row.request.request_id, row.alumnus.alumnus_id, row.alumnus.school)


@router.post("/plan/uitnodigen", dependencies=[Depends(form_is_ours)])
def invite(
    request: Request,
    asker: Annotated[Asker, may_rank(Action.PLAN)],
    plan: PlanId,
    bans: Bans = [],  # noqa: B006
    swaps: Swaps = [],  # noqa: B006
) -> Response:
    """Invites the alumni of the plan but for those that the asker left out, or wants another for."""
    left_out = {*bans, *_swapped(swaps)[0]}
    outcomes = approval.approve(
        state_of(request).app,
        asker,
        plan,
        chosen=lambda row: row.line.state == PLANNED and row.line.key not in left_out,
    )
    counts = {
        "aantal": sum(not one.problem and not one.proposed for one in outcomes),
        "geweigerd": sum(one.problem not in {"", LOOK_FIRST} for one in outcomes),
        "wacht": sum(one.proposed for one in outcomes),
    }
    return RedirectResponse(address("plan", plan=plan, gedaan="uitgenodigd", **counts), 303)
