"""The figures of a school, looked at: whom it asked, and how often, is what the region knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from matcher.policy import Role
from matcher.services import figures
from matcher.services.app import App
from tests.simulation.acts.askers import staff
from tests.simulation.region import SCHOOLS, START
from tests.simulation.segments import TABLE
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def see_figures(world: World, app: App, step: Step) -> None:
    """A coordinator sees them exactly: every ask that counts, of requests and of messages, and of how many alumni."""
    model, school = world.model, SCHOOLS[step.values["school"]]
    first, last = START - timedelta(days=30), world.today
    report = world.call(lambda: figures.report(app, staff(Role.COORDINATOR, school), first, last))
    if report is None or not world.certain:
        return
    asked = [
        person.key
        for person in model.people.values()
        for request, on in person.asks
        if model.demands[request].wanted.school == school and first <= on <= last
    ]
    asked += [
        model.held[TABLE, key]
        for key, got in model.got.items()
        if got.counts and model.messages[got.message].school == school and first <= got.on <= last
    ]
    shown = report.now.everything.asked, report.now.everything.people
    world.need(shown == (len(asked), len(set(asked))), "the figures count other asks than there were", (shown, asked))
    parts = [*report.now.areas.values(), report.now.no_area]
    world.need(sum(one.asked or 0 for one in parts) == len(asked), "figures of areas that do not add up", parts)


ACTS = {"see_figures": see_figures}
