"""Teachers and coordinators: inviting, conflicts, addresses after a yes, and what was asked so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.disclosure import sees_cards
from matcher.domain.ledger import Deviation
from matcher.domain.records import RecordKind
from matcher.policy import Asker, Role
from matcher.services import browsing, conflicts, invitations
from matcher.services.app import App
from tests.simulation.acts.askers import NO_HANDLE, UNKNOWN, named, staff
from tests.simulation.asking import is_waiting, may_hear, queue, stands
from tests.simulation.model import Demand
from tests.simulation.processes import APPROVALS
from tests.simulation.region import EMPLOYER, SCHOOLS
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


OUTCOME = {"retracted": "declined"}
"""A yes that was taken back is a no from then on."""
_FEW = 15
"""Of a waiting list that is longer it is not said beforehand whether it is full."""


def asker_of(demand: Demand, by: str = "teacher") -> Asker:
    """Somebody of the school, or the employer, that asks."""
    school = demand.wanted.school
    return staff(Role.PARTNER if school == EMPLOYER else Role(by), school)


def at_once(demand: Demand, asker: Asker) -> bool:
    """Whether what this asker decides needs nobody else."""
    mode = APPROVALS.get(demand.wanted.kind, "asker")
    partner = asker.role is Role.PARTNER
    return partner or mode == "asker" or (mode == "coordinator" and asker.role is Role.COORDINATOR)


def expect_fill(world: World, demand: Demand, entries: list[str]) -> list[str] | None:
    """What is logged of something that may free a place: not said where somebody waits."""
    return None if queue(world.model, demand.key) else entries


def invite(world: World, app: App, step: Step) -> None:
    asked_of(world, app, step, waits=False)


def asked_of(world: World, app: App, step: Step, *, waits: bool) -> None:
    """An alumnus is invited, or put on the waiting list, or proposed for somebody else to approve."""
    model, today = world.model, world.today
    demand = world.demand(step)
    if demand is None:
        return
    same = world.same(step)
    fitting = sorted(model.fitting(demand, today), key=lambda one: (one.number, one.school, one.id))
    by_list = fitting and step.values["pick"] and (same is None or same.person is None)
    person = fitting[step.values["nth"] % len(fitting)] if by_list else world.person(step)
    if person is None:
        return
    world.frames[-1].person = person
    asker = asker_of(demand, step.values["by"])
    called = named(world, app, asker, demand, person)
    opened = called != NO_HANDLE and model.available(person, demand, today)
    reason = Deviation.SPREAD if step.values["reason"] else None
    queued = is_waiting(model, person, demand.key)
    proposes = not at_once(demand, asker)
    refused: tuple[str, ...] = ("waits_already",) if queued and (waits or proposes) else ("",)
    refused = ("waiting_list_full", *refused) if len(queue(model, demand.key)) > _FEW else refused
    if not model.is_reached(person, demand):
        refused = ("unknown_pair",) if sees_cards(asker) else ("changed_mail_stopped", "changed_address_closed")
    if not may_hear(model, person, demand.key):
        refused = ("invited_already",)
    if not (opened if sees_cards(asker) else model.visible(person, demand.wanted.school, today)):
        refused = ("unknown_pair",)
    elif not model.fits(person, demand, today):
        refused = ("not_in_the_list",)
    elif demand.is_work:
        refused = ("see_others_first", *(() if reason else ("say_why",)), *refused)
    entry = "invite.propose" if proposes else "invite.wait" if waits else "invite"
    late = {"unknown_pair": ["invite"]} if sees_cards(asker) and not opened else None
    world.call(
        lambda: invitations.invite(
            app,
            asker,
            demand.wanted.id,
            called,
            candidate_school=person.school,
            reason=reason,
            waits=waits,
        ),
        log=[entry],
        refused=refused,
        log_refused=late,
    )


def see_states(world: World, app: App, step: Step) -> None:
    demand = world.demand(step)
    if demand is None:
        return
    states = world.call(lambda: invitations.states(app, asker_of(demand), demand.wanted.id)) or {}
    shown = {key: OUTCOME.get(event.value, event.value) for key, event in states.items()}
    known = {person.key: stands(world.model, person, demand.key) for person in world.model.people.values()}
    known = {key: state for key, state in known.items() if state}
    world.need(shown == known, "another state of an invitation than what happened", (shown, known))


def conflict(world: World, app: App, step: Step) -> None:
    demand, person = world.demand(step), world.person(step)
    if demand is None or person is None:
        return
    asker, model = asker_of(demand), world.model
    called = named(world, app, asker, demand, person)
    pair = conflicts.Pair(demand.wanted.id, called, alumnus_school=person.school)
    known = (demand.key, person.key) in model.conflicts
    seen = called != NO_HANDLE and (known or model.available(person, demand, world.today))
    change = conflicts.declare if step.values["declared"] else conflicts.withdraw
    changed = world.call(
        lambda: change(app, asker, pair),
        log=["conflict.declare"],
        refused="" if seen else UNKNOWN,
        log_refused=dict.fromkeys(UNKNOWN, ("conflict.declare",)),
    )
    del changed


def contact(world: World, app: App, step: Step) -> None:
    demand, model = world.demand(step), world.model
    if demand is None:
        return
    come = [one for one in model.people.values() if model.comes(one, demand, world.today)]
    expected = {one.key: one.email for one in come}
    helpers = world.call(
        lambda: invitations.helpers(app, asker_of(demand), demand.wanted.id), log=["contact"] if expected else []
    )
    if world.certain:
        shown = {helper.alumnus.key: helper.contact.email for helper in helpers or ()}
        world.need(shown == expected, "other addresses than of those who said yes", (shown, expected))


def see_requests(world: World, app: App, step: Step) -> None:
    school = SCHOOLS[step.values["school"]]
    part = browsing.Slice(1, 20)
    page = world.call(lambda: browsing.page(app, staff(Role.TEACHER, school), RecordKind.REQUESTS, part))
    own = sum(demand.wanted.school == school for demand in world.model.demands.values())
    world.need(page is not None and page.total == own, "another number of requests", page)


def list_alumni(world: World, app: App, step: Step) -> None:
    school = SCHOOLS[step.values["school"]]
    own = {person.key for person in world.model.people.values() if person.school == school}
    part = browsing.Slice(1, 100)
    page = world.call(
        lambda: browsing.page(app, staff(Role.COORDINATOR, school), RecordKind.ALUMNI, part),
        log=["alumni.list"] if own else [],
    )
    if page is not None and world.certain:
        world.need({record.key for record in page.items} == own, "a list of others than a school's alumni", school)


ACTS = {
    "invite": invite,
    "see_states": see_states,
    "conflict": conflict,
    "contact": contact,
    "see_requests": see_requests,
    "list_alumni": list_alumni,
}
