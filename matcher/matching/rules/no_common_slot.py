"""Where a request has fixed moments, the alumnus is free in all day parts of at least one of them.

Past moments do not count. Preferred day parts are not fixed and exclude no one. A day part in which the calendar of the
alumnus says busy is not free; otherwise unknown day parts pass.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import UNKNOWN, Bool
from matcher.pool.pairs import Pairs

CODE = "no_common_slot"


def passes(pairs: Pairs) -> Bool:
    """No fixed moments, or one that the alumnus can make; with unknown day parts all but those of a busy time."""
    total, met = pairs.over_moments
    return np.asarray((total == 0) | (met > 0))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The number of fixed moments, and how many of them the alumnus can make."""
    total, met = pair.over_moments
    moments = int(total[0])
    unknown = int(pair.person("day_parts")[0]) == UNKNOWN and (not moments or bool(met[0]))
    return moments == 0 or not unknown, {"moments": moments, "fit": None if unknown else int(met[0])}
