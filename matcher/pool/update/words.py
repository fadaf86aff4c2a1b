"""The effect of changed alumni on which words are rare at a school, and whose texts on cards change with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from matcher.domain.records import Alumnus
from matcher.pool import Pool
from matcher.pool.columns import Int64, code_of
from matcher.pool.rare_words import FEWEST, Rare, holding, numbers_of

Holders = Counter[tuple[int, int]]
"""How many alumni hold a word, by the code of the school and the number of the word."""


def affected_by(pool: Pool, changed: Collection[int], alumni: Sequence[Alumnus]) -> set[int]:
    """Random keys of unchanged alumni who hold a word that became rare at their school, or is rare no longer.

    `changed`: the keys of the changed, `alumni`: those who still exist, as they are now.
    """
    rows = _rows(pool, changed)
    gone = _held(pool, rows)
    now = _stated(alumni)
    moved = {pair for pair in (gone | now) if gone[pair] != now[pair]}
    numbers = {number for _, number in moved}
    holders, words = holding(pool.people, numbers)
    schools = pool.people.school[holders]
    before = Counter(zip(schools.tolist(), words.tolist(), strict=True))
    crossed = {pair for pair in moved if _rare(before[pair]) != _rare(before[pair] - gone[pair] + now[pair])}
    if not crossed:
        return set()
    keys = pool.people.key[holders].tolist()
    pairs = zip(schools.tolist(), words.tolist(), strict=True)
    return {key for key, pair in zip(keys, pairs, strict=True) if pair in crossed} - set(changed)


def rare_now(pool: Pool, changed: Collection[int], alumni: Sequence[Alumnus]) -> Rare:
    """The rare words of these alumni at their schools, after the changes."""
    gone, now = _held(pool, _rows(pool, changed)), _stated(alumni)
    holders, words = holding(pool.people, {number for _, number in now})
    before = Counter(zip(pool.people.school[holders].tolist(), words.tolist(), strict=True))
    rare: dict[int, set[int]] = {}
    for pair, count in now.items():
        if _rare(before[pair] - gone[pair] + count):
            rare.setdefault(pair[0], set()).add(pair[1])
    return rare


def _rare(count: int) -> bool:
    return count < FEWEST


def _rows(pool: Pool, keys: Iterable[int]) -> Int64:
    return np.array([pool.person_row[key] for key in keys if key in pool.person_row], np.int64)


def _held(pool: Pool, rows: Int64) -> Holders:
    """The words that these rows of the pool hold."""
    held: Holders = Counter()
    for lists in (pool.people.common_words, pool.people.rare_words):
        values, owner = lists.gather(rows)
        held.update(zip(pool.people.school[rows[owner]].tolist(), values.tolist(), strict=True))
    return held


def _stated(alumni: Iterable[Alumnus]) -> Holders:
    return Counter((code_of(alumnus.school), number) for alumnus in alumni for number in numbers_of(alumnus))
