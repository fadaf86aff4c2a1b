"""Who may be seen at all, before any rule: the asker neither ranks nor counts the others.

A school sees its own alumni, and those of other schools who agreed to sharing with schools. Who asks and has no alumni
here, an employer for one, sees those who agreed to sharing with employers. A request without a school sees everybody
where there is only one school, else those who agreed to sharing with schools. An offering is for the whole region.
"""

from __future__ import annotations

import numpy as np

from matcher.domain import Purpose, mask_of
from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

_WITH_SCHOOLS = mask_of(frozenset({Purpose.SHARE_SCHOOLS}))
_WITH_EMPLOYERS = mask_of(frozenset({Purpose.SHARE_EMPLOYERS}))


def visible(pairs: Pairs) -> Bool:
    """Whether each pair's asker may see its alumnus, shape (m,); the same in both directions."""
    asker = pairs.demand("school")
    own = (pairs.person("school") == asker) | ((asker == 0) & pairs.pool.single_school)
    is_school = np.isin(asker, pairs.pool.schools) | (asker == 0)
    shares = (pairs.person("consents") & np.where(is_school, _WITH_SCHOOLS, _WITH_EMPLOYERS)) != 0
    return pairs.each(np.asarray(pairs.is_offering | own | shares))
