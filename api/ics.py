"""Meetings as iCalendar objects, for a mail that mail programs show as an invitation (RFC 5545, 5546).

Times are of the Netherlands with the zone in the object: a fixed offset would be wrong after a change of the clocks,
and some programs read a zone that they are not told about as another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from matcher.domain.moments import ZONE

PRODUCT = "-//alumnimatch//alumnimatch//NL"
_ZONE = """BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Europe/Amsterdam
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
END:VCALENDAR
"""
"""The zone by its rules since 1996; the library would write a list of days from 1970 to 2038."""


class Method(StrEnum):
    """What is done with a meeting: it is made or changed, or called off."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of one alumnus for one request.

    `uid`: the same for each change of it. `sequence`: 0 at first, and higher with each change. `start`, `end`: in local
    time, without a zone. `stamp`: when this was written, aware. `organizer`, `attendee`: addresses; the attendee is
    whom the mail goes to, and nobody else is named.
    """

    uid: str
    sequence: int
    method: Method
    start: datetime
    end: datetime
    stamp: datetime
    summary: str
    organizer: str
    organizer_name: str
    attendee: str
    location: str = ""
    description: str = ""


def in_icalendar(meeting: Meeting) -> str:
    """The iCalendar object, with lines that end as RFC 5545 says."""
    from icalendar import Calendar, Event, vCalAddress, vText

    cancelled = meeting.method is Method.CANCEL
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("dtstamp", meeting.stamp.astimezone(UTC))
    event.add("dtstart", meeting.start.replace(tzinfo=ZONE))
    event.add("dtend", meeting.end.replace(tzinfo=ZONE))
    event.add("summary", meeting.summary)
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    for name, text in (("location", meeting.location), ("description", meeting.description)):
        if text:
            event.add(name, text)
    organizer = vCalAddress(f"mailto:{meeting.organizer}")
    organizer.params["cn"] = vText(meeting.organizer_name)
    event.add("organizer", organizer)
    attendee = vCalAddress(f"mailto:{meeting.attendee}")
    attendee.params |= {"role": vText("REQ-PARTICIPANT"), "partstat": vText("ACCEPTED"), "rsvp": vText("FALSE")}
    event.add("attendee", attendee)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", meeting.method.value)
    calendar.add_component(Calendar.from_ical(_ZONE).subcomponents[0])
    calendar.add_component(event)
    return bytes(calendar.to_ical()).decode("utf-8")
