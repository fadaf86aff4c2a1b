"""Where a recognised training company is asked, the alumnus works at one (`leerbedrijf_id` is filled). Unknown fails.

Recognition is per crebo; the spreadsheet tells only that the company is recognised, so the crebo is not checked.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "not_recognised"


def passes(pairs: Pairs) -> Bool:
    """Not asked, or a company id is known."""
    return np.asarray((pairs.demand("company") == 0) | (pairs.person("company") == 1))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """Whether it is asked, and whether an id is known."""
    asked, known = bool(pair.demand("company")[0]), bool(pair.person("company")[0])
    return known or not asked, {"asked": asked, "recognised": known} if asked else {}
