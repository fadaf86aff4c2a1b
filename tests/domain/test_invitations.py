"""How long an alumnus has to answer, and when the one reminder comes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.invitations import AnswerTerms, deadline, needed_on, proposed_distance, reminder_day
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Moment, Request

DAY = date(2027, 3, 1)
TERMS = AnswerTerms()
DAYS = st.integers(0, 90).map(lambda days: DAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "expected"), [(None, 7), (60, 7), (22, 7), (21, 3), (5, 3), (4, 3), (3, 2), (2, 1), (1, 0), (0, 0)]
)
def test_three_days_within_three_weeks_else_seven(days: int | None, expected: int) -> None:
    """And always at least a day before the moment, where there is one."""
    needed = None if days is None else DAY + timedelta(days=days)
    assert deadline(DAY, needed, TERMS) == DAY + timedelta(days=expected)


@given(DAYS, st.integers(1, 30), st.integers(1, 30), st.integers(0, 60))
def test_an_answer_comes_before_it_is_needed(needed: date, days: int, soon_days: int, soon: int) -> None:
    """By any settings, for any moment from tomorrow on."""
    last = deadline(DAY, needed, AnswerTerms(days=days, soon_days=soon_days, soon=timedelta(days=soon)))
    assert last >= DAY
    assert last < needed or needed == DAY


@given(DAYS)
def test_one_reminder_between_the_ask_and_the_last_day(last: date) -> None:
    """Never on either of the two; none where there is no day between."""
    day = reminder_day(DAY, last)
    assert (day is None) == ((last - DAY).days < 2)
    assert day is None or DAY < day < last


def test_the_first_moment_still_to_come_counts() -> None:
    """Of several; of a period the last day, and nothing of moments that are all over."""
    moments = tuple(Moment(datetime(2027, 3, day, 13), datetime(2027, 3, day, 15)) for day in (2, 9))
    request = Request(request_id="R-1", kind=RequestKind.GUEST_LESSON, title="Gastles", moments=moments)
    assert needed_on(request, DAY) == date(2027, 3, 2)
    assert needed_on(request, date(2027, 3, 3)) == date(2027, 3, 9)
    assert needed_on(request, date(2027, 4, 1)) is None
    period = Request(request_id="R-1", kind=RequestKind.MENTOR, title="Mentor", period_to=date(2027, 6, 1))
    assert needed_on(period, DAY) == date(2027, 6, 1)


@pytest.mark.parametrize(("kilometres", "expected"), [(8, None), (11, 10), (40, 25), (51, 50), (120, 50)])
def test_a_distance_that_would_have_left_it_out_is_proposed(kilometres: float, expected: int | None) -> None:
    """The largest of the usual ones."""
    assert proposed_distance(kilometres) == expected
