"""The alumnus speaks a language of the demand. Unknown on either side passes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs

CODE = "no_common_language"


def passes(pairs: Pairs) -> Bool:
    """A language in common, or an empty mask on either side."""
    spoken, requested = pairs.person("languages"), pairs.demand("languages")
    return np.asarray((spoken == 0) | (requested == 0) | ((spoken & requested) != 0))


def evidence(pair: Pairs) -> tuple[bool, Mapping[str, object]]:
    """The languages of both sides."""
    spoken, requested = int(pair.person("languages")[0]), int(pair.demand("languages")[0])
    names = pair.pool.vocabulary.languages

    def listed(mask: int) -> list[str]:
        return [name for bit, name in enumerate(names) if mask >> bit & 1]

    return spoken != 0 or requested == 0, {"asked": listed(requested), "spoken": listed(spoken)}
