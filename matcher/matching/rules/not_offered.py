"""The alumnus offers this role. Unknown counts as not offered. Aftercare and courses need no offer and always pass."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.domain.kinds import KIND_CODES, RequestKind, members_of
from matcher.pool.columns import UNKNOWN, Bool
from matcher.pool.pairs import Pairs

CODE = "not_offered"


def passes(pairs: Pairs) -> Bool:
    """The role is offered, or the demand asks for none."""
    return np.asarray(pairs.gives_to_alumnus | pairs.is_offered)


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The kind of the request, and the roles that the alumnus offers."""
    offers, kind = int(pair.person("offers")[0]), int(pair.demand("kind")[0])
    if pair.gives_to_alumnus[0]:
        return True, {}
    offered = [] if offers == UNKNOWN else [role.value for role in members_of(RequestKind, offers)]
    return offers != UNKNOWN, {"kind": KIND_CODES[kind], "offers": offered}
