"""How near the words that are asked are to those of a pool, for as long as they are asked about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.meeting import meeting
from matcher.pool.columns import Int32, Words


class AskedWords:
    """Some asked words next to the words of a pool: each is compared when it is first needed.

    Threads may share it: what two of them compute is the same.
    """

    def __init__(self, words: Words, asked: Int32) -> None:
        self.words = words
        self._asked = words.vector[asked]
        self._known = np.zeros(len(words), np.bool_)
        self._dots = np.zeros((len(words), len(asked)), np.float32)

    def near(self, codes: Int32) -> NDArray[np.float32]:
        """See `matcher.meeting.meeting`: shape (words, asked), of which the rows of these words count."""
        sought = np.zeros(len(self._known), np.bool_)
        sought[codes] = True
        added = np.flatnonzero(sought & ~self._known)
        if len(added):
            self._dots[added] = meeting(self._asked, self.words.vector.take(added, axis=0))
            self._known[added] = True
        return self._dots
