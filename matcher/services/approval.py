"""A kept plan: reading it again, and inviting those whom a person approved.

Each is invited as from a list, in a transaction of its own in which consent, budget and all rules are looked at again
(`invitations.invite`). What cannot be any more stays in the plan with the reason, and the others go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import cast

from matcher.domain.kinds import HIGH_RISK
from matcher.domain.ledger import Deviation
from matcher.domain.records import Alumnus, RecordKind, Request, owner_of
from matcher.errors import InvalidValue, UnknownId
from matcher.planning.relax import Because, Change
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.plans import BANNED, INVITED, PLANNED, REFUSED, SPARE, KeptLine, KeptPlan
from matcher.services import invitations
from matcher.services.app import App
from matcher.services.plans import Objective, Open

GONE = "gone"
"""The problem of a line whose alumnus is not to be seen any more: no reason is told."""
LOOK_FIRST = "see_others_first"
"""The problem of a line whose list a person is to look at first: it stays planned."""
_ASKED_ALREADY = "invited_already"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a plan with its records."""

    line: KeptLine
    request: Request
    alumnus: Alumnus


@dataclass(frozen=True, slots=True)
class OpenedPlan:
    """A kept plan. `banned`: the lines that are not to be planned. `changed`: as in `PeriodPlan`.

    `spares`: who could be asked instead, the best first. `difference`: places with another alumnus, that are empty now
    and that were, beside the plan before; None without one. `moved`: the requests of the first. `left_out`: open
    requests that the plan is not about, and why (`plans.OTHER_DAYS`, `plans.ALL_ASKED`). `full`: alumni who may not be
    asked any more this year after it. `asked`: places of the plan before for which somebody was invited. `look_first`:
    the requests of which the asker is to look at the list before somebody is invited, with how many are planned.
    `could`: candidates who can come in a week, by the random key of the request and the Monday.
    """

    plan: KeptPlan
    rows: tuple[Row, ...]
    banned: tuple[Row, ...]
    unfilled: tuple[Open, ...]
    objective: Objective
    changed: int | None
    spares: tuple[Row, ...] = ()
    difference: Sequence[int] | None = None
    full: int = 0
    could: Mapping[tuple[int, date], int] = field(default_factory=dict)
    moved: Sequence[Request] = ()
    left_out: Sequence[tuple[Request, str]] = ()
    asked: int = 0
    look_first: Sequence[tuple[Request, int]] = ()


def opened(app: App, asker: Asker, plan_id: str | None = None, *, school: str | None = None) -> OpenedPlan | None:
    """The plan with this id, or the newest; None where there is none yet. Showing it is logged.

    Raises Forbidden, UnknownId(`unknown_plan`, `unknown_school`).
    """
    owner = asker.owner(Action.PLAN_APPROVE, school)

    def work(tx: Transaction) -> OpenedPlan | None:
        plan = tx.plans.find(plan_id, owner)
        if plan is None and plan_id is not None:
            raise UnknownId("unknown_plan", id=plan_id)
        if plan is None:
            return None
        made = _opened(tx, plan)
        made = replace(made, look_first=_look_first(tx, asker, made))
        alumni = sorted({row.alumnus.key for row in (*made.rows, *made.banned, *made.spares)})
        if alumni:
            tx.note(Action.PLAN_APPROVE, {"alumni": alumni, "shown_again": True})
        return made

    return app.store.write(work, by=asker)


