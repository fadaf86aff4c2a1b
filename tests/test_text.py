"""The normal forms of texts that are compared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.text import fold, id_key

WIDE = {code: code - 0x21 + 0xFF01 for code in range(0x21, 0x7F)}
"""The full-width form of each letter, digit and mark of ASCII: another code, and the same text."""


@given(st.text(st.characters(max_codepoint=127), max_size=30))
def test_plain_text_is_folded_as_any_other(text: str) -> None:
    """ASCII goes a shorter way to the same form."""
    wide = text.translate(WIDE)
    assert fold(wide) == fold(text) == fold(fold(text))


@given(
    st.from_regex(r"[a-zA-Z]{0,4}", fullmatch=True), st.sampled_from("-_ ./"), st.integers(0, 10**8), st.integers(0, 6)
)
def test_a_number_is_the_same_without_marks_and_zeros(letters: str, mark: str, number: int, zeros: int) -> None:
    """Usual numbers go a shorter way to the form that all have: small letters, no mark before the digits, no zeros."""
    written = f"{letters}{mark}{'0' * zeros}{number}"
    assert id_key(written) == id_key(f"{letters} {mark}{number} ") == f"{letters.lower()}{number}"
