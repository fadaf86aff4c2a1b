"""When the letter of a week goes, and which questions can wait for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.moments import ZONE, day_in_netherlands
from matcher.domain.weekly import Weekly, may_wait

NOW = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
SETTINGS = st.builds(Weekly, st.integers(0, 6), st.times().map(lambda at: at.replace(second=0, microsecond=0)))


@given(SETTINGS, NOW)
def test_the_letter_goes_on_its_day_and_time_within_a_week(weekly: Weekly, now: datetime) -> None:
    """After now, also over a change of the clocks; and there is one such moment a week."""
    moment = weekly.following(now)
    assert now < moment <= now + timedelta(days=7, hours=1)
    assert (moment.weekday(), moment.time()) == (weekly.weekday, weekly.at)
    again = weekly.following(moment)
    assert again.date() - moment.date() == timedelta(days=7)


def test_by_default_it_is_monday_at_eight_in_the_netherlands() -> None:
    """In winter and in summer; at that very moment it is the next."""
    assert Weekly().following(datetime(2027, 3, 25, 12, tzinfo=UTC)).astimezone(UTC).hour == 6
    monday = Weekly().following(datetime(2027, 3, 4, 12, tzinfo=UTC))
    assert monday == datetime(2027, 3, 8, 8, tzinfo=ZONE)
    assert monday.astimezone(UTC).hour == 7
    assert Weekly().following(monday) == datetime(2027, 3, 15, 8, tzinfo=ZONE)


@given(NOW, st.integers(-10, 30))
def test_a_question_waits_where_two_days_are_left(until: datetime, days: int) -> None:
    """Counted from the day of the letter; one without a last day does not wait."""
    last: date = day_in_netherlands(until) + timedelta(days=days)
    assert may_wait(last, until) is (days >= 2)
    assert not may_wait(None, until)


def test_a_setting_is_a_time_of_the_clock() -> None:
    """Friday at four in the afternoon."""
    friday = Weekly(4, time(16)).following(datetime(2027, 3, 4, 12, tzinfo=UTC))
    assert friday == datetime(2027, 3, 5, 16, tzinfo=ZONE)
