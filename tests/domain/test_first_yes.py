"""The four questions: what answers agree to, who may be asked, and who is old enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.first_yes import (
    ASKED_FOR,
    GIVEN,
    MOST_ASKS,
    Answers,
    LeftOut,
    Want,
    answers_of,
    door_link,
    is_old_enough,
    leaves_on,
    left_out,
    newcomer_of,
)
from matcher.domain.kinds import SHOWN_ON_CARDS, NeedKind, Purpose, RequestKind

ANSWERS = st.builds(
    Answers,
    st.frozensets(st.sampled_from(Want)),
    st.frozensets(st.sampled_from(GIVEN)),
    st.none() | st.integers(0, 2**21 - 1),
    st.none() | st.integers(0, MOST_ASKS),
    st.frozensets(st.sampled_from(sorted(SHOWN_ON_CARDS))),
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@dataclass
class Kept:
    withdrawn_on: date | None = None
    last_withdrawn_on: date | None = None
    withdrawn_by: str | None = None


KEPT = st.builds(Kept, st.none() | DAYS, st.none() | DAYS, st.sampled_from([None, "import", "person", "retention"]))


@given(ANSWERS)
def test_what_was_answered_is_what_is_shown_again(answers: Answers) -> None:
    """From the record and the consents, but for a card of which nothing is ranked, and for two wants of one purpose."""
    shown = answers_of(answers.offers, answers.needs, answers.purposes, day_parts=answers.day_parts, asks=answers.asks)
    assert (shown.wants, shown.gives) == (answers.wants, answers.gives)
    assert (shown.day_parts, shown.asks) == (answers.day_parts, answers.asks)
    assert shown.shown == (answers.shown if answers.wants or answers.gives else frozenset())


@given(ANSWERS)
def test_nothing_is_agreed_to_that_was_not_asked(answers: Answers) -> None:
    """Only purposes of the questions; sharing with others is asked nowhere here; nothing for who wants nothing."""
    assert answers.purposes <= ASKED_FOR
    assert not answers.purposes & {Purpose.SHARE_SCHOOLS, Purpose.SHARE_EMPLOYERS}
    assert bool(answers.purposes) == bool(answers.wants or answers.gives)
    assert bool(answers.needs == {NeedKind.NONE}) == (not answers.wants)


def test_every_role_that_can_be_offered_has_its_purpose() -> None:
    """Each kind of the second question, and meetings by the first, is agreed to and offered alike."""
    everything = Answers(frozenset(Want), frozenset(GIVEN), shown=SHOWN_ON_CARDS)
    assert everything.purposes == ASKED_FOR
    assert everything.offers == {*GIVEN, RequestKind.NETWORK_EVENT}


@pytest.mark.parametrize(
    "wrong",
    [
        {"gives": frozenset({RequestKind.AFTERCARE})},
        {"shown": frozenset({Purpose.MENTOR})},
        {"asks": MOST_ASKS + 1},
        {"asks": -1},
        {"day_parts": 1 << 21},
    ],
)
def test_an_answer_that_no_question_has_is_refused(wrong: dict[str, object]) -> None:
    """Whatever a form sends."""
    with pytest.raises(ValueError, match="answer"):
        Answers(**wrong)  # type: ignore[arg-type]


@given(st.lists(KEPT, max_size=4), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_who_objected_or_withdrew_or_agreed_is_never_asked(
    consents: list[Kept], objects: bool, asked: bool, reachable: bool, mailed: bool
) -> None:
    """Only who can get mail, never was asked, and of whom every consent ended by its term alone, or who has none."""
    ended = all(one.withdrawn_on is not None and one.withdrawn_by == "retention" for one in consents)
    may = ended and not objects and not asked and reachable and mailed
    assert (left_out(consents, objects=objects, asked=asked, reachable=reachable, mailed=mailed) is None) == may


def test_the_first_reason_is_the_strongest() -> None:
    """An objection is said before all else, and an address that is missing last."""
    withdrawn = Kept(date(2027, 1, 1), date(2027, 1, 1), "person")
    assert left_out([withdrawn], objects=True) is LeftOut.OBJECTS
    assert left_out([withdrawn, Kept()], objects=False, reachable=False) is LeftOut.WITHDREW
    assert left_out([Kept()], objects=False, asked=True) is LeftOut.AGREED
    assert left_out([Kept(last_withdrawn_on=date(2026, 1, 1))], objects=False) is LeftOut.WITHDREW
    assert left_out([], objects=False, asked=True, reachable=False) is LeftOut.ASKED
    assert left_out([], objects=False, reachable=False, mailed=False) is LeftOut.NO_ADDRESS
    assert left_out([], objects=False, mailed=False) is LeftOut.NO_MAIL


@given(DAYS, st.integers(0, 100 * 366))
def test_sixteen_is_old_enough_from_the_birthday_on(today: date, days: int) -> None:
    """Not a day earlier; born on 29 February counts from 1 March."""
    born = today - timedelta(days=days)
    years = today.year - born.year
    later = born.replace(year=born.year + 16) if (born.month, born.day) != (2, 29) else date(born.year + 16, 3, 1)
    if (born.month, born.day) == (2, 29) and (born.year + 16) % 4 == 0 and born.year + 16 != 2100:
        later = date(born.year + 16, 2, 29)
    assert is_old_enough(born, today) == (today >= later)
    assert years >= 0


@given(DAYS, st.integers(0, 5))
def test_a_student_leaves_on_a_day_to_come(today: date, ahead: int) -> None:
    """In the year that was said: a student who comes in today has not left yesterday."""
    left_on = leaves_on(today.year + ahead, today)
    assert left_on.year == today.year + ahead
    assert left_on >= today


def test_a_link_leads_to_one_newcomer() -> None:
    """And a link for something else to none."""
    assert newcomer_of(door_link(17)) == 17
    assert [newcomer_of(one) for one in ("first", "reply 17", "", "door")] == [None] * 4
