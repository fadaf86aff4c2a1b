"""Quantisation of float vectors to canonical int8 vectors, with one fixed scale per encoder."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from matcher.ports import Int8Matrix, VectorScale

_EXACT = 2**24 - 1
"""float32 represents every integer up to this one exactly (IEEE 754)."""
_SPREAD = 5.5
"""Nearly all values of a unit vector are within this many times 1/sqrt(dimension); larger ones are clipped."""


def scale_of(dimension: int, calibration: tuple[tuple[float, float], ...]) -> VectorScale:
    """The scale for a dimension: as fine as int8 allows with dot products that are exact in float32."""
    levels = min(127, math.isqrt(_EXACT // dimension))
    factor = levels / min(1.0, _SPREAD / math.sqrt(dimension))
    return VectorScale(dimension, factor, levels, calibration)


def scale_list(scale: VectorScale) -> list[object]:
    """A scale as a list of what determines a vector, for the id of an encoder."""
    words = [] if len(scale.words) < 2 else [scale.words]
    baseline = [scale.baseline] if scale.baseline else []
    return [scale.dimension, scale.factor, scale.levels, scale.calibration, *words, *baseline]


def units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows with length 1, shape (n, dimension), the same bits from any memory order; zero rows stay zero."""
    vectors = np.ascontiguousarray(vectors)  # a sum along strides is rounded differently
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), np.float32)


def canonical(vectors: NDArray[np.float32], scale: VectorScale) -> Int8Matrix:
    """Unit vectors, shape (n, dimension), as int8 in C order; zero rows stay zero."""
    rounded = np.rint(vectors.astype(np.float64) * scale.factor)
    return np.clip(rounded, -scale.levels, scale.levels).astype(np.int8, "C")
