"""The alumnus is not paused: `paused_until` is empty, or not after the day of the ranking.

`paused_until` is exclusive: paused until 1 March means available again on 1 March. Of a student it is the day of
leaving, where that is later (`matcher.pool.builder`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import Bool, day_of
from matcher.pool.pairs import Pairs

CODE = "paused"


def passes(pairs: Pairs) -> Bool:
    """The pause is over, or there is none."""
    return np.asarray(pairs.person("paused_until") <= pairs.as_of)


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The first day after the pause, while there is one."""
    until = int(pair.person("paused_until")[0])
    return True, {"until": day_of(until)} if until > pair.as_of else {}
