"""Days and day parts, and the bit order of day-part masks."""

from __future__ import annotations

from collections.abc import Collection

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS = ("morning", "afternoon", "evening")
DAY_PARTS = tuple(f"{day}-{part}" for day in DAYS for part in PARTS)
"""The 21 day parts in calendar order; bit i of a day-part mask is DAY_PARTS[i]."""


def names_of_day_parts(mask: int) -> list[str]:
    """The day parts of a mask, in calendar order."""
    return [name for bit, name in enumerate(DAY_PARTS) if mask >> bit & 1]


def mask_of_day_parts(names: Collection[str]) -> int:
    """The mask of day parts; names of none are ignored."""
    return sum(1 << bit for bit, name in enumerate(DAY_PARTS) if name in names)
