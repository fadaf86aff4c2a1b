"""How long ago the alumnus was last asked: 1 after a year or if never asked, 0 today.

Scale: days / 365, at most 1, less a half for each other open request in whose saved list the alumnus stands first, at
least 0: whoever is about to be asked more than once makes room for others. Always known, since the ledger is complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.domain.balance import FIRST_PLACE
from matcher.pool import DAYS_IN_YEAR, NEVER
from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "rest"


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Rest on a fixed scale."""
    rested = np.minimum(1.0, pairs.load("days_since_ask") / DAYS_IN_YEAR)
    return np.asarray(np.maximum(0.0, rested - FIRST_PLACE * pairs.first_places))


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Days since the last ask, None for never; and in how many other lists the alumnus stands first, where in any."""
    return [
        {"days": None if days >= NEVER else days, **({"first_places": first} if first else {})}
        for days, first in pairs.listed(pairs.load("days_since_ask"), pairs.first_places)
    ]
