"""The features that an artefact knows, a row of its table for each, and the weight of each word."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.words import features, words

_UNKNOWN = "[UNK]"
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`rows`: feature to row of the table; `weights`, shape (features,): of a whole word what it counts for, in (0, 1].

    A word that is not there counts for 1; entries that are runs of letters are not read.
    """

    rows: Mapping[str, int]
    weights: NDArray[np.float32]

    def rows_of(self, word: str) -> list[int]:
        """The rows of the features of a word that are known, ascending; empty for a word of another script."""
        return sorted(row for feature in features(word) if (row := self.rows.get(feature)) is not None)

    def weight_of(self, word: str) -> float:
        """What a word counts for: a / (a + its frequency), Arora et al. 2017 (Smooth inverse frequency)."""
        row = self.rows.get(word)
        return 1.0 if row is None else float(self.weights[row])

    @property
    def tokenizer(self) -> dict[str, Any]:
        """The same as a `tokenizer.json` of the library `tokenizers`: it splits, folds, and knows the words."""
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": {
                "type": "Sequence",
                "normalizers": [
                    {"type": "NFKD"},
                    {"type": "StripAccents"},
                    {"type": "Lowercase"},
                    {"type": "Replace", "pattern": {"String": "ß"}, "content": "ss"},
                ],
            },
            "pre_tokenizer": {
                "type": "Split",
                "pattern": {"Regex": r"[\p{L}\p{N}]+(?:[+#]+(?!\w))?"},
                "behavior": "Removed",
                "invert": True,
            },
            "post_processor": None,
            "decoder": None,
            "model": {"type": "WordLevel", "vocab": {**self.rows, _UNKNOWN: len(self.rows)}, "unk_token": _UNKNOWN},
        }


def read(tokenizer: Path, weights: NDArray[np.float32]) -> Vocabulary:
    """The vocabulary of an artefact. Raises OSError, ValueError, KeyError or TypeError where it is not one."""
    found: dict[str, int] = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"]
    found.pop(_UNKNOWN)
    if list(found.values()) != list(range(len(found))) or weights.shape != (len(found),):
        raise ValueError
    return Vocabulary(found, weights)


def chosen(
    texts: Iterable[str], size: int, *, rare: int, smoothing: float, running: Iterable[str] | None = None
) -> Vocabulary:
    """The words that occur at least `rare` times in the texts, and the most telling runs of letters, `size` in all.

    A run tells more the more words have it, each for the logarithm of its count.
    `smoothing`: a in the weight a / (a + frequency); `running`: the texts in which that frequency is counted, where it
    is not all of them: in a list of names `monteur` is frequent, and yet it tells.
    """
    counts = Counter(word for text in texts for word in words(text))
    spoken = counts if running is None else Counter(word for text in running for word in words(text))
    total = spoken.total()
    known = sorted((word for word, count in counts.items() if count >= rare), key=lambda word: (-counts[word], word))
    telling: Counter[str] = Counter()
    carriers: Counter[str] = Counter()
    for word, count in counts.items():
        worth = round(math.log2(1 + count) * 1000)  # integers: the sum does not depend on the order
        for run in features(word):
            if run != word:
                telling[run] += worth
                carriers[run] += 1
    runs = sorted((run for run in telling if carriers[run] > 1), key=lambda run: (-telling[run], run))
    names = known + runs[: size - len(known)]
    weights = np.ones(len(names), np.float32)
    weights[: len(known)] = [smoothing / (smoothing + spoken[word] / total) for word in known]
    return Vocabulary({name: row for row, name in enumerate(names)}, weights)


@dataclass(frozen=True, slots=True)
class Bag:
    """Texts as words, and words as features, as flat lists with the start of each.

    `features`, `word_starts`: rows of the table, of each distinct word; `scales`: 1 / sqrt(number of its features).
    `words`, `text_starts`: positions among the distinct words, of each text; `weights`: of each of those.
    """

    features: Rows
    word_starts: Rows
    scales: NDArray[np.float32]
    words: Rows
    text_starts: Rows
    weights: NDArray[np.float32]


class Bags:
    """Makes bags, and remembers the features of the words that it has seen. For training; not bounded."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._seen = lru_cache(maxsize=None)(self._word)

    def _word(self, word: str) -> tuple[Rows, float]:
        return np.asarray(self._vocabulary.rows_of(word), np.int64), self._vocabulary.weight_of(word)

    def of(self, texts: Sequence[str]) -> Bag:
        """The bag of texts."""
        distinct: dict[str, int] = {}
        positions: list[int] = []
        text_starts = [0]
        for text in texts:
            positions += [distinct.setdefault(word, len(distinct)) for word in words(text)]
            text_starts.append(len(positions))
        entries = [self._seen(word) for word in distinct]
        lengths = np.asarray([len(rows) for rows, _ in entries], np.int64)
        weights = np.asarray([weight for _, weight in entries], np.float32)
        return Bag(
            features=np.concatenate([rows for rows, _ in entries]) if entries else np.zeros(0, np.int64),
            word_starts=np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)[: len(entries)],
            scales=(1 / np.sqrt(np.maximum(lengths, 1))).astype(np.float32),
            words=np.asarray(positions, np.int64),
            text_starts=np.asarray(text_starts[:-1], np.int64),
            weights=weights[positions] if positions else np.zeros(0, np.float32),
        )
