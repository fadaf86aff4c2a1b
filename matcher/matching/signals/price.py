"""What the course costs beside what the alumnus can pay: 1 free, 0.5 at the most he or she can pay, 0 from twice that.

Scale: 1 - price / (2 x most). A free course is 1 for everybody. Unknown where the price or the most is unknown.
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
    paid = np.where(np.isnan(most), np.nan, np.maximum(0.0, 1.0 - share))
    return np.where(price == 0, 1.0, np.where(np.isnan(price), np.nan, paid))


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Price and most in euro, None unknown."""
    euros = pairs.listed(pairs.demand("price"), pairs.person("max_price"))
    return [
        {"price": None if isnan(price) else price, "max_price": None if isnan(most) else most} for price, most in euros
    ]
