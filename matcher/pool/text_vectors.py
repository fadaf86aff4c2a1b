"""The texts of alumni as vectors: each text has its vectors once, and an alumnus the row of each text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Int8Matrix = NDArray[np.int8]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Rows = NDArray[np.integer[Any]]

NO_TEXT = 0
"""The row of no text, and number of a row that is free."""


@dataclass(frozen=True, slots=True)
class TextVectors:
    """The vector of a text of each alumnus: read like an array of shape (n, dimension)."""

    texts: Int32
    """The row of the text of each in `Texts`, shape (n,)."""
    vector_row: Int32 | None
    """The row of the vector of each text; None: the same as that of the text."""
    vectors: Int8Matrix

    @property
    def shape(self) -> tuple[int, int]:
        """Number of alumni, and of components."""
        return len(self.texts), self.vectors.shape[1]

    def __len__(self) -> int:
        """Number of alumni."""
        return len(self.texts)

    def __getitem__(self, rows: Any) -> Int8Matrix:
        """The vectors of these alumni: of one, a slice, or many."""
        found: Int8Matrix = self.vectors[self._rows(self.texts[rows])]
        return found

    def take(self, rows: Rows, axis: int = 0) -> Int8Matrix:
        """The vectors of these alumni, shape (m, dimension)."""
        texts = self.texts.take(rows)
        return self.vectors.take(texts if self.vector_row is None else self.vector_row.take(texts), axis=axis)

    def known(self) -> NDArray[np.bool_]:
        """For whom the vector is not zero, shape (n,)."""
        return np.asarray(self._rows(self.texts) != NO_TEXT)

    def equals(self, other: TextVectors) -> bool:
        """Whether these are surely those of the other: a row that is in use keeps its text.

        Both of the same process, one made from the other by changes.
        """
        return self.texts is other.texts

    def _rows(self, texts: Any) -> Any:
        return texts if self.vector_row is None else self.vector_row[texts]


Vectors = Int8Matrix | TextVectors
"""Canonical vectors, shape (n, dimension)."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The distinct texts of alumni, t rows: no words, but the numbers and vectors of texts. Row 0 is no text.

    A row that is free, for a text to come, is as empty as row 0. So is a row of `vectors` that no text has.
    """

    number: Int64
    """Number of the text, under which its vectors are stored; 0 for none."""
    vector_row: Int32
    """Row in `vectors`; 0, where all is zero, for a text without a word that is known. Texts may share one."""
    vectors: Int8Matrix
    """Canonical vectors, shape (v, dimension)."""
    meanings: Int8Matrix
    """Those of the second encoder, shape (t, its dimension); of no columns where the pool has none."""

    def __len__(self) -> int:
        """Number of rows, free ones included."""
        return len(self.number)

    def of(self, texts: Int32) -> TextVectors:
        """The vectors of alumni with these texts."""
        return TextVectors(texts, self.vector_row, self.vectors)

    def meanings_of(self, texts: Int32) -> TextVectors:
        """The same by the second encoder."""
        return TextVectors(texts, None, self.meanings)

    def take(self, rows: Int64) -> Texts:
        """These rows, of which the first is 0 and no other is, with their vectors in this order, each once."""
        used, first, where = np.unique(self.vector_row[rows], return_index=True, return_inverse=True)
        order = np.argsort(first, kind="stable")
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        return Texts(self.number[rows], place[where], self.vectors[used[order]], self.meanings[rows])

    def places_for(self, number: Int64) -> tuple[Int32, Int64]:
        """For texts with these numbers a row each, where they have none a free one; and which of them have none.

        The first is 0, and no other is.
        """
        there = np.flatnonzero(np.isin(self.number, number[1:]))
        row_of = dict(zip(self.number[there].tolist(), there.tolist(), strict=True)) | {NO_TEXT: NO_TEXT}
        new = np.array([place for place, one in enumerate(number.tolist()) if one not in row_of], np.int64)
        free = np.flatnonzero(self.number == NO_TEXT)[1 : len(new) + 1]
        places = np.concatenate([free, len(self) + np.arange(len(new) - len(free))])
        row_of |= dict(zip(number[new].tolist(), places.tolist(), strict=True))
        return np.array([row_of[one] for one in number.tolist()], np.int32), new

    def changed(self, rows: Int64, texts: Texts, gone: Int64) -> Texts:
        """A table with these texts in these rows, which may lie behind its end, and free rows where some are `gone`.

        Itself where nothing changes. `texts` has a row 0 of its own, which is left out.
        """
        if not len(rows) and not len(gone):
            return self
        length = max(len(self), int(rows.max(initial=0)) + 1)
        number, vector_row, meanings = (_longer(of, length) for of in (self.number, self.vector_row, self.meanings))
        for table in (number, vector_row, meanings):
            table[gone] = 0
        used = np.zeros(len(self.vectors), np.bool_)
        used[vector_row] = True
        own = texts.vector_row[1:]
        free = np.flatnonzero(~used)
        emptied = free[self.vectors[free].any(axis=1)]
        count = len(texts.vectors) - 1
        behind = len(used) + np.arange(max(0, count - len(free)))
        places = np.concatenate([[0], free[:count], behind]).astype(np.int32)
        number[rows], vector_row[rows], meanings[rows] = texts.number[1:], places[own], texts.meanings[1:]
        vectors = self.vectors
        if count or len(emptied):
            vectors = _longer(vectors, len(used) + len(behind))
            vectors[emptied] = 0
            vectors[places] = texts.vectors
        return Texts(number, vector_row, vectors, meanings)


def _longer(column: NDArray[Any], length: int) -> NDArray[Any]:
    """A copy with so many rows; those that are added are zero."""
    return np.concatenate([column, np.zeros((length - len(column), *column.shape[1:]), column.dtype)])
