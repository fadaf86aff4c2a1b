"""Consent for the purpose of the query is in force. Unknown consent is no consent.

A request kind is its own purpose; an offering's purpose is advice on courses (`llo_advice`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.domain.kinds import Purpose
from matcher.pool.columns import OFFERING_KIND, Bool
from matcher.pool.pairs import Pairs

CODE = "no_consent"
PURPOSES = tuple(Purpose)
_PURPOSE_OF_KIND = np.arange(OFFERING_KIND + 1)
_PURPOSE_OF_KIND[OFFERING_KIND] = PURPOSES.index(Purpose.LLO_ADVICE)


def passes(pairs: Pairs) -> Bool:
    """The bit of the demand's purpose is set."""
    bit = np.left_shift(1, _PURPOSE_OF_KIND[pairs.demand("kind")]).astype(np.int16)
    return np.asarray((pairs.person("consents") & bit) != 0)


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The purpose that was looked for."""
    return True, {"purpose": PURPOSES[_PURPOSE_OF_KIND[pair.demand("kind")][0]].value}
