"""One plan for all open requests of a period.

It is a proposal, kept with its lines: nobody is invited before a person approved it (`approval`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import cast

import numpy as np

from matcher import planning
from matcher.domain.records import Alumnus, RecordKind, Request, owner_of
from matcher.domain.school_settings import fairness_in
from matcher.errors import InvalidValue, Overloaded, UnknownId
from matcher.matching.rules import RULES_VERSION
from matcher.planning.check import check_plan
from matcher.planning.problem import SCALE, Assignment, Plan, Price, Problem, units
from matcher.planning.relax import Because, Change, Unfilled, explain
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.plans import BANNED, INVITED, PLANNED, REFUSED, SPARE, KeptLine, KeptPlan
from matcher.services import lookup
from matcher.services.app import App
from matcher.services.plan_problem import Period, bands_of, could_come, near_misses, problem_of, time_of
from matcher.services.pools import newest_pool
from matcher.services.requests import open_requests

FAIRNESS = 0.5
"""Where the slider stands between the best fit (0) and the most equal share of asks (1) if a school chose nothing."""
MOST_DAYS = 366
_NOTES = 200
"""Requests logged in one transaction, so that a long plan does not keep other writers waiting."""
SPARES = 3
"""Who could be asked instead, of each request."""
_TRIES = 3
OTHER_DAYS, ALL_ASKED = "other_days", "all_asked"
"""Why a plan is not about an open request."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One place and who is asked for it. `moment`: begin and end; None where the day is still to be agreed."""

    request_id: str
    school: str
    alumnus_id: str
    alumnus_school: str
    score: float
    moment: tuple[datetime, datetime] | None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class PairNamed:
    """A request and an alumnus by their ids; the school of the alumnus where several have that id."""

    request_id: str
    alumnus_id: str
    alumnus_school: str | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person says of a plan: who must be in it (`pins`), who must not (`bans`), and which plan came before.

    Of the plan with the id `after` as much stays as can. Its pins and bans hold on, but for what is said otherwise now;
    with `forget` only those hold that are said now.
    """

    after: str | None = None
    pins: Sequence[PairNamed] = ()
    bans: Sequence[PairNamed] = ()
    forget: bool = False


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class Open:
    """Places that stay open, why, and what would fill them at the lowest price: None for nothing. `km`: too far."""

    request_id: str
    school: str
    places: int
    because: Because
    change: Change | None
    km: float


@dataclass(frozen=True, slots=True)
class Objective:
    """What the plan reaches. `worth`: the total score less the price of asking, in points.

    `most_served`: no plan fills more places. `score_without`, `first_without`: total score and first asks of the plan
    at fairness 0.
    """

    places: int
    served: int
    most_served: int
    score: float
    first: int
    fairness: float
    worth: float
    score_without: float
    first_without: int


@dataclass(frozen=True, slots=True)
class PeriodPlan:
    """The plan of a period. `bound`: no plan of the same lists that fills `most_served` places is worth more.

    `id`: by which it can be read again, and approved. `changed`: how many places of the plan before it have another
    alumnus now, or none; None where there was no plan before.
    """

    id: str
    first: date
    last: date
    as_of: date
    assignments: tuple[Planned, ...]
    unfilled: tuple[Open, ...]
    objective: Objective
    bound: float
    changed: int | None = None


def make(
    app: App,
    asker: Asker,
    first: date,
    last: date,
    *,
    fairness: float | None = None,
    school: str | None = None,
    wishes: Wishes = NO_WISHES,
) -> PeriodPlan:
    """Who to ask for each open request of these days: as many places as can be filled, and then the best.

    Of the asker's school, else of `school` or of all; without `fairness` as strictly as the school chose. Candidates of
    a request are those of its own list. What is planned is kept and in the log before it is shown. Raises Forbidden,
    UnknownId (`unknown_school`, `unknown_plan`, of a pair), AmbiguousId, InvalidValue (of the period, `pin_impossible`,
    `pins_impossible`), Overloaded.
    """
    owner = asker.owner(Action.PLAN, school)
    if not first <= last:
        raise InvalidValue("period_reversed", first=first, last=last)
    if (last - first).days >= MOST_DAYS:
        raise InvalidValue("period_too_long", days=MOST_DAYS)
    if fairness is not None and not 0.0 <= fairness <= 1.0:
        raise InvalidValue("fairness_out_of_range", value=fairness)
    if fairness is None:
        with app.store.read() as records:
            fairness = _usual(records, owner)
    app = app.with_weights()
    for _ in range(_TRIES):
        made = _made(app, asker, (first, last), owner, fairness, wishes)
        if made is not None:
            return made
    raise Overloaded("being_built")


def usual_fairness(app: App, asker: Asker) -> float:
    """How strictly the plans of the asker's school share asks where nothing else is asked. Raises Forbidden."""
    owner = asker.owner(Action.PLAN, None)
    with app.store.read() as records:
        return _usual(records, owner)


