"""Two plain searches by letters and words, to compare rankings with: TF-IDF of characters, and BM25.

scikit-learn and bm25s do the same and need 150 MB more, which an installation should not need to measure itself;
`tests/matching/test_lexical.py` compares each with its library.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from matcher.pool.columns import Float64, Int64
from matcher.text import fold

_SIZES = (2, 3, 4)
_K1, _B = 1.5, 0.75
_WORD = re.compile(r"\w\w+")


class _Counts:
    """How often each term stands in each text, as a sparse array of shape (texts, terms)."""

    def __init__(self, texts: Iterable[list[str]]) -> None:
        from scipy.sparse import csc_array

        counted = [Counter(terms) for terms in texts]
        self.column: dict[str, int] = {}
        columns = [self.column.setdefault(term, len(self.column)) for terms in counted for term in terms]
        rows = np.repeat(np.arange(len(counted)), [len(terms) for terms in counted])
        numbers = np.array([number for terms in counted for number in terms.values()], np.float64)
        self.array = csc_array((numbers, (rows, columns)), (len(counted), len(self.column)))
        self.rows = self.array.indices
        """The text of each number in `array.data`."""
        self.held = np.diff(self.array.indptr)
        """In how many texts each term stands, shape (terms,)."""

    def in_query(self, terms: list[str]) -> tuple[Int64, Float64]:
        """The columns of the terms of a query that some text has, and how often each stands in it."""
        counted = Counter(self.column[term] for term in terms if term in self.column)
        return np.array(list(counted), np.int64), np.array(list(counted.values()), np.float64)


class CharacterTfIdf:
    """Cosines of TF-IDF of 2 to 4 characters within words, fitted on the texts: as `TfidfVectorizer` of scikit-learn.

    With analyzer="char_wb", ngram_range=(2, 4), strip_accents="unicode".
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._counts = counts = _Counts(map(_pieces, texts))
        self._rarity = np.log((1 + len(texts)) / (1 + counts.held)) + 1
        values = counts.array.data * np.repeat(self._rarity, counts.held)
        lengths = np.sqrt(np.bincount(counts.rows, values**2, len(texts)))
        counts.array.data = values / lengths[counts.rows]

    def scores(self, query: str) -> Float64:
        """The similarity of each text with the query, in [0, 1], shape (texts,)."""
        columns, numbers = self._counts.in_query(_pieces(query))
        weights = numbers * self._rarity[columns]
        length = np.sqrt((weights**2).sum())
        return np.asarray(self._counts.array[:, columns] @ (weights / (length or 1.0)))


class Bm25:
    """BM25 of whole words (k1 1.5, b 0.75; the variant of Lucene, as `bm25s` by default), fitted on the texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._counts = counts = _Counts(map(_words, texts))
        lengths = np.bincount(counts.rows, counts.array.data, len(texts))
        norms = _K1 * (1 - _B + _B * lengths / (lengths.mean() or 1.0))
        rarity = np.log(1 + (len(texts) - counts.held + 0.5) / (counts.held + 0.5))
        numbers = counts.array.data
        counts.array.data = np.repeat(rarity, counts.held) * numbers / (numbers + norms[counts.rows])

    def scores(self, query: str) -> Float64:
        """The score of each text, 0 and up, shape (texts,)."""
        columns, numbers = self._counts.in_query(_words(query))
        return np.asarray(self._counts.array[:, columns] @ numbers)


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def _pieces(text: str) -> list[str]:
    """The runs of 2 to 4 characters within each word and its edges; a word that is shorter counts once."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))
    pieces = []
    for word in bare.split():
        padded = f" {word} "
        for size in _SIZES:
            pieces += [padded[start : start + size] for start in range(max(1, len(padded) - size + 1))]
            if size >= len(padded):
                break
    return pieces
