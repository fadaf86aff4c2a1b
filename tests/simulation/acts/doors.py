"""Doors: pages where people who are on no list enter themselves, and confirm the address by a link."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

from matcher.domain.first_yes import DOOR, FIRST, leaves_on
from matcher.policy import VISITOR, Role
from matcher.services import door
from matcher.services.app import App
from tests.simulation.acts.askers import staff
from tests.simulation.doors import MOST, Newcomer, found, is_newest, waiting, was_erased
from tests.simulation.firsts import LASTS
from tests.simulation.model import Person
from tests.simulation.post import Link
from tests.simulation.region import SCHOOLS, id_of, mark_of
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

_MOST_DOORS = 4
_AGE = 16
_LEFT_IN = 2018


def open_door(world: World, app: App, step: Step) -> None:
    """A school opens a page, or one for a class of leavers; at times an earlier one is closed."""
    model, school = world.model, SCHOOLS[step.values["school"]]
    if not any(one.school == school for one in model.people.values()):
        return
    asker = staff(Role.COORDINATOR, school)
    own = [one for one in model.doors.values() if one.school == school and one.is_open]
    shown = world.call(lambda: door.doors(app, asker))
    if shown is not None and world.certain:
        world.need({one.code for one in shown} == {one.code for one in own}, "other doors are open", (shown, own))
    if len(own) >= _MOST_DOORS or (own and step.values["closes"]):
        old = world.frames[-1].value = own[0].code
        other = next(name for name in SCHOOLS if name != school)
        stranger = step.values["stranger"]
        closes = staff(Role.COORDINATOR, other) if stranger else asker
        world.call(
            lambda: door.close_door(app, closes, old),
            log=["door.close"],
            refused="unknown_door" if stranger else "",
        )
        return
    left_on = world.today + timedelta(days=60) if step.values["of_class"] else None
    world.frames[-1].value = left_on
    world.call(
        lambda: door.open_door(app, asker, "klas van nu" if left_on else "", left_on),
        log=["door.open"],
    )


def _email(world: World, step: Step, person: Person | None, mark: str) -> str:
    match step.values["address"]:
        case "own":
            return ((person.email if person else None) or f"{mark}d@voorbeeld.example").lower()
        case "former":
            old = sorted(person.former) if person else []
            return old[0] if old else f"{mark}d@voorbeeld.example"
        case "erased":
            gone = sorted(world.model.buried_addresses)
            return gone[step.number % len(gone)] if gone else f"{mark}d@voorbeeld.example"
        case "shared":
            return f"gezin{step.number % 5}@voorbeeld.example"
    return f"{mark}d{step.number % 3}@voorbeeld.example"


def knock(world: World, app: App, step: Step) -> None:
    """Somebody enters: of a list or not, with a number or not, a student or not, old enough or not."""
    values, model = step.values, world.model
    of = world.pick(list(model.doors.values()), values["nth"])
    if of is None:
        world.call(lambda: door.shown(app, VISITOR, "niets"), refused="unknown_door")
        return
    person = world.person(step) if values["of_list"] else None
    if person is not None and person.school != of.school:
        person = None
    number = person.number if person is not None else 80 + values["person"] % 6
    mark = mark_of(of.school, number)
    email = _email(world, step, person, mark)
    own = (person.id if values["own_number"] else id_of(values["person"])) if person else id_of(number)
    typed = own if values["numbered"] else ""
    today = world.today
    is_student = values["student"]
    year = today.year if is_student else _LEFT_IN
    young = values["young"]
    born = today.replace(year=today.year - _AGE, day=min(today.day, 28)) + timedelta(days=3 if young else -3)
    if not is_student:
        born = date(1990, 1, 1) if not young else born
    entry = door.Entry("Sam", "", f"van {mark}", email, typed, "Kok", year, is_student, born)
    left_on = (of.left_on or leaves_on(year, today)) if is_student else None
    world.frames[-1].value = Newcomer(0, of.code, email, number, typed, frozenset({year}), left_on, world.now)
    refused = "" if of.is_open else "unknown_door"
    comes = not was_erased(model, of.school, typed, email) and waiting(model, email, world.now) < MOST
    done = world.call(
        lambda: door.knock(app, VISITOR, of.code, door.checked(entry, today)),
        log=["door.knock"] if comes else [],
        refused="too_young" if young else refused,
    )
    if done is not None and world.certain:
        world.need(done == comes, "somebody comes in who may not, or stays out who may come in", (done, entry))


def confirm_door(world: World, app: App, step: Step) -> None:
    """Somebody follows the link of the mail, at times twice, or too late."""
    link = world.pick([one for one in world.links if one.purpose.startswith(f"{DOOR} ")], step.values["nth"] % 12)
    if link is None:
        world.call(lambda: door.confirm(app, "niets"), refused="door_spent")
        return
    model, key = world.model, int(link.purpose.split(" ")[1])
    one = world.model.newcomers.get(key)
    world.frames[-1].value = key
    works = one is not None and one.waits(world.now) and is_newest(world, key, link.secret)
    if one is not None and works:
        school = model.doors[one.door].school
        works = not was_erased(model, school, one.typed, one.email)
        world.frames[-1].person, _ = found(model, school, one)
    secret = world.call(
        lambda: door.confirm(app, link.secret), log=["door.confirm"], refused="" if works else "door_spent"
    )
    if secret is not None:
        token = hashlib.sha256(secret.encode()).hexdigest()
        for (holder,) in world.database.rows("select alumnus_key from links where token_hash = ?", token):
            world.links.append(Link(holder, FIRST, secret, world.now + LASTS))


ACTS = {"open_door": open_door, "knock": knock, "confirm_door": confirm_door}
