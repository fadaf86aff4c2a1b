"""Requests that live, and what is asked for them: waiting lists, approval, many at once, and what the clock does."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from matcher.disclosure import sees_cards
from matcher.domain.demands import Why
from matcher.domain.records import Moment, Request
from matcher.matching.rules import RULES
from matcher.policy import JOB, Role
from matcher.services import demands, due, gatherings, invitations, proposals
from matcher.services.app import App
from tests.simulation.acts.askers import NO_HANDLE, named, staff
from tests.simulation.acts.requests import asked_of, asker_of, at_once, expect_fill
from tests.simulation.asking import (
    OPEN,
    Ask,
    is_due,
    is_waiting,
    may_be_asked,
    may_hear,
    of_request,
    owner,
    queue,
    stands,
)
from tests.simulation.firsts import passed_over
from tests.simulation.giving import skip
from tests.simulation.model import Demand, Person
from tests.simulation.processes import APPROVALS
from tests.simulation.region import KINDS_HERE, MADE, SCHOOLS
from tests.simulation.segments import finished
from tests.simulation.settings import closed
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def queue_(world: World, app: App, step: Step) -> None:
    """Somebody is put on the waiting list of a request."""
    asked_of(world, app, step, waits=True)


def _called(world: World, app: App, demand: Demand, person: Person, by: str) -> str:
    """What an asker calls somebody who was asked: with the school, where two have the number."""
    asker = asker_of(demand, by)
    if sees_cards(asker):
        return named(world, app, asker, demand, person)
    others = {owner(world.model, one).key for one in of_request(world.model, demand.key)}
    same = sum(world.model.people[key].id == person.id for key in others)
    return person.id if same < 2 else f"{person.id} ({person.school})"


def _chosen(world: World, step: Step, states: frozenset[str]) -> tuple[Demand, Ask, Person] | None:
    """One of all that are in these states; of the request that the step comes between, if it is about the same."""
    model, same = world.model, world.same(step)
    found = [one for one in model.asks.values() if one.state in states]
    if same is not None and same.demand is not None:
        found = [one for one in found if one.request == same.demand.key]
    ask = world.pick(sorted(found, key=lambda one: (one.made, one.key)), step.values["nth"] % 25)
    if ask is None:
        return None
    demand, person = model.demands[ask.request], owner(model, ask)
    world.frames[-1].demand, world.frames[-1].person = demand, person
    return demand, ask, person


def take_back(world: World, app: App, step: Step) -> None:
    """An ask is undone in time, or given back; the next of the waiting list is asked, except after an undo."""
    found = _chosen(world, step, OPEN)
    if found is None:
        return
    demand, ask, person = found
    asker, called = asker_of(demand, "teacher"), _called(world, app, demand, person, "teacher")
    refused = "nothing_to_take_back" if called == NO_HANDLE else ""
    use = lambda: invitations.take_back(app, asker, demand.wanted.id, called)  # noqa: E731
    in_time = world.call(use, log=expect_fill(world, demand, ["invite.back"]), refused=refused)
    skip(world, demand.key)
    if in_time is not None and world.certain:
        world.need(in_time == (ask.state == "undone"), "an ask is undone too late, or not in time", ask)
        due_now = ask.state == "released" and is_due(world.model, demand, world.today)
        world.need(not due_now, "a place is free and nobody who waits is asked", demand)


def approve(world: World, app: App, step: Step) -> None:
    """Somebody else approves what was proposed."""
    found = _chosen(world, step, frozenset({"proposed"}))
    if found is None:
        return
    demand, ask, person = found
    by = step.values["by"]
    asker, called = asker_of(demand, by), _called(world, app, demand, person, by)
    mode = APPROVALS.get(demand.wanted.kind, "asker")
    coordinates = asker.role is Role.COORDINATOR
    by_coordinator = ask.by == asker_of(demand, "coordinator").key
    own = coordinates == by_coordinator
    may = not own if mode == "both" else coordinates
    refused: tuple[str, ...] = ("",)
    if called == NO_HANDLE:
        refused = ("nothing_to_approve",)
    elif not may:
        refused = ("not_yours_to_approve",)
    elif not may_hear(world.model, person, demand.key):
        refused = ("invited_already",)
    elif not may_be_asked(world.model, person, demand, world.today):
        refused = _FAILS
    entry = "invite" if ask.place is None else "invite.wait"
    world.call(lambda: proposals.approve(app, asker, demand.wanted.id, called), log=[entry], refused=refused)


_FAILS = ("unknown_pair", *(f"changed_{rule.CODE}" for rule in RULES), "changed_not_visible")
_FAILS += ("changed_mail_stopped", "changed_address_closed")


def invite_many(world: World, app: App, step: Step) -> None:
    """Several are asked together, each as one is alone; those who may not be are named."""
    model, today, demand = world.model, world.today, world.demand(step)
    if demand is None:
        return
    asker = asker_of(demand, step.values["by"])
    fitting = sorted(model.fitting(demand, today), key=lambda one: (one.number, one.school, one.id))
    nth, count = step.values["nth"], step.values["count"]
    people = [fitting[(nth + place) % len(fitting)] for place in range(min(count, len(fitting)))]
    some = world.person(step)
    people = list({one.key: one for one in [*people, *([some] if some is not None else [])]}.values())
    chosen = {gatherings.Chosen(named(world, app, asker, demand, one), one.school): one for one in people}
    if any(one.name == NO_HANDLE for one in chosen):
        people, chosen = [], {}
    world.frames[-1].person = people[0] if people else None
    refused = "one_at_a_time" if demand.is_work else "" if chosen else "choose_someone"
    before = {one.key: _may_be(world, demand, one, asks_at_once=at_once(demand, asker)) for one in people}
    outcomes = world.call(
        lambda: gatherings.invite_many(app, asker, demand.wanted.id, list(chosen)), log=None, refused=refused
    )
    if outcomes is None or not world.certain:
        return
    for outcome in outcomes:
        person = chosen[outcome.chosen]
        asked = not outcome.problem
        world.need(asked == before[person.key], "another of many is asked than may be", (person, outcome))


def _may_be(world: World, demand: Demand, person: Person, *, asks_at_once: bool) -> bool:
    may = may_be_asked(world.model, person, demand, world.today)
    return may and (asks_at_once or not is_waiting(world.model, person, demand.key))


def write_to_all(world: World, app: App, step: Step) -> None:
    """A letter to everybody who comes."""
    demand, model = world.demand(step), world.model
    if demand is None:
        return
    come = [one for one in model.people.values() if model.comes(one, demand, world.today)]
    refused = "request_withdrawn" if model.phases.get(demand.key) == "withdrawn" else "" if come else "nobody_comes"
    count = world.call(
        lambda: gatherings.write_to_all(app, asker_of(demand), demand.wanted.id, "Neem brood mee."),
        log=["contact"],
        refused=refused,
    )
    world.need(count in {None, len(come)} or not world.certain, "a letter to others than come", (count, come))


def make_request(world: World, app: App, step: Step) -> None:
    """A teacher makes a request, or copies an earlier one and opens it."""
    slot = MADE[step.values["nth"] % len(MADE)]
    kind = list(KINDS_HERE)[step.values["kind"] % len(KINDS_HERE)]
    school = SCHOOLS[slot % 4]
    asker = staff(Role.TEACHER, school)
    days = step.values["days"]
    world.frames[-1].value = slot
    old = world.model.numbered.get(slot)
    if old is not None and step.values["copies"]:
        off = KINDS_HERE[old.wanted.kind].purpose in closed(world.model, school)
        refused = "kind_closed" if off else ""
        id_ = world.call(lambda: demands.copy(app, asker, old.wanted.id), log=["requests.save"], refused=refused)
        if id_ is not None:
            late = old.needed is not None and world.certain and world.model.numbered[slot].closes is not None
            world.call(
                lambda: demands.open_(app, asker, id_),
                log=["requests.save"],
                refused=("", "request_over") if late else "",
            )
        return
    wish = Request(
        request_id="",
        school=school,
        kind=kind,
        title="Gezocht",
        skills=("lassen",),
        people=step.values["people"],
        period_to=None if days is None else world.today + timedelta(days=days),
        moments=tuple(_moment(world.today + timedelta(days=one)) for one in step.values.get("moments", ())),
    )
    off = KINDS_HERE[kind].purpose in closed(world.model, school)
    world.call(lambda: demands.create(app, asker, wish), log=["requests.save"], refused="kind_closed" if off else "")


def _moment(on: date) -> Moment:
    """An afternoon: the calendars here are busy in the morning."""
    begin = datetime.combine(on, time(14))
    return Moment(begin, begin + timedelta(hours=1))


def move_request(world: World, app: App, step: Step) -> None:
    """A request is at another moment, which whoever agreed hears; not while somebody thinks it over."""
    model, demand, values = world.model, world.demand(step), step.values
    if demand is None:
        return
    today = world.today
    moment = _moment(today + timedelta(days=values["days"]))
    world.frames[-1].value = moment.start
    phase = model.phases.get(demand.key, "open")
    refused = "" if phase in {"open", "concept"} else "not_this_step"
    states = {stands(model, one, demand.key) for one in model.people.values()} & {"asked", "accepted"}
    open_ = any(one.state == "asked" for one in of_request(model, demand.key))
    if demand.moments != (moment.start,) and states and (open_ or not demand.moments or "asked" in states):
        refused = "asked_already"
    if moment.start.date() < today:
        refused = "moment_is_over"
    if demand.needed is not None and not demand.moments:  # a period stays beside the moment
        return
    world.call(
        lambda: demands.move(app, asker_of(demand), demand.wanted.id, moment),
        log=["requests.close"],
        refused=refused,
    )


def remind_by_hand(world: World, app: App, step: Step) -> None:
    """A person reminds of an ask, in place of the one reminder by the clock."""
    found = _chosen(world, step, frozenset({"asked"}))
    if found is None:
        return
    demand, ask, person = found
    asker, called = asker_of(demand, "teacher"), _called(world, app, demand, person, "teacher")
    own = [
        one for one in of_request(world.model, demand.key) if owner(world.model, one) is person and one.state == "asked"
    ]
    ask = own[-1]
    mails = world.database.rows("select state from outbox where key = ?", ask.mail or 0)
    right = not ask.reminded and ask.on is not None and ask.deadline is not None
    right = right and ask.on < world.today < ask.deadline and called != NO_HANDLE  # type: ignore[operator]
    refused: tuple[str, ...] = ("",) if right else ("no_reminder_now",)
    if right and mails and mails[0][0] in {"waiting", "refused", "dropped"}:
        refused = ("", "no_reminder_now")
    world.call(lambda: invitations.remind(app, asker, demand.wanted.id, called), log=["invite.remind"], refused=refused)


def stop_request(world: World, app: App, step: Step) -> None:
    """A request that was made here is withdrawn, or closed with what came of it."""
    slot = MADE[step.values["nth"] % len(MADE)]
    demand = world.frames[-1].demand = world.model.numbered.get(slot)
    if demand is None:
        return
    asker, how = asker_of(demand), step.values["how"]
    phase = world.model.phases.get(demand.key, "open")
    refused = "" if phase == "open" or (phase == "concept" and how == "withdrawn") else "not_this_step"
    if how == "withdrawn":
        world.call(
            lambda: demands.withdraw(app, asker, demand.wanted.id, Why.OTHER), log=["requests.close"], refused=refused
        )
        return
    come = [one for one in world.model.people.values() if one.replies.get(demand.key) == "accepted"]
    absent = come[:1] if how == "held" and step.values.get("absent") else []
    refused = "nobody_came" if how == "held" and len(come) == len(absent) else refused
    refused = "not_yet" if demand.begins is not None and demand.begins > world.today else refused
    world.frames[-1].value = frozenset(one.key for one in absent)
    world.call(
        lambda: demands.close(
            app,
            asker,
            demand.wanted.id,
            held=how == "held",
            students=20,
            absent=[(one.school, one.id) for one in absent],
        ),
        log=["requests.close"],
        refused=refused,
    )


def advance(world: World, app: App, step: Step) -> None:
    """Everything that the clock does is done: reminders, terms that are over, the next of each waiting list."""
    done = world.call(lambda: due.advance(app, JOB), log=None)
    model, today = world.model, world.today
    passed_over(world)
    finished(world)
    for demand in list(model.demands.values()):
        if queue(model, demand.key):
            skip(world, demand.key)
    if not done or not world.certain or done[0].refused:  # type: ignore[attr-defined]
        return
    for ask in [one for one in model.asks.values() if one.state == "asked"]:
        world.need(ask.deadline is None or ask.deadline >= today, "an ask whose term is over stays open", ask)
        reminds = ask.remind_on is None or ask.remind_on > today or ask.reminded
        world.need(reminds, "a reminder that is due is not written", ask)
    for demand in model.demands.values():
        world.need(not is_due(model, demand, today), "a place is free and nobody who waits is asked", demand)
        waits = [one for one in of_request(model, demand.key) if one.state in OPEN]
        filled = model.accepted(demand.key) >= demand.wanted.people
        world.need(not (filled and waits), "all places are filled, and somebody is still asked", (demand, waits))
    silent = [key for key, ask in model.first.items() if ask.is_silent(today)]
    world.need(not silent, "a reminder of a first yes that is due is not written", silent)


ACTS = {
    "queue": queue_,
    "take_back": take_back,
    "approve": approve,
    "invite_many": invite_many,
    "write_to_all": write_to_all,
    "make_request": make_request,
    "move_request": move_request,
    "remind_by_hand": remind_by_hand,
    "stop_request": stop_request,
    "advance": advance,
}
