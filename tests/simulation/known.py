"""Whom an entry of the log is about, and rows that follow from what is known already."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.model import Person
    from tests.simulation.world import World


def person_of(world: World, key: int) -> Person:
    """Somebody who is here. Raises Violation for nobody."""
    person = world.model.people.get(key)
    world.need(person is not None, "an entry about somebody who is not here", key)
    assert person is not None
    return person


def settle(world: World, table: str, column: str, rule: str) -> None:
    """Reads the rows that are new in a table: those of `Model.owed`, with what `column` says of each."""
    model, known = world.model, world.model.by_row[table]
    rows = world.database.rows(f"select key, alumnus_key, {column} from {table}")  # noqa: S608 - names of our own
    new = {key: (who, value) for key, who, value in rows if key not in known}
    there = sorted(one for one in new.values() if one[0] in model.people)
    owed = sorted(one for one in model.owed[table] if one[0] in model.people)
    world.need(there == owed, rule, (there, owed))
    for key, (who, value) in new.items():
        known[key], model.held[table, key] = value, who
    del model.owed[table]
