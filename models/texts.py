"""Text as the encoder sees it; whatever people type, no text makes the encoder stumble."""

from __future__ import annotations

import re
import unicodedata

VERSION = 1
"""Raise it when `prepared` changes: it is part of the encoder's id, so vectors are then made again."""
MOST = 8_000
"""Characters that are looked at; models read at most some hundreds of words."""
_SPACE = re.compile(r"\s+")


def prepared(text: str) -> str:
    """The text in Unicode NFC, without control characters, in single spaces, cut; empty where it says nothing.

    A text without any letter or digit (only emoji, only dots) says nothing.
    """
    cut = text[: 2 * MOST].encode("utf-8", "ignore").decode("utf-8")
    plain = "".join(
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in unicodedata.normalize("NFC", cut)
    )
    single = _SPACE.sub(" ", plain).strip()[:MOST]
    return single if any(char.isalnum() for char in single) else ""
