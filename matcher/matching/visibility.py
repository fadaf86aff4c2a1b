"""Who may be seen at all, before any rule: the asker neither ranks nor counts the others.

A school sees its own alumni, and those of other schools who agreed to sharing with schools. Who asks and has no alumni
here, an employer for one, sees those who agreed to sharing with employers. A request without a school sees everybody
where there is only one school, else those who agreed to sharing with schools. An offering is for the whole region.
"""

from __future__ import annotations

import numpy as np

from matcher.domain.kinds import Purpose, mask_of
from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

_REMEMBERED = 16
"""Askers for whom it is remembered: a byte an alumnus each."""
_WITH_SCHOOLS = mask_of(frozenset({Purpose.SHARE_SCHOOLS}))
_WITH_EMPLOYERS = mask_of(frozenset({Purpose.SHARE_EMPLOYERS}))


def visible(pairs: Pairs) -> Bool:
    """Whether each pair's asker may see its alumnus, shape (m,); the same in both directions. Not to be written in.

    Beside everybody it is worked out once for each asker: it is the same for all requests of a school.
    """
    if not (pairs.covers_table and pairs.demand_is_query and pairs.copied_from is None):
        return _visible(pairs)
    asker = int(pairs.demand("school")[0]), bool(pairs.is_offering[0])
    known = pairs.pool.seen_by
    found = known.get(asker)
    if found is None:
        while len(known) >= _REMEMBERED:
            known.pop(next(iter(known)), None)
        found = known[asker] = _visible(pairs)
    return found


def _visible(pairs: Pairs) -> Bool:
    asker = pairs.demand("school")
    own = (pairs.person("school") == asker) | ((asker == 0) & pairs.pool.single_school)
    is_school = np.isin(asker, pairs.pool.schools) | (asker == 0)
    shares = (pairs.person("consents") & np.where(is_school, _WITH_SCHOOLS, _WITH_EMPLOYERS)) != 0
    return pairs.each(np.asarray(pairs.is_offering | own | shares))
