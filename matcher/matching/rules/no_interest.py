"""The alumnus did not state a wish for no offers at all (`vraag_soorten` is `geen`).

Applies to courses and aftercare only; other requests ask the alumnus to give. Unknown passes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.domain.kinds import NeedKind, members_of, number_of
from matcher.pool.columns import UNKNOWN, Bool
from matcher.pool.pairs import Pairs

CODE = "no_interest"
NONE = number_of(NeedKind.NONE)


def passes(pairs: Pairs) -> Bool:
    """The need is unknown, or is not "nothing"."""
    needs = pairs.person("need_kinds")
    nothing = (needs != UNKNOWN) & ((needs >> NONE & 1) == 1)
    return np.asarray(~pairs.gives_to_alumnus | ~nothing)


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The needs that the alumnus stated."""
    needs = int(pair.person("need_kinds")[0])
    applies = bool(pair.gives_to_alumnus[0])
    known = [] if needs == UNKNOWN else [need.value for need in members_of(NeedKind, needs)]
    return needs != UNKNOWN or not applies, {"needs": known} if applies else {}
