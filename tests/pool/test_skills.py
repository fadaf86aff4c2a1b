"""Which skills cover a skill that is asked for: the words themselves, and slips of the pen, but no other words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.pool.skills import SkillWords, covers

TWO_WORDS = (
    ("wondzorg", "mondzorg"), ("aanleren", "aanmeren"), ("gewichten", "gezichten"), ("wasserij", "walserij"),
    ("handboeien", "zandboeien"), ("medicatie delen", "medicatie halen"), ("handverzorging", "wandverzorging"),
    ("tandzorg", "wandzorg"), ("houtbewerking", "koudbewerking"),
)  # fmt: skip
SLIPS = (
    ("wondzorg", "wondzrog"), ("wondzorg", "woundzorg"), ("timmerwerk", "timmerwrek"),
    ("medicatie delen", "medicatie deelen"), ("lading zekeren", "lading zekern"), ("lading zekeren", "ladingzekeren"),
    ("kraanbesturen", "kraanbesturn"), ("haarknippen", "haar knippen"),
)  # fmt: skip


@pytest.mark.parametrize(("asked", "has"), TWO_WORDS)
def test_another_word_is_no_slip(asked: str, has: str) -> None:
    """Who can do the one is not said to be able to do the other, whichever of the two is asked."""
    words = SkillWords([asked, has])
    assert words.covering(asked) == [0]
    assert words.covering(has) == [1]


@pytest.mark.parametrize(("asked", "has"), SLIPS)
def test_a_slip_is_the_word_that_was_meant(asked: str, has: str) -> None:
    """In both directions."""
    words = SkillWords([asked, has])
    assert words.covering(asked) == words.covering(has) == [0, 1]


@given(st.lists(st.sampled_from(["wondzorg", "wondzrog", "complexe wondzorg", "mondzorg", "lassen", "c#"]), min_size=1))
def test_one_word_covers_as_among_others(words: list[str]) -> None:
    """Whatever else is among the words."""
    every = list(dict.fromkeys(words))
    for asked in every:
        assert SkillWords(every).covering(asked) == [row for row, word in enumerate(every) if covers(asked, word)]
