"""Normal forms under which texts are compared: skills, ids, places, headers."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
"""For `str.translate`: a hyphen for each kind of dash."""
_SPACE = re.compile(r"\s+")
WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")
"""A word of a text; C++ and C# are words too."""
_NOT_WORD = re.compile(r"[^\w+#.]+")
_BETWEEN = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_MARKS = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")
_ABBREVIATION = 4
_USUAL_ID = re.compile(r"([a-z]*)[-_ ./]*0*([0-9]+)")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
NUMBER_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
NUMBER_SIGNS = f"{NUMBER_LETTERS}23456789"
"""What numbers are made of that the product gives: eight signs, the first a letter."""
_GIVEN_NUMBER = re.compile(f"[{NUMBER_LETTERS}][{NUMBER_SIGNS}]{{7}}")


def fold(text: str) -> str:
    """The text without differences of case, accents, Unicode form and spacing: `" Ermélo "` becomes `ermelo`."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _SPACE.sub(" ", plain).strip()


def card_spelling(text: str) -> str:
    """The spelling of a job, sector or town that cards show: the same for writers who differ in spaces and capitals.

    Words in capitals of more than four letters are taken for shouting: `VERZORGENDE ig` becomes `Verzorgende ig`.
    """
    words = [word.lower() if len(word) > _ABBREVIATION and word.isupper() else word for word in text.split()]
    joined = " ".join(words)
    return joined[:1].upper() + joined[1:]


def skill_key(text: str) -> str:
    """The form under which two skills are equal; keeps `+`, `#` and `.`, which tell C, C++, C# and .NET apart."""
    return _NOT_WORD.sub(" ", fold(text)).strip(" .")


def id_key(text: str) -> str:
    """The form under which spellings of an id or a school name are equal, such as `A-12`, `a 12` and `a0012`.

    Punctuation between two digits is kept as one mark: 1-23 is not 12-3.
    """
    folded = fold(text)
    usual = _USUAL_ID.fullmatch(folded)
    if usual:
        return usual[1] + usual[2]
    return _ZEROS.sub("", _MARKS.sub("", _BETWEEN.sub("-", folded)))


def is_given_number(text: str) -> bool:
    """Whether a text may be a number that the product gave: of those of schools hardly one looks so.

    It may be letters alone, and never is a letter with digits alone.
    """
    return _GIVEN_NUMBER.fullmatch(text) is not None and not text[1:].isdigit()


def town_key(town: str) -> str:
    """The key of a town in the table of places."""
    return f"town:{re.sub(r'[^a-z0-9]', '', fold(town))}"


def pc4_key(pc4: str) -> str:
    """The key of a four-digit postcode in the table of places."""
    return f"pc4:{pc4}"


def town_of_key(town: str, owner: str) -> str:
    """The key of a town whose name is several places', as this school or provider means it."""
    return f"{town_key(town)}@{id_key(owner)}"


def place_keys(pc4: str | None, town: str | None, owner: str) -> Iterator[str]:
    """The keys under which a record of this school or provider may have coordinates, the one that counts first."""
    if pc4:
        yield pc4_key(pc4)
    if town:
        yield town_key(town)
        yield town_of_key(town, owner)


_BETWEEN_TOWNS = re.compile(r"\s*[/;]\s*|,?\s+(?:of|or)\s+", re.IGNORECASE)
TOWN_LINK = " / "
"""Between the towns of a demand that names several."""


def towns_of(town: str | None) -> tuple[str, ...]:
    """The towns of a request or offering, any of which will do: two of `Zwolle / Kampen` and of `Zwolle of Kampen`."""
    return tuple(dict.fromkeys(one.strip() for one in _BETWEEN_TOWNS.split(town or "") if one.strip()))


def demand_place_keys(pc4: str | None, town: str | None, owner: str) -> Iterator[str]:
    """As `place_keys`, of a request or offering: those of each of its towns."""
    yield from place_keys(pc4, None, owner)
    for one in towns_of(town):
        yield from place_keys(None, one, owner)


def text_hash(text: str) -> str:
    """The first 32 hex digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
