"""Aftercare by pure rules: who left, who comes first, when the next contact is, and how long anything is kept."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.aftercare import (
    MOST_TRIES,
    AftercareContact,
    AftercareTerms,
    How,
    Leaver,
    Outcome,
    Priority,
    counting,
    is_guided,
    is_over,
    leaver,
    next_contact,
    priority,
    reached,
    went_the_same_way,
    work_order,
)
from matcher.domain.records import Alumnus, Pathway, Qualification

LEFT = date(2026, 7, 15)
TODAY = date(2027, 3, 1)
TERMS = AftercareTerms()
COOK = Qualification("25180", "Kok", 2, Pathway.BOL, 2026)
ENTRY = Qualification("25251", "Assistent horeca", 1, Pathway.BOL, 2025)


def alumnus(*courses: Qualification, **values: object) -> Alumnus:
    return Alumnus(alumnus_id="A-1", school="Noord", qualifications=courses, **values)  # type: ignore[arg-type]


def line(days: int, outcome: Outcome | None, key: int = 0, **values: object) -> AftercareContact:
    """A contact so many days after leaving."""
    how = None if outcome is None else How.PHONE
    on = LEFT + timedelta(days=days)
    return AftercareContact(7, on, how, outcome, key=key or days, at=datetime(2026, 8, 1), **values)  # type: ignore[arg-type]


def who(code: Priority = Priority.ENTRY) -> Leaver:
    return Leaver(LEFT, False, ENTRY, code)


# ---- who comes first


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (alumnus(COOK, diploma=False), Priority.NO_DIPLOMA),
        (alumnus(ENTRY, diploma=False), Priority.NO_DIPLOMA),
        (alumnus(ENTRY, diploma=True), Priority.ENTRY),
        (alumnus(ENTRY), Priority.ENTRY),
        (alumnus(COOK, diploma=True), Priority.LEVEL_TWO_BOL),
        (alumnus(ENTRY, COOK), Priority.LEVEL_TWO_BOL),
        (alumnus(COOK, ENTRY), Priority.LEVEL_TWO_BOL),
        (alumnus(replace(COOK, pathway=Pathway.BBL)), Priority.OTHER),
        (alumnus(replace(COOK, pathway=None)), Priority.OTHER),
        (alumnus(replace(COOK, level=3)), Priority.OTHER),
        (alumnus(replace(COOK, level=None)), Priority.OTHER),
        (alumnus(), Priority.OTHER),
        (alumnus(diploma=None), Priority.OTHER),
    ],
)
def test_the_last_course_decides_who_comes_first(one: Alumnus, code: Priority) -> None:
    """Without diploma, entree, level 2 BOL; what is unknown is no reason."""
    assert priority(one) is code


def test_who_left_by_the_list_or_by_the_year_of_the_last_course() -> None:
    """A day that is estimated is said to be; without day and year nobody can tell."""
    assert leaver(alumnus(COOK, left_on=LEFT)) == Leaver(LEFT, False, COOK, Priority.LEVEL_TWO_BOL)
    assert leaver(alumnus(COOK)) == Leaver(date(2026, 7, 31), True, COOK, Priority.LEVEL_TWO_BOL)
    assert leaver(alumnus(replace(COOK, year=None))) is None
    assert leaver(alumnus()) is None


def test_guidance_begins_on_the_day_of_leaving_and_ends() -> None:
    """Nobody who is still a student, and nobody after its last day."""
    last = LEFT + TERMS.guidance
    days = (LEFT - timedelta(days=1), LEFT, last, last + timedelta(days=1))
    assert [is_guided(who(), day, TERMS) for day in days] == [False, True, True, False]


# ---- the next contact


@pytest.mark.parametrize(
    ("code", "lines", "days"),
    [
        (Priority.ENTRY, [], 30),
        (Priority.NO_DIPLOMA, [], 30),
        (Priority.OTHER, [], 90),
        (Priority.ENTRY, [line(10, Outcome.NO_CONTACT)], 24),
        (Priority.ENTRY, [line(10, Outcome.NEITHER)], 40),
        (Priority.OTHER, [line(10, Outcome.NEITHER)], 100),
        (Priority.ENTRY, [line(10, Outcome.WORK)], 160),
        (Priority.OTHER, [line(10, Outcome.STUDY)], 160),
        (Priority.ENTRY, [line(10, Outcome.WORK, again_on=LEFT + timedelta(days=77))], 77),
        (Priority.ENTRY, [line(1, Outcome.NO_CONTACT), line(2, Outcome.NO_CONTACT)], 16),
        (Priority.ENTRY, [line(day, Outcome.NO_CONTACT) for day in (1, 2, 3)], 33),
        (Priority.ENTRY, [line(1, Outcome.NEITHER), line(2, Outcome.NO_CONTACT), line(3, Outcome.NO_CONTACT)], 17),
        (Priority.ENTRY, [line(1, Outcome.WORK), line(2, None, corrects=1)], 30),
        (Priority.ENTRY, [line(300, Outcome.WORK)], None),
    ],
)
def test_the_next_contact_follows_from_the_last(
    code: Priority, lines: list[AftercareContact], days: int | None
) -> None:
    """From leaving, or from the last contact that counts; none after the guidance."""
    expected = None if days is None else LEFT + timedelta(days=days)
    assert next_contact(who(code), lines, TERMS) == expected


@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(Outcome)), max_size=6),
    st.sampled_from(Priority),
    st.randoms(use_true_random=False),
)
def test_no_order_of_the_lines_matters(said: list[tuple[int, Outcome]], code: Priority, dice: random.Random) -> None:
    """Whoever writes later what was earlier changes nothing; the next is after the last, and within the guidance."""
    lines = [line(days, outcome, key) for key, (days, outcome) in enumerate(said, 1)]
    shuffled = dice.sample(lines, len(lines))
    on = next_contact(who(code), lines, TERMS)
    assert on == next_contact(who(code), shuffled, TERMS)
    assert reached(lines) == reached(shuffled)
    assert on is None or on <= LEFT + TERMS.guidance
    if lines and on is not None:
        assert on > max(one.on for one in lines)


@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=6), st.data())
def test_a_correction_takes_exactly_one_line_away(outcomes: list[Outcome], data: st.DataObject) -> None:
    """Corrected twice is corrected once, and the others count as if it had never been there."""
    lines = [line(number, outcome) for number, outcome in enumerate(outcomes, 1)]
    wrong = data.draw(st.sampled_from(lines))
    corrections = [line(100 + number, None, corrects=wrong.key) for number in range(data.draw(st.integers(1, 2)))]
    left = [one for one in lines if one is not wrong]
    assert counting([*lines, *corrections]) == left
    assert reached([*lines, *corrections]) == reached(left)
    assert next_contact(who(), [*lines, *corrections], TERMS) == next_contact(who(), left, TERMS)


def test_who_was_reached_once_stays_so() -> None:
    """A later try without contact does not make it unknown again."""
    assert reached([]) is None
    assert reached([line(1, Outcome.NO_CONTACT)]) is Outcome.NO_CONTACT
    assert reached([line(1, Outcome.WORK), line(2, Outcome.NO_CONTACT)]) is Outcome.WORK
    assert MOST_TRIES == 3


def test_the_work_list_begins_with_whose_day_has_come() -> None:
    """By priority, then by day; then the days to come, then who is done."""
    before, after = TODAY - timedelta(days=5), TODAY + timedelta(days=5)
    rows = [
        (TODAY, Priority.NO_DIPLOMA),
        (before, Priority.ENTRY),
        (TODAY, Priority.ENTRY),
        (before, Priority.OTHER),
        (after, Priority.OTHER),
        (after + timedelta(days=1), Priority.NO_DIPLOMA),
        (None, Priority.NO_DIPLOMA),
    ]
    shuffled = [rows[place] for place in (4, 6, 2, 0, 5, 3, 1)]
    assert sorted(shuffled, key=lambda row: work_order(row[0], row[1], TODAY)) == rows


# ---- how long, and who went the same way


def test_the_register_forgets_after_its_own_term() -> None:
    """From leaving, else from the last line; whoever nothing is known of has nothing to forget."""
    last = LEFT + TERMS.keeping
    assert not is_over(who(), [line(1, Outcome.WORK)], last, TERMS)
    assert is_over(who(), [line(1, Outcome.WORK)], last + timedelta(days=1), TERMS)
    assert is_over(None, [line(1, Outcome.WORK)], last + timedelta(days=2), TERMS)
    assert not is_over(None, [line(1, Outcome.WORK), line(300, None)], last + timedelta(days=2), TERMS)
    assert not is_over(None, [], date.max, TERMS)
    with pytest.raises(ValueError, match="shorter"):
        AftercareTerms(months=12, keep_months=11)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (alumnus(replace(COOK, year=2019), Qualification("25182", "Leidinggevende keuken", 4, None, 2021)), True),
        (alumnus(replace(COOK, year=2019), function="souschef"), True),
        (alumnus(replace(COOK, year=2019, crebo=None, name="KOK"), employer="De Gouden Lepel"), True),
        (alumnus(replace(COOK, year=2019)), False),
        (alumnus(replace(COOK, year=2019), ENTRY), True),
        (alumnus(replace(COOK, year=2026), ENTRY), False),
        (alumnus(ENTRY, function="souschef"), False),
        (alumnus(function="souschef"), False),
    ],
)
def test_the_same_way_is_the_same_course_and_something_after_it(other: Alumnus, same: bool) -> None:
    """A later course, or work."""
    assert went_the_same_way(other, COOK) is same
