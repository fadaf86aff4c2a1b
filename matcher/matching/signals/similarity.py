"""How alike the meaning is of what is asked or offered, and of what the alumnus can or wants.

Scale: the encoder's calibrated map of the cosine; 0.5 means as likely related as not. Requests look at what the alumnus
can, aftercare and courses at what he or she wants. Unknown where one of the two texts says nothing.
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