def _usual(records: Records, owner: str | None) -> float:
    chosen = None if owner is None else fairness_in(records.school_settings.of(owner))
    return FAIRNESS if chosen is None else chosen


def _made(  # noqa: PLR0917 - a period, and how it is planned
    app: App, asker: Asker, days: tuple[date, date], owner: str | None, fairness: float, wishes: Wishes
) -> PeriodPlan | None:
    """The plan of the newest state; None where somebody in it is gone before it is shown."""
    with app.store.read() as records:
        today, origin = records.today, records.changes.origin()
        if owner is not None and asker.school is None and lookup.owner_named(records, owner) != owner:
            raise UnknownId("unknown_school", school=owner)
    pool = newest_pool(app, origin)
    period = Period(
        *days, pool, today, app.weights, app.bands, lambda side: app.engine.indexes.of(pool, side), app.limits
    )
    with app.store.read() as records:
        keys = open_requests(pool, today, [*asker.kinds()])
        listed = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, keys))
        said = _said(records, owner, wishes)
    own = [one for one in listed.values() if owner in {None, owner_of(one)}]
    requests = [one for one in own if period.has(one)]
    problem = _wished(problem_of(period, requests), said)
    price = Price.of(fairness)
    plan, schedule = planning.make(problem, price)
    if broken := {violation.code for violation in check_plan(problem, plan.assignments)}:
        if problem.pins:
            raise InvalidValue("pins_impossible")
        msg = f"the plan breaks {sorted(broken)}"  # cannot be; nothing is shown that may not be carried out
        raise RuntimeError(msg)
    filled = _filled(problem, plan)
    unfilled = explain(schedule, near_misses(period, [one for one in requests if one.key not in filled]))
    with app.store.read() as records:
        people = cast(
            "dict[int, Alumnus]",
            records.records.by_key(RecordKind.ALUMNI, sorted({line.alumnus for line in plan.assignments})),
        )
    if any(line.alumnus not in people for line in plan.assignments):
        return None
    objective = _objective(problem, plan, fairness)
    app.engine.current.snapshots.hold(pool)
    asks = _asks(problem, plan)
    spares = _spares(problem, plan, said.bans, asks)
    notes = _notes(period, requests, plan, fairness, spares)
    there = {one.key for one in requests}
    pairs = {(line.request, line.alumnus) for line in plan.assignments}
    was = {pair for pair in said.was if pair[0] in there}
    changed = None if said.before is None else len(was - pairs)
    difference, moved = _difference(was, pairs)
    reached = {"objective": asdict(objective), "bound": plan.bound, "changed": changed}
    reached["open"] = [[one.request, one.places, one.because.value, *_change(one)] for one in unfilled]
    reached |= {"difference": None if said.before is None else difference, "full": _full(problem, asks)}
    reached |= {"asked": said.asked}
    reached |= {"moved": moved, "left_out": _left_out(own, problem)}
    reached["could"] = could_come(period, requests, problem)
    kept = KeptPlan(0, "", owner, period.first, period.last, today, fairness, reached, records.now)
    bands = _bands(period, requests, problem, [*pairs, *((one.request, one.alumnus) for one in spares)])
    lines = [replace(line, band=bands.get((line.request_key, line.alumnus_key), ""))
             for line in _lines(problem, plan, said.bans, spares)]  # fmt: skip
    id_ = app.store.write(partial(_keep, kept, lines, notes[:_NOTES]), by=asker)
    if id_ is None:  # somebody in it was erased meanwhile
        return None
    for start in range(_NOTES, len(notes), _NOTES):
        app.store.write(partial(_note, notes[start : start + _NOTES]), by=asker)
    return PeriodPlan(
        id_,
        period.first,
        period.last,
        today,
        tuple(_planned(line, listed, people, problem.pins) for line in plan.assignments),
        tuple(_open(one, listed) for one in unfilled),
        objective,
        plan.bound,
        changed,
    )


