"""Whose turn it is, from giving and taking: (1 + r) / (2 + g + r) for g given and r received (Laplace's rule).

Scale: 0.5 in balance, towards 1 for who received more than he or she gave and is now asked to give. For courses and
aftercare, which give to the alumnus, the other way round. Always known: the ledger is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "balance"


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Share received, or share given where the demand gives."""
    given, received = pairs.load("given"), pairs.load("received")
    counted = np.where(pairs.gives_to_alumnus, given, received)
    return (1.0 + counted) / (2.0 + given + received)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Times given and received."""
    counted = pairs.listed(pairs.load("given"), pairs.load("received"))
    return [{"given": given, "received": received} for given, received in counted]
