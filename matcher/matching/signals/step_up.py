"""Whether the course is a step up in level. Counts only where an adviser asks for it (`matcher.matching.tilt`).

Scale: one level above the highest of the alumnus 1, more than one 0.5, the same 0.5, below 0. Unknown where either
level is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.pool.columns import UNKNOWN, Float64, Int64
from matcher.pool.pairs import Pairs

CODE = "step_up"


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """By the difference in level."""
    asked, held = pairs.demand("target_level").astype(np.int64), _highest(pairs)
    step = asked - held
    value = np.where(step == 1, 1.0, np.where(step >= 0, 0.5, 0.0))
    return np.where((asked == UNKNOWN) | (held == UNKNOWN), np.nan, value)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """The level of the course, and the highest of the alumnus; None where unknown."""
    rows = pairs.listed(pairs.demand("target_level"), _highest(pairs))
    return [
        {"asked_level": None if asked == UNKNOWN else asked, "level": None if held == UNKNOWN else held}
        for asked, held in rows
    ]


def _highest(pairs: Pairs) -> Int64:
    """The highest level of each alumnus, `UNKNOWN` where none is known, shape (m,) or (1,)."""
    rows, levels = pairs.person_rows, pairs.pool.qualifications.level
    best = np.full(len(rows), UNKNOWN, np.int64)
    entries, owner = pairs.people.qualifications.gather(rows)
    np.maximum.at(best, owner, levels.take(entries).astype(np.int64))
    return best
