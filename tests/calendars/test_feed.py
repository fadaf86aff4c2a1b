"""The calendar of agreed moments, read back by two libraries and by our own reader."""

from __future__ import annotations

from datetime import UTC, date, datetime

import vobject
from icalendar import Calendar

from matcher.calendars.feed import Appointment, written
from matcher.calendars.reading import read, window_from
from matcher.domain.moments import ZONE

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
WINTER = Appointment(
    "1-a", datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15), "Gastles wondzorg; ’s middags, é", "Zwolle"
)
SUMMER = Appointment("1-b", datetime(2027, 7, 6, 19), datetime(2027, 7, 6, 21), "Panel\nvoor ouders", certain=False)


def test_icalendar_reads_it_back() -> None:
    """Method, zone, status, sequence, titles and moments on the clock of the Netherlands."""
    calendar = Calendar.from_ical(written([SUMMER, WINTER], NOW))
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    one, other = calendar.walk("VEVENT")
    assert one["DTSTART"].dt == datetime(2027, 3, 16, 13, tzinfo=ZONE)
    assert one["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert other["DTEND"].dt == datetime(2027, 7, 6, 21, tzinfo=ZONE)
    assert (one["SUMMARY"], one["LOCATION"], one["STATUS"], one["SEQUENCE"]) == (WINTER.title, "Zwolle", "CONFIRMED", 0)
    assert (other["SUMMARY"], other["STATUS"]) == (SUMMER.title, "TENTATIVE")
    assert one["UID"] != other["UID"]
    assert "1-a" not in one["UID"]


def test_vobject_reads_it_back() -> None:
    """A second program reads the same instants, by the zone in the file itself."""
    calendar = vobject.readOne(written([SUMMER, WINTER], NOW).decode())
    starts = [event.dtstart.value.astimezone(UTC) for event in calendar.vevent_list]
    assert starts == [datetime(2027, 3, 16, 12, tzinfo=UTC), datetime(2027, 7, 6, 17, tzinfo=UTC)]
    assert [event.summary.value for event in calendar.vevent_list] == [WINTER.title, SUMMER.title]
    assert calendar.method.value == "PUBLISH"


def test_our_reader_reads_it_back() -> None:
    """What we write is busy time to us, without a remark; the same input gives the same bytes."""
    content = written([SUMMER, WINTER], NOW)
    times = read(content, window_from(date(2027, 3, 1)))
    assert times.intervals == (
        (datetime(2027, 3, 16, 12, tzinfo=UTC), datetime(2027, 3, 16, 14, tzinfo=UTC)),
        (datetime(2027, 7, 6, 17, tzinfo=UTC), datetime(2027, 7, 6, 19, tzinfo=UTC)),
    )
    assert times.remarks == {}
    assert written([WINTER, SUMMER], NOW) == content
    assert b"BEGIN:VEVENT" not in written([], NOW)
