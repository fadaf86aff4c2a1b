"""The vocabulary of an artefact: its features, each a row of the table, and the weights of words."""

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
    """`rows`: feature to row of the table; `weights`, shape (features,): the weight of each whole word, in (0, 1].

    Unknown words weigh 1; the weights of n-grams are not used.
    """

    rows: Mapping[str, int]
    weights: NDArray[np.float32]

    def rows_of(self, word: str) -> list[int]:
        """The rows of the known features of a word, ascending; empty for a word in another script."""
        return sorted(row for feature in features(word) if (row := self.rows.get(feature)) is not None)

    def weight_of(self, word: str) -> float:
        """The weight of a word: a / (a + its frequency), smooth inverse frequency (Arora et al. 2017)."""
        row = self.rows.get(word)
        return 1.0 if row is None else float(self.weights[row])

    @property
    def tokenizer(self) -> dict[str, Any]:
        """The vocabulary as `tokenizer.json` of the library `tokenizers`, which splits and folds in the same way."""
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
    """The vocabulary of an artefact. Raises OSError, ValueError, KeyError or TypeError if the file is not one."""
    rows: dict[str, int] = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"]
    rows.pop(_UNKNOWN)
    if list(rows.values()) != list(range(len(rows))) or weights.shape != (len(rows),):
        raise ValueError
    return Vocabulary(rows, weights)


def chosen(
    texts: Iterable[str], size: int, *, rare: int, smoothing: float, running: Iterable[str] | None = None
) -> Vocabulary:
    """The words that occur at least `rare` times in the texts, and the most informative n-grams, `size` in all.

    The value of an n-gram is the sum over its words of the logarithm of their counts. `smoothing`: a in the weight
    a / (a + frequency); `running`: the texts in which that frequency is counted, if not all: in a list of names
    `monteur` is frequent, and yet informative.
    """
    counts = Counter(word for text in texts for word in words(text))
    frequencies = counts if running is None else Counter(word for text in running for word in words(text))
    total = frequencies.total()
    known = sorted((word for word, count in counts.items() if count >= rare), key=lambda word: (-counts[word], word))
    value: Counter[str] = Counter()
    carriers: Counter[str] = Counter()
    for word, count in counts.items():
        worth = round(math.log2(1 + count) * 1000)  # integers, so that the sum does not depend on the order
        for run in features(word):
            if run != word:
                value[run] += worth
                carriers[run] += 1
    runs = sorted((run for run in value if carriers[run] > 1), key=lambda run: (-value[run], run))
    names = known + runs[: size - len(known)]
    weights = np.ones(len(names), np.float32)
    weights[: len(known)] = [smoothing / (smoothing + frequencies[word] / total) for word in known]
    return Vocabulary({name: row for row, name in enumerate(names)}, weights)


@dataclass(frozen=True, slots=True)
class Bag:
    """Texts as words, and words as features, in flat arrays with the start of each.

    `features`, `word_starts`: rows of the table for each distinct word; `scales`: 1 / sqrt(number of its features).
    `words`, `text_starts`: positions among the distinct words for each text; `weights`: the weight of each of those.
    """

    features: Rows
    word_starts: Rows
    scales: NDArray[np.float32]
    words: Rows
    text_starts: Rows
    weights: NDArray[np.float32]


class Bags:
    """Makes bags, and caches the features of words without a limit. For training."""

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
