"""What a school chose: areas that are closed, of which consents are kept and not used; how often, and how mail goes."""

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
    chosen: Any = frame.value
    if details["step"] == "rhythm":
        asks, letter = chosen
        world.model.usual_asks[details["of"]], world.model.usual_weekly[details["of"]] = int(asks), letter == "weekly"
    else:
        world.model.areas[details["of"]] = chosen


def need_table(world: World) -> None:
    """The newest choice of each school is the last that was made."""
    sql = "select school, value from school_settings where name = 'areas' order by since"
    there = {school: frozenset(value.split(",")) for school, value in world.database.rows(sql)}
    world.need(there == world.model.areas, "a table is not what happened: school_settings", there)
    rhythm = "select school, name, value from school_settings where name in ('asks', 'letter') order by since"
    chosen = {(school, name): value for school, name, value in world.database.rows(rhythm)}
    asks = {(school, "asks"): str(most) for school, most in world.model.usual_asks.items()}
    letters = {
        (school, "letter"): "weekly" if weekly else "once" for school, weekly in world.model.usual_weekly.items()
    }
    world.need(chosen == asks | letters, "a table is not what happened: school_settings", chosen)


ALL = frozenset(area.value for area in Area)
MEANING: Mapping[str, Any] = {"setup": _choose}
