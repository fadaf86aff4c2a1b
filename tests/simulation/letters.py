"""What the log says of mail that an alumnus stops, or wants once a week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.simulation import known

if TYPE_CHECKING:
    from tests.simulation.model import Person
    from tests.simulation.world import World

TABLE = "mail_stops"


def choose(world: World, person: Person, details: Mapping[str, Any]) -> None:
    """Mail is stopped at a level, or comes again, or goes once a week, or each by itself."""
    model, level = world.model, details["mail"]
    if level == "weekly":
        world.need(details["weekly"] != model.gets_weekly(person.key), "a choice that changes nothing", details)
        model.weekly[person.key] = world.today, details["weekly"]
        return
    found = world.database.rows(f"select key, alumnus_key, scope from {TABLE}")  # noqa: S608 - names of our own
    rows = {key: (who, scope) for key, who, scope in found}
    own = model.own(TABLE, person)
    if details["stopped"]:
        new = {key: scope for key, (who, scope) in rows.items() if key not in model.stops and who == person.key}
        new = {key: scope for key, scope in new.items() if scope.partition(" ")[0] == level}
        world.need(len(new) == 1 and not set(new.values()) & set(own.values()), "mail is not stopped", (details, new))
        model.stops |= new
        model.held |= dict.fromkeys(((TABLE, key) for key in new), person.key)
        return
    for key, scope in own.items():  # one link may change several levels, each with an entry
        if key not in rows and level in {"everything", scope.partition(" ")[0]}:
            del model.stops[key], model.held[TABLE, key]


def settle(world: World) -> None:
    """What was stopped while two were one is stopped for both, and what was stopped since a back-up is again."""
    known.settle(world, TABLE, "scope", "mail that was stopped comes again")
