"""The effect of changed alumni on which words are rare at a school, and whose texts on cards change with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from matcher.domain.records import Alumnus
from matcher.pool import Pool
from matcher.pool.columns import SIDE_BITS, Int64, Ragged, code_of
from matcher.pool.rare_words import FEWEST, Rare, holding, numbers_of
from matcher.pool.update.merge import rows_in

Holders = Counter[tuple[int, int]]
"""How many alumni hold a word, by the code of the school and the number of the word."""


class WordChanges:
    """How many alumni of a school hold each word after a change; `changed`: the random keys of the changed alumni.

    `alumni`: those of them who still exist, as they are now.
    """

    def __init__(self, pool: Pool, changed: Collection[int], alumni: Sequence[Alumnus]) -> None:
        self._pool = pool
        self._changed = frozenset(changed)
        gone, now = _held(pool, rows_in(changed, pool.person_row)), _stated(alumni)
        moved = {pair for pair in (gone | now) if gone[pair] != now[pair]}
        rows, words = holding(pool.people, pool.words, {number for _, number in moved})
        self._keys = pool.people.key[rows].tolist()
        self._pairs = list(zip(pool.people.school[rows].tolist(), words.tolist(), strict=True))
        self._before = Counter(self._pairs)
        self._after = {pair: self._before[pair] - gone[pair] + now[pair] for pair in moved}

    def affected(self) -> set[int]:
        """Random keys of unchanged alumni who hold a word that became rare at their school, or is rare no longer."""
        crossed = {pair for pair, count in self._after.items() if _rare(self._before[pair]) != _rare(count)}
        if not crossed:
            return set()
        return {key for key, pair in zip(self._keys, self._pairs, strict=True) if pair in crossed} - self._changed

    def rare(self, alumni: Sequence[Alumnus]) -> Rare:
        """The rare words of these alumni at their schools: the changed ones, and those who are affected.

        A word of which as many hold it as before is as rare as the pool says of those who held it.
        """
        rows = rows_in({alumnus.key for alumnus in alumni} | self._changed, self._pool.person_row)
        before = _held_in(self._pool, self._pool.people.rare_words, rows)
        rare: dict[int, set[int]] = {}
        for school, number in _stated(alumni):
            count = self._after.get((school, number))
            if (school, number) in before if count is None else _rare(count):
                rare.setdefault(school, set()).add(number)
        return rare


def _rare(count: int) -> bool:
    return count < FEWEST


def _held(pool: Pool, rows: Int64) -> Holders:
    """The words that these rows of the pool hold."""
    return _held_in(pool, pool.people.common_words, rows) + _held_in(pool, pool.people.rare_words, rows)


def _held_in(pool: Pool, lists: Ragged, rows: Int64) -> Holders:
    values, owner = lists.gather(rows)
    numbers = pool.words.number[values >> SIDE_BITS]
    return Counter(zip(pool.people.school[rows[owner]].tolist(), numbers.tolist(), strict=True))


def _stated(alumni: Iterable[Alumnus]) -> Holders:
    return Counter((code_of(alumnus.school), number) for alumnus in alumni for number in numbers_of(alumnus))
