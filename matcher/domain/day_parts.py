"""Days and day parts, and the bit order of day-part masks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS = ("morning", "afternoon", "evening")
DAY_PARTS = tuple(f"{day}-{part}" for day in DAYS for part in PARTS)
"""The 21 day parts in calendar order; bit i of a day-part mask is DAY_PARTS[i]."""


def names_of_day_parts(mask: int) -> list[str]:
    """The day parts of a mask, in calendar order."""
    return list(_named(mask))


@lru_cache(1024)
def _named(mask: int) -> tuple[str, ...]:
    return tuple(name for bit, name in enumerate(DAY_PARTS) if mask >> bit & 1)


def mask_of_day_parts(names: Collection[str]) -> int:
    """The mask of day parts; names of none are ignored."""
    return sum(1 << bit for bit, name in enumerate(DAY_PARTS) if name in names)


def within(mask: int, first: date | None, last: date | None) -> int:
    """The day parts of a mask on the days from `first` to `last`: a day of its own has no others.

    All of them where a week or more lies between, where a day is not known, and where none would be left.
    """
    if first is None or last is None or not 0 <= (last - first).days < len(DAYS) - 1:
        return mask
    days = {(first + timedelta(number)).weekday() for number in range((last - first).days + 1)}
    left = sum(mask & 0b111 << len(PARTS) * day for day in days)
    return left or mask
