"""Calibration: fits the map from cosine to similarity of an encoder on the gold set, and writes it to its folder.

    python -m models.evaluation.calibrate [FOLDER]

Each judged pair counts as related with weight grade / 3 and as unrelated with the rest. A logistic regression that
weighs both classes equally gives the probability that a pair is related, so 0.5 means the same for each encoder: as
likely related as not, if half of all pairs were. Prints quantiles of both classes, and the points. The map from the
share of words that meet (`matcher.meeting`) is .05 where only 5 % of the unrelated pairs have less, and .95 where only
5 % of the related ones (grade 2 and 3) have more: a sum of two maps that are both steep in the middle tells less apart.
Both are of all that meets. What long texts meet by chance is measured on texts of the sample region (`unrelated`), by
`python -m benchmarks.baseline FOLDER --write`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.likeness import Meeting
from matcher.ports import Encoder, Int8Matrix
from models import artefact, curve, meaning
from models import catalogue as folders
from models.encoder import opened
from models.evaluation import gold
from models.ngram import StaticEncoder
from models.quantise import canonical

SLOPE = 0.2
"""Share of a straight line in the map, so that it still rises where the probability is near 1."""
STEEP = 0.1
"""The least slope of a useful logistic curve, per unit of cosine; ours has 12."""
LONG = 16, 32, 64, 128
"""Words of the texts of which `unrelated` measures what they meet by chance. Up to the first nothing is taken out."""
RELATED = 2 / 3
"""Grade / 3 of a pair that fits."""
Floats = NDArray[np.float64]


def judged(name: str, folder: Path = gold.FOLDER) -> tuple[Floats, Floats]:
    """Cosine and grade / 3 of every pair of the gold set, shape (pairs,) each. Raises EncoderError, OSError."""
    encoder = opened(name)
    cosines, related = [], []
    for part in gold.read(folder):
        queries, candidates = (_vectors(encoder, texts).astype(np.int64) for texts in (part.queries, part.candidates))
        cosines.append((queries @ candidates.T).ravel() / encoder.scale.factor**2)
        related.append(part.grades.ravel() / gold.MOST)
    return np.concatenate(cosines), np.concatenate(related)


def judged_words(name: str, folder: Path = gold.FOLDER) -> tuple[Floats, Floats]:
    """The share of words that meet and grade / 3 of every pair that has enough words: as `judged`.

    The text of the request or the course asks, as in rankings. What is met by chance is not taken out.
    """
    encoder = opened(name)
    met, related = [], []
    for part in gold.read(folder):
        asking = part.name.startswith("requests")
        asked, others = (part.queries, part.candidates) if asking else (part.candidates, part.queries)
        grades = part.grades if asking else part.grades.T
        shares, enough = Meeting(encoder, others).met(asked)
        met.append(shares[enough])
        related.append(grades[enough] / gold.MOST)
    return np.concatenate(met), np.concatenate(related)


def _vectors(encoder: Encoder, texts: Sequence[str]) -> Int8Matrix:
    if isinstance(encoder, StaticEncoder):
        return canonical(encoder.embed(texts, unknown=True), encoder.scale)
    return encoder.encode(texts)


def fitted(cosines: Floats, related: Floats) -> curve.Points:
    """Points (cosine, similarity) of the fitted map, strictly rising from (-1, 0) to (1, 1).

    `related`: how related each pair is, in [0, 1], shape (pairs,); both classes must occur. Raises ValueError if
    related pairs do not have the higher cosines.
    """
    from sklearn.linear_model import LogisticRegression

    weights = np.concatenate([related / related.sum(), (1 - related) / (1 - related).sum()]) * len(related)
    classes = np.repeat([True, False], len(related))
    model = LogisticRegression().fit(np.tile(cosines, 2)[:, None], classes, sample_weight=weights)
    if model.coef_[0, 0] < STEEP:
        raise ValueError("Related pairs do not have higher cosines: this encoder cannot be used.")
    positions = np.round(np.concatenate([[-1, -0.3], np.arange(-0.2, 0.9, 0.05), [1]]), 2)
    probability = model.predict_proba(positions[:, None])[:, 1]
    probability = (probability - probability[0]) / (probability[-1] - probability[0])
    values = (1 - SLOPE) * probability + SLOPE * (positions + 1) / 2
    return tuple(zip(positions.tolist(), np.round(values, 4).tolist(), strict=True))


def spread(met: Floats, related: Floats) -> curve.Points:
    """Points (share, value) from (0, 0) to (1, 1), by the quantiles of unrelated and related pairs.

    `related`: as in `fitted`. A straight line if related pairs do not share more.
    """
    low = round(float(np.quantile(met[related == 0], 0.05)), 2)
    high = round(float(np.quantile(met[related >= RELATED], 0.95)), 2)
    if not 0 < low < high < 1:
        return curve.STRAIGHT
    return (0.0, 0.0), (low, 0.05), (high, 0.95), (1.0, 1.0)


def by_length(met: Floats, own: NDArray[np.int64]) -> curve.Points:
    """Points (words of the own text, mean share that meets it) for each of `LONG`, both strictly rising.

    `met`: the shares of unrelated pairs, `own`: the words of the own text of each; shape (pairs,) each. Raises
    ValueError if a length has no pair, or the mean does not rise from above 0 to below 1.
    """
    every = [met[own == length] for length in LONG]
    means = [round(float(some.mean()), 4) for some in every if len(some)]
    if len(means) < len(LONG) or not (np.diff([0.0, *means, 1.0]) > 0).all():
        raise ValueError("Unrelated texts do not meet more words of longer texts: there is nothing to take out.")
    return tuple(zip(map(float, LONG), means, strict=True))


def unrelated(name: str, asked: Sequence[str], own: Sequence[str], pairs: NDArray[np.bool_]) -> curve.Points:
    """Measures what texts meet by chance, writes it to the folder of the encoder, and returns it: see `by_length`.

    `pairs`: which texts have nothing to do with each other, shape (asked, own). Raises as `by_length` and `calibrate`.
    """
    meeting = Meeting(opened(name), own)
    met, _ = meeting.met(asked)
    points = by_length(met[pairs], np.broadcast_to(meeting.own, met.shape)[pairs])
    _write(folders.find(name), {curve.BASELINE: points})
    return points


def calibrate(name: str) -> None:
    """Fits, prints and writes. Raises ConfigurationError or EncoderError for an unknown encoder, and OSError."""
    folder = folders.find(name)
    fits = {curve.NAME: _fit(fitted, *judged(name))}
    if opened(name).of_words(["wondzorg"]).rarity.any():
        fits[curve.WORDS] = _fit(spread, *judged_words(name))
    _write(folder, fits)


def _write(folder: Path, fits: Mapping[str, curve.Points]) -> None:
    for file, points in fits.items():
        curve.write(folder, points, file)
    if artefact.ours(folder) or meaning.ours(folder):
        artefact.seal(folder)


def _fit(way: Callable[[Floats, Floats], curve.Points], cosines: Floats, related: Floats) -> curve.Points:
    """Prints the quantiles and the points, and returns the points."""
    for label, values in (("grade 2 and 3", cosines[related >= RELATED]), ("grade 0", cosines[related == 0])):
        quantiles = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
        line = f"{label:14} n={len(values):4}  5 25 50 75 95 %: " + " ".join(f"{value:.2f}" for value in quantiles)
        print(line)  # noqa: T201 - a command line
    points = way(cosines, related)
    print(" ".join(f"{cosine:g}:{value:.3f}" for cosine, value in points))  # noqa: T201
    return points


if __name__ == "__main__":
    calibrate(str(Path(sys.argv[1])) if len(sys.argv) > 1 else folders.DEFAULT)