def _opened(records: Records, plan: KeptPlan) -> OpenedPlan:
    lines = records.plans.lines(plan.key)
    reached = plan.reached
    moved, left_out = reached.get("moved", ()), reached.get("left_out", ())
    keys = {line.request_key for line in lines} | {int(one[0]) for one in reached["open"]}
    keys |= {*moved, *(key for key, _ in left_out)}
    requests = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, sorted(keys)))
    people = cast(
        "dict[int, Alumnus]",
        records.records.by_key(RecordKind.ALUMNI, sorted({line.alumnus_key for line in lines}), consents=False),
    )
    rows = [Row(line, requests[line.request_key], people[line.alumnus_key]) for line in lines]
    rows.sort(
        key=lambda row: (row.line.begins is None, row.line.begins, row.request.request_id, row.alumnus.alumnus_id)
    )
    return OpenedPlan(
        plan,
        tuple(row for row in rows if row.line.state not in {BANNED, SPARE}),
        tuple(row for row in rows if row.line.state == BANNED),
        open_places(plan, requests),
        Objective(**reached["objective"]),
        reached["changed"],
        tuple(sorted((row for row in rows if row.line.state == SPARE), key=lambda row: -row.line.score)),
        reached.get("difference"),
        reached.get("full", 0),
        {(key, date.fromisoformat(monday)): count for key, monday, count in reached.get("could", ())},
        [requests[key] for key in moved if key in requests],
        [(requests[key], why) for key, why in left_out if key in requests],
        reached.get("asked", 0),
    )


def _look_first(records: Records, asker: Asker, made: OpenedPlan) -> list[tuple[Request, int]]:
    """The requests for work of which the asker did not see enough candidates yet, with how many are planned."""
    planned = Counter(row.request.key for row in made.rows if row.line.state == PLANNED)
    others = Counter(row.request.key for row in (*made.rows, *made.spares))
    requests = {row.request.key: row.request for row in made.rows if row.request.kind in HIGH_RISK}
    return [
        (request, planned[key])
        for key, request in requests.items()
        if planned[key] and not records.audit.has_seen(asker.key, key, min(invitations.LEAST_SEEN, others[key]))
    ]


def open_places(plan: KeptPlan, requests: Mapping[int, Request]) -> tuple[Open, ...]:
    """The places that a kept plan leaves open, of these requests by random key."""
    return tuple(
        Open(
            requests[key].request_id,
            owner_of(requests[key]),
            places,
            Because(because),
            None if change is None else Change(change),
            km,
        )
        for key, places, because, change, km in plan.reached["open"]
        if key in requests
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line: invited, or waiting for approval (`proposed`), or the code of the problem."""

    row: Row
    problem: str
    proposed: bool = False


def approve(
    app: App,
    asker: Asker,
    plan_id: str,
    *,
    chosen: Callable[[Row], bool] = lambda _: True,
    school: str | None = None,
) -> list[Outcome]:
    """Invites the alumni of the chosen lines of a plan, of those that nobody was invited for yet.

    Whoever was invited already is not invited again; where others are to be looked at first the line stays as it is.
    Raises Forbidden, UnknownId(`unknown_plan`, `unknown_school`).
    """
    owner = asker.owner(Action.PLAN_APPROVE, school)
    asker.scope(Action.INVITE)
    with app.store.read() as records:
        plan = records.plans.find(plan_id, owner)
        if plan is None:
            raise UnknownId("unknown_plan", id=plan_id)
        rows = _opened(records, plan).rows
    return [_approve(app, asker, row) for row in rows if row.line.state != INVITED and chosen(row)]


def _approve(app: App, asker: Asker, row: Row) -> Outcome:
    problem, proposed = "", False
    try:
        proposed = invitations.invite(
            app,
            asker,
            row.request.request_id,
            row.alumnus.alumnus_id,
            school=row.request.school,
            candidate_school=row.alumnus.school,
            reason=Deviation.PLAN,
        ).proposed
    except InvalidValue as error:
        problem = "" if error.code == _ASKED_ALREADY else error.code
    except UnknownId:
        problem = GONE
    if problem != LOOK_FIRST:
        app.store.write(partial(_record, row.line.key, REFUSED if problem else INVITED, problem), by=asker)
    return Outcome(row, problem, proposed)


def _record(key: int, state: str, problem: str, tx: Transaction) -> None:
    tx.plans.record(key, state, problem, unless={INVITED})
