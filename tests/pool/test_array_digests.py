"""The digest of a column is that of its file, and is made once for as long as the column lives."""

from __future__ import annotations

import gc
import hashlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from matcher.pool.array_digests import ArrayDigests, digest_of


@given(
    array=arrays.arrays(
        dtype=arrays.integer_dtypes() | arrays.floating_dtypes(sizes=(32, 64)) | arrays.boolean_dtypes(),
        shape=arrays.array_shapes(min_dims=1, max_dims=2, min_side=0),
    )
)
def test_a_digest_is_that_of_the_file(array: np.ndarray[Any, Any]) -> None:
    """Whatever lies how in memory: what `numpy.save` writes of the array in C order has this digest."""
    for lying in (array, np.asfortranarray(array), np.repeat(array, 2, axis=0)[::2]):
        file = io.BytesIO()
        np.save(file, np.ascontiguousarray(lying), allow_pickle=False)
        assert digest_of(lying) == hashlib.sha256(file.getvalue()).hexdigest()


def test_what_has_a_digest_stays_as_it_is() -> None:
    """A column whose digest is kept cannot be written any more, or the digest would be that of something else."""
    column, digests = np.arange(5), ArrayDigests()
    first = digests.of(column)
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 7
    assert digests.of(column) == first
    assert digests.of(np.arange(5)) == first, "equal columns have equal digests"
    assert digests.of(np.arange(6)) != first


def test_nothing_is_kept_of_columns_that_are_gone() -> None:
    """Another column may get the place in memory of one that is gone; it has a digest of its own."""
    digests = ArrayDigests()
    for number in range(200):
        column = np.full(3, number)
        assert digests.of(column) == digest_of(column)
    del column
    gc.collect()
    assert len(digests) == 0
