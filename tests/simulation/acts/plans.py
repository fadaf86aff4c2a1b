"""Plans of a period: made, made again with what a person says, and invitations for those that a person approves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from matcher.policy import Role
from matcher.services import approval, plans
from matcher.services.app import App
from matcher.services.plans import PairNamed, Wishes
from tests.simulation.acts.askers import staff
from tests.simulation.asking import is_waiting, stands
from tests.simulation.plans import need_right, newest, pairs
from tests.simulation.region import SCHOOLS
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

_DAYS = 40


def _asks(world: World) -> int:
    ((count,),) = world.database.rows("select count(*) from invitations")
    return int(count)


def make_plan(world: World, app: App, step: Step) -> None:
    """A plan asks nobody; made again at once it is the same, and a pair that is not to be is not in it."""
    school, values, model = SCHOOLS[step.values["school"]], step.values, world.model
    if not any(one.school == school for one in model.people.values()):
        return
    asker, first = staff(Role.COORDINATOR, school), world.today
    last, before = first + timedelta(days=_DAYS), _asks(world)
    made = world.call(
        lambda: plans.make(app, asker, first, last, fairness=values["fairness"]), log=None, refused=("", "being_built")
    )
    found = newest(world, school)
    if made is None or found is None or not world.certain:
        return
    world.need(_asks(world) == before, "a plan asks somebody", made)
    key, id_ = found
    world.need(id_ == made.id, "a plan that is not kept", made)
    need_right(world, key, school)
    planned = pairs(world, key, "planned")
    world.need(len(planned) == len(made.assignments), "another plan is kept than is shown", made)
    if not values["again"]:
        return
    wishes, gone = Wishes(after=id_), None
    if values["bans"] and planned:
        gone = sorted(planned)[values["nth"] % len(planned)]
        person = model.people[gone[1]]
        ban = PairNamed(model.demands[gone[0]].wanted.id, person.id, person.school)
        wishes = Wishes(after=id_, bans=[ban])
    again = world.call(
        lambda: plans.make(app, asker, first, last, fairness=values["fairness"], wishes=wishes), log=None
    )
    found = newest(world, school)
    if again is None or found is None or not world.certain:
        return
    need_right(world, found[0], school)
    now = pairs(world, found[0], "planned")
    if gone is None:
        world.need(now == planned and again.changed == 0, "a plan is made again and changes", (planned, now))
    else:
        world.need(gone not in now, "a pair is planned that is not to be", gone)
        world.need(
            again.changed == len(planned - now), "other changes are told than there are", (again.changed, planned)
        )


def approve_plan(world: World, app: App, step: Step) -> None:
    """Some lines are approved: each is asked if it may be, and what cannot be any more stays with its reason."""
    school, values, model = SCHOOLS[step.values["school"]], step.values, world.model
    found = newest(world, school)
    if found is None:
        return
    key, id_ = found
    asker = staff(Role.COORDINATOR, school)
    chosen = {
        pair
        for place, pair in enumerate(sorted(pairs(world, key, "planned", "refused")))
        if place % values["part"] == 0
    }
    other = next(name for name in SCHOOLS if name != school)
    if values["stranger"]:
        stranger = staff(Role.COORDINATOR, other)
        world.call(lambda: approval.approve(app, stranger, id_), refused="unknown_plan")
        return
    outcomes = world.call(
        lambda: approval.approve(app, asker, id_, chosen=lambda row: (row.request.key, row.alumnus.key) in chosen),
        log=None,
    )
    if outcomes is None or not world.certain:
        return
    done = {(one.row.request.key, one.row.alumnus.key): one.problem for one in outcomes}
    world.need(set(done) == chosen, "other lines are approved than were chosen", (done, chosen))
    for (request, who), problem in done.items():
        person = model.people[who]
        asked = stands(model, person, request) in {"asked", "accepted", "declined"} or is_waiting(
            model, person, request
        )
        world.need(problem or asked, "a line is approved and nobody is asked", (person, request))
    invited = pairs(world, key, "invited")
    right = {pair for pair, problem in done.items() if not problem}
    world.need(right <= invited, "a line that was approved is not kept so", (right, invited))


ACTS = {"make_plan": make_plan, "approve_plan": approve_plan}
