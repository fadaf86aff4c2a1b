"""Days and day parts, and the bit order of day-part masks."""

from __future__ import annotations

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS = ("morning", "afternoon", "evening")
DAY_PARTS = tuple(f"{day}-{part}" for day in DAYS for part in PARTS)
"""The 21 day parts in calendar order; bit i of a day-part mask is DAY_PARTS[i]."""
