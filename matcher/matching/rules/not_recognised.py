"""Where a recognised training company is required, the alumnus works at one (`leerbedrijf_id` is set). Unknown fails.

Recognition is per crebo code, but the spreadsheet says only that a company is recognised: the code is not checked.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "not_recognised"


def passes(pairs: Pairs) -> Bool:
    """Not required, or the company id is known."""
    return np.asarray((pairs.demand("company") == 0) | (pairs.person("company") == 1))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """Whether a recognised company is required, and whether the id of one is known."""
    required, known = bool(pair.demand("company")[0]), bool(pair.person("company")[0])
    return known or not required, {"asked": required, "recognised": known} if required else {}
