"""Texts as a transformer reads them; no input makes it fail."""

from __future__ import annotations

import re
import unicodedata

VERSION = 1
"""Raise it when `prepared` changes: it is part of the id of an encoder, so all texts are then encoded again."""
MOST = 8_000
"""Characters that are read; models read some hundreds of words at most."""
_SPACE = re.compile(r"\s+")


def prepared(text: str) -> str:
    """The text in Unicode NFC, without control characters, with single spaces, cut short.

    Empty for a text without any letter or digit, such as only emoji or dots.
    """
    cut = text[: 2 * MOST].encode("utf-8", "ignore").decode("utf-8")
    plain = "".join(
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in unicodedata.normalize("NFC", cut)
    )
    single = _SPACE.sub(" ", plain).strip()[:MOST]
    return single if any(char.isalnum() for char in single) else ""
