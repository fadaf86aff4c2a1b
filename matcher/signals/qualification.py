"""How well the alumnus's education fits the asked qualification and level: the best of his or her qualifications.

Scale: 0.7 x field + 0.3 x level. Field: 1 the same qualification, 0.5 the same domain in the register, 0 another.
Level: 1 the same, one third less for each level of difference. When only one of the two is asked or known, that one
alone. Unknown where nothing is asked, or nothing of the alumnus's education is known.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import UNKNOWN, Float64, Int8, Int64
from matcher.pool.pairs import Pairs

CODE = "qualification"
FIELD_WEIGHT, LEVEL_WEIGHT = 0.7, 0.3
SAME_DOMAIN = 0.5


def fit(held: tuple[Int64, Int64, Int8], asked: tuple[Int64, Int64, Int8]) -> Float64:
    """Fit of (identity, domain, level) held with those asked; broadcasts; NaN unknown."""
    same, domain, level = held
    target, target_domain, target_level = asked
    other = np.where((domain == target_domain) & (target_domain != 0), SAME_DOMAIN, 0.0)
    field = np.where((target == 0) | (same == 0), np.nan, np.where(same == target, 1.0, other))
    step = 1.0 - np.abs(level.astype(np.float64) - target_level) / 3.0
    near = np.where((target_level == UNKNOWN) | (level == UNKNOWN), np.nan, step)
    both = FIELD_WEIGHT * field + LEVEL_WEIGHT * near
    return np.where(np.isnan(field), near, np.where(np.isnan(near), field, both))


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """The best fit of the alumnus's qualifications."""
    held = pairs.pool.held
    asked = (pairs.demand("target"), pairs.demand("target_domain"), pairs.demand("target_level"))
    best = np.full(len(pairs), np.nan)
    if pairs.one_demand:
        table = fit((held.same, held.domain, held.level), asked)
        entries, owner = pairs.people.qualifications.gather(pairs.rows)
        np.fmax.at(best, owner, table[entries])
        return best
    for entry in pairs.people.qualifications.row(pairs.query):
        one = slice(entry, entry + 1)
        best = np.fmax(best, fit((held.same[one], held.domain[one], held.level[one]), asked))
    return best


def evidence(pair: Pairs) -> Mapping[str, object]:
    """How the best qualification relates: the same, the same domain or another, and its level beside the asked one."""
    held = pair.pool.held
    asked = (pair.demand("target"), pair.demand("target_domain"), pair.demand("target_level"))
    entries = pair.people.qualifications.row(int(pair.person_rows[0]))
    level = int(asked[2][0])
    found: dict[str, object] = {"asked_level": None if level == UNKNOWN else level, "asked": bool(asked[0][0])}
    if not len(entries):
        return found | {"relation": "unknown"}
    fits = np.nan_to_num(fit((held.same[entries], held.domain[entries], held.level[entries]), asked), nan=-1.0)
    best = entries[int(np.argmax(fits))]
    if not asked[0][0] or not held.same[best]:
        relation = "unknown"
    elif held.same[best] == asked[0][0]:
        relation = "same"
    else:
        relation = "domain" if held.domain[best] and held.domain[best] == asked[1][0] else "other"
    own = int(held.level[best])
    return found | {"relation": relation, "level": None if own == UNKNOWN else own}
