"""The rare words of schools, told in the plainest way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from matcher.domain.records import Alumnus
from matcher.pool.columns import code_of
from matcher.pool.rare_words import FEWEST, numbers_of


def rare_among(alumni: Iterable[Alumnus]) -> dict[int, frozenset[int]]:
    """The rare words of each school, where these are all its alumni."""
    holders: dict[int, Counter[int]] = defaultdict(Counter)
    for alumnus in alumni:
        holders[code_of(alumnus.school)].update(numbers_of(alumnus))
    return {
        school: frozenset(number for number, count in counts.items() if count < FEWEST)
        for school, counts in holders.items()
    }
