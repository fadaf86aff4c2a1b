"""What may be shown of answers: never a group below five, nor anything from which one follows."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.feedback import (
    LEAST,
    REST,
    AnswerForm,
    Question,
    checked,
    group_of,
    link_of,
    message_of,
    published,
    read_questions,
)
from matcher.domain.records import Qualification
from matcher.errors import InvalidValue

SCALE = Question(AnswerForm.SCALE, "Hoe goed bereidde je opleiding je voor op je werk?")
GROUPS = st.sampled_from([REST, "25180", "25168", "25491", "25655", "25605"])
COUNTS = st.dictionaries(GROUPS, st.dictionaries(st.sampled_from("12345"), st.integers(0, 6)))


def sizes_of(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    return {group: sum(one.values()) for group, one in counts.items() if sum(one.values())}


@given(COUNTS)
def test_no_group_below_five_is_shown_and_nothing_is_lost(counts: dict[str, dict[str, int]]) -> None:
    """Each shown group has five answers or more; together they are all answers, or none are shown."""
    shown = published(counts)
    assert all(size >= LEAST for size in sizes_of(shown).values())
    total: Counter[str] = sum((Counter(one) for one in counts.values()), Counter())
    if shown:
        assert sum((Counter(one) for one in shown.values()), Counter()) == total
    else:
        assert total.total() < LEAST
    for group, one in shown.items():
        if group != REST:
            assert Counter(one) == +Counter(counts[group])


@given(COUNTS)
def test_no_difference_of_totals_is_about_fewer_than_five(counts: dict[str, dict[str, int]]) -> None:
    """Of any two sums of shown groups, of the total too: what one has more than the other is nobody, or five or more.

    So a group that is not shown follows from none of them: it has fewer than five, or it is hidden among others.
    """
    shown = sizes_of(published(counts))
    sets = [set(some) for size in range(len(shown) + 1) for some in combinations(shown, size)]
    for one in sets:
        for other in sets:
            if other <= one:
                left = sum(shown[group] for group in one - other)
                assert left == 0 or left >= LEAST
    before = sizes_of(counts)
    hidden = {group for group in before if group not in shown or group == REST}
    if shown and any(before[group] < LEAST for group in hidden):
        assert len(hidden) > 1, "a small group stands alone as the rest"


@given(COUNTS)
def test_what_was_taken_together_stays_so(counts: dict[str, dict[str, int]]) -> None:
    """Once more changes nothing, and neither does the order of the groups."""
    shown = published(counts)
    assert published(shown) == shown
    assert published(dict(reversed(counts.items()))) == shown


def test_the_smallest_group_goes_with_one_that_is_too_small() -> None:
    """Else the total less the others would be that one."""
    counts = {"25180": {"1": 9}, "25168": {"2": 5}, "25491": {"5": 2}}
    assert published(counts) == {"25180": {"1": 9}, REST: {"2": 5, "5": 2}}
    assert published({"25180": {"1": 6}, "25168": {"2": 1}}) == {REST: {"1": 6, "2": 1}}
    assert published({"25180": {"1": 3}, "25168": {"2": 1}}) == {}
    assert published({}) == {}


@pytest.mark.parametrize(
    ("questions", "code"),
    [
        ([], "feedback_count"),
        ([Question(AnswerForm.YES_NO, f"Vraag {number}?") for number in range(6)], "feedback_count"),
        ([Question(AnswerForm.YES_NO, " ")], "feedback_length"),
        ([Question(AnswerForm.SCALE, "a" * 201)], "feedback_length"),
        ([Question(AnswerForm.CHOICE, "Wat?", ("a", "b" * 81))], "feedback_length"),
        ([Question(AnswerForm.CHOICE, "Wat?")], "feedback_choices"),
        ([Question(AnswerForm.CHOICE, "Wat?", ("a",))], "feedback_choices"),
        ([Question(AnswerForm.CHOICE, "Wat?", ("Ja", " ja"))], "feedback_choices"),
        ([Question(AnswerForm.SCALE, "Wat?", ("a", "b"))], "feedback_choices"),
        ([SCALE, Question(AnswerForm.SCALE, SCALE.text.upper())], "feedback_twice"),
    ],
)
def test_what_is_no_question_is_refused(questions: list[Question], code: str) -> None:
    """Each with the reason."""
    with pytest.raises(InvalidValue) as refused:
        checked(questions)
    assert refused.value.code == code


def test_a_question_is_known_again_in_another_year() -> None:
    """By what is asked and can be answered, whatever its capitals and spaces."""
    other = Question(AnswerForm.SCALE, "  hoe goed bereidde je  opleiding je voor op je werk?")
    assert checked([other])[0].digest == SCALE.digest
    assert Question(AnswerForm.YES_NO, SCALE.text).digest != SCALE.digest
    choice = Question(AnswerForm.CHOICE, "Wat?", ("a", "b"))
    assert read_questions([SCALE.written(), choice.written()]) == (SCALE, choice)
    assert choice.codes == ("0", "1")
    for wrong in ([{}], [{"form": "x", "text": "y"}], [3]):
        with pytest.raises(InvalidValue):
            read_questions(wrong)  # type: ignore[arg-type]


def test_a_group_is_of_the_public_register() -> None:
    """By code or name; a qualification that is not in it is no group of its own."""
    assert group_of([Qualification(crebo="25180", year=2020), Qualification(name="Eigen naam", year=2010)]) == "25180"
    assert group_of([Qualification(name="kok", year=2020)]) == group_of([Qualification(crebo="25180")]) == "25180"
    assert group_of([Qualification(name="Zeldzame opleiding", year=2020)]) == REST
    assert group_of([]) == REST


def test_a_link_is_of_one_message() -> None:
    """And no other link is one."""
    assert message_of(link_of(17)) == 17
    for other in ("reply 17", "feedback", "feedback x", "first"):
        assert message_of(other) is None
