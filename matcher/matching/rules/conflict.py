"""The alumnus is not the requester, and no conflict of interest was declared between the two."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "conflict"


def passes(pairs: Pairs) -> Bool:
    """The pair is not among the pool's conflicts."""
    conflicts = pairs.pool.conflicts
    if not len(conflicts.person):
        return np.ones(1, np.bool_)
    if pairs.demand_is_query:
        return ~np.isin(pairs.pool_people, conflicts.person[conflicts.request_key == pairs.demand("key")[0]])
    return ~np.isin(pairs.demand("key"), conflicts.request_key[conflicts.person == pairs.pool_people[0]])


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """No data, since conflicts are private; whether it asks alumni at all, which a course does not."""
    return True, {"asks_alumnus": False} if pair.is_offering[0] else {}
