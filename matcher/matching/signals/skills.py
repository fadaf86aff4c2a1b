"""How many of the requested skills the alumnus has, weighted by rarity; other skills do not matter.

Scale: 0 none, 1 all. A rare skill weighs up to four times as much as one that all alumni have. For a request without a
list of skills, those are used that occur in its text and that at least two alumni state. Unknown where none are
requested, or the alumnus states none. Spreadsheets do not tell essential from optional skills, so all count alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs

CODE = "skills"


def coverage(pairs: Pairs) -> Float64:
    """Rarity of the covered skills as a share of that of the requested ones, shape (m,); NaN unknown."""
    requested, covered = pairs.skill_cover
    skills = pairs.people.skills
    rows = pairs.person_rows
    states_any = (skills.starts.take(rows + 1) - skills.starts.take(rows)) > 0
    share = covered / np.maximum(requested, 1)
    return np.where((requested > 0) & states_any, share, np.nan)


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """The coverage."""
    return coverage(pairs)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """The requested skills that the alumnus has, and those that are missing."""
    return [{"matched": matched, "missing": missing} for matched, missing in pairs.skill_words]
