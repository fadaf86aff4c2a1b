"""Our own encoder without torch: looks the words of a text up in a table, and adds them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.ports import Int8Matrix, Progress, SimilarTerms, VectorScale
from models import artefact, curve
from models import catalogue as folders
from models.quantise import canonical, scale_of
from models.words import VERSION, requested_skill_names, words

REMEMBERED = 32_768
"""Words whose vectors are kept: 32 MB at 256 dimensions. When it is full it is begun anew."""
TOGETHER = 2048
"""Words of candidates that are compared with a query at once: 16 MB of parts beside a query of 1,000 words."""
MOST_TERMS = 3
"""Pairs of words that are named: more is no longer read."""
LEAST_PART = 0.03
"""The share of the cosine that a pair must make to be named."""
LEAST_WEIGHT = 0.3
"""The weight that a word must have to be named: `the` and `met` tell nothing."""


@dataclass(frozen=True)
class Compared:
    """A text beside some others: their distinct words, and what each word adds to the vector of its text."""

    mine: list[str]
    theirs: list[list[str]]
    vectors: NDArray[np.float32]
    """Of the words of the text, and then of those of all others, one after another: shape (words, dimension)."""
    sums: NDArray[np.float32]
    """The vector of each other text, shape (others, dimension)."""

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """Which of the others each of their words is of."""
        return np.repeat(np.arange(len(self.theirs)), [len(one) for one in self.theirs])

    @cached_property
    def cosines(self) -> NDArray[np.float64]:
        """The cosine of the text and each of the others; zero where either says nothing."""
        return np.asarray(self.sums @ self._first.sum(axis=0) * self._factors, np.float64)

    def parts(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """The parts of the cosines that pairs of these words make: over all words of one, their sum is its cosine."""
        first, others = self._first[rows], self.vectors[len(self.mine) :][columns]
        parts = first.astype(np.float64) @ others.astype(np.float64).T
        return np.asarray(parts * self._factors[self.owner[columns]])

    @property
    def _first(self) -> NDArray[np.float32]:
        return self.vectors[: len(self.mine)]

    @cached_property
    def _factors(self) -> NDArray[np.float64]:
        lengths: NDArray[np.float64] = np.linalg.norm(self.sums, axis=1).astype(np.float64)
        lengths *= np.linalg.norm(self._first.sum(axis=0))
        return np.divide(1.0, lengths, out=np.zeros(len(lengths)), where=lengths > 0)


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
        return scale_of(folders.dimension(self.folder), curve.points(self.folder, self.folder.name))

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

    def similar_terms(
        self, query: str, candidates: Sequence[str], shown: Sequence[Collection[str]]
    ) -> list[tuple[SimilarTerms, ...]]:
        """For each candidate the pairs of words that are the largest parts of its cosine, each word in one pair.

        At most MOST_TERMS. Only words that tell, and that stand in `shown` or in the artefact's list: names of
        occupations, skills and qualifications. A text's vector is a sum over its words, so the cosine is the sum of
        `Compared.parts`, exactly. Raises EncoderError.
        """
        asked = words(query)
        ours = requested_skill_names(query, set(asked))
        found: list[tuple[SimilarTerms, ...]] = [()] * len(candidates)
        for rows, said in _parts(candidates, min(TOGETHER, self._remembered // 4)):
            more = [{word for term in shown[row] for word in words(term)} for row in rows]
            for row, pairs in zip(rows, self._largest(asked, said, more), strict=True):
                theirs = requested_skill_names(candidates[row], {word for _, word, _ in pairs})
                found[row] = tuple(SimilarTerms(ours.get(a, a), theirs.get(b, b), part) for a, b, part in pairs)
        return found

    def _largest(
        self, asked: list[str], said: Sequence[list[str]], more: Sequence[set[str]]
    ) -> list[list[tuple[str, str, float]]]:
        """For each candidate, by its words, the largest parts that may be named, to four decimals."""
        both = self.compared(asked, said)
        may_row = np.array([self._named(both.mine, mine) for mine in more], np.bool_)
        may_column = [may for one, mine in zip(both.theirs, more, strict=True) for may in self._named(one, mine)]
        rows, columns = np.flatnonzero(may_row.any(axis=0)), np.flatnonzero(may_column)
        owner, flat = both.owner[columns], [word for one in both.theirs for word in one]
        parts = np.round(both.parts(rows, columns), 4)
        named = may_row[owner][:, rows].T & (parts > np.maximum(LEAST_PART * both.cosines, 0)[owner])
        places = np.argwhere(named).tolist()
        told = [(float(parts[row, at]), both.mine[rows[row]], flat[columns[at]], owner[at]) for row, at in places]
        chosen: list[list[tuple[str, str, float]]] = [[] for _ in said]
        for part, one, other, whose in sorted(told, key=lambda pair: (-pair[0], pair[1:3])):
            mine = chosen[whose]
            if len(mine) < MOST_TERMS and all(one != taken and other != had for taken, had, _ in mine):
                mine.append((one, other, part))
        return chosen

    def _named(self, said: list[str], more: set[str]) -> list[bool]:
        """Which of these words tell something, and may be told."""
        public, tells = self._public, self._table.tells
        return [word in public or (word in more and tells(word)) for word in said]

    def compared(self, asked: list[str], said: Sequence[list[str]]) -> Compared:
        """A text beside some others, by their words. None of the others is empty."""
        counts = [Counter(text) for text in (asked, *said)]
        mine, *others = [list(count) for count in counts]
        with self._lock:
            vectors = self._table.each([word for count in counts for word in count])
        vectors *= np.array([times for count in counts for times in count.values()], np.float32)[:, None]
        starts = np.cumsum([len(mine), *map(len, others)])[:-1]
        return Compared(mine, others, vectors, np.add.reduceat(vectors, starts, axis=0) if others else vectors[:0])

    @cached_property
    def _table(self) -> _Table:
        return _Table(self.folder, self._remembered)

    @cached_property
    def _public(self) -> frozenset[str]:
        """The words of the artefact's list that tell something."""
        return frozenset(filter(self._table.tells, artefact.public(self.folder)))


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
        vectors = self.each([word for text in texts for word in text])
        starts = np.cumsum([0, *(len(text) for text in texts[:-1])])
        return np.add.reduceat(vectors, starts, axis=0)

    def each(self, said: list[str]) -> NDArray[np.float32]:
        """The weighted vector of each word, shape (words, dimension)."""
        distinct = dict.fromkeys(said)
        new = [word for word in distinct if word not in self._places]
        if len(self._places) + len(new) > self._remembered:
            self._places.clear()
            new = list(distinct)
        self._learn(new)
        return self._vectors[[self._places[word] for word in said]]

    def tells(self, word: str) -> bool:
        """Whether a word is rare enough to be named."""
        return self._vocabulary.weight_of(word) >= LEAST_WEIGHT

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
