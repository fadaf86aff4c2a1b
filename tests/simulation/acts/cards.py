"""Whoever may not list alumni: cards opened by any name; and advisers, who list those who agreed to advice."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.errors import AlumnimatchError
from matcher.policy import Asker, Role
from matcher.services import browsing, conflicts, invitations, matching
from matcher.services.app import App
from tests.simulation.acts.askers import NO_HANDLE, UNKNOWN, advice, named, staff
from tests.simulation.acts.requests import asker_of
from tests.simulation.cards import need_card
from tests.simulation.model import Demand, Person
from tests.simulation.region import EMPLOYER, SCHOOLS, id_of
from tests.simulation.steps import Step
from tests.simulation.talks import may_advise

if TYPE_CHECKING:
    from tests.simulation.world import World

_NOT_ONE = "unknown_pair"


def _name(world: World, app: App, step: Step, demand: Demand, person: Person) -> tuple[str, Person | None]:
    """What somebody types, and whom it is the handle of for this request, if anybody who is here."""
    cards, nth = world.model.cards, step.values["nth"]
    own = named(world, app, asker_of(demand), demand, person)
    handles = sorted(cards.owners)
    match step.values["named"]:
        case "any":
            name = world.pick(handles, nth) or "geen"
        case "gone":
            gone = [handle for handle in handles if cards.owners[handle][1] not in world.model.people]
            name = world.pick(gone, nth) or "geen"
        case "number":
            name = person.id
        case "key":
            name = str(person.key)
        case "changed":
            place = Random(f"{step.number}").randrange(len(own))
            name = f"{own[:place]}{'b' if own[place] != 'b' else 'c'}{own[place + 1 :]}"
        case _:
            name = own
    never_shown = (demand.key, person.key if name == own != NO_HANDLE else 0)
    bound, key = cards.owners.get(name, never_shown)
    return name, world.model.people.get(key) if bound == demand.key else None


def open_card(world: World, app: App, step: Step) -> None:
    """By a handle of this request whoever may be opened; by any other name, and for all others, one answer."""
    model, today = world.model, world.today
    demand, person = world.demand(step), world.person(step)
    if demand is None or person is None:
        return
    name, meant = _name(world, app, step, demand, person)
    asker, use = asker_of(demand), step.values["use"]
    is_stranger = step.values["by"] == "stranger"
    if is_stranger:
        elsewhere = next(school for school in (*SCHOOLS, EMPLOYER) if school != demand.wanted.school)
        asker = staff(Role.PARTNER if elsewhere == EMPLOYER else Role.TEACHER, elsewhere)
        meant = None
    world.frames[-1].person = meant or person
    opened = meant is not None and model.available(meant, demand, today)
    if use == "conflict":
        opened = opened or (meant is not None and (demand.key, meant.key) in model.conflicts)
    if opened and use == "invite":
        use = "why"  # `invite` in requests.py knows what must come of it
    refusal: list[AlumnimatchError] = []
    entry = {"conflict": "conflict.declare", "invite": "invite"}.get(use, "explain")
    codes = UNKNOWN if use == "conflict" else (_NOT_ONE,)
    account = world.call(
        _noting(refusal, _use(app, asker, use, demand, name)),
        log=[entry],
        refused="" if opened else codes,
        log_refused={} if is_stranger else dict.fromkeys(codes, (entry,)),
    )
    if refusal and world.certain and use != "conflict":
        values = dict(refusal[0].values)
        alike = {"id": demand.wanted.id, "candidate": name}
        world.need(values == alike, "two answers for those who are not shown", (values, alike))
    if account is not None and use == "why" and meant is not None and world.certain:
        need_card(world, account, demand, meant)


def _use(app: App, asker: Asker, use: str, demand: Demand, name: str) -> Callable[[], Any]:
    pair = matching.PairOfIds(demand.wanted.id, name, "request")
    if use == "why":
        return lambda: matching.why(app, asker, pair)
    if use == "invite":
        return lambda: invitations.invite(app, asker, demand.wanted.id, name)
    return lambda: conflicts.declare(app, asker, conflicts.Pair(demand.wanted.id, name))


def _noting(refusal: list[AlumnimatchError], use: Callable[[], Any]) -> Callable[[], Any]:
    def noting() -> Any:
        try:
            return use()
        except AlumnimatchError as error:
            refusal.append(error)
            raise

    return noting


def advise_why(world: World, app: App, step: Step) -> None:
    """Why a course suits an alumnus: an adviser hears of those who agreed to advice; all others are one answer."""
    school, number = SCHOOLS[step.values["school"]], step.values["person"]
    course = f"C-{step.values['course']}"
    same = world.same(step)
    person = same.person if same is not None else world.model.named.get((school, id_of(number)))
    if person is not None and person.school != school:
        school = person.school
    id_ = id_of(number) if person is None else person.id
    model = world.model
    account, today = staff(Role.ADVISER, school).key, world.today
    there = person is not None and may_advise(model, person, account, world.now, today)
    opened = there and step.values["course"] in model.courses
    refusal: list[AlumnimatchError] = []
    pair = matching.PairOfIds(id_, course, "alumnus")
    world.call(
        _noting(refusal, lambda: matching.why(app, staff(Role.ADVISER, school), pair)),
        log=["explain"],
        refused=advice(world, school) or ("" if opened else _NOT_ONE),
        log_refused={_NOT_ONE: ("explain",)},
    )
    if refusal and world.certain and not advice(world, school):
        values = dict(refusal[0].values)
        world.need(values == {"id": id_, "candidate": course}, "two answers for those who are not shown", values)


def list_advised(world: World, app: App, step: Step) -> None:
    """An adviser lists the own alumni who agreed to advice, and counts no others."""
    school, model = SCHOOLS[step.values["school"]], world.model
    own = [person for person in model.people.values() if person.school == school]
    agreed = {person.key for person in own if model.agrees(person, Purpose.LLO_ADVICE, world.today)}
    page = world.call(
        lambda: browsing.page(app, staff(Role.ADVISER, school), RecordKind.ALUMNI, browsing.Slice(1, 100)),
        log=["alumni.list"] if agreed else [],
        refused=advice(world, school),
    )
    if page is not None and world.certain:
        listed = {record.key for record in page.items}
        world.need(listed == agreed, "an adviser lists others than those who agreed", listed ^ agreed)
        world.need(page.total == len(agreed), "an adviser counts others than those who agreed", page.total)


ACTS = {"open_card": open_card, "advise_why": advise_why, "list_advised": list_advised}
