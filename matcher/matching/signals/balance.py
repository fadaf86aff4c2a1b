"""Whose turn it is to give: (1 + r) / (2 + g + r) for g times given and r times received in a year (Laplace's rule).

Scale: 0.5 in balance, towards 1 for alumni who received more than they gave and are now asked to give. The reverse for
courses and aftercare, which give to the alumnus. Always known, since the ledger is complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "balance"


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Share received, or share given where the demand gives to the alumnus."""
    given, received = pairs.load("given"), pairs.load("received")
    counted = np.where(pairs.gives_to_alumnus, given, received)
    return (1.0 + counted) / (2.0 + given + received)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """How often the alumnus gave and received in the past year."""
    counted = pairs.listed(pairs.load("given"), pairs.load("received"))
    return [{"given": given, "received": received} for given, received in counted]
