"""When events happen: one event, or a series with its rule, its exceptions and the occurrences that were moved.

How long an occurrence takes is computed here. Hours of a DURATION are exact, as RFC 5545 says: a night shift of eight
hours that begins before the change of the clocks takes eight hours. An end that is stated (DTEND) stays at its time of
the clock in every occurrence, as every calendar program shows it: who works until seven in the morning works until
seven. Days are days of the calendar in both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from matcher.calendars.blocks import Block
from matcher.calendars.values import Limits
from matcher.calendars.zones import Zones, midnight
from matcher.domain.busy import Interval
from matcher.domain.moments import ZONE

if TYPE_CHECKING:
    from icalendar import Event

_DURATION = re.compile(r"\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?")
_LONGEST = timedelta(days=3660)
_MARK = "X-OCCURRENCE-OF"
_RANGES = {
    "BYSECOND": (0, 60), "BYMINUTE": (0, 59), "BYHOUR": (0, 23), "BYMONTHDAY": (1, 31), "BYYEARDAY": (1, 366),
    "BYWEEKNO": (1, 53), "BYMONTH": (1, 12), "BYSETPOS": (1, 366), "INTERVAL": (1, 100_000), "COUNT": (1, 1_000_000),
}  # fmt: skip
_FROM_THE_END = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
_A_DAY = {"SECONDLY": 86_400, "MINUTELY": 1_440, "HOURLY": 24}


class BadEvent(Exception):
    """An event that cannot be placed in time; the message is the code of a remark."""


@dataclass(frozen=True, slots=True)
class Length:
    """Days of the calendar, then an exact time; or an end by the clock, so much after the start as the clock tells."""

    days: int
    exact: timedelta
    by_clock: timedelta = timedelta()

    def end(self, start: date) -> datetime:
        """When what starts then ends, in UTC."""
        if not isinstance(start, datetime):
            return midnight(start + timedelta(days=self.days))
        return (start + timedelta(days=self.days) + self.by_clock).astimezone(UTC) + self.exact

    @property
    def longest(self) -> timedelta:
        """At least as long as any occurrence takes."""
        return timedelta(days=self.days + 1) + self.exact + self.by_clock


@dataclass(frozen=True, slots=True)
class Entry:
    """One component of an event: the event itself, or one of its occurrences that was changed."""

    uid: str
    start: date
    length: Length
    changes: date | None
    """The start of the occurrence that this is in place of (RECURRENCE-ID)."""
    and_later: bool
    order: tuple[int, str, int]
    """Its SEQUENCE, its stamp, its place in the file: the highest of the same event counts."""
    counts: bool
    """Whether it takes time: neither cancelled nor transparent."""
    cancelled: bool
    rules: tuple[Mapping[str, list[Any]], ...]
    dates: tuple[Any, ...]
    """Further occurrences: dates, moments, or pairs of a moment and its end or length."""
    excluded: tuple[date, ...]

    @property
    def repeats(self) -> bool:
        """Whether it may happen more than once."""
        return bool(self.rules or self.dates)


def entry_of(block: Block, zones: Zones, place: int, *, cancelled: bool = False) -> Entry:
    """The entry of a component. Raises BadEvent."""
    component = _component(block)
    start = _time(component, "DTSTART", zones)
    if start is None:
        raise BadEvent("bad_event")
    changes = _time(component, "RECURRENCE-ID", zones)
    status, transparent = block.text("STATUS") or "", (block.text("TRANSP") or "").upper() == "TRANSPARENT"
    cancelled = cancelled or status.upper() == "CANCELLED"
    stamp = block.text("LAST-MODIFIED") or block.text("DTSTAMP") or ""
    if block.text("EXRULE"):
        zones.remarks["old_rule"] += 1
    return Entry(
        uid=block.text("UID") or f"\0{place}",  # without one it is an event of its own
        start=start,
        length=_length(block, component, start, zones),
        changes=changes,
        and_later=changes is not None and component["RECURRENCE-ID"].params.get("RANGE", "").upper() == "THISANDFUTURE",
        order=(_number(block.text("SEQUENCE")), stamp, place),
        counts=not cancelled and not transparent,
        cancelled=cancelled,
        rules=tuple(_rule(rule, start) for rule in _several(component.get("RRULE"))),
        dates=tuple(_listed(component, "RDATE", zones)),
        excluded=tuple(day for day in _listed(component, "EXDATE", zones) if isinstance(day, date)),
    )


def newest(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """By event its entries: of each, and of each changed occurrence, the highest sequence only."""
    best: dict[tuple[str, object], Entry] = {}
    for entry in entries:
        key = (entry.uid, _moment(entry.changes) if entry.changes is not None else None)
        if key not in best or entry.order > best[key].order:
            best[key] = entry
    events: dict[str, list[Entry]] = defaultdict(list)
    for entry in best.values():
        events[entry.uid].append(entry)
    return events


def intervals_of(entries: list[Entry], window: Interval, limits: Limits) -> list[Interval]:
    """When an event takes time within a window, in UTC, not clipped. Raises BadEvent."""
    main = next((entry for entry in entries if entry.changes is None), None)
    if main is not None and main.cancelled:
        return []
    if main is None or (not main.repeats and len(entries) == 1):
        return [(_moment(entry.start), entry.length.end(entry.start)) for entry in entries if entry.counts]
    if sum(_times_a_day(rule) for entry in entries for rule in entry.rules) > limits.a_day:
        raise BadEvent("too_often")
    return list(_repeated(entries, window))


def _repeated(entries: list[Entry], window: Interval) -> Iterator[Interval]:
    import recurring_ical_events
    from icalendar import Calendar

    calendar = Calendar()
    for position, entry in enumerate(entries):
        calendar.add_component(_event(entry, position))
    longest = max(entry.length.longest for entry in entries)
    query = recurring_ical_events.of(calendar, components=["VEVENT"])
    for occurrence in query.between(window[0] - longest, window[1]):
        entry = entries[int(occurrence[_MARK])]
        start = occurrence["DTSTART"].dt
        if entry.counts and not _is_excluded(start, entries):
            yield _moment(start), entry.length.end(start)
    for entry in entries:
        for period in entry.dates:
            if isinstance(period, tuple) and entry.counts:
                first, last = period
                yield _moment(first), _moment(first) + last if isinstance(last, timedelta) else _moment(last)


def _event(entry: Entry, position: int) -> Event:
    """An event without a length, by which an occurrence is known again: of its times only."""
    from icalendar import Event

    event = Event()
    event.add("UID", "1")
    event.add("DTSTART", entry.start)
    event[_MARK] = str(position)
    for rule in entry.rules:
        event.add("RRULE", rule)
    for day in entry.dates:
        if not isinstance(day, tuple):
            event.add("RDATE", [day])
    for day in entry.excluded:
        event.add("EXDATE", [day])
    if entry.changes is not None:
        event.add("RECURRENCE-ID", entry.changes)
        if entry.and_later:
            event["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"
    return event


def _is_excluded(start: date, entries: list[Entry]) -> bool:
    """Whether an exception that is a day names the day of an occurrence at a time, as some programs write it."""
    if not isinstance(start, datetime):
        return False
    return any(start.date() == day for entry in entries for day in entry.excluded if not isinstance(day, datetime))


def _component(block: Block) -> Any:
    from icalendar import Component

    if not block.whole:
        raise BadEvent("cut_off")
    try:
        component = Component.from_ical(block.source())
    except Exception as error:
        raise BadEvent("bad_event") from error
    wrong = {name for name, _ in getattr(component, "errors", ())}
    if wrong & {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}:
        raise BadEvent("bad_event")
    return component


def _time(component: Any, name: str, zones: Zones) -> date | None:
    value = component.get(name)
    if value is None:
        return None
    if isinstance(value, list) or not isinstance(getattr(value, "dt", None), date):
        raise BadEvent("bad_event")
    return _placed(value.dt, value.params.get("TZID"), zones)


def _placed(value: date, zone: str | None, zones: Zones) -> date:
    if value.year < 1900 or value.year > 2200:
        raise BadEvent("bad_event")
    return zones.moment(value, zone) if isinstance(value, datetime) else value


def _listed(component: Any, name: str, zones: Zones) -> Iterator[Any]:
    for line in _several(component.get(name)):
        zone = line.params.get("TZID")
        for item in line.dts:
            value = item.dt
            if isinstance(value, tuple):
                first, last = value
                last = last if isinstance(last, timedelta) else _placed(last, zone, zones)
                yield _placed(first, zone, zones), last
            elif isinstance(value, date):
                yield _placed(value, zone, zones)
            else:
                raise BadEvent("bad_event")


def _several(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _length(block: Block, component: Any, start: date, zones: Zones) -> Length:
    duration, end = block.text("DURATION"), _time(component, "DTEND", zones)
    timed = isinstance(start, datetime)
    if end is not None:
        if isinstance(end, datetime) != timed:
            raise BadEvent("bad_event")
        if isinstance(start, datetime) and isinstance(end, datetime):
            length = _by_clock(start, end)
        else:
            length = Length(max((end - start).days, 1) if end >= start else -1, timedelta())
    elif duration is not None:
        match = _DURATION.fullmatch(duration.upper())
        if match is None or not any(match.groups()):
            raise BadEvent("bad_event")
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        length = Length(7 * weeks + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))
        if not timed:
            length = Length(max(length.days + length.exact.days, 1), timedelta())
    else:
        length = Length(0 if timed else 1, timedelta())
    if length.days < 0 or not timedelta() <= length.longest - timedelta(days=1) <= _LONGEST:
        raise BadEvent("bad_event")
    return length


def _by_clock(start: datetime, end: datetime) -> Length:
    """The length of what ends at a stated time. Raises BadEvent where that is before its start."""
    if end.astimezone(UTC) < start.astimezone(UTC):
        raise BadEvent("bad_event")
    clock = end.astimezone(start.tzinfo).replace(tzinfo=None) - start.replace(tzinfo=None)
    if clock < timedelta():  # within the hour that the clock gives twice
        return Length(0, end.astimezone(UTC) - start.astimezone(UTC))
    return Length(0, timedelta(), clock)


def _rule(rule: Mapping[str, list[Any]], start: date) -> dict[str, list[Any]]:
    """A rule whose UNTIL is of the kind that its start asks: a day at a timed event is until the end of that day."""
    if not hasattr(rule, "items") or "FREQ" not in rule:
        raise BadEvent("bad_event")
    fixed = dict(rule.items())
    for name, (least, most) in _RANGES.items():
        numbers = [abs(int(n)) if name in _FROM_THE_END else int(n) for n in _several(fixed.get(name))]
        if not all(least <= number <= most for number in numbers):
            raise BadEvent("bad_event")
    until = fixed.get("UNTIL")
    if until:
        fixed["UNTIL"] = [_until(until[0], start)]
    return fixed


def _until(until: object, start: date) -> date:
    if not isinstance(until, date):
        raise BadEvent("bad_event")
    if not isinstance(start, datetime):
        if isinstance(until, datetime):
            return (until.astimezone(ZONE) if until.tzinfo else until).date()
        return until
    moment = until if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59))
    return (moment if moment.tzinfo else moment.replace(tzinfo=start.tzinfo)).astimezone(UTC)


def _times_a_day(rule: Mapping[str, list[Any]]) -> int:
    """At most how often a rule gives an occurrence on a day."""
    frequency = str(rule["FREQ"][0]).upper()
    interval = max(int((rule.get("INTERVAL") or [1])[0]), 1)
    given = [len(rule.get(name) or [None]) for name in ("BYHOUR", "BYMINUTE", "BYSECOND")]
    hours, minutes, seconds = given
    if frequency == "HOURLY":
        return -(-_A_DAY[frequency] // interval) * minutes * seconds
    if frequency == "MINUTELY":
        return -(-_A_DAY[frequency] // interval) * seconds
    if frequency == "SECONDLY":
        return -(-_A_DAY[frequency] // interval)
    return hours * minutes * seconds


def _moment(value: date) -> datetime:
    """In UTC; of a day, when it begins in the Netherlands."""
    return value.astimezone(UTC) if isinstance(value, datetime) else midnight(value)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 10 else 0
