"""The demand is open: not past its last day and not full.

A request closes on its closing date, or after its last moment or its period; an offering on its application deadline,
or, without one, when it starts. The last day itself is still open. Unknown passes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import NO_DAY, Bool, day_of
from matcher.pool.pairs import Pairs

CODE = "closed"


def passes(pairs: Pairs) -> Bool:
    """Open on the day of the ranking, and not full."""
    closes = pairs.demand("closes")
    return np.asarray(((closes == NO_DAY) | (closes >= pairs.as_of)) & (pairs.demand("full") == 0))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The last day, and whether it is full."""
    closes, full = int(pair.demand("closes")[0]), bool(pair.demand("full")[0])
    if closes == NO_DAY:
        return full, {"full": full}
    return True, {"full": full, "closes": day_of(closes)}
