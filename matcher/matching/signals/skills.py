"""How many of the requested skills the alumnus has, weighted by rarity; other skills do not matter.

A skill that means the same counts as the same, one that is right above or below it in a vocabulary for half; without a
vocabulary names alone count. Scale: 0 none, 1 all. A rare skill weighs up to four times as much as one that all alumni
have. For a request without a list of skills, those are used that occur in its text and that at least two alumni state.
Unknown where none are requested, or the alumnus states none. Of a request or course that names an occupation of a
vocabulary, what that asks essentially weighs twice (`matcher.concepts.ESSENTIAL_TIMES`); lists themselves do not tell
essential from optional skills.
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
    """The requested skills that the alumnus has, and those that are missing; and what a vocabulary says of them."""
    lists = zip(pairs.skill_words, by_vocabulary(pairs), strict=True)
    return [{"matched": matched, "missing": missing, **more} for (matched, missing), more in lists]


def by_vocabulary(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """For each pair what covers a requested skill by its meaning, and which are `essential`; nothing of neither."""
    lists = zip(pairs.skill_links, pairs.essential_skills, strict=True)
    return [by_meaning(links) | ({"essential": essential} if essential else {}) for links, essential in lists]


def by_meaning(links: Sequence[SkillLink]) -> dict[str, object]:
    """`linked`: requested skills that are matched under another name; `partly`: those that are covered in part.

    Each with the alumnus's own skill, how that stands to it, and the concept; nothing of neither.
    """
    told = [(one.in_part, {"asked": one.asked, "own": one.own, "link": one.link, "concept": one.uri}) for one in links]
    lists = {"linked": [one for part, one in told if not part], "partly": [one for part, one in told if part]}
    return {name: found for name, found in lists.items() if found}
