"""How much of the asked skills the alumnus has: covered rarity / asked rarity. More than is asked does not matter.

Scale: 0 none, 1 all. A rare skill weighs up to four times as much as one that everybody has. When a request lists no
skills, those are taken that stand in its text and that at least two alumni state. Unknown where nothing is asked, or
where the alumnus states no skills. The spreadsheet does not tell essential from optional skills, so all are equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "skills"


def coverage(pairs: Pairs) -> Float64:
    """Covered share of the asked rarity, shape (m,); NaN unknown."""
    asked, covered = pairs.skill_cover
    skills = pairs.people.skills
    states_any = (skills.starts[pairs.person_rows + 1] - skills.starts[pairs.person_rows]) > 0
    share = covered / np.maximum(asked, 1)
    return np.where((asked > 0) & states_any, share, np.nan)


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """Covered share of the asked rarity."""
    return coverage(pairs)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """The asked skills that are covered, and those that are not."""
    return [{"matched": matched, "missing": missing} for matched, missing in pairs.skill_words]
