"""Calendars of alumni, by the rules: kept with a consent alone, gone at once without one, and gone after a restore."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from matcher.domain.kinds import Purpose
from tests.simulation.database import moment
from tests.simulation.known import person_of

if TYPE_CHECKING:
    from tests.simulation.model import Model, Person
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
TABLE = "calendars"
_HERE, _UTC = ZoneInfo("Europe/Amsterdam"), ZoneInfo("UTC")


def of(model: Model, person: Person) -> list[int]:
    """The calendars of somebody, the oldest first."""
    own = model.own(TABLE, person)
    return sorted(own, key=lambda key: (model.calendars[key], key))


def may_have(model: Model, person: Person, today: date) -> bool:
    """Whether somebody may be ranked for anything."""
    return any(model.agrees(person, purpose, today) for purpose in Purpose)


def subscribed(model: Model) -> dict[int, str]:
    """The calendars that are read again every day, each with its address."""
    return {key: url for key, url in model.urls.items() if key in model.calendars}


def _write(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, person_of(world, details["alumnus"])
    if "kind" in details:
        rows = world.database.rows(f"select key, alumnus_key, added_at from {TABLE}")  # noqa: S608 - our own table
        new = [row for row in rows if row[0] not in model.calendars]
        right = len(new) == 1 and new[0][1] == person.key and may_have(model, person, world.today)
        world.need(right, "a calendar that is not kept, or may not be", (new, person))
        model.calendars[new[0][0]], model.held[TABLE, new[0][0]] = moment(new[0][2]), person.key
        if details["kind"] == "subscription":
            model.urls[new[0][0]] = str(frame.value)
    elif "removed" in details:
        there = {key for (key,) in world.database.rows(f"select key from {TABLE}")}  # noqa: S608 - our own table
        gone = [key for key in of(model, person) if key not in there]
        world.need(len(gone) == details["removed"], "other calendars are removed than the log says", (gone, details))
        _remove(model, gone)


def _remove(model: Model, keys: list[int]) -> None:
    for key in keys:
        del model.calendars[key], model.held[TABLE, key]


def without_consent(world: World, person: Person) -> None:
    """Whoever says no to the last thing has no calendar any more."""
    if not may_have(world.model, person, world.today):
        _remove(world.model, of(world.model, person))


def take_back(model: Model, person: Person, since: date) -> None:
    """Calendars that were taken away are gone in a back-up too."""
    _remove(model, [key for key in of(model, person) if _day(model.calendars[key]) <= since])


def _day(at: datetime) -> date:
    return at.replace(tzinfo=_UTC).astimezone(_HERE).date()


def need_tables(world: World) -> None:
    """Calendars are what happened, and their busy times are of whoever has them."""
    model, rows = world.model, world.database.rows
    there = {key for (key,) in rows(f"select key from {TABLE}")}  # noqa: S608 - our own table
    world.need(there == set(model.calendars), "a table is not what happened: calendars", there ^ set(model.calendars))
    for key, who in rows("select distinct calendar_key, alumnus_key from busy"):
        world.need(model.held[TABLE, key] == who, "busy times of somebody else", (key, who))


MEANING: Mapping[str, Any] = {"calendar.write": _write}
