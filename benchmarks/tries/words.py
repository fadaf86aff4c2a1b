"""Tries that need no training: other weights of words, and texts with the parts of compounds or without slips."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from matcher.links import compounds, known
from matcher.ports import Encoder, Int8Matrix, Progress, WordVectors
from models import artefact, catalogue, curve
from models.vocabulary import Vocabulary
from models.words import words

MOST_WORDS = 400_000
"""Words of each language whose frequency is asked of wordfreq."""
_SHORTEST, _LONG = 5, 9
"""Letters of a word that may be a slip, and from which two letters may differ."""
Rewrite = Callable[[str], Sequence[str]]


def written() -> Counter[str]:
    """How often each folded word is written, as a share of Dutch and English texts together, by wordfreq 3.1.1."""
    import wordfreq

    often: Counter[str] = Counter()
    for language in ("nl", "en"):
        for word in wordfreq.top_n_list(language, MOST_WORDS, "large"):
            share = wordfreq.word_frequency(word, language, "large") / 2
            for folded in dict.fromkeys(words(word)):
                often[folded] += share
    return often


def weighed(folder: Path, smoothing: float) -> Path:
    """The shipped artefact with weights a / (a + frequency) from wordfreq, in a folder. `smoothing`: a."""
    shipped = catalogue.find(catalogue.DEFAULT)
    vocabulary, rows, scales = artefact.read(shipped)
    often = written()
    weights = np.array([smoothing / (smoothing + often[name]) for name in vocabulary.rows], np.float32)
    # rows of runs of letters have no frequency, so their weight is 1, as it is in the shipped table
    artefact.write(Vocabulary(vocabulary.rows, weights), rows.astype(np.float32) * scales[:, None], folder)
    for name in (curve.NAME, curve.WORDS, curve.BASELINE):
        shutil.copyfile(shipped / name, folder / name)
    artefact.seal(folder)
    return folder


class Rewritten:
    """An encoder that reads other words than were written. `rewrite`: a word to what is read in its place."""

    def __init__(self, encoder: Encoder, rewrite: Rewrite) -> None:
        self._encoder = encoder
        self._rewrite = rewrite
        self.id, self.scale, self.shares = encoder.id, encoder.scale, encoder.shares

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """Canonical vectors: see `matcher.ports.Encoder`."""
        return self._encoder.encode([self.read(text) for text in texts], progress=progress)

    def of_words(self, word_list: Sequence[str]) -> WordVectors:
        """Each word by what is read in its place."""
        return self._encoder.of_words([self.read(word) for word in word_list])

    def read(self, text: str) -> str:
        """What is read for a text."""
        return " ".join(part for word in words(text) for part in self._rewrite(word))


def with_parts(vocabulary: Vocabulary, *, unknown: bool) -> Rewrite:
    """A word and, if it is a compound, its two parts. `unknown`: only of words without a row of their own."""

    def rewrite(word: str) -> Sequence[str]:
        parts = None if unknown and word in vocabulary.rows else compounds.parts(word)
        return (word, *parts) if parts else (word,)

    return rewrite


def without_slips(vocabulary: Vocabulary) -> Rewrite:
    """The known word that an unknown one is a slip of, where one is nearest; else the word itself."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    by_letter: dict[str, list[str]] = {}
    for word in vocabulary.rows:
        if not word.startswith("#") and len(word) >= _SHORTEST and word.isalpha():
            by_letter.setdefault(word[0], []).append(word)

    @lru_cache(None)
    def rewrite(word: str) -> tuple[str]:
        if len(word) < _SHORTEST or not word.isalpha() or word in vocabulary.rows or known.is_known(word):
            return (word,)
        most = 1 if len(word) < _LONG else 2
        hits = process.extract(word, by_letter.get(word[0], ()), scorer=OSA.distance, score_cutoff=most, limit=2)
        if not hits or (len(hits) > 1 and hits[0][1] == hits[1][1]):
            return (word,)
        return (hits[0][0],)

    return rewrite
