"""Words that fewer than five alumni of a school hold, and the texts of alumni without them.

A question of an asker who is limited to cards is compared with these texts (`matcher.pool.cards`): a word that one
profile has, an illness or a name, moves no one there, so no question finds out whose it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from functools import lru_cache

import numpy as np

from matcher.domain.records import Alumnus
from matcher.pool.columns import SIDE_BITS, Bool, Int64, People, Ragged, Words
from matcher.pool.texts import can_text, wants_text
from matcher.text import WORD, fold

FEWEST = 5
"""A word counts on cards when at least this many alumni of the school hold it."""
Rare = Mapping[int, Collection[int]]
"""By the code of a school the numbers of its rare words."""
"""No shorter than a word of an encoder (`models.words`): a part of a word is never left behind."""


@lru_cache(maxsize=131_072)
def word_number(word: str) -> int:
    """The number of a word, 31 bits of its hash; spellings that differ in case or accents have one.

    Two words of a school have one number with a chance of one in two thousand million: both then count as one word.
    """
    return int.from_bytes(hashlib.blake2b(fold(word).encode(), digest_size=4).digest(), "little") >> 1


def words_in(text: str) -> list[str]:
    """The words of a text as they are written, in order."""
    return WORD.findall(text)


def numbers_in(text: str) -> set[int]:
    """The numbers of the words of a text."""
    return set(map(word_number, WORD.findall(text)))


def numbers_of(alumnus: Alumnus) -> set[int]:
    """The numbers of the words in the two texts of an alumnus."""
    return numbers_in(can_text(alumnus)) | numbers_in(wants_text(alumnus))


def card_text(text: str, rare: Collection[int]) -> str:
    """The words of a text that are not among these, in order.

    Without their marks, always: the text of an alumnus with a rare word is then exactly that without it.
    """
    return " ".join(word for word in WORD.findall(text) if word_number(word) not in rare)


def holding(people: People, words: Words, numbers: Collection[int]) -> tuple[Int64, Int64]:
    """Who holds these words: rows of the people, and the numbers, one pair for each word of each holder."""
    sought = np.isin(words.number, np.array(sorted(numbers), np.int64))
    if not sought.any():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    pairs = [_holding(lists, words, sought) for lists in (people.common_words, people.rare_words)]
    return np.concatenate([rows for rows, _ in pairs]), np.concatenate([words for _, words in pairs])


def _holding(lists: Ragged, words: Words, sought: Bool) -> tuple[Int64, Int64]:
    codes = lists.values >> SIDE_BITS
    hits = np.flatnonzero(sought[codes])
    return np.searchsorted(lists.starts, hits, side="right") - 1, words.number[codes[hits]].astype(np.int64)


def among(lists: Ragged, words: Words, numbers: Collection[int]) -> Bool:
    """Which entries of such lists are one of these words, shape (entries,)."""
    codes, sought = lists.values >> SIDE_BITS, np.array(sorted(numbers), np.int32)
    if len(codes) < len(words):
        return np.isin(words.number[codes], sought)
    return np.asarray(np.isin(words.number, sought)[codes])


def lists_of(people: People, *, without_rare: bool) -> tuple[Ragged, ...]:
    """The lists of words of these people that count: of a pool without what is rare only those that many hold."""
    return (people.common_words,) if without_rare else (people.common_words, people.rare_words)


def numbers_of_row(lists: Ragged, words: Words, row: int) -> list[int]:
    """The numbers of the words that one alumnus has in such a list."""
    numbers: list[int] = words.number[lists.row(row) >> SIDE_BITS].tolist()
    return numbers
