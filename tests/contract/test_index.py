"""What every vector index must do: the same rows and the same dot products as brute force, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.index import MAKERS


@st.composite
def searches(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int, np.ndarray | None]:
    """Vectors with duplicates and zeros, a query, k, and sometimes a choice of rows."""
    count, dimension = draw(st.integers(1, 300)), draw(st.sampled_from((1, 8, 33, 256)))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = generator.integers(-127, 128, (count, dimension)).astype(np.int8)
    vectors[generator.random(count) < draw(st.sampled_from((0.0, 0.5, 0.95)))] = vectors[0]
    vectors[generator.random(count) < draw(st.sampled_from((0.0, 0.2)))] = 0
    query = draw(st.sampled_from((vectors[-1], -vectors[0], np.zeros(dimension, np.int8))))
    rows = np.flatnonzero(generator.random(count) < draw(st.sampled_from((0.0, 0.01, 0.5, 1.0))))
    return vectors, query, draw(st.integers(0, 310)), draw(st.sampled_from((None, rows)))


@pytest.mark.parametrize("name", MAKERS)
@given(search=searches())
def test_equals_brute_force(name: str, search: tuple[np.ndarray, np.ndarray, int, np.ndarray | None]) -> None:
    """Same rows, same dot products, largest first, ties by row number; never more than asked or than there are."""
    vectors, query, k, rows = search
    among = np.arange(len(vectors)) if rows is None else rows
    dots = vectors[among].astype(np.int64) @ query.astype(np.int64)
    best = np.lexsort((among, -dots))[:k]
    found, found_dots = MAKERS[name](vectors).search(query, k, rows)
    assert found.tolist() == among[best].tolist()
    assert found_dots.tolist() == dots[best].tolist()


@pytest.mark.parametrize("name", MAKERS)
def test_largest_dot_product_is_exact(name: str) -> None:
    """At 1,040 dimensions of 127 the dot product is 16,774,160 < 2^24: still a whole number in float32."""
    vectors = np.full((3, 1040), 127, np.int8)
    vectors[1, 0] = 126
    _, dots = MAKERS[name](vectors).search(vectors[0], 3)
    assert dots.tolist() == [1040 * 127**2, 1040 * 127**2, 1040 * 127**2 - 127]
