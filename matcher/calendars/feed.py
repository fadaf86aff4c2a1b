"""A calendar of agreed moments, for any calendar program to subscribe to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from matcher.domain.moments import ZONE

_ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Amsterdam
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
"""
"""The rules since 1996; icalendar itself would list each change of the clocks until 2038."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A moment; `start` and `end` on the clock of the Netherlands, without a zone."""

    uid: str
    """Tells it from all others of this installation; only a digest of it is written."""
    start: datetime
    end: datetime
    title: str
    place: str | None = None
    certain: bool = True


def written(appointments: Iterable[Appointment], now: datetime) -> bytes:
    """The calendar, in the order of the moments. `now`: aware."""
    from icalendar import Calendar, Event, Timezone

    calendar = Calendar()
    calendar.add("PRODID", "-//alumnimatch//nl")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-TIMEZONE", "Europe/Amsterdam")
    calendar.add_component(Timezone.from_ical(_ZONE.replace("\n", "\r\n")))
    for appointment in sorted(appointments, key=lambda one: (one.start, one.uid)):
        event = Event()
        event.add("UID", f"{hashlib.sha256(appointment.uid.encode()).hexdigest()[:32]}@alumnimatch")
        event.add("DTSTAMP", now)
        event.add("DTSTART", appointment.start.replace(tzinfo=ZONE))
        event.add("DTEND", appointment.end.replace(tzinfo=ZONE))
        event.add("SUMMARY", appointment.title)
        if appointment.place:
            event.add("LOCATION", appointment.place)
        event.add("STATUS", "CONFIRMED" if appointment.certain else "TENTATIVE")
        event.add("SEQUENCE", 0)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
