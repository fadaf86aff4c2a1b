"""How much of a gap the course closes: the share of its skills that the alumnus lacks, times how much it is wanted.

Scale: (1 - coverage) x similarity. A course that teaches only known skills closes no gap, nor does one that is not
wanted. Unknown where the coverage or the similarity is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcher.matching.signals.skills import by_vocabulary, coverage
from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "gap"


def values(pairs: Pairs, similar: Float64) -> Float64:
    """Share of skills lacking, times similarity."""
    return (1.0 - coverage(pairs)) * similar


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """The skills that the course would add, and those that the alumnus has."""
    lists = zip(pairs.skill_words, by_vocabulary(pairs), strict=True)
    return [{"missing": missing, "matched": matched, **more} for (matched, missing), more in lists]
