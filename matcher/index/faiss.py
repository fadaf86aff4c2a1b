"""FAISS flat index over the canonical vectors: one byte a component (`QT_8bit_direct_signed`), without loss.

Takes a fifth to a tenth of the time of the float32 flat index (`benchmarks/ranking/search.py`; docs/performance.md).
Answers are those of `ExactIndex`, ties included.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.pool.text_vectors import Vectors
from matcher.ports import Rows

_BLOCK = 16384
_SIGN = 128


class FaissIndex:
    """Exact search by inner product; holds a copy of the vectors, n x dimension bytes."""

    exact = True

    def __init__(self, vectors: Vectors) -> None:
        import faiss

        self._faiss: Any = faiss
        faiss.omp_set_num_threads(1)  # a single query is bound by memory bandwidth; threads only wait for each other
        self._count, dimension = vectors.shape
        self._index: Any = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        self._index.is_trained = True
        for start in range(0, self._count, _BLOCK):
            codes = (vectors[start : start + _BLOCK].astype(np.int16) + _SIGN).astype(np.uint8)
            self._index.add_sa_codes(np.ascontiguousarray(codes))

    def search(self, query: NDArray[np.int8], k: int, rows: Rows | None = None) -> tuple[Rows, NDArray[np.int32]]:
        """See `ports.VectorIndex.search`."""
        available = self._count if rows is None else len(rows)
        if not available or k <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        if rows is not None and 0 < len(rows) < self._count:
            chosen = np.zeros(self._count, np.bool_)
            chosen[rows] = True
            bitmap = np.packbits(chosen, bitorder="little")
            parameters = self._faiss.SearchParameters(sel=self._faiss.IDSelectorBitmap(bitmap))
        else:
            parameters = None
        query_floats = query.astype(np.float32)[None]
        nearest, dots = self._best(query_floats, min(k, available), parameters, available)
        best = np.lexsort((nearest, -dots))[:k]
        return nearest[best], dots[best]

    def _best(
        self, query_floats: NDArray[np.float32], k: int, parameters: object, available: int
    ) -> tuple[Rows, NDArray[np.int32]]:
        """At least the k best, with every row that ties with the k-th: FAISS itself breaks ties arbitrarily."""
        count = min(k + 1, available)
        while True:
            dots, nearest = self._index.search(query_floats, count, params=parameters)
            if count == available or dots[0, -1] < dots[0, k - 1]:
                return nearest[0].astype(np.int64), dots[0].astype(np.int32)
            count = min(count * 4, available)
