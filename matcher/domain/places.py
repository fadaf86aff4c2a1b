"""Points on the map."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A point in degrees (WGS 84)."""

    latitude: float
    longitude: float
