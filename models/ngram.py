"""Our own encoder, without torch: the sum of the vectors of the words of a text, from a table."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.ports import Int8Matrix, Progress, VectorScale, WordVectors
from models import artefact, curve
from models import catalogue as folders
from models.quantise import canonical, scale_list, scale_of, units
from models.words import LONGEST, LONGEST_WORD, VERSION, words

REMEMBERED = 32_768
"""Words whose vectors are cached: 32 MB at 256 dimensions. A full cache is emptied."""
LEAST_WEIGHT = 0.5
"""The least weight of a known word that says something: `the`, `met` and `geen` say nothing."""
LEAST_RUN, LEAST_COVERED = 5, 0.65
"""A word that is not known says something where known n-grams of at least so many characters cover this share of it.

Of 2,000 made words of random letters 1 % do, of words with a typing error 80 %, of unknown job names 99 %.
"""
SUMS = 2
"""Raise it when the rounding of a sum changes: the id of the encoder follows, so that texts are encoded again."""
RARITY_UNIT = 31
"""Rarity of a word whose weight differs from 1 by 1/e; a word that no sentence has is eight times as rare."""
MOST_RARE = 8
TOGETHER = 2048
"""Words of candidates compared with a query at once: 16 MB of parts for a query of 1,000 words."""


@dataclass(frozen=True)
class Compared:
    """A text compared with others: their distinct words, and what each word adds to the vector of its text."""

    mine: list[str]
    theirs: list[list[str]]
    vectors: NDArray[np.float32]
    """Vectors of the words of the text, followed by those of the others in order; shape (words, dimension)."""
    sums: NDArray[np.float32]
    """The vector of each other text, shape (others, dimension)."""

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """The index among the others of the text of each of their words."""
        return np.repeat(np.arange(len(self.theirs)), [len(text) for text in self.theirs])

    @cached_property
    def cosines(self) -> NDArray[np.float64]:
        """The cosine of the text with each of the others; zero where either is empty."""
        return np.asarray(self.sums @ self._first.sum(axis=0) * self._factors, np.float64)

    def parts(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """The part of the cosine of each pair of these words; over all pairs of two texts they add up to the cosine."""
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
    """Implements `matcher.ports.Encoder` for the artefact of `models.artefact`. `cache`: the folder for digests.

    Construction is cheap; the table is read at the first text. Thread-safe. The vector of a text is the normalised sum
    of the vectors of its words, so it has the same bits in any batch.
    """

    def __init__(self, folder: Path, cache: Path | None = None, *, remembered: int = REMEMBERED) -> None:
        self.folder = folder
        self._cache = cache
        self._remembered = remembered
        self._lock = threading.Lock()

    @cached_property
    def id(self) -> str:
        """`name@sha256:...` over the files of the artefact and everything else that determines a vector."""
        rules = [LEAST_WEIGHT, LEAST_RUN, LEAST_COVERED, SUMS, RARITY_UNIT, MOST_RARE]
        ours = json.dumps([folders.digest(self.folder, self._cache), VERSION, scale_list(self.scale), rules])
        return f"{self.folder.name}@sha256:{hashlib.sha256(ours.encode()).hexdigest()}"

    @cached_property
    def scale(self) -> VectorScale:
        """Dimension, quantisation and calibration."""
        scale = scale_of(folders.dimension(self.folder), curve.points(self.folder, self.folder.name))
        return replace(scale, words=curve.word_points(self.folder), baseline=curve.baseline(self.folder))

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """Canonical vectors, shape (n, dimension); zero rows as `embed` has them. Raises EncoderError."""
        return canonical(self.embed(texts, progress=progress), self.scale)

    def embed(
        self, texts: Sequence[str], *, progress: Progress | None = None, unknown: bool = False
    ) -> NDArray[np.float32]:
        """Unit vectors, shape (n, dimension), float32; zero rows for texts in which no word is known or recognised.

        Random letters have n-grams that are known too: their vector would be near to that of anything. `unknown`: those
        texts have that vector too, which an artefact of few words is calibrated with. Raises EncoderError.
        """
        vectors = np.zeros((len(texts), self.scale.dimension), np.float32)
        for rows, word_lists in _parts(texts, self._remembered // 4):
            with self._lock:
                said = [number for number, text in enumerate(word_lists) if unknown or self._table.says_something(text)]
                if said:
                    vectors[[rows[number] for number in said]] = self._table.sums(
                        [word_lists[number] for number in said]
                    )
            if progress and rows[-1] + 1 < len(texts):
                progress(rows[-1] + 1, len(texts))
        if progress and texts:
            progress(len(texts), len(texts))  # even if the last texts have no words
        return units(vectors)

    def shares(self, query: str, texts: Sequence[str], pairs: Sequence[Sequence[tuple[str, str]]]) -> list[list[float]]:
        """For each text the part of its cosine with the query that each of these pairs of words, or names, has.

        The vector of a text is a sum over its words, so the cosine is the sum of the parts of all pairs of its words
        (`Compared.parts`). To four decimals. Raises EncoderError.
        """
        query_words = words(query)
        result = [[0.0] * len(of_text) for of_text in pairs]
        wanted = [text if of_text else "" for text, of_text in zip(texts, pairs, strict=True)]
        for rows, word_lists in _parts(wanted, min(TOGETHER, self._remembered // 4)):
            both = self.compared(query_words, word_lists)
            places = {word: place for place, word in enumerate(both.mine)}
            starts = np.cumsum([0, *map(len, both.theirs)])
            for row, start, theirs in zip(rows, starts.tolist(), both.theirs, strict=False):
                columns = {word: start + place for place, word in enumerate(theirs)}
                result[row] = [_share(both, places, columns, *pair) for pair in pairs[row]]
        return result

    def of_words(self, word_list: Sequence[str]) -> WordVectors:
        """Each word by itself; zeros for one that says nothing (`the`, `met`) or has no known n-gram."""
        vectors = np.zeros((len(word_list), self.scale.dimension), np.float32)
        rarity = np.zeros(len(word_list), np.uint8)
        parts = [words(word) for word in word_list]
        for start in range(0, len(word_list), TOGETHER):
            rows = [row for row in range(start, min(start + TOGETHER, len(word_list))) if parts[row]]
            if rows:
                with self._lock:
                    weights = [self._table.weight_of(parts[row]) for row in rows]
                    vectors[rows] = self._table.sums([parts[row] for row in rows])
                rarity[rows] = [_rarity(weight) for weight in weights]
        vectors[rarity == 0] = 0
        return WordVectors(canonical(units(vectors), self.scale), rarity)

    def compared(self, query_words: list[str], texts: Sequence[list[str]]) -> Compared:
        """A text compared with others, by their words. None of the others may be empty."""
        counts = [Counter(text) for text in (query_words, *texts)]
        distinct, *others = [list(count) for count in counts]
        with self._lock:
            vectors = self._table.each([word for count in counts for word in count])
        vectors *= np.array([times for count in counts for times in count.values()], np.float32)[:, None]
        starts = np.cumsum([len(distinct), *map(len, others)])[:-1]
        return Compared(distinct, others, vectors, np.add.reduceat(vectors, starts, axis=0) if others else vectors[:0])

    @cached_property
    def _table(self) -> _Table:
        return _Table(self.folder, self._remembered)


def _rarity(weight: float) -> int:
    """-ln(1 - weight), as a whole number: the log of how rare a word is in sentences; 0 for one that says nothing."""
    if weight < LEAST_WEIGHT:
        return 0
    return round(RARITY_UNIT * min(-math.log(max(1 - weight, math.exp(-MOST_RARE))), MOST_RARE))


def _share(both: Compared, places: Mapping[str, int], columns: Mapping[str, int], asked: str, own: str) -> float:
    rows = [places[word] for word in words(asked) if word in places]
    others = [columns[word] for word in words(own) if word in columns]
    if not (rows and others):
        return 0.0
    return round(float(both.parts(np.array(rows, np.int64), np.array(others, np.int64)).sum()), 4)


def _parts(texts: Sequence[str], most: int) -> Iterator[tuple[list[int], list[list[str]]]]:
    """The texts that have words, in batches of at most `most` words or one text: their rows and words."""
    rows: list[int] = []
    word_lists: list[list[str]] = []
    count = 0
    for row, text in enumerate(texts):
        of_text = words(text)
        if word_lists and count + len(of_text) > most:
            yield rows, word_lists
            rows, word_lists, count = [], [], 0
        if of_text:
            rows.append(row)
            word_lists.append(of_text)
            count += len(of_text)
    if word_lists:
        yield rows, word_lists


class _Table:
    """The rows of the artefact, and a cache of word vectors."""

    def __init__(self, folder: Path, remembered: int) -> None:
        self._remembered = remembered
        self._vocabulary, self._rows, self._scales = artefact.read(folder)
        self._positions: dict[str, int] = {}
        self._vectors = np.zeros((remembered, self._rows.shape[1]), np.float32)

    def sums(self, texts: list[list[str]]) -> NDArray[np.float32]:
        """The sum of the weighted word vectors of each text, shape (texts, dimension), in the order of its words."""
        positions = self._positions_of([word for text in texts for word in text])
        starts = np.cumsum([0, *map(len, texts)])
        return _sums(positions, starts, self._vectors[: len(self._positions)])

    def each(self, word_list: list[str]) -> NDArray[np.float32]:
        """The weighted vector of each word, shape (words, dimension)."""
        return self._vectors[self._positions_of(word_list)]

    def weight_of(self, word_list: list[str]) -> float:
        """The largest weight of these words."""
        return max(map(self._vocabulary.weight_of, word_list))

    def _positions_of(self, word_list: list[str]) -> NDArray[np.int64]:
        """The row of the cache for each word; words that it lacks are added to it."""
        new = [word for word in dict.fromkeys(word_list) if word not in self._positions]
        if len(self._positions) + len(new) > self._remembered:
            self._positions.clear()
            new = list(dict.fromkeys(word_list))
        self._learn(new)
        return np.fromiter(map(self._positions.__getitem__, word_list), np.int64, len(word_list))

    def says_something(self, word_list: list[str]) -> bool:
        """Whether one of these words is known and says something, or is unknown and recognised by its n-grams."""
        known = self._vocabulary.rows
        if any(word in known and self._vocabulary.weight_of(word) >= LEAST_WEIGHT for word in word_list):
            return True
        return any(word not in known and self._covered(word) >= LEAST_COVERED for word in set(word_list))

    def _covered(self, word: str) -> float:
        """The share of the characters of `<word>` that known n-grams of at least LEAST_RUN characters cover."""
        bounded = f"<{word[:LONGEST_WORD]}>"
        covered: set[int] = set()
        for length in range(LEAST_RUN, LONGEST + 1):
            for start in range(len(bounded) - length + 1):
                if f"#{bounded[start : start + length]}" in self._vocabulary.rows:
                    covered.update(range(start, start + length))
        return len(covered) / len(bounded)

    def _learn(self, new: list[str]) -> None:
        if not new:
            return
        rows = [self._vocabulary.rows_of(word) for word in new]
        begin = len(self._positions)
        known = [number for number, features in enumerate(rows) if features]
        self._vectors[begin : begin + len(new)] = 0
        if known:
            flat = [row for number in known for row in rows[number]]
            lengths = np.asarray([len(rows[number]) for number in known])
            weights = np.asarray([self._vocabulary.weight_of(new[number]) for number in known], np.float32)
            used, places = np.unique(flat, return_inverse=True)
            parts = self._rows[used].astype(np.float32) * self._scales[used, None]
            summed = _sums(places, np.concatenate([[0], np.cumsum(lengths)]), parts)
            summed *= (weights / np.sqrt(lengths).astype(np.float32))[:, None]
            self._vectors[begin + np.asarray(known)] = summed
        self._positions.update((word, begin + number) for number, word in enumerate(new))


def _sums(rows: NDArray[np.int64], starts: NDArray[np.int64], table: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each list of rows of a table, `rows[starts[i]:starts[i + 1]]`, their sum: shape (lists, dimension).

    The rows of a list are added in its order, whatever the other lists: a product with a sparse matrix does that, and
    is some three times as fast as `np.add.reduceat`, which copies all rows first.
    """
    from scipy.sparse import csr_array

    shape = (len(starts) - 1, len(table))
    return np.asarray(csr_array((np.ones(len(rows), np.float32), rows, starts), shape=shape) @ table)
