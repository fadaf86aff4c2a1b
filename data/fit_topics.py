"""Fits the points by which words are told to be of a topic (matcher/questions/points.toml, likely.bin.gz).

    python data/fit_topics.py tests/questions/A.jsonl tests/questions/B.jsonl ...

A line of a file is a question with its right reading (tests/questions/README.md). Each word that may be of the topic
has signs (`matcher/questions/context.py`) and a vector of the default encoder; a logistic regression weighs them. What
the vectors add is written as points of pieces of words, so that reading needs no encoder. Needs the extra `train`.
`--without NAME` leaves a file out and measures it: what the points do on questions they were not fitted on.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

sys.path.insert(0, str(Path(__file__).parent.parent))

from matcher.questions import everyday, topic
from matcher.questions.reading import prepared
from models.catalogue import DEFAULT, find
from models.ngram import StaticEncoder
from tests.questions.measure import ASKED_ON, known_words, questions_of, words_of

TARGET = Path(topic.__file__).parent
VECTORS, PENALTY, LEAST = 1.5, 1.0, 2
"""How much vectors count beside signs, the inverse of the penalty, and the fewest words that a sign stands with."""
TENTHS = 10


class Example(NamedTuple):
    """A word of a question with its signs, and whether it is of the topic."""

    word: str
    signs: list[str]
    wanted: bool


def examples(path: Path) -> list[Example]:
    """The words of a file of questions; what stands behind a word sees whether it is of the topic."""
    found = []
    for question in questions_of(path):
        text = prepared(question["text"], ASKED_ON, known_words())
        right = words_of(question["reading"].get("topic", []))
        reader, _, _ = topic.reader_of(text)
        for token in reader.tokens():
            parts = words_of([token.word])
            wanted = bool(parts) and parts <= right
            found.append(Example(token.word, list(token.signs), wanted))
            if wanted:
                reader.keep(token)
    return found


def vectors(words: list[str]) -> NDArray[np.float32]:
    """Unit vectors of words, and how much the encoder lets each count."""
    encoder = StaticEncoder(find(DEFAULT), remembered=131_072)
    sums = encoder._table.each(words)  # noqa: SLF001 - the words one by one, not as texts
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.hstack([sums / np.maximum(norms, 1e-6), norms / 5]).astype(np.float32)


def fit(known: list[Example]) -> tuple[dict[str, int], NDArray[np.int64]]:
    """Points by sign, and those of pieces of words."""
    counts = Counter(sign for one in known for sign in one.signs)
    signs = DictVectorizer()
    rows = signs.fit_transform([{sign: 1 for sign in one.signs if counts[sign] >= LEAST} for one in known])
    meanings = csr_matrix(VECTORS * vectors([one.word for one in known]))
    model = LogisticRegression(C=PENALTY, max_iter=4000).fit(hstack([rows, meanings]), [one.wanted for one in known])
    weights = model.coef_[0]
    names = signs.get_feature_names_out()
    points = {str(name): round(float(value) * TENTHS) for name, value in zip(names, weights, strict=False)}
    words = [*everyday.everyday(), *(one.word for one in known if one.word not in everyday.everyday())]
    likely = VECTORS * vectors(words) @ weights[len(names) :] * TENTHS
    # what it is on average goes to all words, so that a word whose pieces are new has it too
    return {
        "at all": round(float(model.intercept_[0] * TENTHS + likely.mean())),
        **{name: value for name, value in points.items() if value},
    }, by_pieces(words, likely - likely.mean())


def by_pieces(words: list[str], values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Points of pieces of words, in hundredths of `values`, of which the mean over a word comes near to its value."""
    places = [everyday.pieces(word) for word in words]
    begins = np.cumsum([0, *map(len, places)])
    shares = np.concatenate([np.full(len(one), 1 / len(one)) for one in places])
    matrix = csr_matrix((shares, np.concatenate(places), begins), shape=(len(words), everyday.PLACES))
    model = Ridge(alpha=0.01, solver="lsqr", max_iter=60, fit_intercept=False).fit(matrix, values)
    near = np.corrcoef(matrix @ model.coef_, values)[0, 1]
    print(f"pieces of words say what words do: correlation {near:.3f}")
    return np.asarray(np.rint(model.coef_ * everyday.SCALE), dtype=np.int64)


def save(points: dict[str, int], likely: NDArray[np.int64]) -> None:
    """Both tables, by name and in the order of the words."""
    lines = ["# Points for what a word is and where it stands, in tenths: made by data/fit_topics.py.", "[points]"]
    lines += [f'"{name}" = {value}' for name, value in sorted(points.items())]
    (TARGET / "points.toml").write_text("\n".join(lines) + "\n", "utf-8")
    data = np.clip(likely, -32768, 32767).astype("<i2").tobytes()
    (TARGET / "likely.bin.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def main() -> None:
    """Fits on all files, or on all but one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--without", default="")
    options = parser.parse_args()
    known = [one for path in options.files if path.stem != options.without for one in examples(path)]
    save(*fit(known))
    print(f"{len(known)} words, {sum(one.wanted for one in known)} of topics")


if __name__ == "__main__":
    main()
