"""How long ago the alumnus was last asked: 1 after a year or if never asked, 0 today.

Scale: days / 365, at most 1. Always known, since the ledger is complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.pool import DAYS_IN_YEAR, NEVER
from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "rest"


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Rest on a fixed scale."""
    return np.minimum(1.0, pairs.load("days_since_ask") / DAYS_IN_YEAR)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Days since the last ask; None for never."""
    return [{"days": None if days >= NEVER else days} for (days,) in pairs.listed(pairs.load("days_since_ask"))]
