"""The alumnus has not declined this request before. An offering cannot be declined."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.domain.ledger import LedgerEvent
from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "declined_before"


def passes(pairs: Pairs) -> Bool:
    """The ledger has no entry "declined" for the pair."""
    pool = pairs.pool
    if not len(pool.ledger.person):
        return np.ones(1, np.bool_)
    if pairs.demand_is_query:
        declined = pool.event_rows(LedgerEvent.DECLINED, int(pairs.demand("key")[0]), pairs.as_of)
        return ~np.isin(pairs.pool_people, declined)
    requests = pool.event_requests(LedgerEvent.DECLINED, int(pairs.pool_people[0]), pairs.as_of)
    return ~np.isin(pairs.demand("key"), requests)


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """No data; whether it asks alumni at all, which a course does not."""
    return True, {"asks_alumnus": False} if pair.is_offering[0] else {}
