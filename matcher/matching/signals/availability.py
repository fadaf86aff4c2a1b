"""How well the times fit.

Scale: with fixed moments, the share that the alumnus can make, by their day parts and calendar. With day parts, for a
role 1 where one is in common, since it takes place on one of them: a day part more never counts against whoever can
already. For a course the share of its day parts, since all are needed. Unknown where either side states no times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.domain.day_parts import names_of_day_parts
from matcher.pool.columns import UNKNOWN, Float64
from matcher.pool.pairs import Pairs

CODE = "availability"


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Share of the moments, or of the day parts that are needed."""
    free, requested = pairs.person("day_parts"), pairs.demand("day_parts")
    common = np.bitwise_count(free & requested).astype(np.float64)
    requested_parts = np.bitwise_count(np.maximum(requested, 0)).astype(np.float64)
    needed = np.where(pairs.is_offering, requested_parts, 1.0)
    share = np.minimum(common / np.maximum(needed, 1.0), 1.0)
    soft = np.where((requested == UNKNOWN) | (requested_parts == 0), np.nan, share)
    total, met = pairs.over_moments
    value = np.where(total > 0, met / np.maximum(total, 1), soft)
    return np.where(free == UNKNOWN, np.nan, value)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Day parts or moments in common, day parts that are missing, and which are asked."""
    totals, met = pairs.over_moments
    columns = (pairs.person("day_parts"), pairs.demand("day_parts"), totals, met)
    rows = pairs.listed(totals, pairs.person_rows, pairs.demand_rows)
    made = [
        pairs.moments_left(demand)[pairs.moments_met(person, demand)].tolist() if total else []
        for total, person, demand in rows
    ]
    return [_evidence(moments, *row) for moments, row in zip(made, pairs.listed(*columns), strict=True)]


def _evidence(moments: Sequence[int], free: int, requested: int, total: int, met: int) -> Mapping[str, object]:
    known: dict[str, object] = {"known_person": free != UNKNOWN, "known_demand": requested != UNKNOWN or total > 0}
    if total:
        fitting = 0
        for mask in moments if free != UNKNOWN else ():
            fitting |= mask
        return known | {"moments": total, "fit": met, "common": names_of_day_parts(fitting)}
    if requested != UNKNOWN:
        known["asked"] = names_of_day_parts(requested)
    if UNKNOWN in (free, requested):
        return known
    return known | {"common": names_of_day_parts(free & requested), "missing": names_of_day_parts(requested & ~free)}
