"""Vector indexes behind one port: `exact` (numpy, the reference) and `faiss` (default). One map from name to maker."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matcher.ports import Int8Matrix, VectorIndex


def _exact(vectors: Int8Matrix) -> VectorIndex:
    from matcher.index.exact import ExactIndex

    return ExactIndex(vectors)


def _faiss(vectors: Int8Matrix) -> VectorIndex:
    from matcher.index.faiss import FaissIndex

    return FaissIndex(vectors)


MAKERS: Mapping[str, Callable[[Int8Matrix], VectorIndex]] = {"exact": _exact, "faiss": _faiss}
"""How to make each index from canonical vectors, shape (n, dimension)."""
