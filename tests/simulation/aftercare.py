"""Objections to the register of aftercare, by the rules: one at a time stands, and a person decides on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation import known
from tests.simulation.database import day

if TYPE_CHECKING:
    from tests.simulation.model import Model, Person
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
TABLE = "aftercare_cases"
CONTACTS = "aftercare_contacts"
GUIDED, KEPT = timedelta(days=365), timedelta(days=731)
_LINES = f"select key, on_date, corrects from {CONTACTS}"  # noqa: S608 - our own table
STANDING = frozenset({"open", "upheld"})


@dataclass
class Contact:
    """A line of the register: a contact on a day, or by which another line does not count."""

    on: date
    corrects: int | None = None
    outcome: str | None = None


def of(model: Model, person: Person) -> dict[int, str]:
    """The objections of somebody, by row."""
    return model.own(TABLE, person)


def stands(model: Model, person: Person) -> bool:
    """Whether one is open or upheld."""
    owed = any(key == person.key and state in STANDING for key, state in model.owed[TABLE])
    return owed or bool(STANDING & set(of(model, person).values()))


def _object(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, known.person_of(world, details["alumnus"])
    world.need(stands(model, person) != details["objects"], "an objection to aftercare that changes nothing", details)
    if details["objects"]:
        model.owed[TABLE].append((person.key, "open"))
        settle(world)
        return
    for key, state in of(model, person).items():
        model.cases[key] = "withdrawn" if state in STANDING else state


def _decide(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, known.person_of(world, details["alumnus"])
    open_ = [key for key, state in of(model, person).items() if state == "open"]
    world.need(open_, "a decision about nothing", details)
    model.cases |= dict.fromkeys(open_, "upheld" if details["upheld"] else "rejected")
    for key in [*lines(model, person)] if details["upheld"] else ():
        del model.contacts[key], model.held[CONTACTS, key]


def _write(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, known.person_of(world, details["alumnus"])
    key, corrects = details["entry"], details.get("corrects")
    sql = f"select on_date, outcome from {CONTACTS} where key = ?"  # noqa: S608 - our own table
    ((on, outcome),) = world.database.rows(sql, key)
    if corrects is None:
        may = is_guided(person, world.today) and not stands(model, person)
        world.need(may, "a contact with somebody who is not guided, or objects", person)
    else:
        own = lines(model, person)
        right = corrects in own and own[corrects].corrects is None
        twice = any(one.corrects == corrects for one in own.values())
        world.need(right and not twice, "a contact of somebody else, or one that does not count, is corrected", details)
    model.contacts[key] = Contact(day(on) or world.today, corrects, outcome)
    model.held[CONTACTS, key] = person.key


def left_on(person: Person) -> date | None:
    """When somebody left: the day that is known, else the end of the school year of the last course."""
    day: date | None = person.values["left_on"]
    years = person.values["qualifications"]
    return day or (date(max(years), 7, 31) if years else None)


def is_guided(person: Person, today: date) -> bool:
    """Whether somebody left, less than a year ago."""
    left = left_on(person)
    return left is not None and left <= today <= left + GUIDED


def lines(model: Model, person: Person) -> dict[int, Contact]:
    """The lines of the register about somebody."""
    return model.own(CONTACTS, person)


def counting(model: Model, person: Person) -> list[Contact]:
    """The contacts that count."""
    own = lines(model, person)
    gone = {one.corrects for one in own.values()}
    return [one for key, one in own.items() if one.corrects is None and key not in gone]


def forget(model: Model, today: date) -> None:
    """The daily job forgets those of people who left long ago."""

    def is_over(person: Person) -> bool:
        since = left_on(person) or max((one.on for one in lines(model, person).values()), default=None)
        return since is not None and since + KEPT < today

    for table, there in ((TABLE, model.cases), (CONTACTS, model.contacts)):
        for key in [key for key in there if is_over(model.people[model.held[table, key]])]:
            del there[key], model.held[table, key]


def shared(model: Model, kept: int, gone: int, own: frozenset[tuple[str, int]]) -> list[tuple[int, str]]:
    """What was objected to while two were one is of both: the rows that the other gets. `own`: of before the merge."""
    theirs = {state for key, state in model.cases.items() if model.held[TABLE, key] == gone}
    since = [s for key, s in sorted(model.cases.items()) if model.held[TABLE, key] == kept and (TABLE, key) not in own]
    blocked = bool(theirs & STANDING)
    return [(gone, state) for state in since if not (blocked and state in STANDING)]


def settle(world: World) -> None:
    """Rows that were made of what is known already."""
    known.settle(world, TABLE, "state", "an objection to aftercare is lost, or there twice")


def need_table(world: World) -> None:
    """The table is what happened."""
    rows = set(map(tuple, world.database.rows(f"select key, state from {TABLE}")))  # noqa: S608 - our own table
    there = {(key, day(on), gone) for key, on, gone in world.database.rows(_LINES)}
    told = {(key, one.on, one.corrects) for key, one in world.model.contacts.items()}
    world.need(there == told, "a table is not what happened: aftercare_contacts", there ^ told)
    cases = set(world.model.cases.items())
    world.need(rows == cases, "a table is not what happened: aftercare_cases", rows ^ cases)


MEANING: Mapping[str, Any] = {"aftercare.object": _object, "aftercare.decide": _decide, "aftercare.write": _write}
