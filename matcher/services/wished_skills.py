"""The skills that alumni wish for, as far as their names are public and enough of them do: by words, without texts.

A skill is one that a course teaches, or has a name in ESCO: words that no alumnus brought in. Somebody wishes for it
whose wish has all words of its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import numpy as np

from matcher.concepts import base_of
from matcher.disclosure.profiles import LEAST
from matcher.links.concepts import names
from matcher.pool import Pool
from matcher.pool.columns import SIDE_BITS, WANTS
from matcher.pool.rare_words import word_number, words_in
from matcher.text import skill_key

MOST_SKILLS = 10
"""Skills that are told at most, those that most wish for."""
_SHORTEST = 4
"""Letters of a name that only ESCO has, at least: shorter ones mean something else in a sentence."""
_Names = Mapping[int, Sequence[tuple[frozenset[int], str]]]
"""Names of skills, each with the numbers of its words, by the smallest of these."""


class WishedSkills:
    """What these alumni of a pool wish for; `rows`: of its people."""

    def __init__(self, pool: Pool, rows: Sequence[int]) -> None:
        self._tables = (_of_esco(), _by_number(_taught(pool)))
        self._words: dict[int, set[int]] = {row: set() for row in rows}
        chosen = np.array(rows, np.int64)
        for lists in (pool.people.common_words, pool.people.rare_words):
            values, owner = lists.gather(chosen)
            wished = (values & WANTS) != 0
            numbers = pool.words.number[values[wished] >> SIDE_BITS]
            for row, number in zip(chosen[owner[wished]].tolist(), numbers.tolist(), strict=True):
                self._words[row].add(number)

    def of(self, rows: Iterable[int]) -> tuple[str, ...]:
        """The skills that `LEAST` of these alumni or more wish for, the most first.

        Without a name whose words all stand in that of another, for which as many wish.
        """
        wishing: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            for number in self._words[row]:
                wishing[number].add(row)
        many = {number for number, who in wishing.items() if len(who) >= LEAST}
        found: dict[frozenset[int], tuple[int, str]] = {}
        for table in self._tables:
            for words, name in (one for number in many for one in table.get(number, ()) if one[0] <= many):
                count = len(set.intersection(*(wishing[word] for word in words)))
                if count >= LEAST:
                    found[words] = -count, name
        whole = [
            found[words]
            for words in found
            if not any(words < more and found[words][0] == found[more][0] for more in found)
        ]
        return tuple(name for _, name in sorted(whole)[:MOST_SKILLS])


def _taught(pool: Pool) -> dict[str, str]:
    """The skills that courses of the pool teach, as they are written, by key."""
    keys, written = pool.vocabulary.requested_skills, pool.vocabulary.requested_skill_names
    return {base_of(keys[row]): written[row] for row in np.unique(pool.offerings.skills.values).tolist()}


@cache
def _of_esco() -> _Names:
    return _by_number({skill_key(name): name for name in names() if len(name) >= _SHORTEST})


def _by_number(written: Mapping[str, str]) -> _Names:
    found = defaultdict[int, list[tuple[frozenset[int], str]]](list)
    for key, name in written.items():
        words = frozenset(map(word_number, words_in(key)))
        if words:
            found[min(words)].append((words, name))
    return found
