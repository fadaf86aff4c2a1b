"""The demand is open: not past its last day, not full, and its registration not closed.

A request closes on its closing date, or after its last moment or its period; an offering on its application deadline,
or, without one, when it starts, unless its registration is said to be open. The last day itself is still open. Unknown
passes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import NO_DAY, SHUT, Bool, day_of
from matcher.pool.pairs import Pairs

CODE = "closed"


def passes(pairs: Pairs) -> Bool:
    """Open on the day of the ranking, not full, and not shut by the provider."""
    closes = pairs.demand("closes")
    return np.asarray(((closes == NO_DAY) | (closes >= pairs.as_of)) & (pairs.demand("full") == 0))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The last day, whether it is full, and `registration` where that is closed or cancelled."""
    closes, full = int(pair.demand("closes")[0]), int(pair.demand("full")[0])
    shut = next((one for one, code in SHUT.items() if code == full), None)
    told: dict[str, object] = {"full": full == 1} | ({"registration": shut.value} if shut else {})
    if closes == NO_DAY:
        return full != 0, told
    return True, told | {"closes": day_of(closes)}
