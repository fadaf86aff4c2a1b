"""Consent for the purpose of the query is in force on the day. Unknown consent is no consent.

Which purpose a kind of query has stands in the table of kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from matcher.domain.kinds import KIND_CODES, KINDS, number_of
from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "no_consent"
_PURPOSE_OF_KIND = tuple(KINDS[code].purpose for code in KIND_CODES)
BIT_OF_KIND = np.array([1 << number_of(purpose) for purpose in _PURPOSE_OF_KIND], np.int16)


def passes(pairs: Pairs) -> Bool:
    """The consent for the demand's purpose was not withdrawn, and its term is not over."""
    return np.asarray((pairs.consents & BIT_OF_KIND[pairs.demand("kind")]) != 0)


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The purpose that was looked for; `by_code` where only the code of a talk that goes on agrees to it."""
    kind = int(pair.demand("kind")[0])
    given = replace(pair, agreed=0) if pair.agreed else pair
    by_code = bool(pair.agreed & BIT_OF_KIND[kind]) and not bool(passes(given)[0])
    return True, {"purpose": _PURPOSE_OF_KIND[kind].value, **({"by_code": True} if by_code else {})}
