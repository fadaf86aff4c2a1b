"""Plans of a period, by the rules: nobody is asked by a plan, nor planned who may not be asked, or more than there is.

Everything is counted from the lines that are kept, and from what the region knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import RequestKind
from tests.simulation.asking import of_request, stands
from tests.simulation.database import day, moment

if TYPE_CHECKING:
    from tests.simulation.model import Model
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
TABLE = "plan_lines"
KEPT = timedelta(days=90)


def pairs(world: World, plan: int, *states: str) -> set[tuple[int, int]]:
    """Request and alumnus of the lines of a plan in these states."""
    sql = f"select request_key, alumnus_key, state from {TABLE} where plan_key = ?"  # noqa: S608 - our own table
    return {(request, who) for request, who, state in world.database.rows(sql, plan) if state in states}


def newest(world: World, school: str) -> tuple[int, str] | None:
    """Key and id of the last plan of a school."""
    own = [(key, id_) for key, (id_, owner, _) in world.model.plans.items() if owner == school]
    return own[-1] if own else None


def _plan(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """An entry for the plan, and one for each request: the rows are read with the first."""
    model = world.model
    for key, id_, school, last in world.database.rows("select key, id, school, last from plans order by made_at, key"):
        last_day = day(last)
        assert last_day is not None
        if key not in model.plans:
            model.plans[key] = id_, school, last_day
    sql = f"select key, plan_key, alumnus_key from {TABLE}"  # noqa: S608 - our own table
    for key, plan, who in world.database.rows(sql):
        if key not in model.lines:
            model.lines[key], model.held[TABLE, key] = plan, who


def need_right(world: World, plan: int, school: str) -> None:
    """Who is planned may be asked, once for each free place, within the asks of the year, at one place a time."""
    model, today = world.model, world.today
    planned = pairs(world, plan, "planned")
    for request, who in planned:
        demand, person = model.demands[request], model.people[who]
        world.need(demand.wanted.school == school, "a plan with a request of another school", demand)
        world.need(model.fits(person, demand, today), "somebody is planned who may not be asked", (person, demand))
        has = stands(model, person, request)
        world.need(has in {"", "later"}, "somebody is planned who was asked", (person, demand, has))
    for request, count in Counter(request for request, _ in planned).items():
        demand = model.demands[request]
        thinking = {model.held[one.name] for one in of_request(model, request) if one.state == "asked"}
        free = demand.wanted.people - model.accepted(request) - len(thinking)
        world.need(count <= free, "more are planned than there are places", (demand, count, free))
    asks = Counter(who for request, who in planned if model.demands[request].wanted.kind is not RequestKind.AFTERCARE)
    for who, count in asks.items():
        person = model.people[who]
        left = model.budget_of(person) - model.asks_in_year(person, today)
        world.need(count <= left, "somebody is planned more often than asks are left", (person, count, left))
    banned = pairs(world, plan, "banned")
    world.need(not banned & planned, "a pair is planned that is not to be", banned & planned)
    _need_apart(world, plan)


def _need_apart(world: World, plan: int) -> None:
    sql = f"select alumnus_key, begins, ends from {TABLE} where plan_key = ? and state = 'planned'"  # noqa: S608
    busy: dict[int, list[tuple[Any, Any]]] = {}
    for who, begins, ends in world.database.rows(sql, plan):
        if begins is None:
            continue
        begin, end = moment(begins), moment(ends)
        over = [one for one in busy.get(who, ()) if one[0] < end and begin < one[1]]
        world.need(not over, "somebody is planned twice at a time", (who, begin, over))
        busy.setdefault(who, []).append((begin, end))


def forget(model: Model, today: date) -> None:
    """The daily job forgets plans of long ago."""
    for key in [key for key, (_, _, last) in model.plans.items() if last < today - KEPT]:
        del model.plans[key]
    for key in [key for key, plan in model.lines.items() if plan not in model.plans]:
        del model.lines[key], model.held[TABLE, key]


def need_tables(world: World) -> None:
    """The plans that are kept are those that were made."""
    there = {key for (key,) in world.database.rows("select key from plans")}
    world.need(there == set(world.model.plans), "a table is not what happened: plans", there ^ set(world.model.plans))


MEANING: Mapping[str, Any] = {"plan": _plan}
