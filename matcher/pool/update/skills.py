"""The effect of changed alumni and demands on the requested skills: the words that cover each, and its rarity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matcher.pool import Pool
from matcher.pool.codes import asked_skills, covering_rows, joined_skills, skill_weights
from matcher.pool.columns import AskedSkills, Int64, Ragged, distinct
from matcher.pool.concepts import partly_covering
from matcher.pool.skills import SkillWords


def asked_now(
    pool: Pool,
    skills: Sequence[str],
    asked: Sequence[str],
    *,
    gone: Ragged,
    now: Ragged,
    people_by_skill: Ragged,
    people: int,
) -> tuple[AskedSkills, Ragged]:
    """The requested skills of a pool that now has these words and skills; the earlier ones come first, in order.

    With them the words that cover each in part.

    `gone` and `now`: the earlier and current words of the changed alumni; `people_by_skill`: those of all `people`
    alumni. Only the changed are counted again.
    """
    names, before = pool.vocabulary, pool.requested_skills
    covered_by, partly_by, links, start = before.covered_by, pool.partly_by, pool.links, len(names.skills)
    new_words = skills[start:]
    if new_words:
        words = SkillWords(new_words)
        covering = Ragged.of([covering_rows(skill, words, links) for skill in names.requested_skills])
        covered_by = _extended(covered_by, _moved(covering, start))
        if links is not None:
            in_part = partly_covering(names.requested_skills, covering, words, links)
            partly_by = _extended(partly_by, _moved(in_part, start))
    count = before.people - _having(before.covered_by, gone, len(names.skills)) + _having(covered_by, now, len(skills))
    known = AskedSkills(skill_weights(names.requested_skills, count, people), count, covered_by)
    new_asked = asked[len(names.requested_skills) :]
    if not new_asked:
        return known, partly_by
    words = names.skill_words if not new_words else SkillWords(skills)
    added = asked_skills(new_asked, words, people_by_skill, people, links)
    stated = np.diff(people_by_skill.starts) > 0
    in_part = partly_covering(new_asked, added.covered_by, words, links, stated)
    return joined_skills(known, added), partly_by.followed_by(in_part)


def _moved(lists: Ragged, by: int) -> Ragged:
    """The same lists, of rows that stand so much further on."""
    return Ragged(lists.starts, lists.values + np.int32(by))


def _having(covered_by: Ragged, skills: Ragged, width: int) -> Int64:
    """How many of the people with these words have each requested skill, shape (requested,)."""
    skill, entry = covered_by.transposed(width).gather(skills.values.astype(np.int64))
    owner = np.repeat(np.arange(len(skills)), np.diff(skills.starts))[entry]
    once = distinct(owner * len(covered_by) + skill)
    return np.bincount(once % max(1, len(covered_by)), minlength=len(covered_by)).astype(np.int32)


def _extended(lists: Ragged, more: Ragged) -> Ragged:
    """Each list with the values of the other list appended."""
    if not len(more.values):
        return lists
    owner = np.concatenate([np.repeat(np.arange(len(ragged)), np.diff(ragged.starts)) for ragged in (lists, more)])
    order = np.argsort(owner, kind="stable")
    return Ragged(lists.starts + more.starts, np.concatenate([lists.values, more.values])[order])
