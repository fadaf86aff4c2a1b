"""How alike texts are by the signals of rankings, text by text: for measurements and other programs, without a pool."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.meeting import FEW, calibrated, corrected, nearest, shares
from matcher.ports import Encoder, VectorScale
from matcher.text import WORD, fold

Floats = NDArray[np.float64]
WORDS = 0.3
"""Weight of the words that meet in what rankings count for likeness: the rest is that of whole texts."""


class Meeting:
    """Texts whose words others may meet."""

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        self._encoder = encoder
        self._row: dict[str, int] = {}
        self._vectors = np.zeros((0, encoder.scale.dimension), np.int8)
        self._rarity = np.zeros(0, np.uint8)
        lists = self._coded(texts)
        self.own = self._says(lists)
        """How many words of each text say something."""
        own = np.array([word for text in lists for word in text], np.int64)
        self._starts = np.cumsum([0, *map(len, lists)])
        self._used, self._places = np.unique(own, return_inverse=True)

    def _coded(self, texts: Sequence[str]) -> list[list[int]]:
        """The rows of the distinct words of each text; new words get a row."""
        lists = [list(dict.fromkeys(map(fold, WORD.findall(text)))) for text in texts]
        added = [word for word in dict.fromkeys(word for text in lists for word in text) if word not in self._row]
        self._row |= {word: place for place, word in enumerate(added, len(self._row))}
        made = self._encoder.of_words(added)
        self._vectors = np.concatenate([self._vectors, made.vectors])
        self._rarity = np.concatenate([self._rarity, made.rarity])
        return [[self._row[word] for word in text] for text in lists]

    def _says(self, lists: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        """How many words of each text say something."""
        return np.array([np.count_nonzero(self._rarity[list(text)]) if text else 0 for text in lists], np.int64)

    def shares(self, asking: Sequence[str]) -> tuple[Floats, NDArray[np.bool_]]:
        """The share of the words of each asking text that meets each text, in [0, 1], shape (asking, texts).

        Of long texts without what so many words meet by chance: see `matcher.meeting.corrected`. Also where there are
        words enough to compare: see `matcher.meeting.FEW`.
        """
        met, enough = self.met(asking)
        return corrected(self._encoder.scale.baseline, met, self.own), enough

    def met(self, asking: Sequence[str]) -> tuple[Floats, NDArray[np.bool_]]:
        """The same with all that meets, by chance too."""
        lists = self._coded(asking)
        result = np.zeros((len(asking), len(self.own)))
        for row, text in enumerate(lists):
            asked = np.array([word for word in text if self._rarity[word]], np.int64)
            near = nearest(self._vectors[asked], self._vectors[self._used], self._places, self._starts)
            result[row] = shares(near, self._rarity[asked], self._encoder.scale.factor)
        asked_words = self._says(lists)[:, None]
        return result, np.asarray((asked_words > 0) & ((asked_words >= FEW) | (self.own >= FEW)))


class Likeness:
    """Texts with which others are compared. `words`: the weight of the words that meet; `meaning`: that of `second`.

    The second takes `meaning` of the whole, and leaves the rest to the text and its words as they are without it.
    """

    def __init__(
        self,
        encoder: Encoder,
        texts: Sequence[str],
        words: float = WORDS,
        *,
        second: Encoder | None = None,
        meaning: float = 0.0,
    ) -> None:
        self._encoder, self._words = encoder, words
        self._vectors = encoder.encode(texts).astype(np.float32)
        self._meeting = Meeting(encoder, texts)
        self._second, self._meaning = second, meaning
        self._read = None if second is None else second.encode(texts).astype(np.float32)

    def of(self, queries: Sequence[str]) -> Floats:
        """How alike each query and text are, in [0, 1], NaN unknown; shape (queries, texts). The queries ask.

        Raises EncoderError.
        """
        vectors, scale = self._encoder.encode(queries).astype(np.float32), self._encoder.scale
        similar = _similar(scale, vectors, self._vectors)
        met, enough = self._meeting.shares(queries)
        mixed = (1 - self._words) * similar + self._words * np.where(enough, calibrated(scale.words, met), similar)
        if self._second is not None and self._read is not None:
            read = _similar(self._second.scale, self._second.encode(queries).astype(np.float32), self._read)
            mixed = (1 - self._meaning) * mixed + self._meaning * read
        known = np.asarray(vectors.any(axis=1))[:, None] & np.asarray(self._vectors.any(axis=1))
        return np.where(known, mixed, np.nan)


def _similar(scale: VectorScale, queries: NDArray[np.float32], texts: NDArray[np.float32]) -> Floats:
    """Calibrated similarities of canonical vectors, shape (queries, texts)."""
    return calibrated(scale.calibration, (queries @ texts.T).astype(np.float64) / scale.factor**2)
