"""A guest or hybrid teacher without a teaching qualification teaches at most 6 clock hours a week.

Source: the Dutch Adult and Vocational Education Act (WEB) on guest and hybrid teachers without a qualification.
An unknown qualification counts as none; unknown hours pass.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.domain.kinds import KINDS
from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "legal_hours"
MOST_HOURS_UNQUALIFIED = 6
TEACHING = tuple(kind.number for kind in KINDS.values() if kind.teaches)
"""The numbers of the kinds to which this rule applies."""


def passes(pairs: Pairs) -> Bool:
    """Not teaching, qualified, or within the maximum; a comparison with unknown hours (NaN) is False."""
    teaching = np.isin(pairs.demand("kind"), TEACHING)
    too_many = pairs.demand("hours_per_week") > MOST_HOURS_UNQUALIFIED
    return np.asarray(~(teaching & too_many) | (pairs.person("qualified_teacher") == 1))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """Hours a week, and whether the alumnus is qualified."""
    hours, qualified = float(pair.demand("hours_per_week")[0]), int(pair.person("qualified_teacher")[0])
    applies = not np.isnan(hours) and bool(np.isin(pair.demand("kind"), TEACHING)[0])
    if not applies:
        return True, {}
    known = qualified >= 0 or hours <= MOST_HOURS_UNQUALIFIED
    return known, {"hours": hours, "limit": MOST_HOURS_UNQUALIFIED, "qualified": qualified == 1}
