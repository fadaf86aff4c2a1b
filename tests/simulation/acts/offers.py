"""What a partner offers: made and changed on a page, and how many alumni it would help, as counts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.domain.records import Offering
from matcher.policy import Role
from matcher.services import offers
from matcher.services.app import App
from tests.simulation.acts.askers import UNKNOWN, staff
from tests.simulation.region import EMPLOYER
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

_LEAST, _MOST = 5, 4


def save_offer(world: World, app: App, step: Step) -> None:
    """A new one, or one of the own that is changed; one of another provider is not there."""
    model, values = world.model, step.values
    asker = staff(Role.PARTNER, EMPLOYER)
    own = list(model.offers.items())
    chosen = world.pick(own, values["nth"]) if values["changes"] or len(own) >= _MOST else None
    id_ = "C-0" if values["strange"] else chosen[1][0] if chosen else ""
    title = f"Cursus {values['nth']} {len(world.frames)}"
    offered = Offering(offering_id="", provider=EMPLOYER, title="" if values["empty"] else title, skills=("lassen",))
    world.frames[-1].value = title
    world.call(
        lambda: offers.save(app, asker, offered, offering_id=id_),
        log=["offerings.save"],
        refused="title_needed" if values["empty"] else UNKNOWN if values["strange"] else "",
    )
    mine = world.call(lambda: offers.mine(app, asker))
    if mine is not None and world.certain:
        shown = {(one.key, one.offering_id, one.title) for one in mine}
        known = {(key, *told) for key, told in model.offers.items()}
        world.need(shown == known, "other offers are shown than were made", (shown, known))


def count_reach(world: World, app: App, step: Step) -> None:
    """Nobody is counted who may not hear of it, and fewer than five are none."""
    model = world.model
    chosen = world.pick(list(model.offers.values()), step.values["nth"])
    if chosen is None:
        return
    asker, today = staff(Role.PARTNER, EMPLOYER), world.today
    reach = world.call(lambda: offers.reach(app, asker, chosen[0]), log=["audience.count"])
    if reach is None or not world.certain:
        return
    may = [one for one in model.people.values() if model.may_be_advised(one, today)]
    told = len(may) if len(may) >= _LEAST else 0
    world.need(reach.eligible == told, "a provider hears of more or fewer than may hear of a course", (reach, len(may)))
    fewer = [count for count in (reach.fits, *reach.excluded.values()) if 0 < count < _LEAST]
    world.need(not fewer, "a provider hears of fewer than five", reach)


ACTS = {"save_offer": save_offer, "count_reach": count_reach}
