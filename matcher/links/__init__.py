"""Which word of a question and which word of an alumnus may be named together as a reason, and why.

A pair is named only with its link: the same word, a form of it, a part of a compound, or two names of one concept.
Never because vectors are near. Needs nothing of the rest of the product but `matcher.text`.
"""

from __future__ import annotations

from matcher.links.pairs import (
    Kind,
    Link,
    LinkedPair,
    Text,
    are_too_general,
    best,
    link,
    linked_to,
    linked_words,
    names_in,
    proven,
    read,
    terms_in,
)
from matcher.links.translations import Near, translated

__all__ = [
    "Kind",
    "Link",
    "LinkedPair",
    "Near",
    "Text",
    "are_too_general",
    "best",
    "link",
    "linked_to",
    "linked_words",
    "names_in",
    "proven",
    "read",
    "terms_in",
    "translated",
]
