"""Day parts that busy times take, beside a plain recount by the minute."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.busy import Interval, busy_day_parts
from matcher.domain.moments import ZONE

SPRING = datetime(2027, 3, 26, tzinfo=UTC)
MOMENTS = st.integers(0, 4 * 24 * 4).map(lambda quarter: SPRING + timedelta(minutes=15 * quarter))


@given(st.lists(st.tuples(MOMENTS, MOMENTS), max_size=6))
def test_a_day_part_with_an_hour_taken_is_busy(intervals: list[Interval]) -> None:
    """Over the change of the clocks too, a day part is busy exactly where four of its quarters are taken."""
    quarters = [SPRING + timedelta(minutes=15 * n) for n in range(4 * 24 * 4 + 1)]
    taken: Counter[tuple[date, int]] = Counter()
    for at in quarters:
        if any(start <= at < end for start, end in intervals):
            local = at.astimezone(ZONE)
            taken[local.date(), 0 if local.hour < 12 else 1 if local.hour < 18 else 2] += 1
    expected = {key for key, count in taken.items() if count >= 4}
    days = busy_day_parts(intervals)
    assert {(day, part) for day, mask in days for part in range(3) if mask >> part & 1} == expected
    assert days == sorted(days)


def test_less_than_an_hour_is_not_busy() -> None:
    """59 minutes of an evening leave it free; 30 of the afternoon and 30 of the evening leave both free."""
    start = datetime(2027, 1, 5, 18, tzinfo=UTC)
    assert busy_day_parts([(start, start + timedelta(minutes=59))]) == []
    assert busy_day_parts([(start, start + timedelta(minutes=60))]) == [(date(2027, 1, 5), 0b100)]
    six = datetime(2027, 1, 5, 16, 30, tzinfo=UTC)
    assert busy_day_parts([(six, six + timedelta(hours=1))]) == []
