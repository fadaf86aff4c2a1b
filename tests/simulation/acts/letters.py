"""Mail at an alumnus' choice: once a week in one letter, or none about a request, of a kind, or at all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from matcher.services import subscriptions
from matcher.services.app import App
from matcher.services.subscriptions import Level
from tests.simulation.acts.askers import themselves
from tests.simulation.model import Person
from tests.simulation.post import LETTER, own_links
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def weekly(world: World, app: App, step: Step) -> None:
    """An alumnus wants mail once a week, or each by itself again."""
    person = world.person(step)
    if person is None:
        return
    wants, has = step.values["weekly"], world.model.gets_weekly(person.key)
    changed = world.call(
        partial(subscriptions.choose_weekly, app, themselves(person), weekly=wants),
        log=["consent.write"] if wants != has else [],
    )
    world.need(not world.certain or changed == (wants != has), "a choice of mail that is told otherwise", person)


def _scopes(world: World, purpose: str) -> dict[Level, str]:
    """What is stopped at each level by the link of a mail."""
    _, message, about = purpose.split(" ")
    if message == LETTER:
        return {Level.EVERYTHING: "everything"}
    demand = world.model.demands.get(int(about))
    kind = demand.wanted.kind.value if demand is not None else message
    of_request = {} if demand is None else {Level.REQUEST: f"request {demand.key}"}
    return {**of_request, Level.KIND: f"kind {kind}", Level.EVERYTHING: "everything"}


def stop_mail(world: World, app: App, step: Step) -> None:
    """By the link of a mail, one click: at one level, or at none."""
    link = world.pick(own_links(world), step.values["nth"] % 40)
    if link is None:
        world.call(lambda: subscriptions.stop_by_link(app, "niets", None), refused="stop_spent")
        return
    person = world.frames[-1].person = world.model.people.get(link.alumnus)
    works = link.works(world)
    level = None if step.values["level"] is None else Level(step.values["level"])
    wants = step.values["weekly"]
    scopes = _scopes(world, link.purpose)
    entries = [one for one, scope in scopes.items() if (one is level) != _is_stopped(world, person, scope)]
    changes = wants is not None and person is not None and wants != world.model.gets_weekly(person.key)
    levels = world.call(
        lambda: subscriptions.stop_by_link(app, link.secret, level, weekly=wants),
        log=["consent.write"] * (len(entries) + changes),
        refused="" if works else "stop_spent",
    )
    if levels is not None and world.certain:
        told = {level} & scopes.keys()
        world.need(levels.stopped == told, "mail is stopped at another level", (levels, told))


def _is_stopped(world: World, person: Person | None, scope: str) -> bool:
    return person is not None and scope in world.model.stopped(person)


def resume_mail(world: World, app: App, step: Step) -> None:
    """All mail comes again."""
    person = world.person(step)
    if person is not None:
        known = world.call(lambda: subscriptions.stops(app, themselves(person)))
        world.need(known == sorted(world.model.stopped(person)), "other mail is stopped", (known, person))
        world.call(lambda: subscriptions.resume(app, themselves(person)), log=["consent.write"])


ACTS = {"weekly": weekly, "stop_mail": stop_mail, "resume_mail": resume_mail}
