"""The register of aftercare: an alumnus objects to it, or takes that back, and a coordinator decides."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from matcher.domain.aftercare import How, Outcome
from matcher.policy import Role
from matcher.services import aftercare
from matcher.services.aftercare import Entry, Show
from matcher.services.app import App
from matcher.services.browsing import Slice
from tests.simulation.acts.askers import UNKNOWN, on_behalf, staff
from tests.simulation.aftercare import CONTACTS, TABLE, counting, is_guided, left_on, lines, of, stands
from tests.simulation.region import SCHOOLS, marks_in
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
    refused = "aftercare_objects" if is_guided(person, world.today) else "aftercare_not_guided"
    world.call(lambda: aftercare.add(app, asker, person.id, Entry(How.PHONE, Outcome.WORK)), refused=refused)
    if person.key not in model.people:
        return
    has = "open" in of(model, person).values()
    world.call(
        lambda: aftercare.decide(app, asker, person.id, upheld=step.values["upheld"], because="Zo is het."),
        log=["aftercare.decide"],
        refused="" if has else "aftercare_no_case",
    )


def _changes(world: World) -> int:
    """How many revisions there are: each says what rankings read anew."""
    ((count,),) = world.database.rows("select count(*) from revisions")
    return int(count)


def note_contact(world: World, app: App, step: Step) -> None:
    """A contact is noted with somebody who is guided and does not object; no ranking hears of it."""
    model, values, today = world.model, step.values, world.today
    guided = sorted(one.key for one in model.people.values() if is_guided(one, today))
    key = world.pick(guided, values["nth"]) if values["pick"] and world.same(step) is None else None
    person = world.person(step) if key is None else model.people[key]
    if person is None:
        return
    world.frames[-1].person = person
    asker, left = staff(Role.COORDINATOR, person.school), left_on(person)
    on = today - timedelta(days=values["ago"])
    entry = Entry(How.PHONE, Outcome(values["outcome"]), on)
    refused = "aftercare_day" if left is not None and not left <= on <= today else ""
    refused = "aftercare_objects" if stands(model, person) else refused
    refused = refused if is_guided(person, today) else "aftercare_not_guided"
    before = _changes(world)
    world.call(lambda: aftercare.add(app, asker, person.id, entry), log=["aftercare.write"], refused=refused)
    if world.certain:
        world.need(_changes(world) == before, "a contact of aftercare is told to rankings", person)


def correct_contact(world: World, app: App, step: Step) -> None:
    """A contact does not count any more, once; nobody corrects a correction."""
    model = world.model
    key = world.pick(sorted(model.contacts), step.values["nth"])
    if key is None:
        return
    person = world.frames[-1].person = model.people[model.held[CONTACTS, key]]
    twice = any(one.corrects == key for one in lines(model, person).values())
    refused = "no_such_contact" if model.contacts[key].corrects else "corrected_already" if twice else ""
    asker = staff(Role.COORDINATOR, person.school)
    world.call(lambda: aftercare.correct(app, asker, person.id, key), log=["aftercare.write"], refused=refused)


def see_register(world: World, app: App, step: Step) -> None:
    """The work list has everybody who is guided, once; who objects without a name; the export names nobody."""
    model, school = world.model, SCHOOLS[step.values["school"]]
    own = [one for one in model.people.values() if one.school == school]
    if not own:
        return
    asker, today = staff(Role.COORDINATOR, school), world.today
    guided = {one.key for one in own if is_guided(one, today)}
    objects = {one.key for one in own if one.key in guided and stands(model, one)}
    found: dict[Show, set[int]] = {}
    for show in Show:
        part = world.call(lambda show=show: aftercare.overview(app, asker, show, Slice(1, 200)), log=None)  # type: ignore[misc]
        if part is None or not world.certain:
            return
        found[show] = {row.standing.alumnus.key for row in part.rows}
        for row in part.rows:
            person = model.people[row.standing.alumnus.key]
            count, known = len(row.standing.contacts), len(counting(model, person))
            world.need(count == known, "other contacts count than were noted", (person, count, known))
            named = show is Show.OBJECTS and row.name
            world.need(not named, "somebody who objects to aftercare is named", person)
        open_ = sum(
            state == "open" and model.people[model.held[TABLE, key]] in own for key, state in model.cases.items()
        )
        world.need(part.cases == open_, "other objections wait than there are", (part.cases, open_))
    world.need(found[Show.OBJECTS] == objects, "others object to aftercare than did", (found, objects))
    together = [key for keys in found.values() for key in keys]
    world.need(sorted(together) == sorted(guided), "others are guided than left in a year", (together, guided))
    path = world.folder / "aftercare.csv"
    told = world.call(lambda: aftercare.export(app, asker, path, "nl"), log=None)
    if told is not None and world.certain:
        text = path.read_text(encoding="utf-8-sig")
        world.need(told == len(guided - objects), "an export of others than are guided", (told, guided, objects))
        world.need(not marks_in([text]), "an export of aftercare with a word of somebody", text)


ACTS = {
    "note_contact": note_contact,
    "correct_contact": correct_contact,
    "see_register": see_register,
    "object_aftercare": object_aftercare,
    "decide_aftercare": decide_aftercare,
}
