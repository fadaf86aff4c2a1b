"""Price of the course against the maximum of the alumnus: 1 free, 0.5 at the maximum, 0 from twice the maximum.

Scale: 1 - price / (2 x maximum). A free course is 1 for all alumni. Unknown where the price or the maximum is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np

from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "price"


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Affordability on a fixed scale."""
    price, most = pairs.demand("price").astype(np.float64), pairs.person("max_price").astype(np.float64)
    share = np.where(most > 0, price / np.where(most > 0, 2.0 * most, 1.0), 1.0)
    affordable = np.where(np.isnan(most), np.nan, np.maximum(0.0, 1.0 - share))
    return np.where(price == 0, 1.0, np.where(np.isnan(price), np.nan, affordable))


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Price and maximum in euro; None where unknown."""
    euros = pairs.listed(pairs.demand("price"), pairs.person("max_price"))
    return [
        {"price": None if isnan(price) else price, "max_price": None if isnan(most) else most} for price, most in euros
    ]
