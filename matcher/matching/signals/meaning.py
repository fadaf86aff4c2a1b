"""How alike the second encoder finds the texts: it reads them in order, where the first adds words up.

Scale: its cosine, calibrated for it, as for `similarity`. It only counts in a pool of which it has read every text
(`Pool.second`), so that no candidate has an advantage of being read earlier; elsewhere its weight is that of
`similarity` and `words` (`Weights.of`). Unknown where the similarity is: it gives random letters a vector too, and
which text says something is for the first to tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.index.exact import dot_products, similarity_of
from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "meaning"


def values(pairs: Pairs, similar: Float64) -> Float64:
    """The calibrated cosine, shape (m,); NaN where `similar` is, or no encoder has read the texts."""
    second = pairs.pool.second
    if second is None:
        return np.full(len(pairs), np.nan)
    value = np.full(len(pairs), np.nan)
    people, demands = pairs.people, pairs.demands
    if pairs.demand_is_query:
        texts = people.wants_meaning if pairs.gives_to_alumnus[0] else people.can_meaning
        value[:] = similarity_of(second.scale, dot_products(texts, demands.meaning[pairs.query], pairs.rows))
    else:
        gives = pairs.each(pairs.gives_to_alumnus)
        for chosen, texts in ((~gives, people.can_meaning), (gives, people.wants_meaning)):
            if chosen.any():
                dots = dot_products(demands.meaning, texts[pairs.query], pairs.rows[chosen])
                value[chosen] = similarity_of(second.scale, dots)
    return np.where(np.isnan(similar), np.nan, value)


def most(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - as for the words that meet
    """What `values` can be at most, without a look at the texts of anyone; shape (m,), NaN where it is unknown."""
    return np.where(np.isnan(similar), np.nan, 1.0)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Which of the two texts of the alumnus was compared."""
    return [{"side": "wants" if gives else "can"} for (gives,) in pairs.listed(pairs.gives_to_alumnus)]
