"""Similarity in meaning between the text of the demand and what the alumnus can or wants.

Scale: the cosine, calibrated for the encoder; at 0.5 the texts are as likely related as not. Requests are compared with
what the alumnus can, aftercare and courses with what the alumnus wants. Unknown where either text has no word that the
encoder knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "similarity"


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """The similarity itself."""
    return similar


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Which of the two texts of the alumnus was compared, and whether the text of the demand says something."""
    asked = pairs.demands.vector[pairs.each(pairs.demand_rows)].any(axis=1).tolist()
    sides = ["wants" if gives else "can" for (gives,) in pairs.listed(pairs.gives_to_alumnus)]
    return [{"side": side, "asked": is_known} for side, is_known in zip(sides, asked, strict=True)]
