"""Figures month by month, and how often each alumnus was asked: what charts of a period are drawn of.

Counted as the figures of the period are (`matcher.domain.figures`), so that months add up to them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from matcher.domain.figures import AREAS, ASKING, Able, Entries, Figures, Int, Period, hidden
from matcher.domain.kinds import Area
from matcher.domain.ledger import LedgerEvent

COUNTED: Mapping[str, LedgerEvent] = {
    "asked": LedgerEvent.ASKED,
    "agreed": LedgerEvent.ACCEPTED,
    "held": LedgerEvent.CONTRIBUTED,
    "received": LedgerEvent.BENEFITED,
}
"""What is counted of a month, by its name in `AreaFigures`."""
MOST_ASKS = 5
"""So many times and more are one number."""


@dataclass(frozen=True, slots=True)
class Month:
    """The part of a calendar month that is in a period, and what there was of an area; None for one not to be shown."""

    first: date
    asked: int | None = 0
    agreed: int | None = 0
    held: int | None = 0
    received: int | None = 0


def firsts(period: Period) -> list[date]:
    """The first days of the calendar months of a period; that of the period itself comes first."""
    days = [period.first]
    while True:
        last = days[-1]
        following = (last.replace(day=1) + timedelta(days=32)).replace(day=1)
        if following > period.last:
            return days
        days.append(following)


def months(entries: Entries, period: Period) -> dict[Area, list[Month]]:
    """Each area month by month."""
    begins = firsts(period)
    lines = entries.standing().within(period)
    bounds: Int = np.array([day.toordinal() for day in begins], np.int64)
    month = np.searchsorted(bounds, lines.day, side="right") - 1
    found: dict[Area, dict[str, list[int]]] = {}
    for number, area in enumerate(AREAS):
        here = lines.area == number
        found[area] = {}
        for name, event in COUNTED.items():
            mine = here & lines.is_(event)
            found[area][name] = np.bincount(month[mine], minlength=len(begins)).tolist()
    return {
        area: [Month(day, **{name: counts[place] for name, counts in by.items()}) for place, day in enumerate(begins)]
        for area, by in found.items()
    }


def months_without_small(
    series: Mapping[Area, Sequence[Month]], shown: Figures, smallest: int
) -> dict[Area, list[Month]]:
    """The same without a count below `smallest`, or what would tell one; `shown`: the figures that are shown with it.

    Where those do not show the sum of an area, no month of it is shown.
    """
    return {area: _without_small(some, shown, area, smallest) for area, some in series.items()}


def _without_small(some: Sequence[Month], shown: Figures, area: Area, smallest: int) -> list[Month]:
    columns: dict[str, list[int | None]] = {}
    for name in COUNTED:
        counts, whole = hidden([getattr(one, name) or 0 for one in some], smallest)
        told = getattr(shown.areas[area], name) is not None and whole
        columns[name] = counts if told else [None] * len(some)
    return [Month(one.first, **{name: columns[name][place] for name in COUNTED}) for place, one in enumerate(some)]


def days_by_month(days: Sequence[date], period: Period, smallest: int = 1) -> list[int | None]:
    """How many of these days are in each month of a period, without a count below `smallest` or what would tell one."""
    begins = firsts(period)
    counts = [0] * len(begins)
    for day in days:
        if period.first <= day <= period.last:
            counts[bisect_right(begins, day) - 1] += 1
    shown, whole = hidden(counts, smallest)
    return shown if whole else [None] * len(counts)


def times_asked(entries: Entries, able: Able, period: Period) -> list[int]:
    """How many alumni were asked 0, 1, ... and `MOST_ASKS` or more times in a period, of those who can be or were."""
    asks = entries.standing().within(period).having(LedgerEvent.ASKED)
    asked, times = np.unique(asks.alumnus, return_counts=True)
    can = able.key[able.area[[number for number, area in enumerate(AREAS) if area in ASKING]].any(axis=0)]
    never = len(can) - int(np.isin(asked, can, assume_unique=True).sum())
    counts = np.bincount(np.minimum(times, MOST_ASKS), minlength=MOST_ASKS + 1).tolist()
    return [never, *counts[1:]]


def times_without_small(counts: Sequence[int], smallest: int) -> list[int | None]:
    """The same without a number below `smallest`, or what would tell one."""
    shown, whole = hidden(counts, smallest)
    return shown if whole else [None] * len(counts)
