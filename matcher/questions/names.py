"""Names of occupations, skills and qualifications, by the words that stand beside each other in them."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from matcher.domain import crebo
from matcher.links import concepts
from matcher.questions.words import plain_of


@cache
def named_pairs() -> frozenset[str]:
    """Words that stand beside each other in a name of an occupation, skill or qualification, a space between them."""
    names = [*concepts.names(), *(plain_of(entry.name) for entry in crebo.register().values())]
    return frozenset(f"{first} {second}" for name in names for first, second in pairwise(name.split()))
