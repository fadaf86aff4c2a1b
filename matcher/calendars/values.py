"""Busy times, and what was not understood of a calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from matcher.domain.busy import Interval, merged


@dataclass(frozen=True, slots=True)
class Limits:
    """What a calendar may hold. One with a meeting every hour of every working day has 10,000 in a year."""

    size: int = 5_000_000
    """Bytes of a file."""
    components: int = 20_000
    """Components of a file, at any depth."""
    depth: int = 6
    """How deep a component may stand in others."""
    occurrences: int = 30_000
    """Occurrences within the window, of all events together."""
    a_day: int = 48
    """Occurrences of one event on one day."""
    seconds: float = 60
    """Seconds of reading."""
    memory: int = 1_000_000_000
    """Bytes of memory for reading (Linux)."""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """What a calendar says of a window."""

    intervals: tuple[Interval, ...]
    """Ascending, none empty, none that touches the next."""
    events: int
    """Events, lists of busy times and availabilities that were read, outside the window too."""
    remarks: Mapping[str, int] = field(default_factory=dict)
    """How often, by code: a key under `[remark]` of `calendars.toml`."""


def without(intervals: Iterable[Interval], free: Iterable[Interval]) -> list[Interval]:
    """The time of the first that is not in the second; merged."""
    result = []
    holes = merged(free)
    for start, end in merged(intervals):
        for hole_start, hole_end in holes:
            if hole_end <= start or hole_start >= end:
                continue
            if hole_start > start:
                result.append((start, hole_start))
            start = hole_end  # noqa: PLW2901 - what is left of it
        if start < end:
            result.append((start, end))
    return result


def clipped(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """The time within a window; empty intervals are left out."""
    first, last = window
    cut = ((max(start, first), min(end, last)) for start, end in intervals)
    return [(start, end) for start, end in cut if start < end]
