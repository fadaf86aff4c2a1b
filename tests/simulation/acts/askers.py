"""Who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matcher.disclosure import sees_cards
from matcher.domain.kinds import Purpose
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.services import cards
from matcher.services.app import App
from tests.simulation.model import Demand, Person
from tests.simulation.region import EMPLOYER, SCHOOLS
from tests.simulation.settings import closed
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

NO_HANDLE = "no-handle"
UNKNOWN = ("unknown_id", "unknown_at_owner")
"""What an asker is told of an id that nobody has."""


def staff(role: Role, school: str) -> Asker:
    """A member of the staff of a school, or of the employer."""
    return Asker(1 + list(Role).index(role) * 10 + (*SCHOOLS, EMPLOYER).index(school), role, school)


def advice(world: World, school: str) -> str:
    """Why an adviser of a school opens nobody now; empty where that is done there."""
    return "area_closed" if Purpose.LLO_ADVICE in closed(world.model, school) else ""


def named(world: World, app: App, asker: Asker, demand: Demand, person: Person) -> str:
    """What an asker calls an alumnus: the number of the school, or the handle on the cards of the request.

    Where no card has shown it yet, it is the one that the next card will show.
    """
    if not sees_cards(asker):
        return person.id
    with app.store.read() as records:
        handles = cards.known_handles(records, demand.key)
    handle = handles.of(person.key) if handles else NO_HANDLE
    shown = world.model.cards.handles.get((demand.key, person.key))
    world.need(shown in {None, handle}, "two handles of one alumnus for one request", (shown, handle))
    return handle


def themselves(person: Person) -> Asker:
    """An alumnus."""
    return Asker(100_000 + 1000 * SCHOOLS.index(person.school) + person.number, Role.ALUMNUS, person.school, person.key)


def on_behalf(world: World, step: Step) -> tuple[Person | None, Asker, dict[str, Any]] | None:
    """The alumnus, who asks (themselves, a coordinator or the operator), and how the alumnus is named then.

    None where the alumnus would ask and there is none.
    """
    same = world.same(step)
    if same is not None and same.person is not None and same.person.key not in world.model.people:
        return None
    person = world.person(step)
    school = SCHOOLS[step.values["school"]] if person is None else person.school
    id_ = person.id if person is not None else f"A-{step.values['person']}"
    if person is not None and person.formers and step.number % 2:
        id_ = sorted(person.formers)[step.number // 2 % len(person.formers)]
    match step.values["by"]:
        case "coordinator":
            return person, staff(Role.COORDINATOR, school), {"alumnus_id": id_}
        case "operator":
            return person, COMMAND_LINE, {"alumnus_id": id_, "school": school}
    return None if person is None else (person, themselves(person), {})
