"""Which of the proposed moments a yes names."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.replies.moments import named
from matcher.replies.reading import Answer, read

TUESDAY, THURSDAY = datetime(2027, 3, 16, 13), datetime(2027, 3, 18, 13, 30)
EVENING = datetime(2027, 3, 18, 19)
NEXT = datetime(2027, 3, 23, 13)
MOMENTS = (TUESDAY, THURSDAY, EVENING)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("ja, dinsdag kan", TUESDAY),
        ("Ja, dinsdagmiddag", TUESDAY),
        ("Ja, de 16e kan ik", TUESDAY),
        ("yes, the 16th works", TUESDAY),
        ("Ja, dinsdag 16 maart om 13 uur", TUESDAY),
        ("Yes, March 16th at 1 pm is fine", TUESDAY),
        ("Yes, Tuesday works for me", TUESDAY),
        ("Ja, 16-3 is goed", TUESDAY),
        ("Ja graag, 16/03/2027", TUESDAY),
        ("Ja, donderdagavond", EVENING),
        ("Ja, donderdag om 13.30 uur", THURSDAY),
        ("Yes, Thursday evening", EVENING),
    ],
)
def test_a_moment_is_named_by_day_date_part_or_time(text: str, moment: datetime) -> None:
    """In Dutch and English."""
    reading = read(text)
    assert reading.answer is Answer.YES
    found = named(reading.words, MOMENTS)
    assert found is not None
    assert found.one == moment


@pytest.mark.parametrize(
    "text", ["Ja", "Yes, gladly", "Ja hoor, leuk! Ik kom graag.", "Yes, I'd love to do this", "Ja, leuk voor ze"]
)
def test_a_yes_that_names_none(text: str) -> None:
    """It says nothing of when."""
    assert named(read(text).words, MOMENTS) is None


@pytest.mark.parametrize(
    "text",
    [
        "Ja, vrijdag kan ik",
        "Ja, de 17e kan ik",
        "Ja, 16 april",
        "Ja, dinsdag om 15 uur",
        "Ja, dinsdag 18 maart",
        "Ja, 17-3",
    ],
)
def test_a_moment_that_was_not_proposed_fits_none(text: str) -> None:
    """A day, a date, a time, and a day of the week that is not that of the date."""
    found = named(read(text).words, MOMENTS)
    assert found is not None
    assert not found.fits


@pytest.mark.parametrize(
    "text",
    ["Ja, donderdag", "Ja, dinsdag of donderdag", "Ja, volgende week dinsdag", "Ja, morgen kan ik", "Ja, na dinsdag"],
)
def test_what_may_be_another_moment_names_none_for_sure(text: str) -> None:
    """Two on that day, two days, or words that depend on when they were written."""
    found = named(read(text).words, MOMENTS)
    assert found is not None
    assert found.fits
    assert found.one is None


def test_a_day_of_the_week_with_two_dates_is_not_sure() -> None:
    """Two Tuesdays."""
    found = named("ja, dinsdag kan", (TUESDAY, NEXT))
    assert found is not None
    assert found.moments == (TUESDAY, NEXT)


@given(st.text(st.sampled_from("ja dinsg1236:-eh"), max_size=40), st.lists(st.datetimes(), max_size=4))
def test_only_what_was_proposed_is_ever_named(words: str, moments: list[datetime]) -> None:
    """Of any words."""
    found = named(words, moments)
    assert found is None or set(found.moments) <= set(moments)
