"""Normal forms of the texts that are compared: skills, places, headers."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_SPACE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w+#.]+")
_BETWEEN = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_MARKS = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def fold(text: str) -> str:
    """Case, accents, Unicode form and spacing removed: `" Ermélo "` and `ermelo` are equal."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _SPACE.sub(" ", plain).strip()


def skill_key(text: str) -> str:
    """The form in which two skills are the same; keeps `+`, `#` and `.`, which tell C, C++, C# and .NET apart."""
    return _NOT_WORD.sub(" ", fold(text)).strip(" .")


def id_key(text: str) -> str:
    """The form in which two spellings of an id or a name of a school are the same: `A-12`, `a 12` and `a0012`.

    A mark between two digits stays, as one: 1-23 is not 12-3.
    """
    return _ZEROS.sub("", _MARKS.sub("", _BETWEEN.sub("-", fold(text))))


def town_key(town: str) -> str:
    """The key of a town in the table of places."""
    return f"town:{re.sub(r'[^a-z0-9]', '', fold(town))}"


def pc4_key(pc4: str) -> str:
    """The key of a four-digit postcode in the table of places."""
    return f"pc4:{pc4}"


def text_hash(text: str) -> str:
    """SHA-256 (hex, 32 characters) of a text as it is encoded."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
