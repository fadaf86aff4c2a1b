"""Figures month by month: they add up to those of the period, and nobody is told from what is shown."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.figures import AREAS, Entries, Period, Requests, figures, open_places, without_small
from matcher.domain.series import (
    COUNTED,
    MOST_ASKS,
    Month,
    days_by_month,
    firsts,
    months,
    months_without_small,
    times_asked,
    times_without_small,
)
from tests.domain.test_figures import PERIOD, TODAY, World, worlds

PERIODS = st.builds(
    lambda first, days: Period(first, first + timedelta(days=days)),
    st.dates(date(2026, 11, 1), date(2027, 3, 5)),
    st.integers(0, 500),
)


@given(st.lists(st.dates(date(2026, 11, 1), date(2027, 6, 1))), PERIODS, st.integers(1, 10))
def test_days_by_month_are_those_of_the_period(days: list[date], period: Period, smallest: int) -> None:
    """One number for each month; together the days in the period, and none of them below the smallest."""
    counts = days_by_month(days, period, smallest)
    assert len(counts) == len(firsts(period))
    assert all(count is None or count == 0 or count >= smallest for count in counts)
    if None not in counts:
        assert sum(count or 0 for count in counts) == sum(period.first <= day <= period.last for day in days)


@given(worlds(), PERIODS)
def test_months_add_up_to_the_figures(world: World, period: Period) -> None:
    """Of each area, whatever day the period begins and ends on."""
    lines, facts, reasons, able = world
    entries = Entries.of(lines)
    told = figures(entries, Requests.of(facts, TODAY), reasons, able, period)
    for area, some in months(entries, period).items():
        assert [one.first for one in some] == firsts(period)
        for name in COUNTED:
            assert sum(getattr(one, name) for one in some) == getattr(told.areas[area], name)


@given(PERIODS)
def test_months_cover_a_period(period: Period) -> None:
    """The first begins with it, every other on the first of a month that is in it, and none is left out."""
    days = firsts(period)
    assert days[0] == period.first
    assert all(day.day == 1 and day <= period.last for day in days[1:])
    assert len(days) == (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1


@given(worlds(), st.integers(2, 6))
def test_no_month_tells_of_few(world: World, smallest: int) -> None:
    """Not by itself, and not as what is left of the sum that stands beside it."""
    lines, facts, reasons, able = world
    entries = Entries.of(lines)
    shown = without_small(figures(entries, Requests.of(facts, TODAY), reasons, able, PERIOD), smallest)
    series = months(entries, PERIOD)
    for area, some in months_without_small(series, shown, smallest).items():
        for name in COUNTED:
            counts = [getattr(one, name) for one in some]
            assert all(count is None or count == 0 or count >= smallest for count in counts)
            whole = getattr(shown.areas[area], name)
            if whole is None:
                assert set(counts) == {None}
            elif None in counts:
                rest = whole - sum(count or 0 for count in counts)
                assert rest >= smallest or set(counts) == {None}


@given(worlds())
def test_each_alumnus_is_counted_once(world: World) -> None:
    """Whoever was asked in the period, and whoever can be and was not; by how often, five and more together."""
    lines, facts, reasons, able = world
    entries = Entries.of(lines)
    told = figures(entries, Requests.of(facts, TODAY), reasons, able, PERIOD).everything
    counts = times_asked(entries, able, PERIOD)
    assert len(counts) == MOST_ASKS + 1
    assert sum(counts[1:]) == told.people
    assert counts[0] == (told.able or 0) - (told.reached or 0)
    assert sum(times * count for times, count in enumerate(counts)) <= (told.asked or 0)
    for smallest in (2, 5):
        assert all(count in {None, 0} or count >= smallest for count in times_without_small(counts, smallest))


@given(worlds())
def test_open_places_are_of_the_requests_that_were_never_filled(world: World) -> None:
    """As many requests as the figures say, each with at least one place."""
    lines, facts, reasons, able = world
    entries, requests = Entries.of(lines), Requests.of(facts, TODAY)
    told = figures(entries, requests, reasons, able, PERIOD).everything
    found = open_places(entries, requests, PERIOD)
    assert len(found) == told.never_filled
    assert all(places > 0 for places in found.values())


def test_a_period_without_anything_has_its_months() -> None:
    """All zero, of every area."""
    series = months(Entries.of([]), PERIOD)
    assert list(series) == list(AREAS)
    assert series[AREAS[0]] == [Month(date(2027, 1, 1)), Month(date(2027, 2, 1)), Month(date(2027, 3, 1))]
