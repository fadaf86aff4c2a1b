"""Whether the course is online. Counts only where an adviser asks for it (`matcher.matching.tilt`).

Scale: online 1, blended 0.5, in a classroom 0. Unknown where the form is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.domain.records import Form
from matcher.pool.columns import UNKNOWN, Float64
from matcher.pool.pairs import Pairs

CODE = "online"
_FORMS = tuple(Form)
_VALUES = np.array([0.0, 1.0, 0.5, np.nan])
"""By form as in `Form`, the last unknown."""


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Looked up in the table; index -1, for unknown, hits its last place."""
    return np.asarray(_VALUES[pairs.demand("online")])


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """The form; None where unknown."""
    forms = pairs.each(pairs.demand("online")).tolist()
    return [{"form": None if form == UNKNOWN else _FORMS[form].value} for form in forms]
