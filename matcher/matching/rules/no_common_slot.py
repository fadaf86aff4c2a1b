"""Where the moments are firm, the alumnus can make at least one: all its day parts are among his or hers.

Moments that have passed do not count. Wishes for day parts are not firm and exclude nobody. Unknown day parts pass.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import UNKNOWN, Bool
from matcher.pool.pairs import Pairs

CODE = "no_common_slot"


def passes(pairs: Pairs) -> Bool:
    """No firm moments, unknown day parts, or a moment in common."""
    total, met = pairs.over_moments()
    return np.asarray((total == 0) | (pairs.person("day_parts") == UNKNOWN) | (met > 0))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """How many firm moments there are, and how many fit."""
    total, met = pair.over_moments()
    unknown = int(pair.person("day_parts")[0]) == UNKNOWN
    firm = int(total[0])
    return firm == 0 or not unknown, {"moments": firm, "fit": None if unknown else int(met[0])}
