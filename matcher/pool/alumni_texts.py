"""The texts of alumni and their words, each read once for everything that a pool makes of them."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from itertools import count, pairwise

import numpy as np

from matcher.domain.records import Alumnus
from matcher.pool.columns import CAN, SIDE_BITS, WANTS, Bool, Int32, Int64, Ragged, code_of, distinct
from matcher.pool.rare_words import FEWEST, Rare, word_number
from matcher.pool.texts import can_text, wants_text
from matcher.text import WORD, text_hash


class TextHashes(dict[str, str]):
    """The hash of each text, made once."""

    def __missing__(self, text: str) -> str:
        """That of a text that was not asked for before."""
        return self.setdefault(text, text_hash(text))


class AlumniTexts:
    """Both texts of some alumni, in their order, and the words of each as codes."""

    def __init__(self, alumni: Iterable[Alumnus]) -> None:
        self.can: list[str] = []
        self.wants: list[str] = []
        school, schools = cache(code_of), array("q")
        code, codes, starts = defaultdict[str, int](count().__next__), array("i"), array("q", [0])
        for alumnus in alumni:
            schools.append(school(alumnus.school))
            for text, texts in ((can_text(alumnus), self.can), (wants_text(alumnus), self.wants)):
                texts.append(text)
                codes.extend(map(code.__getitem__, WORD.findall(text)))
                starts.append(len(codes))
        self._schools, self._school = np.unique(np.array(schools, np.int64), return_inverse=True)
        self.words = list(code)
        """Every word as it is written, in the order in which it is read."""
        self._code: Int32 = np.array(codes, np.int32)
        self._starts: Int64 = np.array(starts, np.int64)
        numbers = np.fromiter(map(word_number, self.words), np.int64, len(self.words))
        self._on_cards: tuple[Rare, tuple[list[str], list[str]]] | None = None
        self._numbers, self._place = np.unique(numbers, return_inverse=True)
        """The distinct numbers of words, and the place of that of each word among them."""

    def _owner(self) -> Int64:
        """The text of each word: twice the place of the alumnus, and one more for what they want."""
        return np.repeat(np.arange(len(self._starts) - 1), np.diff(self._starts))

    def rare(self) -> dict[int, frozenset[int]]:
        """The rare words of each school, where these are all its alumni."""
        width = max(1, len(self._numbers))
        held = distinct(self._owner() // 2 * width + self._place[self._code])
        of_school = self._school[held // width] * width + held % width
        counts = np.bincount(of_school, minlength=len(self._schools) * width).reshape(-1, width)
        few = (counts > 0) & (counts < FEWEST)
        return {
            school: frozenset(self._numbers[np.flatnonzero(row)].tolist())
            for school, row in zip(self._schools.tolist(), few, strict=True)
        }

    def _is_rare(self, rare: Rare) -> Bool:
        """Whether each place among the numbers is rare at each school, shape (schools, numbers)."""
        return np.array(
            [np.isin(self._numbers, np.array([*rare.get(school, ())], np.int64)) for school in self._schools.tolist()],
            np.bool_,
        ).reshape(len(self._schools), len(self._numbers))

    def on_cards(self, rare: Rare) -> tuple[list[str], list[str]]:
        """Both texts without these rare words of the schools, made once: see `rare_words.card_text`."""
        if self._on_cards is None or self._on_cards[0] is not rare:
            self._on_cards = rare, self._without(rare)
        return self._on_cards[1]

    def _without(self, rare: Rare) -> tuple[list[str], list[str]]:
        owner = self._owner()
        kept = ~self._is_rare(rare)[self._school[owner // 2], self._place[self._code]]
        ends = np.concatenate([[0], np.cumsum(kept)])[self._starts].tolist()
        codes, word = self._code[kept].tolist(), self.words.__getitem__
        texts = [" ".join(map(word, codes[start:end])) for start, end in pairwise(ends)]
        return texts[::2], texts[1::2]

    def held(self, row_of: Callable[[str], int], rare: Rare) -> tuple[Ragged, Ragged]:
        """The words that each holds, those that are common and those that are rare: see `People.common_words`.

        `row_of`: the row of a word in `Words`, asked once of each, in the order in which they are read.
        """
        row = np.fromiter(map(row_of, self.words), np.int64, len(self.words))[self._code]
        owner, width = self._owner(), int(row.max(initial=0)) + 1
        held, first = np.unique((owner // 2 * width + row) * 2 + owner % 2, return_index=True)
        pair, side = held // 2, np.where(held % 2, WANTS, CAN)
        begins = np.flatnonzero(np.diff(pair, prepend=-1))
        sides = np.add.reduceat(side, begins) if len(begins) else side
        person, word = pair[begins] // width, pair[begins] % width
        few = self._is_rare(rare)[self._school[person], self._place[self._code[first[begins]]]]
        entries = (word << SIDE_BITS | sides).astype(np.int32)
        people = len(self.can)
        many, others = (
            Ragged(
                np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(person[of], minlength=people))]),
                entries[of],
            )
            for of in (~few, few)
        )
        return many, others
