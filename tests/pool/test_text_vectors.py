"""Texts of alumni are stored once, an empty one not at all, and nothing stays of those that no one has any more."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.pool.columns import SIGNED, Coded, Ragged, small
from matcher.pool.text_vectors import Texts

VECTORS = np.array([[0, 0], [1, 2], [3, 4], [5, 6], [0, 0], [7, 8], [7, 8]], np.int8)
"""By the number of a text: that of no text, of texts, one of them without a known word, and of two alike."""
MEANINGS = np.array([[0], [1], [2], [3], [4], [5], [6]], np.int8)
states = st.lists(st.lists(st.integers(0, len(VECTORS) - 1), min_size=4, max_size=4), min_size=1, max_size=8)
whole = st.lists(st.integers(-(2**62), 2**62) | st.integers(-300, 300), max_size=6)


def made(numbers: list[int]) -> Texts:
    """The texts with these numbers, as for the alumni of one change."""
    number = np.array([0, *sorted({*numbers} - {0})], np.int64)
    vectors, row = np.unique(VECTORS[number], axis=0, return_inverse=True)
    first = int(np.flatnonzero(~vectors.any(axis=1))[0])
    swap = np.arange(len(vectors))
    swap[[0, first]] = first, 0
    return Texts(number, swap[row].astype(np.int32), vectors[swap], MEANINGS[number])


@given(states)
def test_texts_follow_every_change(history: list[list[int]]) -> None:
    """After each change everyone has the vectors of their text, each text has one row, and what is free is empty."""
    texts = made([])
    for numbers in history:
        now = made(numbers)
        places, new = texts.places_for(now.number)
        rows = places[np.searchsorted(now.number, numbers)]
        gone = np.setdiff1d(np.flatnonzero(texts.number), rows)
        texts = texts.changed(places[new].astype(np.int64), now.take(np.append(0, new)), gone)
        assert np.array_equal(texts.of(rows)[:], VECTORS[numbers])
        assert np.array_equal(texts.meanings_of(rows).take(np.arange(4)), MEANINGS[numbers])
        assert texts.of(rows).known().tolist() == VECTORS[numbers].any(axis=1).tolist()
        assert sorted(texts.number[texts.number > 0].tolist()) == sorted({*numbers} - {0})
        unused = np.setdiff1d(np.arange(len(texts.vectors)), texts.vector_row)
        assert not texts.vectors[unused].any()
        assert not texts.meanings[texts.number == 0].any()


def test_nothing_is_copied_where_no_text_changes() -> None:
    """The texts of a changed consent are the very same."""
    texts = made([1, 2])
    places, new = texts.places_for(made([2]).number)
    assert texts.changed(places[new].astype(np.int64), made([]), np.zeros(0, np.int64)) is texts


@given(whole, whole)
def test_a_smaller_type_holds_the_same(values: list[int], others: list[int]) -> None:
    """Each whole number stays, and no smaller type would do; coded columns read as the columns they were made from."""
    column = np.array(values, np.int64)
    found = small(column, SIGNED)
    assert found.tolist() == values
    assert small(found, SIGNED) is found
    smaller = [of for of in SIGNED if of(0).itemsize < found.itemsize]
    assert all(column.astype(of).tolist() != values for of in smaller)
    one, other = Coded.of(column), Coded.of(np.array(others, np.int64))
    both = one.followed_by(other)
    assert both[:].tolist() == [*values, *others]
    some = np.arange(0, len(both), 2)
    assert both.take(some)[:].tolist() == [*values, *others][::2]
    assert both.take(some).values.tolist() == sorted({*[*values, *others][::2]})
    assert (both == 7).tolist() == [value == 7 for value in [*values, *others]]


@given(st.lists(st.lists(st.integers(0, 300), max_size=3), max_size=60))
def test_lists_of_a_smaller_type_can_be_joined(lists: list[list[int]]) -> None:
    """Where the joined lists no longer fit the smaller type too."""
    plain = Ragged.of(lists)
    few = Ragged(small(plain.starts, SIGNED), small(plain.values))
    both = few.followed_by(few).take(np.arange(2 * len(lists)))
    assert [both.row(row).tolist() for row in range(len(both))] == lists * 2
