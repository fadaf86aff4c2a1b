"""How recent the latest qualification is: 1 in the year it was obtained, 0 after twenty years.

Scale: 1 - years / 20. Unknown where no year is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.pool.columns import Float64, day_of
from matcher.pool.pairs import Pairs

CODE = "recency"
OLD_YEARS = 20.0


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Recency on a fixed scale."""
    year = pairs.person("last_year").astype(np.float64)
    years = np.maximum(0.0, day_of(pairs.as_of).year - year)
    return np.where(year == 0, np.nan, np.maximum(0.0, 1.0 - years / OLD_YEARS))


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """The year; None where unknown."""
    return [{"year": year or None} for (year,) in pairs.listed(pairs.person("last_year"))]
