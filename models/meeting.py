"""How far the words of some texts meet those of others, text by text, as the signal `words` does for a pool."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.meeting import FEW, calibrated, nearest, shares
from matcher.ports import Encoder
from matcher.text import fold

_WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")
Floats = NDArray[np.float64]
WORDS = 0.3
"""Weight of the words that meet in what rankings count for likeness: the rest is that of whole texts."""


class Meeting:
    """Each word of `asking` with its nearest word in each text of `others`."""

    def __init__(self, encoder: Encoder, asking: Sequence[str], others: Sequence[str]) -> None:
        self._code: dict[str, int] = {}
        self._asking, self._others = ([self._coded(text) for text in texts] for texts in (asking, others))
        made = encoder.of_words(list(self._code))
        self._vectors, self._rarity = made.vectors, made.rarity
        self._factor = encoder.scale.factor

    def _coded(self, text: str) -> list[int]:
        words = dict.fromkeys(map(fold, _WORD.findall(text)))
        return [self._code.setdefault(word, len(self._code)) for word in words]

    @cached_property
    def many(self) -> NDArray[np.bool_]:
        """Where there are words enough to compare, shape (asking, others): see `FEW`."""
        asked, own = (
            np.array([np.count_nonzero(self._rarity[text]) if text else 0 for text in texts], np.int64)
            for texts in (self._asking, self._others)
        )
        enough: NDArray[np.bool_] = (asked > 0)[:, None] & ((asked >= FEW)[:, None] | (own >= FEW))
        return enough

    @cached_property
    def shares(self) -> Floats:
        """The share of the asked words that meet, in [0, 1], shape (asking, others)."""
        own = np.array([word for text in self._others for word in text], np.int64)
        starts = np.cumsum([0, *map(len, self._others)])
        used, places = np.unique(own, return_inverse=True)
        result = np.zeros((len(self._asking), len(self._others)))
        for row, text in enumerate(self._asking):
            asked = np.array([word for word in text if self._rarity[word]], np.int64)
            near = nearest(self._vectors[asked], self._vectors[used], places, starts)
            result[row] = shares(near, self._rarity[asked], self._factor)
        return result


def likeness(
    encoder: Encoder, queries: Sequence[str], texts: Sequence[str], *, words: float = WORDS, asks: str = "queries"
) -> Floats:
    """How alike each query and text are by the signals of rankings, in [0, 1], NaN unknown; shape (queries, texts).

    `words`: the weight of the words that meet beside the vectors of whole texts, which weigh the rest. `asks`: whose
    words are asked, those of the `queries` or of the `texts`. Raises EncoderError.
    """
    first, second = (encoder.encode(side).astype(np.float64) for side in (queries, texts))
    scale = encoder.scale
    similar = calibrated(scale.calibration, first @ second.T / scale.factor**2)
    unknown = ~(first.any(axis=1)[:, None] & second.any(axis=1))
    if asks == "queries":
        meeting = Meeting(encoder, queries, texts)
        met, many = meeting.shares, meeting.many
    else:
        meeting = Meeting(encoder, texts, queries)
        met, many = meeting.shares.T, meeting.many.T
    mixed = (1 - words) * similar + words * np.where(many, calibrated(scale.words, met), similar)
    return np.where(unknown, np.nan, mixed)
