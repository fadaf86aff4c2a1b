"""The register of aftercare: an alumnus objects to it, or takes that back, and a coordinator decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.domain.aftercare import How, Outcome
from matcher.policy import Role
from matcher.services import aftercare
from matcher.services.aftercare import Entry
from matcher.services.app import App
from tests.simulation.acts.askers import UNKNOWN, on_behalf, staff
from tests.simulation.aftercare import TABLE, of, stands
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def object_aftercare(world: World, app: App, step: Step) -> None:
    """Somebody objects to the register, or withdraws that; no ranking changes by it."""
    found = on_behalf(world, step)
    if found is None:
        return
    person, asker, named = found
    if asker.role is Role.COMMAND_LINE:
        return
    objects = step.values["objects"]
    changes = person is not None and stands(world.model, person) != objects
    world.call(
        lambda: aftercare.object_to(app, asker, objects=objects, **named),
        log=["aftercare.object"] if changes else [],
        refused="" if person is not None else UNKNOWN,
    )


def decide_aftercare(world: World, app: App, step: Step) -> None:
    """A coordinator decides on an objection; nobody notes a contact with somebody who objects or is not guided."""
    model = world.model
    open_ = sorted(key for key, state in model.cases.items() if state == "open")
    key = world.pick(open_, step.values["nth"])
    if key is None:
        return
    person = world.frames[-1].person = model.people[model.held[TABLE, key]]
    asker = staff(Role.COORDINATOR, person.school)
    refused = ("aftercare_not_guided", "aftercare_objects")
    world.call(lambda: aftercare.add(app, asker, person.id, Entry(How.PHONE, Outcome.WORK)), refused=refused)
    if person.key not in model.people:
        return
    has = "open" in of(model, person).values()
    world.call(
        lambda: aftercare.decide(app, asker, person.id, upheld=step.values["upheld"], because="Zo is het."),
        log=["aftercare.decide"],
        refused="" if has else "aftercare_no_case",
    )


ACTS = {"object_aftercare": object_aftercare, "decide_aftercare": decide_aftercare}
