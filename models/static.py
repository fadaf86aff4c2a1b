"""Our own encoder without torch: looks the words of a text up in a table, and adds them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.ports import Int8Matrix, Progress, VectorScale
from models import artefact, calibration
from models import folder as folders
from models.canonical import canonical, scale_of
from models.words import VERSION, words

REMEMBERED = 32_768
"""Words whose vectors are kept: 32 MB at 256 dimensions. When it is full it is begun anew."""


class StaticEncoder:
    """Implements `matcher.ports.Encoder` for the artefact of `models.artefact`. `cache`: where digests are kept.

    Making one is free; the table is read at the first text. Thread-safe. A text's vector is the normalised sum of its
    words' vectors, so it has the same bits in any company.
    """

    def __init__(self, folder: Path, cache: Path | None = None, *, remembered: int = REMEMBERED) -> None:
        self.folder = folder
        self._cache = cache
        self._remembered = remembered
        self._lock = threading.Lock()

    @cached_property
    def id(self) -> str:
        """`name@sha256:...` over the artefact's files and all that we do with its text and vectors."""
        scale = self.scale
        plain = [scale.dimension, scale.factor, scale.levels, scale.calibration]
        ours = json.dumps([folders.digest(self.folder, self._cache), VERSION, plain])
        return f"{self.folder.name}@sha256:{hashlib.sha256(ours.encode()).hexdigest()}"

    @cached_property
    def scale(self) -> VectorScale:
        """Dimension, quantisation and calibration."""
        return scale_of(folders.dimension(self.folder), calibration.points(self.folder, self.folder.name))

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """Canonical vectors, shape (n, dimension); a zero row where a text says nothing. Raises EncoderError."""
        return canonical(self.embed(texts, progress=progress), self.scale)

    def embed(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors, shape (n, dimension), float32; a zero row where a text says nothing. Raises EncoderError."""
        vectors = np.zeros((len(texts), self.scale.dimension), np.float32)
        for rows, said in _parts(texts, self._remembered // 4):
            with self._lock:
                vectors[rows] = self._table.sums(said)
            if progress and rows[-1] + 1 < len(texts):
                progress(rows[-1] + 1, len(texts))
        if progress and texts:
            progress(len(texts), len(texts))  # also where the last ones say nothing
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(norms > 0, norms, 1), np.float32)

    @cached_property
    def _table(self) -> _Table:
        return _Table(self.folder, self._remembered)


def _parts(texts: Sequence[str], most: int) -> Iterator[tuple[list[int], list[list[str]]]]:
    """The texts that have words, some at a time: their rows and words, at most `most` words unless of one text."""
    rows: list[int] = []
    said: list[list[str]] = []
    count = 0
    for row, text in enumerate(texts):
        found = words(text)
        if said and count + len(found) > most:
            yield rows, said
            rows, said, count = [], [], 0
        if found:
            rows.append(row)
            said.append(found)
            count += len(found)
    if said:
        yield rows, said


class _Table:
    """The rows of the artefact, and the vectors of the words that were asked for."""

    def __init__(self, folder: Path, remembered: int) -> None:
        self._remembered = remembered
        self._vocabulary, self._rows, self._scales = artefact.read(folder)
        self._places: dict[str, int] = {}
        self._vectors = np.zeros((remembered, self._rows.shape[1]), np.float32)

    def sums(self, texts: list[list[str]]) -> NDArray[np.float32]:
        """The sum of the weighted word vectors of each text, shape (texts, dimension); no text is empty."""
        distinct = dict.fromkeys(word for text in texts for word in text)
        new = [word for word in distinct if word not in self._places]
        if len(self._places) + len(new) > self._remembered:
            self._places.clear()
            new = list(distinct)
        self._learn(new)
        places = [self._places[word] for text in texts for word in text]
        starts = np.cumsum([0, *(len(text) for text in texts[:-1])])
        return np.add.reduceat(self._vectors[places], starts, axis=0)

    def _learn(self, new: list[str]) -> None:
        if not new:
            return
        rows = [self._vocabulary.rows_of(word) for word in new]
        begin = len(self._places)
        known = [number for number, found in enumerate(rows) if found]
        self._vectors[begin : begin + len(new)] = 0
        if known:
            flat = [row for number in known for row in rows[number]]
            lengths = np.asarray([len(rows[number]) for number in known])
            weights = np.asarray([self._vocabulary.weight_of(new[number]) for number in known], np.float32)
            parts = self._rows[flat].astype(np.float32) * self._scales[flat, None]
            summed = np.add.reduceat(parts, np.cumsum(lengths) - lengths, axis=0)
            summed *= (weights / np.sqrt(lengths).astype(np.float32))[:, None]
            self._vectors[begin + np.asarray(known)] = summed
        self._places.update((word, begin + number) for number, word in enumerate(new))
