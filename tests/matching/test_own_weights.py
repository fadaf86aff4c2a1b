"""Weights of a school's own: what may stand in them, and that no two rows share a name."""

from __future__ import annotations

from pathlib import Path

import pytest

import matcher.matching.weights as module
from matcher.domain.kinds import KINDS, RequestKind
from matcher.errors import InvalidValue
from matcher.matching.signals import SIGNALS
from matcher.matching.weights import own, shipped

MENTOR = KINDS[RequestKind.MENTOR].number
ROW = "[kinds.mentor]\nversion = {version}\nweights = {{ similarity = {one}, skills = {other} }}\n"
SHIPPED = (Path(module.__file__).parent / "weights.toml").read_text("utf-8")


def test_the_shipped_file_is_the_shipped_weights() -> None:
    """Names too, so that going back to them by a file is going back."""
    assert own(SHIPPED).names == own("").names == shipped().names
    assert (own(SHIPPED).table == shipped().table).all()


def test_what_is_left_out_stays() -> None:
    """One row changes, and its name; all others are those shipped."""
    made = own(ROW.format(version=7, one=0.5, other=0.5))
    changed = [number for number, name in enumerate(made.names) if name != shipped().names[number]]
    assert changed == [MENTOR]
    assert made.names[MENTOR].startswith("mentor@7+")
    assert (made.priors == shipped().priors).all()


def test_words_weigh_what_a_row_of_ones_own_says() -> None:
    """Left out, as in a file from before they were a signal, they weigh nothing."""
    words = next(column for column, signal in enumerate(SIGNALS) if signal.CODE == "words")
    row = "[priors]\nwords = 0.3\n[kinds.mentor]\nversion = 7\nweights = { similarity = 0.6, words = 0.4 }\n"
    assert (own(row).table[MENTOR, words], own(row).priors[words]) == (0.4, 0.3)
    assert own(ROW.format(version=7, one=0.5, other=0.5)).table[MENTOR, words] == 0


def test_another_row_has_another_name() -> None:
    """Also where nobody raised the version; a prior that counts changes the names of the kinds where it does."""
    version = shipped().names[MENTOR].split("@")[1]
    names = {own(ROW.format(version=version, one=one, other=1 - one)).names[MENTOR] for one in (0.25, 0.5, 0.75)}
    assert len(names) == 3
    assert shipped().names[MENTOR] not in names
    prior = own("[priors]\nprice = 0.9\n").names
    assert [name for name in prior if "+" in name] == [name for name in prior if name.startswith("offering")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[kinds.mentor", "weights_unreadable"),
        ("kinds = 3", "weights_unreadable"),
        ("[kinds]\nmentor = 3", "weights_unreadable"),
        ("[kinds.mentro]\nversion = 1", "weights_unknown"),
        ("[prior]\nprice = 0.5", "weights_unknown"),
        ("[priors]\nprise = 0.5", "weights_unknown"),
        ("[priors]\nprice = 1.5", "weights_unreadable"),
        ("[priors]\nprice = nan", "weights_unreadable"),
        (ROW.format(version=1, one=0.6, other=0.5), "weights_wrong"),
        (ROW.format(version=1, one=1.5, other=-0.5), "weights_wrong"),
        (ROW.format(version=1, one="nan", other="nan"), "weights_unreadable"),
        (ROW.format(version="'a\\nb'", one=0.5, other=0.5), "weights_unreadable"),
        ("[kinds.mentor]\nversion = 2\nweights = {}", "weights_unreadable"),
        ("[kinds.mentor]\nversion = 2\nweights = { simlarity = 1.0 }", "weights_wrong"),
        ("[kinds.mentor]\nversion = 2\nwieghts = { skills = 1.0 }", "weights_unknown"),
    ],
)
def test_what_cannot_be_used_is_refused(text: str, code: str) -> None:
    """As wrong input, whatever is wrong with it."""
    with pytest.raises(InvalidValue) as caught:
        own(text)
    assert caught.value.code == code