# ---- what a person says of a plan


@dataclass(frozen=True, slots=True)
class _Said:
    """Pairs of random keys. `before`: the plan in which `was` were, of whom `kept` are wanted still.

    `asked`: for how many of its places somebody was invited; they are not in `was`.
    """

    before: KeptPlan | None
    asked: int
    was: frozenset[tuple[int, int]]
    kept: frozenset[tuple[int, int]]
    pins: frozenset[tuple[int, int]]
    bans: frozenset[tuple[int, int]]
    named: Mapping[PairNamed, frozenset[tuple[int, int]]]
    """The pins that were asked for now, and what each can mean: one id of an alumnus may stand in several schools."""


def _said(records: Records, owner: str | None, wishes: Wishes) -> _Said:
    before = None if wishes.after is None else records.plans.find(wishes.after, owner)
    if wishes.after is not None and before is None:
        raise UnknownId("unknown_plan", id=wishes.after)
    lines = [] if before is None else records.plans.lines(before.key)
    planned = [line for line in lines if line.state == PLANNED]
    there = frozenset((line.request_key, line.alumnus_key) for line in lines if line.state in {PLANNED, REFUSED})
    invited = sum(line.state == INVITED for line in lines)
    said_before = [] if wishes.forget else lines
    kept, banned_before, pinned = (
        frozenset((line.request_key, line.alumnus_key) for line in chosen)
        for chosen in (
            planned,
            [line for line in said_before if line.state == BANNED],
            [line for line in said_before if line.state == PLANNED and line.pinned],
        )
    )
    named = {one: _pairs(records, owner, one) for one in wishes.pins}
    banned = frozenset[tuple[int, int]]().union(*(_pairs(records, owner, one) for one in wishes.bans))
    asked = frozenset[tuple[int, int]]().union(*named.values())
    return _Said(before, invited, there, kept - banned, pinned - banned, (banned_before | banned) - asked, named)


def _pairs(records: Records, owner: str | None, named: PairNamed) -> frozenset[tuple[int, int]]:
    """The pairs of keys that can be meant; none for an alumnus who is not there. Raises UnknownId, AmbiguousId."""
    request = lookup.only(records, "request", named.request_id, owner)
    alumni = records.records.find(RecordKind.ALUMNI, named.alumnus_id.strip(), named.alumnus_school)
    return frozenset((request.key, one.key) for one in alumni)


def _wished(problem: Problem, said: _Said) -> Problem:
    """The problem with what was said of it. Raises InvalidValue('pin_impossible') for an alumnus who cannot be asked.

    A pin of the plan before that cannot be any more is let go: its request or alumnus is not there, or does not fit.
    """
    pairs = problem.candidates
    possible = set(
        zip(problem.requests.key[pairs.request].tolist(), problem.alumni.key[pairs.alumnus].tolist(), strict=True)
    )
    pins = set(said.pins & possible)
    for named, pairs_ in said.named.items():
        if len(meant := pairs_ & possible) != 1:  # nobody, or alumni of several schools: name the school
            raise InvalidValue("pin_impossible", request=named.request_id, alumnus=named.alumnus_id)
        pins |= meant
    return replace(problem, pins=frozenset(pins), bans=said.bans, kept=said.kept)


