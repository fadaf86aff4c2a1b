"""How well the form of the course suits an alumnus who does, or does not, do things online.

Scale: classroom 0.7 for alumni who do things online and 1 for those who do not; online 1 and 0; blended 0.85 and 0.5.
Unknown where the form or the preference is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.domain.records import Form
from matcher.pool.columns import UNKNOWN, Float64
from matcher.pool.pairs import Pairs

CODE = "form"
_FORMS = tuple(Form)
_TABLE = np.array([[1.0, 0.7, np.nan], [0.0, 1.0, np.nan], [0.5, 0.85, np.nan], [np.nan] * 3])
"""Row: form as in `Form`, last row unknown. Column: online no, yes, unknown."""


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Looked up in the table; index -1, for unknown, hits its last row or column."""
    return np.asarray(_TABLE[pairs.demand("online"), pairs.person("online")])


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """The form, and whether the alumnus does things online; None where unknown."""
    return [
        {
            "form": None if form == UNKNOWN else _FORMS[form].value,
            "online": None if online == UNKNOWN else online == 1,
        }
        for form, online in pairs.listed(pairs.demand("online"), pairs.person("online"))
    ]
