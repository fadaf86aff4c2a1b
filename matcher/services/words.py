"""Free text that somebody gives: at most so long, and kept without the space around it."""

from __future__ import annotations

from matcher.errors import InvalidValue


def kept(text: str, most: int, code: str) -> str | None:
    """A text as it is kept, None for nothing. Raises InvalidValue with this code for more than `most` characters."""
    if len(text) > most:
        raise InvalidValue(code, most=most)
    return text.strip() or None
