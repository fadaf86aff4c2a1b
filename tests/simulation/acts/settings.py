"""A coordinator closes areas of the school and opens them again, and says how often it asks and how mail goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.policy import Role
from matcher.services import school_settings
from matcher.services.app import App
from tests.simulation.acts.askers import staff
from tests.simulation.region import SCHOOLS
from tests.simulation.settings import ALL
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def choose_areas(world: World, app: App, step: Step) -> None:
    """Areas that are not chosen are closed from then on; nobody's consent changes by it."""
    model, values = world.model, step.values
    same = world.same(step)
    school = SCHOOLS[values["school"]]
    if same is not None and same.person is not None:
        school = same.person.school
    if not any(one.school == school for one in model.people.values()):
        return
    areas = ALL - set(values["closes"])
    world.frames[-1].value = areas
    sql = "select alumnus_key, purpose, given_on, withdrawn_on from consents order by alumnus_key, purpose"
    before = world.database.rows(sql)
    world.call(
        lambda: school_settings.choose(app, staff(Role.COORDINATOR, school), "areas", {"areas": sorted(areas)}),
        log=["setup"],
        refused="" if areas else "choose_an_area",
    )
    if world.certain:
        world.need(before == world.database.rows(sql), "an area is closed and a consent changes", school)


def choose_rhythm(world: World, app: App, step: Step) -> None:
    """How often alumni are asked who did not say, and whether their mail goes once a week, is so from then on."""
    model, values = world.model, step.values
    same = world.same(step)
    school = SCHOOLS[values["school"]]
    if same is not None and same.person is not None:
        school = same.person.school
    if not any(one.school == school for one in model.people.values()):
        return
    chosen = {name: [values[name]] for name in ("asks", "letter")}
    world.frames[-1].value = values["asks"], values["letter"]
    world.call(
        lambda: school_settings.choose(app, staff(Role.COORDINATOR, school), "rhythm", chosen),
        log=["setup"],
    )


ACTS = {"choose_areas": choose_areas, "choose_rhythm": choose_rhythm}
