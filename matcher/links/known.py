"""Whether two words that look alike are two words: both known, and no forms of one."""

from __future__ import annotations

from functools import lru_cache

from matcher.links import compounds, concepts
from matcher.links.forms import common_form
from matcher.text import fold


@lru_cache(8192)
def is_known(word: str) -> bool:
    """Whether a folded word stands in the tables, or is made of two that do.

    The tables are those of the names of occupations, skills and qualifications, and of the words of compounds.
    """
    return word in concepts.public_words() or compounds.is_seen(word) or compounds.parts(word) is not None


def are_two_words(one: str, other: str) -> bool:
    """Whether each of two words means something of its own, so that neither is a misspelling of the other.

    "mondzorg" and "wondzorg" are two; "wondzrog" is none, and "schilderij" and "schilderijen" are one.
    """
    one, other = fold(one), fold(other)
    return one != other and is_known(one) and is_known(other) and common_form(one, other) is None
