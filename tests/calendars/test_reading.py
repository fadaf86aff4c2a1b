"""Busy times of calendars: each trap that libraries and calendar programs lay is read right, or said."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.calendars.reading import read, read_bounded, window_from
from matcher.calendars.values import BusyTimes, Limits, without
from matcher.domain.busy import Interval, merged
from matcher.domain.moments import ZONE
from matcher.errors import UnreadableFile

WINDOW = window_from(date(2027, 1, 1))


def _calendar(*parts: str, head: str = "") -> bytes:
    lines = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//nl", head, *parts, "END:VCALENDAR", ""])
    return "\r\n".join(line for line in lines.split("\n") if line).encode() + b"\r\n"


def _event(lines: str, uid: str = "1") -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20261101T000000Z\nSUMMARY:Feest bij Karin\n{lines.strip()}\nEND:VEVENT"


def _read(*parts: str, head: str = "") -> BusyTimes:
    return read(_calendar(*parts, head=head), WINDOW)


def _local(times: BusyTimes) -> list[tuple[str, str]]:
    """The intervals on the clock of the Netherlands."""
    return [
        (f"{start.astimezone(ZONE):%d-%m %H:%M}", f"{end.astimezone(ZONE):%d-%m %H:%M}")
        for start, end in times.intervals
    ]


def _hours(times: BusyTimes) -> list[float]:
    return [(end - start) / timedelta(hours=1) for start, end in times.intervals]


AMS = "TZID=Europe/Amsterdam"


def test_an_event_takes_its_time() -> None:
    """A plain event, in UTC and as an interval without anything of what it is."""
    times = _read(_event(f"DTSTART;{AMS}:20270105T190000\nDTEND;{AMS}:20270105T210000"))
    assert times.intervals == ((datetime(2027, 1, 5, 18, tzinfo=UTC), datetime(2027, 1, 5, 20, tzinfo=UTC)),)
    assert times.events == 1
    assert times.remarks == {}


def test_until_as_a_day_keeps_the_last_evening() -> None:
    """UNTIL that names a day, on an event at 19:00, includes the evening of that day."""
    times = _read(_event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY;UNTIL=20270119"))
    assert [start for start, _ in _local(times)] == ["05-01 19:00", "12-01 19:00", "19-01 19:00"]


def test_until_without_a_zone_is_by_the_clock_of_the_event() -> None:
    """UNTIL at 19:00 without a zone, on an event at 19:00, includes that evening; one in UTC before it does not."""
    start = f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\n"
    assert len(_read(_event(start + "RRULE:FREQ=WEEKLY;UNTIL=20270119T190000")).intervals) == 3
    assert len(_read(_event(start + "RRULE:FREQ=WEEKLY;UNTIL=20270119T175959Z")).intervals) == 2


def test_a_time_that_the_clock_skips() -> None:
    """02:30 in the night that the clock goes from 02:00 to 03:00 is 02:30 of winter: 01:30 in UTC (RFC 5545)."""
    times = _read(_event(f"DTSTART;{AMS}:20270328T023000\nDURATION:PT1H"))
    assert times.intervals[0] == (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), datetime(2027, 3, 28, 2, 30, tzinfo=UTC))


@pytest.mark.parametrize("day", ["20270327", "20271030"])
def test_hours_of_a_duration_are_exact(day: str) -> None:
    """A night shift of PT8H takes eight hours in spring and autumn, whatever the clock says at its end."""
    times = _read(_event(f"DTSTART;{AMS}:{day}T230000\nDURATION:PT8H"))
    assert _hours(times) == [8.0]
    series = _read(_event(f"DTSTART;{AMS}:{day}T230000\nDURATION:PT8H\nRRULE:FREQ=DAILY;COUNT=2"))
    assert _hours(series) == [8.0, 8.0]


def test_a_stated_end_stays_on_the_clock() -> None:
    """A night shift from 23:00 to 07:00 ends at 07:00 in every night: seven hours in spring, nine in autumn."""
    rule = "RRULE:FREQ=DAILY;COUNT=2"
    spring = _read(_event(f"DTSTART;{AMS}:20270327T230000\nDTEND;{AMS}:20270328T070000\n{rule}"))
    autumn = _read(_event(f"DTSTART;{AMS}:20271030T230000\nDTEND;{AMS}:20271031T070000\n{rule}"))
    assert _hours(spring) == [7.0, 8.0]
    assert _hours(autumn) == [9.0, 8.0]


def test_a_day_of_a_duration_is_a_day_of_the_calendar() -> None:
    """P1D from 12:00 ends at 12:00 the next day, PT24H an hour later by the clock in spring."""
    start = f"DTSTART;{AMS}:20270327T120000\n"
    assert _local(_read(_event(start + "DURATION:P1D"))) == [("27-03 12:00", "28-03 12:00")]
    assert _local(_read(_event(start + "DURATION:PT24H"))) == [("27-03 12:00", "28-03 13:00")]


def test_cancelled_and_transparent_take_no_time() -> None:
    """Neither a cancelled nor a transparent event counts, nor a calendar that cancels (METHOD)."""
    time = f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\n"
    assert _read(_event(time + "STATUS:CANCELLED")).intervals == ()
    assert _read(_event(time + "TRANSP:TRANSPARENT")).intervals == ()
    assert _read(_event(time), head="METHOD:CANCEL").intervals == ()
    assert len(_read(_event(time + "TRANSP:OPAQUE\nSTATUS:TENTATIVE")).intervals) == 1


def test_one_cancelled_occurrence() -> None:
    """Of a series only the occurrence that was cancelled, or made transparent, is out."""
    series = _event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY;COUNT=3")
    for word in ("STATUS:CANCELLED", "TRANSP:TRANSPARENT"):
        one = _event(f"RECURRENCE-ID;{AMS}:20270112T190000\nDTSTART;{AMS}:20270112T190000\nDURATION:PT2H\n{word}")
        assert [start for start, _ in _local(_read(series, one))] == ["05-01 19:00", "19-01 19:00"]


def test_a_moved_occurrence() -> None:
    """An occurrence that was moved, named by its time in UTC too, takes its new time and not its old one."""
    series = _event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY;COUNT=2")
    for at in (f";{AMS}:20270112T190000", ":20270112T180000Z"):
        moved = _event(f"RECURRENCE-ID{at}\nDTSTART;{AMS}:20270114T100000\nDURATION:PT1H")
        assert _local(_read(series, moved)) == [("05-01 19:00", "05-01 21:00"), ("14-01 10:00", "14-01 11:00")]


def test_this_and_future() -> None:
    """A change of this and all later occurrences holds for all later ones."""
    series = _event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY;COUNT=4")
    later = _event(
        f"RECURRENCE-ID;RANGE=THISANDFUTURE;{AMS}:20270119T190000\nDTSTART;{AMS}:20270119T200000\nDURATION:PT1H"
    )
    assert [start for start, _ in _local(_read(series, later))] == [
        "05-01 19:00", "12-01 19:00", "19-01 20:00", "26-01 20:00",
    ]  # fmt: skip
    assert _hours(_read(series, later)) == [2.0, 2.0, 1.0, 1.0]


@pytest.mark.parametrize("order", [1, -1])
def test_the_highest_sequence_counts(order: int) -> None:
    """Of two versions of one event the one of the higher SEQUENCE counts, whichever stands first."""
    old = _event(f"SEQUENCE:1\nDTSTART;{AMS}:20270105T190000\nDURATION:PT2H")
    new = _event(f"SEQUENCE:2\nDTSTART;{AMS}:20270106T190000\nDURATION:PT2H")
    assert _local(_read(*[old, new][::order])) == [("06-01 19:00", "06-01 21:00")]
    gone = _event(f"SEQUENCE:3\nSTATUS:CANCELLED\nDTSTART;{AMS}:20270106T190000\nDURATION:PT2H")
    assert _read(*[old, new, gone][::order]).intervals == ()


def test_one_bad_event_is_a_remark() -> None:
    """Whatever is wrong with one event, the others are read and one remark says so."""
    good = _event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H", uid="good")
    for lines in (
        "DTSTART:2027", f"DTSTART;{AMS}:20270105T190000\nRRULE:FREQ=SOMETIMES", "SUMMARY:nothing",
        f"DTSTART;{AMS}:20270105T190000\nDTEND;{AMS}:20270105T180000", f"DTSTART;{AMS}:20270105T190000\nDURATION:-PT1H",
        f"DTSTART;{AMS}:20270105T190000\nRRULE:FREQ=DAILY;COUNT=x",
        "DTSTART;VALUE=DATE:20270105\nDTEND:20270105T190000Z",
        f"DTSTART;{AMS}:20270105T190000\nRRULE:FREQ=DAILY;BYHOUR=77", "DTSTART;VALUE=DATE:00010101\nDURATION:P1D",
        f"DTSTART;{AMS}:20270105T190000\nDTSTART;{AMS}:20270106T190000",
        f"DTSTART;{AMS}:20270105T190000\nDURATION:P99999D",
        f"DTSTART;{AMS}:20270105T190000\nRRULE:FREQ=DAILY;INTERVAL=0", "DTSTART:19000001T000000Z",
    ):  # fmt: skip
        times = _read(_event(lines, uid="bad"), good)
        assert _local(times) == [("05-01 19:00", "05-01 21:00")], lines
        assert times.remarks == {"bad_event": 1}, lines


def test_two_calendars_in_one_file() -> None:
    """All calendars of a file are read, each with its own zones."""
    first = _calendar(_event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H", uid="a"))
    second = _calendar(_event(f"DTSTART;{AMS}:20270106T190000\nDURATION:PT2H", uid="b"))
    assert len(read(first + second, WINDOW).intervals) == 2


def test_free_busy() -> None:
    """Of a list of busy times all are read but those that say free; each by its own length or end."""
    times = _read(
        "BEGIN:VFREEBUSY\nUID:1\nDTSTAMP:20261101T000000Z\nDTSTART:20270101T000000Z\nDTEND:20270201T000000Z\n"
        "FREEBUSY;FBTYPE=BUSY:20270105T180000Z/PT2H,20270106T180000Z/20270106T190000Z\n"
        "FREEBUSY;FBTYPE=FREE:20270107T180000Z/PT2H\nFREEBUSY:20270108T180000Z/PT1H\n"
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20270109T180000Z/PT1H\nEND:VFREEBUSY"
    )
    assert [start for start, _ in _local(times)] == ["05-01 19:00", "06-01 19:00", "08-01 19:00", "09-01 19:00"]
    assert _hours(times) == [2.0, 1.0, 1.0, 1.0]
    bad = "BEGIN:VFREEBUSY\nUID:1\nFREEBUSY:tomorrow\nEND:VFREEBUSY"
    assert _read(bad).remarks == {"bad_event": 1}


def _available(head: str, *lines: str) -> str:
    inner = "".join(f"\nBEGIN:AVAILABLE\nUID:{n}\n{line}\nEND:AVAILABLE" for n, line in enumerate(lines))
    return f"BEGIN:VAVAILABILITY\nUID:{head[-4:]}\nDTSTAMP:20261101T000000Z\n{head}{inner}\nEND:VAVAILABILITY"


WEEK = f"DTSTART;{AMS}:20270104T000000\nDTEND;{AMS}:20270111T000000"
TUESDAYS = f"DTSTART;{AMS}:20270105T130000\nDTEND;{AMS}:20270105T170000\nRRULE:FREQ=WEEKLY"


def test_availability_makes_the_rest_busy() -> None:
    """Within the bounds of an availability all that is not available is busy, and nothing outside them."""
    assert _local(_read(_available(WEEK, TUESDAYS))) == [("04-01 00:00", "05-01 13:00"), ("05-01 17:00", "11-01 00:00")]
    assert _read(_available(WEEK, TUESDAYS)).events == 1


def test_availability_without_bounds_holds_for_ever() -> None:
    """An availability without bounds makes the whole window busy but for what is available."""
    times = _read(_available("BUSYTYPE:BUSY-UNAVAILABLE", TUESDAYS))
    assert times.intervals[0][0] == WINDOW[0]
    assert times.intervals[-1][1] == WINDOW[1]
    assert sum(_hours(times)) + 4 * 57 == 400 * 24
    until = _read(_available(f"DTEND;{AMS}:20270104T000000", TUESDAYS))
    assert _local(until) == [("01-01 00:00", "04-01 00:00")]


def test_availability_of_higher_priority_decides() -> None:
    """Priority 1 says free where 5 says busy, and busy where 5 says free; without a priority it is the lowest."""
    thursday = f"DTSTART;{AMS}:20270107T130000\nDTEND;{AMS}:20270107T170000"
    high, low = _available(f"{WEEK}\nPRIORITY:1", thursday), _available(f"{WEEK}\nPRIORITY:5", TUESDAYS)
    expected = [("04-01 00:00", "07-01 13:00"), ("07-01 17:00", "11-01 00:00")]
    assert _local(_read(high, low)) == _local(_read(low, high)) == expected
    assert _local(_read(high, _available(WEEK, TUESDAYS))) == expected
    same = _local(_read(_available(WEEK, TUESDAYS), _available(WEEK + "\nBUSYTYPE:BUSY-TENTATIVE", thursday)))
    assert ("05-01 17:00", "07-01 13:00") in same


def test_an_event_in_available_time_is_busy() -> None:
    """Availability frees no time that an event takes."""
    event = _event(f"DTSTART;{AMS}:20270105T140000\nDURATION:PT1H")
    assert ("05-01 14:00", "05-01 15:00") in _local(_read(_available(WEEK, TUESDAYS), event))


def test_a_bad_line_of_an_availability() -> None:
    """A line of an availability that cannot be read is a remark; the others count."""
    times = _read(_available(WEEK, TUESDAYS, "DTSTART:2027"))
    assert times.remarks == {"bad_event": 1}
    assert len(times.intervals) == 2


@pytest.mark.parametrize(
    "zone", ["W. Europe Standard Time", "/freeassociation.sourceforge.net/Europe/Amsterdam", '"UTC+01:00"']
)
def test_zones_by_other_names(zone: str) -> None:
    """Zones as Windows names them, with a prefix, or as an offset are known without a definition."""
    times = _read(_event(f"DTSTART;TZID={zone}:20270105T190000\nDURATION:PT2H"))
    assert _local(times) == [("05-01 19:00", "05-01 21:00")]
    assert times.remarks == {}


@pytest.mark.parametrize("zone", ["Customized Time Zone", '"(UTC+01:00) Amsterdam, Berlijn, Bern"', "Hier"])
def test_an_unknown_zone_is_assumed_and_said(zone: str) -> None:
    """A zone that nobody knows, without a definition, is that of the Netherlands, and one remark says so."""
    times = _read(
        _event(f"DTSTART;TZID={zone}:20270705T190000\nDURATION:PT2H"),
        _event(f"DTSTART;TZID={zone}:20270706T190000\nDURATION:PT2H", uid="2"),
    )
    assert _local(times) == [("05-07 19:00", "05-07 21:00"), ("06-07 19:00", "06-07 21:00")]
    assert times.remarks == {"unknown_zone": 1}


def _zone(name: str, offset: str) -> str:
    return (
        f"BEGIN:VTIMEZONE\nTZID:{name}\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:{offset}\n"
        f"TZOFFSETTO:{offset}\nEND:STANDARD\nEND:VTIMEZONE"
    )


def test_a_definition_does_not_win_over_the_real_zone() -> None:
    """A file whose Europe/Amsterdam is five hours off is read by the real one; a zone of its own by its definition."""
    event = "DTSTART;TZID={}:20270705T190000\nDURATION:PT2H"
    wrong = _read(_zone("Europe/Amsterdam", "-0500"), _event(event.format("Europe/Amsterdam")))
    assert _local(wrong) == [("05-07 19:00", "05-07 21:00")]
    own = _read(_zone("Customized Time Zone", "-0500"), _event(event.format("Customized Time Zone")))
    assert own.intervals[0][0] == datetime(2027, 7, 6, 0, tzinfo=UTC)
    assert own.remarks == {}


def test_a_zone_of_another_country() -> None:
    """An event in another zone repeats by its own clock: it moves on ours while only one of the two has changed."""
    times = _read(_event("DTSTART;TZID=America/New_York:20270308T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=4"))
    assert [start for start, _ in _local(times)] == ["08-03 15:00", "15-03 14:00", "22-03 14:00", "29-03 15:00"]


def test_a_time_without_a_zone() -> None:
    """Times without a zone are of the Netherlands, in winter and in summer."""
    times = _read(
        _event("DTSTART:20270105T190000\nDTEND:20270105T210000"),
        _event("DTSTART:20270705T190000\nDURATION:PT2H", uid="2"),
    )
    assert _local(times) == [("05-01 19:00", "05-01 21:00"), ("05-07 19:00", "05-07 21:00")]


def test_times_in_utc_repeat_by_the_zone_of_the_calendar() -> None:
    """What is given in UTC repeats in UTC; by the clock where the calendar names its zone (X-WR-TIMEZONE)."""
    event = _event("DTSTART:20270322T180000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2")
    assert [start for start, _ in _local(_read(event))] == ["22-03 19:00", "29-03 20:00"]
    named = _read(event, head="X-WR-TIMEZONE:Europe/Amsterdam")
    assert [start for start, _ in _local(named)] == ["22-03 19:00", "29-03 19:00"]


def test_the_edges_of_the_window() -> None:
    """Only time within the window counts: an end at its start does not, what lasts over an edge is cut there."""
    before = _event(f"DTSTART;{AMS}:20261231T220000\nDTEND;{AMS}:20270101T000000", uid="before")
    over = _event(f"DTSTART;{AMS}:20261231T230000\nDTEND;{AMS}:20270101T020000", uid="over")
    empty = _event(f"DTSTART;{AMS}:20270101T000000", uid="empty")
    long = _event(f"DTSTART;{AMS}:20261201T000000\nDTEND;{AMS}:20270103T000000\nRRULE:FREQ=YEARLY", uid="long")
    assert _read(before, empty).intervals == ()
    assert _local(_read(over)) == [("01-01 00:00", "01-01 02:00")]
    assert _local(_read(long))[0] == ("01-01 00:00", "03-01 00:00")
    last = _event(f"DTSTART;{AMS}:20280203T000000\nDTEND;{AMS}:20280301T000000")
    assert [end for _, end in _read(last).intervals] == [WINDOW[1]]


@pytest.mark.parametrize("end", ["DTEND;VALUE=DATE:20270105", "", "DURATION:P1D", "DTEND;VALUE=DATE:20270106"])
def test_a_whole_day_is_one_day(end: str) -> None:
    """A day is busy from midnight to midnight, also where it ends on the day it starts, and when it repeats."""
    day = f"DTSTART;VALUE=DATE:20270105\n{end}"
    assert _local(_read(_event(day))) == [("05-01 00:00", "06-01 00:00")]
    assert len(_read(_event(day + "\nRRULE:FREQ=WEEKLY;COUNT=3")).intervals) == 3


def test_a_whole_day_at_the_change_of_the_clocks() -> None:
    """The day on which the clock goes forward has 23 hours, the other 25."""
    assert _hours(_read(_event("DTSTART;VALUE=DATE:20270328"))) == [23.0]
    assert _hours(_read(_event("DTSTART;VALUE=DATE:20271031"))) == [25.0]


def test_exceptions_and_further_dates() -> None:
    """EXDATE takes an occurrence out, in UTC or as a day too; RDATE adds one, with an end of its own if stated."""
    series = f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY;COUNT=3\n"
    for out in (f"EXDATE;{AMS}:20270112T190000", "EXDATE:20270112T180000Z", "EXDATE;VALUE=DATE:20270112"):
        assert [start for start, _ in _local(_read(_event(series + out)))] == ["05-01 19:00", "19-01 19:00"], out
    more = _read(_event(f"{series}RDATE;{AMS}:20270113T100000\nRDATE;VALUE=PERIOD:20270114T100000Z/PT5H"))
    assert ("13-01 10:00", "13-01 12:00") in _local(more)
    assert ("14-01 11:00", "14-01 16:00") in _local(more)


def test_a_title_in_broken_lines_does_not_matter() -> None:
    """What is wrong with a title, a note or an alarm is no matter: those lines are not read."""
    lines = f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\nDESCRIPTION:een\n\ntwee zonder vouw\nX;;=:;\n"
    lines += "BEGIN:VALARM\nTRIGGER:?\nEND:VALARM"
    times = _read(_event(lines))
    assert _local(times) == [("05-01 19:00", "05-01 21:00")]
    assert times.remarks == {}
    latin = _calendar(_event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H")).replace(b"Feest", b"F\xe9\xe9st")
    assert len(read(b"\xef\xbb\xbf" + latin.replace(b"\r\n", b"\n"), WINDOW).intervals) == 1


def test_a_file_that_was_cut_off() -> None:
    """Of half a file what is whole is read, and it is said that the rest is missing."""
    whole = _calendar(
        _event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H"),
        _event(f"DTSTART;{AMS}:20270106T190000\nDURATION:PT2H", "2"),
    )
    times = read(whole[: whole.rindex(b"DURATION")], WINDOW)
    assert _local(times) == [("05-01 19:00", "05-01 21:00")]
    assert times.remarks == {"cut_off": 1, "bad_event": 1}


def test_an_event_in_an_event() -> None:
    """An event that lacks its end costs itself, not the next one."""
    broken = _event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H", "a").replace("\nEND:VEVENT", "")
    times = _read(broken, _event(f"DTSTART;{AMS}:20270106T190000\nDURATION:PT2H", "b"))
    assert _local(times) == [("06-01 19:00", "06-01 21:00")]
    assert times.remarks == {"bad_event": 1}


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=10", "FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8;BYMINUTE=0,5,10,15,20,25,30"],
)
def test_an_event_that_is_too_often(rule: str) -> None:
    """An event of more than 48 times a day is left out and said, before it costs time."""
    times = _read(_event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT1S\nRRULE:{rule}"))
    assert times.intervals == ()
    assert times.remarks == {"too_often": 1}


def test_too_many_occurrences() -> None:
    """What would make more occurrences than the limit is left out and said; what was read before stays."""
    hourly = "DTSTART:20270101T000000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY;COUNT=100"
    times = read(_calendar(_event(hourly, "a"), _event(hourly, "b")), WINDOW, Limits(occurrences=150))
    assert len(times.intervals) == 100
    assert times.remarks == {"too_many": 1}


def test_limits_of_a_file() -> None:
    """A file that is too large, of too many or too deep components, or without a calendar, is refused as such."""
    event = _event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H")
    for data, limits, code in (
        (_calendar(event), Limits(size=100), "calendar_too_large"),
        (_calendar(*[event] * 5), Limits(components=5), "calendar_too_many"),
        (b"BEGIN:X\r\n" * 50, Limits(), "calendar_damaged"),
        (b"PK\x03\x04 een werkboek", Limits(), "calendar_none"),
        (b"", Limits(), "calendar_none"),
    ):
        with pytest.raises(UnreadableFile) as error:
            read(data, WINDOW, limits)
        assert error.value.code == code


def test_an_event_that_takes_too_long() -> None:
    """A rule that keeps a library at work is ended by the process that reads, and the other events are read."""
    endless = _event("DTSTART:19010101T000000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "a")
    good = _event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\nRRULE:FREQ=DAILY", "b")
    times = read_bounded(_calendar(endless, good), WINDOW, Limits(seconds=6))
    assert times.remarks == {"too_slow": 1}
    assert times.intervals == _read(good).intervals


def test_reading_ends_in_time() -> None:
    """A file that takes longer than its time is refused as such."""
    good = _calendar(_event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\nRRULE:FREQ=DAILY"))
    with pytest.raises(UnreadableFile) as error:
        read_bounded(good, WINDOW, Limits(seconds=0.001))
    assert (error.value.code, error.value.values["problem"]) == ("calendar_too_heavy", "reads_too_long")


def test_the_order_of_the_file_does_not_matter() -> None:
    """Events in any order give the same busy times."""
    events = [
        _event(f"DTSTART;{AMS}:202701{day:02}T190000\nDURATION:PT{day}H\nRRULE:FREQ=DAILY;COUNT={day}", str(day))
        for day in range(1, 20)
    ]
    expected = _read(*events)
    assert _read(*sorted(events, key=len)) == _read(*events[::-1]) == expected


@given(st.binary(max_size=300), st.integers(0, 400))
def test_foreign_bytes_are_read_or_refused(noise: bytes, at: int) -> None:
    """Any bytes put anywhere in a calendar give busy times or a refusal, and never another error."""
    good = _calendar(_event(f"DTSTART;{AMS}:20270105T190000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY;COUNT=3"))
    with suppress(UnreadableFile):
        times = read(good[:at] + noise + good[at:], WINDOW)
        assert all(start < end for start, end in times.intervals)


MOMENT = st.integers(0, 60).map(lambda minutes: datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
INTERVALS = st.lists(st.tuples(MOMENT, MOMENT), max_size=8)


@given(INTERVALS, INTERVALS)
def test_intervals_are_sets_of_minutes(one: list[Interval], other: list[Interval]) -> None:
    """Merging and taking away say of each minute what sets of minutes say, in ascending intervals that do not touch."""

    def minutes(intervals: list[Interval]) -> set[datetime]:
        first = datetime(2027, 1, 1, tzinfo=UTC)
        each = (first + timedelta(minutes=n) for n in range(61))
        return {moment for moment in each if any(start <= moment < end for start, end in intervals)}

    both, rest = merged([*one, *other]), without(one, other)
    assert minutes(both) == minutes(one) | minutes(other)
    assert minutes(rest) == minutes(one) - minutes(other)
    for result in (both, rest):
        assert all(before[1] < after[0] for before, after in pairwise(result))
