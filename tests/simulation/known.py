"""Who an entry of the log is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.model import Person
    from tests.simulation.world import World


def person_of(world: World, key: int) -> Person:
    """Who is here. Raises Violation for nobody."""
    person = world.model.people.get(key)
    world.need(person is not None, "an entry about somebody who is not here", key)
    assert person is not None
    return person
