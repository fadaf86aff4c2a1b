"""Doors, by the rules: who enters, until when the address can be confirmed, whom the confirmed one is, and who is gone.

Told without a look at the product: only somebody of the list with this address and name becomes that alumnus; anybody
else is someone new, and a number that was typed is taken from nobody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation.database import moment
from tests.simulation.firsts import First
from tests.simulation.known import person_of
from tests.simulation.model import Person
from tests.simulation.region import marks_in, same_number

if TYPE_CHECKING:
    from tests.simulation.model import Model
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
LASTS = timedelta(days=7)
MOST = 3
"""The most that wait with one address."""
STATED = frozenset({"first_name", "infix", "last_name", "email", "qualifications"})
"""What whoever comes in says of themselves, and no list changes."""
_NAMES = frozenset({"first_name", "last_name"})


@dataclass
class Door:
    """A page of a school, or of one class of leavers."""

    code: str
    school: str
    left_on: date | None
    is_open: bool = True


@dataclass
class Newcomer:
    """Who entered, until the address is confirmed. `mark`: number of the mark in the name; `typed`: the number."""

    key: int
    door: str
    email: str
    mark: int
    typed: str
    years: frozenset[int]
    left_on: date | None
    at: datetime

    def waits(self, now: datetime) -> bool:
        """Whether the address can still be confirmed."""
        return self.at > now - LASTS


def waiting(model: Model, email: str, now: datetime) -> int:
    """How many wait with an address."""
    return sum(one.email == email and one.waits(now) for one in model.newcomers.values())


def was_erased(model: Model, school: str, typed: str, email: str) -> bool:
    """Whether somebody who was erased had this number, or this address."""
    return email in model.buried_addresses or bool(typed and (school, same_number(typed)) in model.buried_names)


def found(model: Model, school: str, one: Newcomer) -> tuple[Person | None, str]:
    """The alumnus of the list that somebody is; or nobody, as someone new or where there is a doubt."""
    here = [person for person in model.people.values() if person.school == school]
    by_mail = [person for person in here if (person.email or "").lower() == one.email]
    numbers = {same_number(one.typed)} if one.typed else set()
    by_number = [
        person for person in here if same_number(person.id) in numbers or one.typed in {*person.formers} - {""}
    ]
    others = [person for person in by_number if person not in by_mail]
    if len(by_mail) == 1 and not others and by_mail[0].number == one.mark:
        return by_mail[0], "list"
    return None, "doubt" if by_mail or by_number else "new"


def is_newest(world: World, key: int, secret: str) -> bool:
    """Whether a secret is that of the last mail to whoever came in."""
    rows = world.database.rows("select token_hash from newcomers where key = ?", key)
    return rows == [(hashlib.sha256(secret.encode()).hexdigest(),)]


# ---- what the log says


def _open(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    rows = world.database.rows("select code, school, left_on from doors")
    new = [row for row in rows if row[0] not in model.doors]
    world.need(len(new) == 1 and len(new[0][0]) >= 16, "a door that is not there, or can be guessed", new)
    value: Any = frame.value
    model.doors[new[0][0]] = Door(new[0][0], new[0][1], value)


def _close(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    code: Any = frame.value
    door = world.model.doors[code]
    world.need(door.is_open, "a door is closed twice", door)
    door.is_open = False


def _knock(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    made: Any = frame.value
    door = model.doors[made.door]
    world.need(door.is_open, "somebody comes in by a door that is closed", door)
    gone = was_erased(model, door.school, made.typed, made.email)
    world.need(not gone, "somebody who was erased comes in by a door", made)
    many = waiting(model, made.email, world.now)
    world.need(many < MOST, "more wait with one address than may", made)
    new = [row for row in world.database.rows("select key, came_at from newcomers") if row[0] not in model.newcomers]
    world.need(len(new) == 1, "who comes in is not kept, or twice", new)
    made.key, made.at = new[0][0], moment(new[0][1])
    model.newcomers[made.key] = made


def _confirm(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    newcomer: Any = frame.value
    one = model.newcomers[newcomer]
    door = model.doors[one.door]
    world.need(one.waits(world.now), "an address is confirmed too late", one)
    gone = was_erased(model, door.school, one.typed, one.email)
    world.need(not gone, "somebody who was erased comes in by a door", one)
    person, how = found(model, door.school, one)
    right = details["found"] == how and (person is None or person.key == details["alumnus"])
    world.need(right, "whoever comes in is taken for another", (details, how, person, one))
    if person is None:
        person = _came(world, door, one, details["alumnus"])
    else:
        person = person_of(world, details["alumnus"])
        if person.values["qualifications"] is None:
            person.values["qualifications"] = one.years
            person.stated.add("qualifications")
            model.act(person.key, "qualifications")
        if person.values["left_on"] is None:
            person.values["left_on"] = one.left_on
    for key in [key for key, other in model.newcomers.items() if other.email == one.email]:
        del model.newcomers[key]
    model.first.setdefault(person.key, First(None, world.today))
    world.remember_texts([person.key])


def _came(world: World, door: Door, one: Newcomer, key: int) -> Person:
    """Somebody new, by what they say; the number that they typed stays free for whose it is."""
    model = world.model
    world.need(key not in model.people, "whoever comes in is somebody of the list", (key, one))
    rows = world.database.rows("select school, alumnus_id from alumni where key = ?", key)
    world.need(len(rows) == 1 and rows[0][0] == door.school, "whoever came in is not there", (rows, one))
    id_ = rows[0][1]
    if one.typed:
        right = id_ != one.typed and same_number(id_) == same_number(one.typed)
        world.need(right, "a number that was typed is taken, or is not looked for", (id_, one))
    world.need((door.school, id_) not in model.named, "a number of somebody else", (id_, one))
    person = Person(door.school, one.mark, key, id_)
    person.values |= {"email": one.email, "qualifications": one.years, "left_on": one.left_on}
    person.stated |= STATED & {"first_name", "last_name", "email", "qualifications"}
    person.marks |= marks_in([one.email])
    model.people[key] = model.named[door.school, id_] = person
    return person


def _forget(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    old = [key for key, one in model.newcomers.items() if not one.waits(world.now)]
    world.need(details["count"] == len(old), "others are forgotten than those who did not confirm", (details, old))
    for key in old:
        del model.newcomers[key]


def forget_erased(model: Model, person: Person) -> None:
    """Who entered with an address of somebody who was erased is gone too."""
    model.newcomers = {key: one for key, one in model.newcomers.items() if one.email not in person.addresses}


def marks(world: World) -> set[str]:
    """The words of those who wait: others may have them too."""
    rows = world.database.opened(world.keys, "select email, details from newcomers")
    return marks_in(value for row in rows for value in row)


def need_tables(world: World) -> None:
    """Doors and those who wait are what happened; no mail is kept for those who do not wait."""
    model, rows = world.model, world.database.rows
    doors = {
        (code, school, closed is None) for code, school, closed in rows("select code, school, closed_at from doors")
    }
    known = {(one.code, one.school, one.is_open) for one in model.doors.values()}
    world.need(doors == known, "a table is not what happened: doors", doors ^ known)
    gone = [one for one in model.newcomers.values() if one.email in model.buried_addresses]
    world.need(not gone, "who was erased waits at a door", gone)
    there = {(key, door) for key, door in rows("select key, door from newcomers")}
    told = {(key, one.door) for key, one in model.newcomers.items()}
    world.need(there == told, "a table is not what happened: newcomers", there ^ told)
    kept = "select link from outbox where message = 'door_confirm' and address is not null"
    mails = {link for (link,) in rows(kept)}
    left = {int(re.sub(r"\D", "", link)) for link in mails} - set(model.newcomers)
    world.need(not left, "mail is kept to somebody who came in and is gone", left)


def need_students(world: World, keys: set[int], rule: str) -> None:
    """No one is among these who has not left yet."""
    people = world.model.people
    wrong = [one for key in keys if (one := people.get(key)) and one.leaves_after(world.today)]
    world.need(not wrong, rule, wrong)


MEANING: Mapping[str, Any] = {
    "door.open": _open,
    "door.close": _close,
    "door.knock": _knock,
    "door.confirm": _confirm,
    "door.forget": _forget,
}
