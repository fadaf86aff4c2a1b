"""Which question of a letter a reply is about, by number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.replies.naming import by_number
from matcher.replies.reading import Answer, read


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("vraag 2: ja", {2: Answer.YES}),
        ("Vraag 1 - ja graag", {1: Answer.YES}),
        ("2. ja", {2: Answer.YES}),
        ("ja op vraag 2", {2: Answer.YES}),
        ("Ja voor vraag 12, leuk!", {12: Answer.YES}),
        ("question 1: no, sorry", {1: Answer.NO}),
        ("Yes to question 3", {3: Answer.YES}),
        ("Nummer 2 nu niet", {2: Answer.LATER}),
        ("1: ja\n\n2: nee", {1: Answer.YES, 2: Answer.NO}),
        ("vraag 1: ja\nvraag 2: misschien", {1: Answer.YES, 2: Answer.DOUBT}),
    ],
)
def test_a_number_says_which(text: str, answers: dict[int, Answer]) -> None:
    """At the beginning of each line, or once in the whole; what is left is read as any reply."""
    assert {number: read(words).answer for number, words in by_number(text).items()} == answers


@pytest.mark.parametrize(
    "text",
    [
        "ja",
        "",
        "Ja, 2 dinsdagen kan ik",
        "16 maart kan ik",
        "Om 14:30 kan ik",
        "vraag 1 en vraag 2: ja",
        "ja op vraag 1, nee op vraag 2",
        "1: ja\n1: nee",
        "ja op de eerste vraag",
        "2:30 kan ik",
        "2.30 uur is prima",
        "ja, behalve vraag 2",
        "nee op vraag 1, ja op de andere",
        "Yes to all except question 1",
    ],
)
def test_what_is_not_certain_names_none(text: str) -> None:
    """A time, a day, two numbers in one sentence, or the same number twice."""
    assert by_number(text) == {}


@given(st.text(st.sampled_from("ja nevrg12345678:.-\n"), max_size=60))
def test_a_reply_never_says_two_things_of_one_question(text: str) -> None:
    """Of any text: each number once, and none that the text does not have."""
    assert all(str(number) in text for number in by_number(text))
