"""The alumnus was asked less often in the past 365 days than the yearly maximum, across all schools.

The maximum is what the alumnus said, else what the school chose, else 4.

Only requests that ask the alumnus to give count and are limited; aftercare and courses serve the alumnus.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "budget_spent"


def passes(pairs: Pairs) -> Bool:
    """Fewer asks than the budget."""
    return np.asarray(pairs.gives_to_alumnus | (pairs.load("asks_in_year") < pairs.budget))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """Asks in the past year and the maximum."""
    if pair.gives_to_alumnus[0]:
        return True, {"asks_alumnus": False}
    return True, {"asks": int(pair.load("asks_in_year")[0]), "budget": int(pair.budget[0])}
