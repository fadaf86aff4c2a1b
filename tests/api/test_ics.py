"""Meetings for calendars, read back by two programs that are not ours: icalendar and vobject."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
import vobject
from icalendar import Calendar

from api.ics import Meeting, Method, in_icalendar
from api.mail import SmtpMailer
from api.messages import Composer
from api.settings import Settings
from matcher.repositories.values import Beside, Mail
from tests.support.mail import Box, mail_server
from tests.support.outbox import a_mail

SUMMER = datetime(2027, 3, 30, 14)
VALUES = {
    "school": "Noord",
    "kind": "guest_lesson",
    "town": "Zwolle",
    "start": "2027-03-30T14:00:00",
    "end": "2027-03-30T15:30:00",
    "uid": "ab" * 16,
    "sequence": "0",
}


def meeting(**more: Any) -> Meeting:
    given: dict[str, Any] = {
        "uid": "u@school.example",
        "sequence": 0,
        "method": Method.REQUEST,
        "start": SUMMER,
        "end": SUMMER + timedelta(minutes=90),
        "stamp": datetime(2027, 3, 1, 9, tzinfo=UTC),
        "summary": "Gastles bij Café ’t Zuiden, Zwolle; a\\b",
        "organizer": "alumni@school.example",
        "organizer_name": 'Noord; en, "Zuid"',
        "attendee": "a@voorbeeld.example",
        "location": "Zwolle, " + "lange straat " * 12,
    }
    return Meeting(**(given | more))


def by_icalendar(text: str) -> dict[str, Any]:
    calendar = Calendar.from_ical(text)
    event: Any
    (event,) = calendar.walk("VEVENT")
    return {
        "method": str(calendar["METHOD"]),
        "zones": [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")],
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
        "start": event["DTSTART"].dt.astimezone(UTC),
        "end": event["DTEND"].dt.astimezone(UTC),
        "stamp": event["DTSTAMP"].dt.astimezone(UTC),
        "summary": str(event["SUMMARY"]),
        "location": str(event["LOCATION"]),
        "organizer": str(event["ORGANIZER"]),
        "attendee": str(event["ATTENDEE"]),
        "partstat": str(event["ATTENDEE"].params["PARTSTAT"]),
    }


def by_vobject(text: str) -> dict[str, Any]:
    calendar = vobject.readOne(text)
    event = calendar.vevent
    return {
        "method": calendar.method.value,
        "zones": [zone.tzid.value for zone in calendar.vtimezone_list],
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "status": event.status.value,
        "start": event.dtstart.value.astimezone(UTC),
        "end": event.dtend.value.astimezone(UTC),
        "stamp": event.dtstamp.value.astimezone(UTC),
        "summary": event.summary.value,
        "location": event.location.value,
        "organizer": event.organizer.value,
        "attendee": event.attendee.value,
        "partstat": event.attendee.params["PARTSTAT"][0],
    }


@pytest.mark.parametrize("read", [by_icalendar, by_vobject])
@pytest.mark.parametrize(
    ("start", "hours"), [(SUMMER, 2), (datetime(2027, 1, 12, 14), 1), (datetime(2027, 10, 31, 23), 1)]
)
def test_a_meeting_is_read_as_it_was_written(read: Any, start: datetime, hours: int) -> None:
    """In summer and in winter, by both programs: what, when in UTC, where, of whom and for whom."""
    made = meeting(start=start, end=start + timedelta(minutes=90))
    begin = (start - timedelta(hours=hours)).replace(tzinfo=UTC)
    assert read(in_icalendar(made)) == {
        "method": "REQUEST",
        "zones": ["Europe/Amsterdam"],
        "uid": made.uid,
        "sequence": 0,
        "status": "CONFIRMED",
        "start": begin,
        "end": begin + timedelta(minutes=90),
        "stamp": made.stamp,
        "summary": made.summary,
        "location": made.location,
        "organizer": "mailto:alumni@school.example",
        "attendee": "mailto:a@voorbeeld.example",
        "partstat": "ACCEPTED",
    }


@pytest.mark.parametrize("read", [by_icalendar, by_vobject])
def test_a_change_and_a_cancellation_are_of_the_same_meeting(read: Any) -> None:
    """One UID, a higher sequence; called off it is CANCEL and CANCELLED."""
    first, moved, off = (
        read(in_icalendar(meeting(sequence=number, method=method)))
        for number, method in ((0, Method.REQUEST), (7, Method.REQUEST), (8, Method.CANCEL))
    )
    assert first["uid"] == moved["uid"] == off["uid"]
    assert first["sequence"] < moved["sequence"] < off["sequence"]
    assert (moved["method"], moved["status"]) == ("REQUEST", "CONFIRMED")
    assert (off["method"], off["status"]) == ("CANCEL", "CANCELLED")


def test_lines_are_as_the_format_says() -> None:
    """At most 75 bytes each, ended by CRLF, and all of UTF-8."""
    raw = in_icalendar(meeting()).encode()
    lines = raw.split(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert raw.startswith(b"BEGIN:VCALENDAR") and lines[-2] == b"END:VCALENDAR"  # noqa: PT018 - one object


@pytest.fixture
def box() -> Iterator[Box]:
    with mail_server() as made:
        yield made


@pytest.mark.parametrize(
    ("message", "method", "status"),
    [
        ("agreed", "REQUEST", "CONFIRMED"),
        ("agreed_asker", "REQUEST", "CONFIRMED"),
        ("agreed_moved", "REQUEST", "CONFIRMED"),
        ("agreed_off", "CANCEL", "CANCELLED"),
        ("agreed_off_asker", "CANCEL", "CANCELLED"),
    ],
)
def test_the_mail_has_the_meeting_as_mail_programs_look_for_it(
    box: Box, message: str, method: str, status: str
) -> None:
    """The last of the alternatives, with its method in the header as in the object, and for whoever gets the mail."""
    mail: Mail = a_mail(message, values=VALUES, beside=Beside("k" * 32, None, "a@voorbeeld.example"))
    settings = Settings(base_url="https://match.example", mail_from="Noord <alumni@school.example>")
    letter = Composer(settings)(mail, "")
    SmtpMailer(box.url, "Noord <alumni@school.example>").send(
        "a@voorbeeld.example", letter.subject, letter.text, letter=letter
    )
    sent = message_from_bytes(box.raw[0], policy=default)
    assert sent.get_content_type() == "multipart/alternative"
    part = list(sent.iter_parts())[-1]
    assert part.get_content_type() == "text/calendar"
    assert (part.get_param("method"), part.get_content_charset()) == (method, "utf-8")
    read = by_icalendar(part.get_content())
    assert (read["method"], read["status"], read["uid"]) == (method, status, "ab" * 16 + "@school.example")
    assert (read["summary"], read["location"]) == ("Gastles bij Noord", "Zwolle")
    assert (read["organizer"], read["attendee"]) == ("mailto:alumni@school.example", "mailto:a@voorbeeld.example")
    text = str(sent.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "gastles, 30 maart 2027 van 14:00 tot 15:30 uur" in text.lower()