def _difference(was: Collection[tuple[int, int]], now: Collection[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Beside the plan before: places with another alumnus, that are empty now, and that were empty.

    With the requests of the first, by random key.
    """
    gone = Counter(request for request, _ in set(was) - set(now))
    new = Counter(request for request, _ in set(now) - set(was))
    both = gone & new
    moved = both.total()
    return [moved, gone.total() - moved, new.total() - moved], sorted(both)


def _asks(problem: Problem, plan: Plan) -> Counter[int]:
    """How often this plan asks each alumnus, by random key; requests that do not count as asks left aside."""
    asks = set(problem.requests.key[problem.requests.counts].tolist())
    return Counter(line.alumnus for line in plan.assignments if line.request in asks)


def _full(problem: Problem, asks: Counter[int]) -> int:
    """How many alumni may not be asked any more this year once this plan is carried out."""
    left = dict(zip(problem.alumni.key.tolist(), problem.alumni.left.tolist(), strict=True))
    return sum(count >= left[key] for key, count in asks.items())


@dataclass(frozen=True, slots=True)
class _Spare:
    """Who could be asked instead of whoever is planned for a request, by the keys of both."""

    request: int
    alumnus: int
    score: float


def _spares(problem: Problem, plan: Plan, bans: Collection[tuple[int, int]], asks: Counter[int]) -> list[_Spare]:
    """Of each request with somebody in the plan the next `SPARES` candidates, who have an ask left beside it."""
    pairs, people, requests = problem.candidates, problem.alumni, problem.requests
    taken = {(line.request, line.alumnus) for line in plan.assignments} | set(bans)
    found = []
    for position in sorted({int(np.flatnonzero(requests.key == line.request)[0]) for line in plan.assignments}):
        key, is_ask = int(requests.key[position]), bool(requests.counts[position])
        mine = np.flatnonzero(pairs.request == position)
        best = mine[np.lexsort((people.order[pairs.alumnus[mine]], -pairs.score[mine]))]
        free = [
            one
            for one in best.tolist()
            if (key, int(people.key[row := pairs.alumnus[one]])) not in taken
            and (not is_ask or asks[int(people.key[row])] < people.left[row])
        ]
        found += [_Spare(key, int(people.key[pairs.alumnus[one]]), float(pairs.score[one])) for one in free[:SPARES]]
    return found


def _bands(
    period: Period, requests: Sequence[Request], problem: Problem, pairs: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """The band of each of these pairs of keys."""
    row_of = {key: row for row, key in enumerate(problem.alumni.key.tolist())}
    by_request: dict[int, list[int]] = {}
    for request, alumnus in pairs:
        by_request.setdefault(request, []).append(alumnus)
    found: dict[tuple[int, int], str] = {}
    for one in requests:
        keys = by_request.get(one.key, [])
        names = bands_of(period, one, np.array([row_of[key] for key in keys], np.int64)) if keys else []
        found |= {(one.key, key): name for key, name in zip(keys, names, strict=True)}
    return found


def _lines(problem: Problem, plan: Plan, bans: Collection[tuple[int, int]], spares: Sequence[_Spare]) -> list[KeptLine]:
    """What is kept of each place, of those who could be asked instead, and of each pair that is not to be planned."""
    lines = []
    for line in plan.assignments:
        begins, ends = map(time_of, line.moment) if line.moment else (None, None)
        pinned = (line.request, line.alumnus) in problem.pins
        lines.append(KeptLine(line.request, line.alumnus, line.score, begins, ends, PLANNED, pinned))
    there = set(problem.requests.key.tolist())
    lines += [KeptLine(one.request, one.alumnus, one.score, state=SPARE) for one in spares]
    return lines + [KeptLine(*pair, 0.0, state=BANNED) for pair in sorted(bans) if pair[0] in there]


def _keep(kept: KeptPlan, lines: Sequence[KeptLine], notes: Sequence[dict[str, object]], tx: Transaction) -> str | None:
    id_ = tx.plans.add(kept, lines)
    if id_ is not None:
        _note(notes, tx)
    return id_


def _change(one: Unfilled) -> tuple[str | None, float]:
    change = one.relaxation
    return (None, 0.0) if change is None else (change.change.value, change.amount)


def _left_out(requests: Sequence[Request], problem: Problem) -> list[tuple[int, str]]:
    """The open requests that the plan is not about, and why: not of these days, or enough alumni were asked."""
    places = dict(zip(problem.requests.key.tolist(), problem.requests.places.tolist(), strict=True))
    left = [(one.key, places.get(one.key)) for one in requests]
    found = [(key, OTHER_DAYS if count is None else ALL_ASKED) for key, count in left if not count]
    return sorted(found, key=lambda one: one[1] != ALL_ASKED)  # those of these days first, else as requests are listed


def _filled(problem: Problem, plan: Plan) -> set[int]:
    """Keys of the requests without an open place."""
    count: dict[int, int] = {}
    for line in plan.assignments:
        count[line.request] = count.get(line.request, 0) + 1
    places = zip(problem.requests.key.tolist(), problem.requests.places.tolist(), strict=True)
    return {key for key, number in places if count.get(key, 0) >= number}


def _objective(problem: Problem, plan: Plan, fairness: float) -> Objective:
    best = replace(problem, kept=frozenset())  # beside the same plan each time, whatever plan came before
    without = plan if fairness == 0.0 else planning.make(best, Price())[0]
    never = set(problem.alumni.key[problem.alumni.never].tolist())

    def first(made: Plan) -> int:
        return len(_asks(problem, made).keys() & never)

    return Objective(
        places=int(problem.requests.places.sum()),
        served=plan.served,
        most_served=plan.most_served,
        score=_score(plan),
        first=first(plan),
        fairness=fairness,
        worth=plan.worth,
        score_without=_score(without),
        first_without=first(without),
    )


def _score(plan: Plan) -> float:
    return (
        int(units(np.array([line.score for line in plan.assignments])).sum()) / SCALE
    )  # whole units: in any order the same


def _notes(
    period: Period, requests: Sequence[Request], plan: Plan, fairness: float, spares: Sequence[_Spare]
) -> list[dict[str, object]]:
    """What the log says: an entry for the plan, and one for each request with those who are in it or beside it."""
    pool = period.pool
    basis = {
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "fairness": fairness,
        "as_of": period.today.isoformat(),
        "revision": pool.revision,
        "origin": pool.origin,
        "encoder": pool.encoder,
        "rules": RULES_VERSION,
        "meaning": pool.second_id or None,
    }
    shown: dict[int, list[list[object]]] = {}
    for line in sorted(plan.assignments, key=lambda line: -line.score):
        shown.setdefault(line.request, []).append([line.alumnus, line.score])
    notes: list[dict[str, object]] = [{**basis, "requests": len(requests), "served": plan.served}]
    for request in requests:
        if request.key in shown:
            weights = period.weights.names[int(pool.requests.kind[pool.request_row[request.key]])]
            of_request = {"query": request.key, "purpose": request.kind.value, "weights": weights}
            beside = sorted(one.alumnus for one in spares if one.request == request.key)
            notes.append({**of_request, **basis, "shown": shown[request.key], **({"alumni": beside} if beside else {})})
    return notes


def _note(notes: Sequence[dict[str, object]], tx: Transaction) -> None:
    for details in notes:
        tx.note(Action.PLAN, details)


def _planned(
    line: Assignment, requests: dict[int, Request], people: dict[int, Alumnus], pins: Collection[tuple[int, int]]
) -> Planned:
    request, alumnus = requests[line.request], people[line.alumnus]
    moment = line.moment and (time_of(line.moment[0]), time_of(line.moment[1]))
    pinned = (line.request, line.alumnus) in pins
    return Planned(
        request.request_id, owner_of(request), alumnus.alumnus_id, alumnus.school, line.score, moment, pinned
    )


def _open(one: Unfilled, requests: dict[int, Request]) -> Open:
    request, (change, km) = requests[one.request], _change(one)
    return Open(
        request.request_id, owner_of(request), one.places, one.because, None if change is None else Change(change), km
    )
