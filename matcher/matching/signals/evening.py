"""How much of the course is in the evening. Counts only where an adviser asks for it (`matcher.matching.tilt`).

Scale: the share of its day parts that are evenings. Unknown where the course states none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.domain.day_parts import DAY_PARTS, mask_of_day_parts
from matcher.pool.columns import UNKNOWN, Float64
from matcher.pool.pairs import Pairs

CODE = "evening"
EVENINGS = mask_of_day_parts([name for name in DAY_PARTS if name.endswith("evening")])


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Share of evenings."""
    asked = pairs.demand("day_parts")
    parts = np.bitwise_count(np.maximum(asked, 0)).astype(np.float64)
    evenings = np.bitwise_count(np.maximum(asked, 0) & EVENINGS).astype(np.float64)
    return np.where((asked == UNKNOWN) | (parts == 0), np.nan, evenings / np.maximum(parts, 1.0))


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """How many of its day parts are evenings, and how many it has; None where unknown."""
    return [
        {"parts": None, "evenings": None}
        if asked == UNKNOWN or not asked
        else {"parts": asked.bit_count(), "evenings": (asked & EVENINGS).bit_count()}
        for asked in pairs.each(pairs.demand("day_parts")).tolist()
    ]
