"""How near the words that are asked are to those of a pool, for as long as they are asked about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.meeting import meeting
from matcher.pool.columns import Int32, Words, distinct

TOGETHER = 8


class AskedWords:
    """Some asked words next to the words of a pool: each is compared when it is first needed.

    Threads may share it: what two of them compute is the same. `dots`: of all words, where those are known already.
    Rows are `TOGETHER` numbers long, or a multiple, with zeros behind those of the asked words: so many are compared at
    once by the compiled kernel.
    """

    def __init__(self, words: Words, asked: Int32, dots: NDArray[np.float32] | None = None) -> None:
        self.words = words
        self._asked = asked
        self.known = np.full(len(words), dots is not None, np.bool_)
        """Of which words it is known, shape (words,)."""
        self.table = np.zeros((len(words), -(-len(asked) // TOGETHER) * TOGETHER), np.float32)
        """What is known: the dot product of each word with each asked one, and the zeros behind."""
        self.dots = self.table[:, : len(asked)]
        """See `near`."""
        if dots is not None:
            self.dots[:] = dots

    def near(self, codes: Int32) -> NDArray[np.float32]:
        """See `matcher.meeting.meeting`: shape (words, asked), of which the rows of these words count."""
        sought = np.zeros(len(self.known), np.bool_)
        sought[codes] = True
        added = np.flatnonzero(sought & ~self.known)
        if len(added):
            self.dots[added] = meeting(self.words.vector[self._asked], self.words.vector.take(added, axis=0))
            self.known[added] = True
        return self.dots


class AskedTogether:
    """The words of many questions next to the words of a pool, compared at once: much less work than one by one.

    Takes 4 bytes for each word of the pool and each distinct asked word.
    """

    def __init__(self, words: Words, asked: Sequence[Int32]) -> None:
        self._words = words
        self._codes = distinct(np.concatenate([*asked, np.zeros(0, np.int32)])).astype(np.int32)
        self._dots = meeting(words.vector[self._codes], words.vector)

    def of(self, asked: Int32) -> AskedWords:
        """Those of one of the questions."""
        columns = np.searchsorted(self._codes, asked)
        return AskedWords(self._words, asked, self._dots[:, columns])
