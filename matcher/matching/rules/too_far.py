"""The distance is within the alumnus's own limit, or the demand can be met online.

Online demands pass all alumni; demands that may be online pass alumni who do things online. Unknown distance or limit
passes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "too_far"


def passes(pairs: Pairs) -> Bool:
    """Within the limit; a comparison with NaN is False, so unknown passes."""
    return np.asarray(pairs.without_travel | ~(pairs.distance_km > pairs.person("max_distance")))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """Distance and limit in km, None where unknown, and whether no travel is needed."""
    distance, limit = float(pair.distance_km[0]), float(pair.person("max_distance")[0])
    online = bool(pair.without_travel[0])
    known = online or not np.isnan(distance)
    return known, {
        "distance_km": None if np.isnan(distance) else distance,
        "limit_km": None if np.isnan(limit) else limit,
        "online": online,
    }
