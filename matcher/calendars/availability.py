"""Busy time from availability (RFC 7953): what is not called available, within its bounds, is busy.

Of several the one of higher priority decides (1 is the highest, none or 0 the lowest); of equal priority a time that
any of them calls available is free. Each kind of BUSYTYPE is busy here, since we ask nobody at a doubtful time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime

from matcher.calendars.blocks import Block
from matcher.calendars.occurrences import BadEvent, entry_of, intervals_of, newest
from matcher.calendars.values import Limits, clipped, without
from matcher.calendars.zones import Zones, midnight
from matcher.domain.busy import Interval, merged

_LOWEST = 10


@dataclass(frozen=True, slots=True)
class Availability:
    """One VAVAILABILITY within a window."""

    priority: int
    """1 the highest, 10 the lowest."""
    bounds: list[Interval]
    """The time that it says something of: one interval, or none."""
    free: list[Interval]


def availability_of(block: Block, zones: Zones, window: Interval, limits: Limits, place: int) -> Availability:
    """What one says within a window. Raises BadEvent where its own bounds cannot be read.

    A line of it that cannot be read is a remark, and its time is busy.
    """
    first, last = window
    if block.text("DTSTART"):
        bounds = entry_of(block, zones, place)
        has_end = bool(block.text("DTEND") or block.text("DURATION"))
        span = (_moment(bounds.start), bounds.length.end(bounds.start) if has_end else last)
    elif block.text("DTEND"):  # only an end: from ever until then
        ending = entry_of(Block(block.name, [_renamed(line) for line in block.lines]), zones, place)
        span = (first, _moment(ending.start))
    else:
        span = (first, last)
    entries = []
    for child in block.children:
        if child.name == "AVAILABLE":
            try:
                entries.append(entry_of(child, zones, place))
            except BadEvent as error:
                zones.remarks[str(error)] += 1
    free: list[Interval] = []
    for event in newest(entries).values():
        try:
            free += intervals_of(event, window, limits)
        except BadEvent as error:
            zones.remarks[str(error)] += 1
        except Exception:  # noqa: BLE001 - a rule can be wrong in any way
            zones.remarks["bad_event"] += 1
    stated = block.text("PRIORITY") or "0"
    priority = int(stated) if stated.isdigit() and 1 <= int(stated) <= 9 else _LOWEST
    return Availability(priority, clipped([span], window), free)


def busy_of(availabilities: list[Availability]) -> list[Interval]:
    """The busy time of all together."""
    by_priority: dict[int, list[Availability]] = defaultdict(list)
    for one in availabilities:
        by_priority[one.priority].append(one)
    busy: list[Interval] = []
    for priority in sorted(by_priority, reverse=True):
        same = by_priority[priority]
        free = [cut for one in same for bounds in one.bounds for cut in clipped(one.free, bounds)]
        busy = without(merged([*busy, *(bounds for one in same for bounds in one.bounds)]), free)
    return busy


def _renamed(line: str) -> str:
    """A line DTEND as DTSTART."""
    return "DTSTART" + line[5:] if line.upper().startswith("DTEND") else line


def _moment(value: date) -> datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else midnight(value)
