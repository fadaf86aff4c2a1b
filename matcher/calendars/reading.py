"""Busy times of a calendar within a window of days."""

from __future__ import annotations

import signal
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from matcher.bounded import run
from matcher.calendars.availability import Availability, availability_of, busy_of
from matcher.calendars.blocks import Block, calendars_of
from matcher.calendars.occurrences import BadEvent, Entry, entry_of, intervals_of, newest
from matcher.calendars.values import LIMITS, BusyTimes, Limits, clipped
from matcher.calendars.zones import Zones, known, midnight
from matcher.domain.busy import Interval, merged
from matcher.domain.moments import ZONE
from matcher.errors import UnreadableFile

AHEAD = 400
"""Days that are read: a year, and time to plan."""


def window_from(today: date) -> Interval:
    """From the begin of a day in the Netherlands, `AHEAD` days."""
    return midnight(today), midnight(today + timedelta(days=AHEAD))


def read_bounded(data: bytes, window: Interval, limits: Limits = LIMITS) -> BusyTimes:
    """The busy times of a file, in a process of its own with bounds on time and memory. Raises UnreadableFile."""
    work = partial(read, data, window, limits, each=limits.seconds / 3)
    try:
        return run(work, "calendar", seconds=limits.seconds, memory=limits.memory)
    except UnreadableFile as error:
        if error.code.startswith("calendar_"):
            raise
        raise UnreadableFile("calendar_too_heavy", problem=error.code) from None


def read(data: bytes, window: Interval, limits: Limits = LIMITS, *, each: float | None = None) -> BusyTimes:
    """The busy times of a file. What cannot be read of it is counted as a remark. Raises UnreadableFile.

    It raises that where there is no calendar in it, and where it is larger than the limits. `each`: the seconds that
    one event may take, where this is the main thread of a process that has no other alarm.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names of zones: what they mean is decided in `zones`
        return _read(data, window, limits, each)


def _read(data: bytes, window: Interval, limits: Limits, each: float | None) -> BusyTimes:
    remarks: Counter[str] = Counter()
    found: list[Interval] = []
    entries: list[Entry] = []
    availabilities: list[Availability] = []
    count = 0
    for calendar in calendars_of(data, limits, remarks):
        zones = _zones(calendar, remarks)
        cancelled = (calendar.text("METHOD") or "").upper() == "CANCEL"
        for block in calendar.children:
            if not block.whole:
                continue
            count += 1
            try:
                if block.name == "VEVENT":
                    entries.append(entry_of(block, zones, count, cancelled=cancelled))
                elif block.name == "VFREEBUSY":
                    found += _periods(block)
                elif block.name == "VAVAILABILITY":
                    availabilities.append(availability_of(block, zones, window, limits, count))
                else:
                    count -= 1
            except BadEvent as error:
                remarks[str(error)] += 1
                count -= 1
    found += _occurrences(entries, window, limits, remarks, each)
    found += busy_of(availabilities)
    return BusyTimes(tuple(merged(clipped(found, window))), count, dict(remarks))


def _occurrences(
    entries: list[Entry], window: Interval, limits: Limits, remarks: Counter[str], each: float | None
) -> list[Interval]:
    found: list[Interval] = []
    for event in newest(entries).values():
        try:
            with _at_most(each):
                taken = clipped(intervals_of(event, window, limits), window)
        except BadEvent as error:
            remarks[str(error)] += 1
            continue
        except Exception:  # noqa: BLE001 - a rule can be wrong in any way, and only its own event is lost
            remarks["bad_event"] += 1
            continue
        if len(found) + len(taken) > limits.occurrences:
            remarks["too_many"] += 1
            continue
        found += taken
    return found


@contextmanager
def _at_most(seconds: float | None) -> Iterator[None]:
    """Ends a block that takes longer. Raises BadEvent."""
    if seconds is None or not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _too_slow(number: int, frame: object) -> None:  # noqa: ARG001 - what a handler of a signal is given
    raise BadEvent("too_slow")


def _zones(calendar: Block, remarks: Counter[str]) -> Zones:
    own = {name: block for block in calendar.children if block.name == "VTIMEZONE" and (name := block.text("TZID"))}
    return Zones(own, remarks, known(calendar.text("X-WR-TIMEZONE") or ""))


def _periods(block: Block) -> list[Interval]:
    """The busy times of a VFREEBUSY. Raises BadEvent."""
    from icalendar import Component

    try:
        lines = Component.from_ical(block.source()).get("FREEBUSY") or []
        periods = [period for line in _several(lines) for period in _several(line)]
        return [
            (_utc(period.start), _utc(period.end))
            for period in periods
            if str(period.params.get("FBTYPE", "BUSY")).upper() != "FREE"
        ]
    except Exception as error:
        raise BadEvent("bad_event") from error


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _utc(moment: datetime) -> datetime:
    """These times are in UTC by the standard; one without a zone is of the Netherlands."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)
