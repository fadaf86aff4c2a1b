"""The first yes: a school asks those who never agreed to anything, once; each answers by the link of the own mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.domain.first_yes import FIRST, GIVEN, Answers, Want
from matcher.domain.kinds import Purpose
from matcher.policy import Role
from matcher.services import campaigns
from matcher.services.app import App
from tests.simulation.acts.askers import staff
from tests.simulation.firsts import mailed
from tests.simulation.region import SCHOOLS
from tests.simulation.settings import closed
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def campaign(world: World, app: App, step: Step) -> None:
    """A school looks, and then mails as many as it saw."""
    school = SCHOOLS[step.values["school"]]
    asker, due = staff(Role.COORDINATOR, school), mailed(world.model, school)
    look = world.call(lambda: campaigns.look(app, asker))
    if look is not None and world.certain:
        world.need(look.mailed == len(due), "a look at a campaign counts others", (look, due))
    expected = len(due) + step.values["wrong"]
    done = world.call(
        lambda: campaigns.send(app, asker, expected=expected),
        log=["campaign.send"] if due else [],
        refused="campaign_changed" if step.values["wrong"] else "",
    )
    if done is not None and world.certain:
        world.need(done.mails == len(due), "a campaign mails others than it should", (done, due))


def answer_first(world: World, app: App, step: Step) -> None:
    """Somebody answers the four questions, again perhaps, or wants no questions at all."""
    link = world.pick([one for one in world.links if one.purpose == FIRST], step.values["nth"] % 20)
    if link is None:
        world.call(lambda: campaigns.asked_by_link(app, "niets"), refused="first_spent")
        return
    world.frames[-1].person = world.model.people.get(link.alumnus)
    refused = "" if link.works(world) else "first_spent"
    if step.values["objects"]:
        world.frames[-1].value = "first"
        world.call(lambda: campaigns.object_by_link(app, link.secret), log=["consent.write"], refused=refused)
        return
    wants = frozenset(one for place, one in enumerate(Want) if step.values["wants"] >> place & 1)
    gives = frozenset(one for place, one in enumerate(GIVEN) if step.values["gives"] >> place & 1)
    shown = frozenset({Purpose.SHOW_FUNCTION}) if step.values["shown"] else frozenset()
    answers = world.frames[-1].value = Answers(wants, gives, None, step.values["asks"], shown)
    done = world.call(
        lambda: campaigns.answer_by_link(app, link.secret, answers), log=["campaign.answer"], refused=refused
    )
    person = world.frames[-1].person
    if done is not None and world.certain and not (person and closed(world.model, person.school)):
        world.need(done.answers.purposes == answers.purposes, "other answers are shown", (done, answers))


ACTS = {"campaign": campaign, "answer_first": answer_first}
