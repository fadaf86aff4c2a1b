"""How near the alumnus is: 1 at the same place, falling linearly to 0 at 60 km, by great-circle distance.

Scale: 1 - km / 60. An online demand needs no travel: 1. Where both sides also accept online, at least 0.8. Unknown
where either place is unknown and travel would be needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np

from matcher.pool.columns import UNKNOWN, Float64
from matcher.pool.pairs import Pairs

CODE = "travel"
FAR_KM = 60.0
EITHER = 0.8


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Nearness on a fixed scale."""
    near = np.maximum(0.0, 1.0 - pairs.distance_km / FAR_KM)
    online_too = pairs.without_travel
    reachable = np.where(online_too, np.fmax(near, EITHER), near)
    return np.where(pairs.demand("online") == 1, 1.0, reachable)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Distance in km, None where unknown, whether it can be done online, and whether the demand has a place.

    Where a demand names several towns also `nearest`: the position of the one that the distance is to.
    """
    asked = pairs.demand("place") != UNKNOWN
    rows = pairs.listed(pairs.distance_km, pairs.without_travel, asked, pairs.nearest_place)
    return [
        {"distance_km": None if isnan(distance) else distance, "online": online, "asked": is_known}
        | ({} if nearest < 0 else {"nearest": nearest})
        for distance, online, is_known, nearest in rows
    ]
