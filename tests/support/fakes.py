"""Hand-written stand-ins at the ports: no patching."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from matcher.domain.moments import ZONE
from matcher.ports import Int8Matrix, Progress, VectorScale, WordVectors
from matcher.text import skill_key


@dataclass
class FixedClock:
    """A clock that stands still until advanced."""

    day: date
    time: time = time(12)

    def now(self) -> datetime:
        return datetime.combine(self.day, self.time, ZONE).astimezone(UTC)

    def today(self) -> date:
        return self.day

    def advance(self, by: timedelta) -> None:
        """Moves it on."""
        moment = (self.now() + by).astimezone(ZONE)
        self.day, self.time = moment.date(), moment.time()


WORDS = ((0.0, 0.0), (0.2, 0.1), (0.6, 0.9), (1.0, 1.0))


@dataclass
class HashEncoder:
    """Averages a random vector per word: equal words make texts alike. No torch, no files, the same everywhere."""

    dimension: int = 32
    name: str = "hash"
    texts_encoded: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.name}@{self.dimension}"

    @property
    def scale(self) -> VectorScale:
        return VectorScale(self.dimension, 127.0, 127, ((-1.0, 0.0), (0.1, 0.1), (0.6, 0.8), (1.0, 1.0)), WORDS)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        vectors = np.zeros((len(texts), self.dimension))
        for row, text in enumerate(texts):
            self.texts_encoded.append(text)
            for word in skill_key(text.replace(".", " ")).split():
                vectors[row] += self._word(word)
            norm = np.linalg.norm(vectors[row])
            vectors[row] /= norm or 1.0
        if progress:
            progress(len(texts), len(texts))
        return np.clip(np.rint(vectors * 127), -127, 127).astype(np.int8)

    def embed(self, texts: Sequence[str], *, progress: Progress | None = None) -> np.ndarray:
        return (self.encode(texts, progress=progress) / 127.0).astype(np.float32)

    def shares(self, _query: str, _texts: object, pairs: Sequence[Sequence[tuple[str, str]]]) -> list[list[float]]:
        return [[0.1] * len(of_text) for of_text in pairs]

    def of_words(self, word_list: Sequence[str]) -> WordVectors:
        vectors = np.array([self._word(word) for word in word_list]).reshape(-1, self.dimension)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        rarity = np.array([40 + 20 * min(len(word), 10) for word in word_list], np.uint8)
        return WordVectors(np.rint(vectors * 127).astype(np.int8), rarity)

    def _word(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
        return np.random.default_rng(seed).normal(size=self.dimension)
