"""How well the demand suits the stated preferences of the alumnus: the mean of the known ones of two parts.

1. Whether it serves a stated need. For a course or aftercare: 1 yes, 0 no. For a role, whose first purpose is to give:
   1 yes, 0.5 no. The table of kinds says which kind serves which need.
2. For an online demand: 1 if the alumnus does things online, 0 if not.

Unknown where the alumnus states neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.domain.kinds import KIND_CODES, KINDS, NeedKind, mask_of, members_of
from matcher.pool.columns import UNKNOWN, Float64
from matcher.pool.pairs import Pairs

CODE = "preference"
_SERVES = tuple(KINDS[code].serves for code in KIND_CODES)
SERVED = np.array([mask_of(needs) for needs in _SERVES], np.int16)
STATED = mask_of(frozenset(NeedKind) - {NeedKind.NONE})


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Mean of the known parts."""
    kind, needs = pairs.demand("kind"), pairs.person("need_kinds").astype(np.int16)
    otherwise = np.where(pairs.gives_to_alumnus, 0.0, 0.5)
    stated = (needs != UNKNOWN) & ((needs & STATED) != 0)
    need = np.where(stated, np.where((needs & SERVED[kind]) != 0, 1.0, otherwise), np.nan)
    online = pairs.person("online")
    form = np.where((pairs.demand("online") == 1) & (online != UNKNOWN), (online == 1).astype(np.float64), np.nan)
    both = (need + form) / 2.0
    return np.where(np.isnan(need), form, np.where(np.isnan(form), need, both))


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Stated needs that are served, the others, whether online suits (None: irrelevant), and a wish for no offers.

    `offers`: the role of the request, where the alumnus offers it; None where that is not so, or nothing is asked.
    """
    columns = (pairs.person("need_kinds"), pairs.demand("kind"), pairs.person("online"), pairs.demand("online"))
    offered = pairs.is_offered & ~pairs.gives_to_alumnus
    return [
        {**_evidence(*row), "offers": KIND_CODES[row[1]] if offers else None}
        for *row, offers in pairs.listed(*columns, offered)
    ]


def _evidence(needs: int, kind: int, online: int, form: int) -> Mapping[str, object]:
    stated = () if needs == UNKNOWN else members_of(NeedKind, needs)
    serves = _SERVES[kind]
    return {
        "served": [need.value for need in stated if need in serves],
        "other": [need.value for need in stated if need not in serves and need is not NeedKind.NONE],
        "online": online == 1 if form == 1 and online != UNKNOWN else None,
        "nothing": NeedKind.NONE in stated,
    }
