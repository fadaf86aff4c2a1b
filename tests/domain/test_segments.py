"""Who is of a segment, and whom of it a message may go to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.consent import Consent, Terms
from matcher.domain.kinds import SHOWN_ON_CARDS, Purpose, RequestKind
from matcher.domain.places import Coordinates
from matcher.domain.records import Qualification
from matcher.domain.segments import (
    PURPOSES,
    Criteria,
    LeftOut,
    Load,
    checked,
    kind_of,
    left_out,
    passes,
    read_criteria,
)
from matcher.errors import InvalidValue

TODAY = date(2027, 3, 1)
ZWOLLE, KAMPEN = Coordinates(52.512, 6.094), Coordinates(52.555, 5.911)


@dataclass(frozen=True)
class Person:
    qualifications: Sequence[Qualification] = (Qualification(crebo="25180", name="Kok", level=2, year=2020),)
    sector: str | None = "Horeca"
    function: str | None = "chef-kok"
    left_on: date | None = date(2020, 7, 1)
    paused_until: date | None = None
    consents: Sequence[Consent] = (Consent(Purpose.FEEDBACK, TODAY),)
    objects: bool = False
    reachable: bool = True
    closed: bool = False
    stops: Collection[str] = ()
    given_feedback: bool = False


RESTED = Load(4, asked=False, gave=False, received=False)


def is_of(criteria: Criteria, person: Person = Person(), load: Load = RESTED) -> bool:
    return passes(criteria, person, load, Terms(), TODAY, lives=KAMPEN, near=ZWOLLE if criteria.place else None)


def test_everybody_is_of_a_segment_that_says_nothing() -> None:
    """Also whose record says nothing."""
    assert is_of(Criteria(), Person((), None, None, None))


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        (Criteria(year_from=2020, year_to=2020), Criteria(year_from=2021)),
        (Criteria(year_to=2021), Criteria(year_to=2019)),
        (Criteria(qualification="25180"), Criteria(qualification="25181")),
        (Criteria(qualification="KO"), Criteria(qualification="bakker")),
        (Criteria(level=2), Criteria(level=3)),
        (Criteria(left_from=date(2020, 7, 1)), Criteria(left_from=date(2020, 7, 2))),
        (Criteria(left_to=date(2020, 7, 1)), Criteria(left_to=date(2020, 6, 30))),
        (Criteria(sector="horéca"), Criteria(sector="zorg")),
        (Criteria(function="kok"), Criteria(function="bakker")),
        (Criteria(place="Zwolle", km=20), Criteria(place="Zwolle", km=5)),
        (Criteria(asked=False), Criteria(asked=True)),
        (Criteria(gave=False), Criteria(gave=True)),
        (Criteria(received=False), Criteria(received=True)),
        (Criteria(purpose=Purpose.FEEDBACK), Criteria(purpose=Purpose.MENTOR)),
    ],
)
def test_each_criterion_says_who(yes: Criteria, no: Criteria) -> None:
    """One that this alumnus meets, and one that not."""
    assert is_of(yes)
    assert not is_of(no)


def test_one_qualification_meets_all_that_is_said_of_it() -> None:
    """A level of one and a year of another are not together."""
    two = (Qualification(name="Kok", level=2, year=2010), Qualification(name="Kok", level=3, year=2020))
    assert is_of(Criteria(level=3, year_from=2020), Person(two))
    assert not is_of(Criteria(level=2, year_from=2020), Person(two))


def test_what_is_not_known_meets_no_criterion() -> None:
    """No place, no day, no year."""
    nobody = Person((Qualification(name="Kok"),), None, None, None)
    for criteria in (Criteria(year_from=1990), Criteria(left_from=date(1990, 1, 1)), Criteria(sector="x")):
        assert not is_of(criteria, nobody)
    assert not passes(Criteria(place="Zwolle", km=9), Person(), RESTED, Terms(), TODAY, lives=None, near=ZWOLLE)


REASONS: list[tuple[LeftOut, dict[str, object], Load]] = [
    (LeftOut.OBJECTS, {"objects": True}, RESTED),
    (LeftOut.NO_CONSENT, {"consents": ()}, RESTED),
    (LeftOut.NO_CONSENT, {"consents": (Consent(Purpose.FEEDBACK, TODAY - timedelta(days=800)),)}, RESTED),
    (LeftOut.NO_CONSENT, {"consents": (Consent(Purpose.FEEDBACK, TODAY, TODAY),)}, RESTED),
    (LeftOut.PAUSED, {"paused_until": TODAY + timedelta(days=1)}, RESTED),
    (LeftOut.PAUSED, {"left_on": TODAY + timedelta(days=1)}, RESTED),
    (LeftOut.SPENT, {}, replace(RESTED, asks_left=0)),
    (LeftOut.ASKED, {"given_feedback": True}, RESTED),
    (LeftOut.NO_ADDRESS, {"reachable": False}, RESTED),
    (LeftOut.CLOSED, {"closed": True}, RESTED),
    (LeftOut.STOPPED, {"stops": ["everything"]}, RESTED),
    (LeftOut.STOPPED, {"stops": ["kind segment_feedback"]}, RESTED),
    (LeftOut.STOPPED, {"stops": ["kind feedback"]}, RESTED),
]


def why(person: Person, load: Load, *, asks: bool = True) -> LeftOut | None:
    return left_out(person, load, Purpose.FEEDBACK, Terms(), TODAY, message="segment_feedback", asks_feedback=asks)


@pytest.mark.parametrize(("reason", "changes", "load"), REASONS)
def test_each_reason_keeps_a_message_from_somebody(reason: LeftOut, changes: dict[str, object], load: Load) -> None:
    """One reason each; a pause that ends today, and mail of another kind that was stopped, are none."""
    assert why(replace(Person(), **changes), load) is reason  # type: ignore[arg-type]
    assert why(replace(Person(), paused_until=TODAY, left_on=TODAY, stops=["kind mentor"]), RESTED) is None
    assert why(replace(Person(), given_feedback=True), RESTED, asks=False) is None


@given(st.sets(st.sampled_from(range(len(REASONS)))))
def test_of_several_reasons_the_first_is_told(chosen: set[int]) -> None:
    """So that the counts of all reasons add up to those who get nothing."""
    person, load = Person(), RESTED
    for number in sorted(chosen, reverse=True):
        _, changes, other = REASONS[number]
        person = replace(person, **changes)  # type: ignore[arg-type]
        load = other if other is not RESTED else load
    expected = REASONS[min(chosen)][0] if chosen else None
    assert why(person, load) is expected


@given(
    st.builds(
        Criteria,
        year_from=st.none() | st.integers(1950, 2100),
        left_to=st.none() | st.dates(),
        qualification=st.text(max_size=9),
        km=st.none() | st.integers(1, 300),
        asked=st.none() | st.booleans(),
        purpose=st.none() | st.sampled_from(Purpose),
    )
)
def test_criteria_are_read_as_they_were_written(criteria: Criteria) -> None:
    """All of them, no more."""
    assert read_criteria(criteria.written()) == criteria


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        (Criteria(year_from=1800), "segment_year"),
        (Criteria(year_from=2021, year_to=2020), "segment_range"),
        (Criteria(left_from=date(2021, 1, 1), left_to=date(2020, 1, 1)), "segment_range"),
        (Criteria(level=5), "segment_level"),
        (Criteria(place="Zwolle"), "segment_place"),
        (Criteria(km=10), "segment_place"),
        (Criteria(place="Zwolle", km=301), "segment_place"),
        (Criteria(place="Zwolle", km=0), "segment_place"),
    ],
)
def test_criteria_that_cannot_be_are_refused(criteria: Criteria, code: str) -> None:
    """Each with the reason."""
    with pytest.raises(InvalidValue) as refused:
        checked(criteria)
    assert refused.value.code == code


def test_a_purpose_is_something_that_alumni_agree_to() -> None:
    """Never what a card may show, or sharing; each kind of request has its own."""
    assert not set(PURPOSES) & {*SHOWN_ON_CARDS, Purpose.SHARE_SCHOOLS, Purpose.SHARE_EMPLOYERS}
    assert {kind_of(purpose) for purpose in PURPOSES} == {*RequestKind, None}
