"""What is written or rounded depends on the values of an array, never on how it lies in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models import artefact
from models.quantise import canonical, scale_of, units
from models.vocabulary import Vocabulary, chosen

ORDERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "transposed": lambda array: np.ascontiguousarray(array.T).T,
    "every other column": lambda array: np.repeat(array, 2, axis=-1)[..., ::2],
    "backwards": lambda array: np.ascontiguousarray(array[::-1])[::-1],
    "part of a wider one": lambda array: np.concatenate([array, array], axis=-1)[..., : array.shape[-1]],
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
}
"""Ways in which the same values can lie in memory."""
TEXTS = ["verzorgende wondzorg", "monteur elektrotechniek", "wondzorg voor monteurs"]


@pytest.mark.parametrize("order", ORDERS)
def test_an_artefact_is_read_as_it_was_written(order: str, tmp_path: Path) -> None:
    """Table, scales and weights of any memory order come back value by value, and the file has the same bytes."""
    lie = ORDERS[order]
    words = chosen(TEXTS, 40, rare=1, smoothing=1e-3)
    table = np.random.default_rng(7).normal(size=(len(words.rows), 16)).astype(np.float32)
    artefact.write(words, table, tmp_path / "plain")
    artefact.write(Vocabulary(words.rows, lie(words.weights)), lie(table), tmp_path / "lying")
    vocabulary, found, scales = artefact.read(tmp_path / "lying")
    assert np.abs(found * scales[:, None] - table).max() <= scales.max() / 2 + 1e-6
    assert (vocabulary.weights == words.weights).all()
    assert (tmp_path / "lying" / artefact.SUMS).read_bytes() == (tmp_path / "plain" / artefact.SUMS).read_bytes()


@given(
    vectors=arrays.arrays(
        np.float32, st.tuples(st.integers(1, 6), st.integers(1, 300)), elements=st.floats(-10, 10, width=32)
    ),
    order=st.sampled_from(sorted(ORDERS)),
)
def test_the_bits_of_a_vector_do_not_depend_on_its_memory(vectors: np.ndarray, order: str) -> None:
    """Length 1 and int8 are rounded alike from every memory order, and what comes out lies in C order."""
    scale = scale_of(vectors.shape[1], ())
    plain, other = units(vectors), units(ORDERS[order](vectors))
    assert plain.tobytes() == other.tobytes()
    stored = canonical(ORDERS[order](plain), scale)
    assert stored.flags.c_contiguous
    assert stored.tobytes() == canonical(plain, scale).tobytes()
