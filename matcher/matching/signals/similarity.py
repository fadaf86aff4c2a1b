"""Similarity in meaning between the text of the demand and what the alumnus can or wants.

Scale: the cosine, calibrated for the encoder; at 0.5 the texts are as likely related as not. Requests are compared with
what the alumnus can, aftercare and courses with what the alumnus wants. Unknown where either text is empty.
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
    """Which of the two texts of the alumnus was compared."""
    return [{"side": "wants" if gives else "can"} for (gives,) in pairs.listed(pairs.gives_to_alumnus)]
