"""How good a ranking is: the figures agree with the libraries, and a worse ranking is told from another."""

from __future__ import annotations

import numpy as np
import pytest
from bm25s import BM25
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import ndcg_score

from matcher.matching.lexical import Bm25, CharacterTfIdf
from matcher.matching.quality import MARGIN, Interval, interval, ndcg

WORDS = st.lists(st.sampled_from(["wondzorg", "verzorging", "lassen", "lasser", "de", "é", "zórg", "x", "ICT-beheer"]))
TEXTS = st.lists(WORDS.map(" ".join), min_size=1, max_size=8)
SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=2, max_size=15)


@given(SCORES, st.data())
def test_ndcg_is_that_of_scikit_learn(scores: list[float], data: st.DataObject) -> None:
    """With ties and more than ten candidates too."""
    grades = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(scores), max_size=len(scores))), np.float64)
    assume(grades.any())
    expected = ndcg_score([np.exp2(grades) - 1], [scores], k=10)
    assert ndcg(grades, np.array(scores)) == pytest.approx(expected, abs=1e-9)


@given(TEXTS, WORDS.map(" ".join))
def test_tf_idf_is_that_of_scikit_learn(texts: list[str], query: str) -> None:
    assume(any(text.strip() for text in texts))
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), strip_accents="unicode")
    known = vectorizer.fit_transform(texts)
    expected = (vectorizer.transform([query]) @ known.T).toarray()[0]
    assert CharacterTfIdf(texts).scores(query) == pytest.approx(expected, abs=1e-9)


@given(TEXTS, WORDS.map(" ".join))
def test_bm25_is_that_of_bm25s(texts: list[str], query: str) -> None:
    """Of words of two letters and more, without accents."""

    def words(text: str) -> list[str]:
        parts = text.lower().replace("é", "e").replace("ó", "o").replace("-", " ").split()
        return [word for word in parts if len(word) > 1]

    assume(any(words(text) for text in texts))
    library = BM25()
    library.index([words(text) for text in texts], show_progress=False)
    asked = [word for word in words(query) if word in library.vocab_dict]
    expected = library.get_scores(asked) if asked else np.zeros(len(texts))
    assert Bm25(texts).scores(query) == pytest.approx(expected, abs=1e-5)  # the library counts in float32


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40))
def test_an_interval_holds_its_mean_and_needs_no_order(values: list[float]) -> None:
    """It lies within the values, and the same grades always give the same."""
    found = interval(np.array(values))
    assert min(values) - 1e-9 <= found.low <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.high <= max(values) + 1e-9
    assert interval(np.array(values[::-1])) == found


def test_an_interval_is_that_of_theory() -> None:
    """Of many values the bootstrap is near the mean plus and minus 1.96 standard errors."""
    values = np.random.default_rng(1).normal(0.5, 0.1, 400)
    found, error = interval(values), values.std() / 20
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.05)


@pytest.mark.parametrize(
    ("low", "high", "worse"),
    [
        (0.0, 0.0, False),
        (-MARGIN, 0.1, False),
        (-MARGIN - 0.01, 0.3, True),  # may be much worse
        (-0.03, -0.01, True),  # certainly a little worse
        (0.02, 0.1, False),
        (-0.02, -1e-17, False),  # a tie, but for rounding
    ],
)
def test_worse_is_what_may_lose_much_or_certainly_loses(low: float, high: float, worse: bool) -> None:
    assert Interval((low + high) / 2, low, high).is_worse is worse
