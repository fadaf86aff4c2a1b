"""The reference index: dot products of every row, in numpy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.meeting import rising
from matcher.pool.text_vectors import Vectors
from matcher.ports import Rows, VectorScale

_BLOCK = 512
"""Rows per block. As floats they fit the cache of the processor; blocks of eight times this size take twice as long."""


class ExactIndex:
    """Brute force over int8 vectors, shape (n, dimension), without a copy of them."""

    exact = True

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def search(self, query: NDArray[np.int8], k: int, rows: Rows | None = None) -> tuple[Rows, NDArray[np.int32]]:
        """See `ports.VectorIndex.search`."""
        candidates = np.arange(len(self._vectors)) if rows is None else rows
        dots = dot_products(self._vectors, query, candidates)
        best = np.lexsort((candidates, -dots))[:k]
        return candidates[best], dots[best]


def dot_products(vectors: Vectors, query: NDArray[np.int8], rows: Rows) -> NDArray[np.int32]:
    """Dot product of the query with each of these rows, shape (m,). Integers below 2^24 are exact in float32."""
    query_floats = query.astype(np.float32)
    dots = np.empty(len(rows), np.int32)
    floats = np.empty((min(_BLOCK, len(rows)), vectors.shape[1]), np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = vectors.take(rows[start : start + _BLOCK], axis=0)
        np.copyto(floats[: len(block)], block)
        dots[start : start + _BLOCK] = floats[: len(block)] @ query_floats
    return dots


def similarity_of(scale: VectorScale, dots: NDArray[np.int32]) -> NDArray[np.float64]:
    """Similarity in [0, 1] of dot products: piecewise linear, strictly increasing, the same bits for any batch."""
    return rising(*line_of(scale), dots)


def line_of(scale: VectorScale) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The dot products and similarities between which it is linear, shape (points,) each."""
    return _line(scale.calibration, scale.factor)


@lru_cache(8)
def _line(
    calibration: tuple[tuple[float, float], ...], factor: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    knots = np.array(calibration, np.float64)
    return knots[:, 0] * factor**2, knots[:, 1].copy()
