"""Any sentence-transformers model as an encoder, loaded at the first text to encode."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.errors import ConfigurationError, EncoderError
from matcher.ports import Int8Matrix, Progress, VectorScale, WordVectors
from models import catalogue as folders
from models import curve
from models.quantise import canonical, scale_list, scale_of, units
from models.texts import VERSION, prepared

BATCH = 8
STEP = 16
"""Every batch has BATCH texts, padded to a multiple of STEP tokens. The kernels of torch then always see the same
shapes, so a text gets the same bits alone, among others and in any order. `benchmarks/ranking/encoders.py` shows that
batches of any shape do not give that, and what it costs."""
MOST_TOKENS = 512


class SentenceTransformerEncoder:
    """Implements `matcher.ports.Encoder`. `name`: MiniLM, a folder, or a hub id; `cache`: the folder for digests.

    Construction is cheap. `id` and `scale` read the folder's files, without torch. Thread-safe.
    """

    def __init__(self, name: str, cache: Path | None = None) -> None:
        self._name = name
        self._cache = cache
        self._lock = threading.Lock()

    @cached_property
    def folder(self) -> Path:
        """The folder of the model. Raises ConfigurationError, EncoderError."""
        return folders.find(self._name)

    @cached_property
    def id(self) -> str:
        """`name@sha256:...` over the files of the model and everything else that determines a vector."""
        ours = json.dumps([folders.digest(self.folder, self._cache), VERSION, BATCH, STEP, scale_list(self.scale)])
        name = self._name if self._name == folders.MINILM else self.folder.name
        return f"{name}@sha256:{hashlib.sha256(ours.encode()).hexdigest()}"

    @cached_property
    def scale(self) -> VectorScale:
        """Dimension, quantisation and calibration."""
        return scale_of(folders.dimension(self.folder), curve.points(self.folder, self._name))

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """Canonical vectors, shape (n, dimension); zero rows for texts without words. Raises EncoderError."""
        return canonical(self.embed(texts, progress=progress), self.scale)

    def embed(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors, shape (n, dimension), float32; zero rows for texts without words. Raises EncoderError."""
        plain = [prepared(text) for text in texts]
        vectors = np.zeros((len(texts), self.scale.dimension), np.float32)
        distinct = {text: row for row, text in reversed(list(enumerate(plain))) if text}
        rows = list(distinct.values())
        if rows:
            with self._lock:
                vectors[rows] = self._model.embed([plain[row] for row in rows], progress)
        for row, text in enumerate(plain):
            if text:
                vectors[row] = vectors[distinct[text]]
        return units(vectors)

    def shares(self, _query: str, _texts: object, pairs: Sequence[Sequence[tuple[str, str]]]) -> list[list[float]]:
        """0 for every pair: in a transformer words interact, so no word has a part of its own."""
        return [[0.0] * len(of_text) for of_text in pairs]

    def of_words(self, word_list: Sequence[str]) -> WordVectors:
        """Zeros: a word has no vector but in its text."""
        return WordVectors(
            np.zeros((len(word_list), self.scale.dimension), np.int8), np.zeros(len(word_list), np.uint8)
        )

    @cached_property
    def _model(self) -> _Model:
        return _Model(self.folder, self.scale.dimension)


class _Model:
    """A loaded model, which gets batches of one shape."""

    def __init__(self, folder: Path, dimension: int) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # everything is in the folder; the hub is not needed
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging
        except ImportError:
            raise ConfigurationError("encoder_not_installed", command=folders.INSTALL) from None
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        try:
            self._model: Any = SentenceTransformer(str(folder), device="cpu", local_files_only=True).eval()
        except Exception as error:  # noqa: BLE001 - a broken model makes the libraries raise almost anything
            raise EncoderError("encoder_broken", name=folder.name, problem=type(error).__name__) from None
        self._dimension = dimension
        self._prompt = str(self._model.prompts.get(self._model.default_prompt_name or "") or "")

    def embed(self, texts: Sequence[str], progress: Progress | None) -> NDArray[np.float32]:
        """Vectors, shape (n, dimension), of texts that are not empty."""
        prompted = [self._prompt + text for text in texts]
        vectors = self._padded(prompted, progress) if self._tokenizer is not None else self._model.encode(prompted)
        if vectors.shape[1] != self._dimension or not np.isfinite(vectors).all():
            raise EncoderError("encoder_broken", name="", problem="vectors")
        return np.asarray(vectors, np.float32)

    @cached_property
    def _tokenizer(self) -> Any:
        """The tokenizer of a transformer; None for a model without padding (static embeddings)."""
        tokenizer = getattr(self._model, "tokenizer", None)
        return tokenizer if getattr(tokenizer, "pad_token", None) is not None else None

    def _padded(self, texts: Sequence[str], progress: Progress | None) -> NDArray[np.float32]:
        most = min(self._model.max_seq_length or MOST_TOKENS, MOST_TOKENS)
        lengths = [len(ids) for ids in self._tokenizer(list(texts), truncation=True, max_length=most)["input_ids"]]
        buckets: dict[int, list[int]] = {}
        for row in sorted(range(len(texts)), key=lengths.__getitem__):
            buckets.setdefault(min(-(-lengths[row] // STEP) * STEP, most), []).append(row)
        vectors = np.zeros((len(texts), self._dimension), np.float32)
        done = 0
        for length, rows in buckets.items():
            for start in range(0, len(rows), BATCH):
                part = rows[start : start + BATCH]
                batch = [texts[row] for row in part] + [""] * (BATCH - len(part))
                vectors[part] = self._forward(batch, length)[: len(part)]
                done += len(part)
                if progress:
                    progress(done, len(texts))
        return vectors

    def _forward(self, batch: list[str], length: int) -> NDArray[np.float32]:
        import torch

        features = self._tokenizer(batch, padding="max_length", max_length=length, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            vectors: NDArray[np.float32] = self._model(dict(features))["sentence_embedding"].numpy()
        return vectors
