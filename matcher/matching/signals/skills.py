"""How many of the requested skills the alumnus has, weighted by rarity; other skills do not matter.

A skill that means the same counts as the same, one that is right above or below it in a vocabulary for half; without a
vocabulary names alone count. Scale: 0 none, 1 all. A rare skill weighs up to four times as much as one that all alumni
have. For a request without a list of skills, those are used that occur in its text and that at least two alumni state.
Unknown where none are requested, or the alumnus states none. Spreadsheets do not tell essential from optional skills,
so all count alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.pool.columns import Float64
from matcher.pool.concepts import SkillLink
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
    """The requested skills that the alumnus has, and those that are missing; and what covers one by its meaning."""
    lists = zip(pairs.skill_words, pairs.skill_links, strict=True)
    return [{"matched": matched, "missing": missing, **by_meaning(links)} for (matched, missing), links in lists]


def by_meaning(links: Sequence[SkillLink]) -> dict[str, object]:
    """`linked`: requested skills that are matched under another name; `partly`: those that are covered in part.

    Each with the alumnus's own skill, how that stands to it, and the concept; nothing of neither.
    """
    told = [(one.in_part, {"asked": one.asked, "own": one.own, "link": one.link, "concept": one.uri}) for one in links]
    lists = {"linked": [one for part, one in told if not part], "partly": [one for part, one in told if part]}
    return {name: found for name, found in lists.items() if found}
