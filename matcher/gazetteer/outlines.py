"""Outlines of municipalities on a flat map: which one a point is in, and what to draw of a region.

`outlines.tsv.gz` is made by `data/make_outlines.py`; source and licence stand in `README.md` next to it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import cos, hypot, radians
from pathlib import Path

from matcher.domain.places import Coordinates

GRID_KM = 0.5
"""A unit of an outline."""
NEAR_KM = 3.0
"""A point outside every outline is of the nearest one within this distance: coast and border are drawn roughly."""
_KM_PER_DEGREE = 111.2
_MIDDLE = cos(radians(52.2))
_NORTH, _WEST = 53.6, 3.2

Ring = tuple[tuple[int, int], ...]


def on_map(latitude: float, longitude: float) -> tuple[float, float]:
    """Kilometres east and south of the north-west corner of the map."""
    return (longitude - _WEST) * _KM_PER_DEGREE * _MIDDLE, (_NORTH - latitude) * _KM_PER_DEGREE


@dataclass(frozen=True, slots=True)
class Outline:
    """A municipality of 2023; rings in units of the grid, x to the east and y to the south."""

    name: str
    rings: tuple[Ring, ...]

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """The least and most x and y: left, top, right, bottom."""
        points = [point for ring in self.rings for point in ring]
        return (
            min(x for x, _ in points),
            min(y for _, y in points),
            max(x for x, _ in points),
            max(y for _, y in points),
        )

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of its largest ring, by its corners."""
        ring = max(self.rings, key=len)
        return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)

    def has(self, x: float, y: float) -> bool:
        """Whether a point is inside one of its rings."""
        return any(_inside(ring, x, y) for ring in self.rings)

    def path(self, left: int = 0, top: int = 0) -> str:
        """As the `d` of an SVG path, with a corner of the map at 0, 0."""
        parts = []
        for ring in self.rings:
            (x, y), *others = ring
            steps = [f"M{x - left} {y - top}"]
            for to_x, to_y in others:
                steps.append(f"l{to_x - x} {to_y - y}")
                x, y = to_x, to_y
            parts.append("".join(steps) + "z")
        return "".join(parts)


@cache
def outlines() -> tuple[Outline, ...]:
    """Every municipality, by name."""
    path = Path(__file__).with_name("outlines.tsv.gz")
    made = []
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        name, rings = line.split("\t")
        made.append(Outline(name, tuple(_ring(text) for text in rings.split(";"))))
    return tuple(made)


def municipality(point: Coordinates) -> str:
    """The municipality that a point is in, or very near to; empty for none."""
    x, y = (value / GRID_KM for value in on_map(point.latitude, point.longitude))
    near, best = NEAR_KM / GRID_KM, ""
    for outline, (left, top, right, bottom) in _bounded():
        if left - near <= x <= right + near and top - near <= y <= bottom + near:
            if outline.has(x, y):
                return outline.name
            apart = min(hypot(x - corner[0], y - corner[1]) for ring in outline.rings for corner in ring)
            if apart < near:
                near, best = apart, outline.name
    return best


def named(names: Iterable[str]) -> list[Outline]:
    """The outlines with these names, by name."""
    wanted = set(names)
    return [one for one in outlines() if one.name in wanted]


@cache
def _bounded() -> tuple[tuple[Outline, tuple[int, int, int, int]], ...]:
    return tuple((one, one.bounds) for one in outlines())


def _ring(text: str) -> Ring:
    points = (pair.split(",") for pair in text.split())
    return tuple((int(x), int(y)) for x, y in points)


def _inside(ring: Ring, x: float, y: float) -> bool:
    found = False
    before_x, before_y = ring[-1]
    for to_x, to_y in ring:
        if (to_y > y) != (before_y > y) and x < (before_x - to_x) * (y - to_y) / (before_y - to_y) + to_x:
            found = not found
        before_x, before_y = to_x, to_y
    return found
