"""The normal forms of texts that are compared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.text import fold

WIDE = {code: code - 0x21 + 0xFF01 for code in range(0x21, 0x7F)}
"""The full-width form of each letter, digit and mark of ASCII: another code, and the same text."""


@given(st.text(st.characters(max_codepoint=127), max_size=30))
def test_plain_text_is_folded_as_any_other(text: str) -> None:
    """ASCII goes a shorter way to the same form."""
    wide = text.translate(WIDE)
    assert fold(wide) == fold(text) == fold(fold(text))
