"""Busy times, and the day parts that they take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from matcher.domain.moments import ZONE

Interval = tuple[datetime, datetime]
"""From the first moment up to and not including the second; both aware, in UTC."""
ENOUGH = timedelta(hours=1)
"""A day part of which at least this much is taken is busy."""
_BEGINS = (time(), time(12), time(18))


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time in ascending intervals of which none touches the next; empty ones are left out."""
    result: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def busy_day_parts(intervals: Iterable[Interval]) -> list[tuple[date, int]]:
    """The days in the Netherlands with a busy part, ascending, and which: bit 0 morning, 1 afternoon, 2 evening.

    A morning begins at midnight, as for the moments of a request: who worked until seven is not free that morning.
    """
    taken: dict[tuple[date, int], timedelta] = defaultdict(timedelta)
    for start, end in merged(intervals):
        day = start.astimezone(ZONE).date()
        while (bounds := _bounds(day))[0] < end:
            for part in range(len(_BEGINS)):
                shared = min(end, bounds[part + 1]) - max(start, bounds[part])
                if shared > timedelta():
                    taken[day, part] += shared
            day += timedelta(days=1)
    masks: dict[date, int] = defaultdict(int)
    for (day, part), length in taken.items():
        if length >= ENOUGH:
            masks[day] |= 1 << part
    return sorted(masks.items())


@lru_cache(1000)
def _bounds(day: date) -> tuple[datetime, ...]:
    """When each part of a day begins, and the day ends, in UTC."""
    begins = [datetime.combine(day, begin, ZONE) for begin in _BEGINS]
    return tuple(at.astimezone(UTC) for at in (*begins, datetime.combine(day + timedelta(days=1), time(), ZONE)))
