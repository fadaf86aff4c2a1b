"""Which alumni an asker may see at all, before any rule: others are neither ranked nor counted.

A school sees its own alumni, and those of other schools who agreed to sharing with schools. An asker without alumni
here, such as an employer, sees those who agreed to sharing with employers. A request without a school sees all alumni
if there is only one school, else those who agreed to sharing with schools. An offering is for the whole region.
Of an earlier state, by which lists go on while a newer one is built, nobody sees whoever changed since.
"""

from __future__ import annotations

import numpy as np

from matcher.domain.kinds import Purpose, mask_of
from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs
from matcher.recent import keep

_REMEMBERED = 16
"""How many askers and days are cached, at one byte per alumnus each."""
_WITH_SCHOOLS = mask_of(frozenset({Purpose.SHARE_SCHOOLS}))
_WITH_EMPLOYERS = mask_of(frozenset({Purpose.SHARE_EMPLOYERS}))


def visible(pairs: Pairs) -> Bool:
    """Whether each pair's asker may see its alumnus, shape (m,); the same in both directions. Read-only.

    For the whole pool it is computed once per asker and day: it is the same for all requests of a school.
    """
    if not pairs.covers_pool:
        return _visible(pairs)
    asker = int(pairs.demand("school")[0]), bool(pairs.is_offering[0]), pairs.as_of
    masks = pairs.pool.of_people.seen_by
    mask = masks.get(asker)
    if mask is None:
        mask = keep(masks, asker, _visible(pairs), _REMEMBERED)
    return mask


def _visible(pairs: Pairs) -> Bool:
    asker = pairs.demand("school")
    own = (pairs.person("school") == asker) | ((asker == 0) & pairs.pool.single_school)
    is_school = np.isin(asker, pairs.pool.schools) | (asker == 0)
    shares = (pairs.consents & np.where(is_school, _WITH_SCHOOLS, _WITH_EMPLOYERS)) != 0
    seen = pairs.is_offering | own | shares
    if pairs.pool.behind is not None:
        seen = seen & ~pairs.pool.behind.unseen[pairs.pool_people]
    return pairs.each(np.asarray(seen))
