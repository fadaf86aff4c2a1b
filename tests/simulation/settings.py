"""What a school works on: the areas that are closed, of which consents are kept and not used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import KINDS, Area, Purpose

if TYPE_CHECKING:
    from tests.simulation.model import Model
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]


def closed(model: Model, school: str) -> set[Purpose]:
    """The purposes that a school does not use now."""
    areas = model.areas.get(school)
    return set() if areas is None else {line.purpose for line in KINDS.values() if line.area.value not in areas}


def _choose(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    areas: Any = frame.value
    world.model.areas[details["of"]] = areas


def need_table(world: World) -> None:
    """The newest choice of each school is the last that was made."""
    sql = "select school, value from school_settings where name = 'areas' order by since"
    there = {school: frozenset(value.split(",")) for school, value in world.database.rows(sql)}
    world.need(there == world.model.areas, "a table is not what happened: school_settings", there)


ALL = frozenset(area.value for area in Area)
MEANING: Mapping[str, Any] = {"setup": _choose}
