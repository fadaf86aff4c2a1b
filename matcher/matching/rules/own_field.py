"""Where a request demands own fields of the school, the alumnus has those values. Unknown fails.

Only alumni of the school of the request can have them: an own field is of one school. Own fields count nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "own_field"


def passes(pairs: Pairs) -> Bool:
    """Nothing is demanded, or the pool has the alumnus among those who have it."""
    matches = pairs.pool.own_matches
    if not len(matches.person):
        return np.ones(1, np.bool_)
    demanding = matches.request_key[matches.person < 0]
    if pairs.demand_is_query:
        key = pairs.demand("key")[0]
        if key not in demanding:
            return np.ones(1, np.bool_)
        return np.isin(pairs.pool_people, matches.person[matches.request_key == key])
    keys = pairs.demand("key")
    own = matches.request_key[matches.person == pairs.pool_people[0]]
    return ~np.isin(keys, demanding) | np.isin(keys, own)


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """What is demanded, in the words of the request; nothing where that is nothing."""
    key = int(pair.demand("key")[0])
    words = [text.partition(" ") for text in pair.pool.vocabulary.own_demands]
    return True, next(({"demanded": text} for asked, _, text in words if int(asked) == key), {})
