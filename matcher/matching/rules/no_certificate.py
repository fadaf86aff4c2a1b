"""Where a certificate of conduct (VOG) is required, the alumnus has one that is valid on the day it is needed.

That day is the next moment or the first day of the request, or the day of the ranking if that is later. "Valid until"
includes the day itself. Unknown fails.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import NO_DAY, Bool, day_of
from matcher.pool.pairs import Pairs

CODE = "no_certificate"


def passes(pairs: Pairs) -> Bool:
    """Not required, or valid long enough."""
    enough = pairs.person("certificate_until") >= pairs.needed_on
    return np.asarray((pairs.demand("certificate") == 0) | enough)


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The day it is needed and the last day it is valid."""
    if not pair.demand("certificate")[0]:
        return True, {}
    until = int(pair.person("certificate_until")[0])
    needed_on = day_of(int(pair.needed_on[0]))
    return until != NO_DAY, {"needed_on": needed_on, "until": None if until == NO_DAY else day_of(until)}
