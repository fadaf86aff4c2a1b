"""Other ways to count both encoders together, from the same vectors: nothing is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.tries.sets import HITS, Figures, Sets
from matcher.likeness import WORDS, Meeting
from matcher.meeting import calibrated
from matcher.ports import Encoder
from models.evaluation import evaluate
from models.evaluation.evaluate import Search, Similarity

Floats = NDArray[np.float64]
BLOCK = 256
"""Queries of a search at once."""
MOST = 10
"""Places in which a hit counts."""
SHARES = 0.3, 0.5


@dataclass(frozen=True)
class Alike:
    """How alike texts are, each of shape (queries, texts).

    `first`, `second`: cosines; `similarity`, `meaning`: what these are worth; `joint`: what their mean is worth by the
    curve of the first. `met`: the share of words that meets, `words`: what it is worth; both are those of the whole
    text where `few`: both texts have few words that say something.
    """

    first: Floats
    second: Floats
    met: Floats
    joint: Floats
    similarity: Floats
    meaning: Floats
    words: Floats
    few: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @property
    def without(self) -> Floats:
        """What counts without the second encoder."""
        return (1 - WORDS) * self.similarity + WORDS * self.words


def now(alike: Alike, share: float) -> Floats:
    """As rankings count: the sum of what each signal is worth. `share`: that of the second encoder."""
    return (1 - share) * alike.without + share * alike.meaning


def straight(alike: Alike, share: float) -> Floats:
    """The sum of cosines and shares as they are, without the curve of each."""
    return (1 - share) * ((1 - WORDS) * alike.first + WORDS * alike.met) + share * alike.second


def names_apart(alike: Alike, share: float) -> Floats:
    """As now, but the second encoder is left out of two short texts."""
    return np.where(alike.few, alike.without, now(alike, share))


def names_straight(alike: Alike, share: float) -> Floats:
    """As now, but of two short texts the cosines are added up, half and half, before one curve."""
    return np.where(alike.few, alike.joint, now(alike, share))


def either(alike: Alike, share: float) -> Floats:
    """One less the chance that neither of both is right, whatever the share."""
    del share
    return 1 - (1 - alike.without) * (1 - alike.meaning)


def doubted(alike: Alike, share: float) -> Floats:
    """As now, but where the second encoder finds more than the first, half of that counts."""
    gap = alike.meaning - alike.without
    return alike.without + share * np.where(gap > 0, gap / 2, gap)


WAYS: Mapping[str, Callable[[Alike, float], Floats]] = {
    one.__name__: one for one in (now, straight, names_apart, names_straight, either, doubted)
}


NOW = now.__name__


def counted(way: str, share: float, alike: Alike) -> Floats:
    """The values of a way; 0 where the first encoder knows no word, as in other measurements."""
    return np.where(alike.known, WAYS[way](alike, share), 0.0)


def compared(encoder: Encoder, second: Encoder, queries: Sequence[str], texts: Sequence[str]) -> Alike:
    """The texts as both encoders see them. The queries ask."""
    (asked, own), read = ([by.encode(some).astype(np.float32) for some in (queries, texts)] for by in (encoder, second))
    first = (asked @ own.T).astype(np.float64) / encoder.scale.factor**2
    other = (read[0] @ read[1].T).astype(np.float64) / second.scale.factor**2
    shares, enough = Meeting(encoder, texts).shares(queries)
    few = ~np.broadcast_to(enough, shares.shape)
    of_first = encoder.scale.calibration
    similarity = calibrated(of_first, first)
    return Alike(
        first=first,
        second=other,
        met=np.where(few, first, shares),
        joint=calibrated(of_first, (first + other) / 2),
        similarity=similarity,
        meaning=calibrated(second.scale.calibration, other),
        words=np.where(few, similarity, calibrated(encoder.scale.words, shares)),
        few=few,
        known=np.asarray(asked.any(axis=1))[:, None] & np.asarray(own.any(axis=1)),
    )


def mixed(
    sets: Sets, encoder: Encoder, second: Encoder, ways: Sequence[tuple[str, float]]
) -> Iterator[tuple[str, Figures]]:
    """The name of each set, with the figure of each way and share of the second encoder (`straight 0.5`)."""

    def each(figure: Callable[[Similarity], float]) -> Figures:
        """The figure of each way. Texts are compared once for all ways."""
        seen: dict[tuple[str, ...], Alike] = {}

        def by(way: str, share: float) -> Similarity:
            def similarity(queries: Sequence[str], texts: Sequence[str]) -> Floats:
                key = (*queries, *texts)
                if key not in seen:
                    seen[key] = compared(encoder, second, queries, texts)
                return counted(way, share, seen[key])

            return similarity

        return {_name(way, share): figure(by(way, share)) for way, share in ways}

    for judged in sets.judged:
        yield (
            f"gold, {judged.name}",
            each(lambda likeness, judged=judged: evaluate.of_judged(judged, evaluate.by_demands(judged, likeness))),
        )
    for search in sets.searches:
        yield search.name, searched(search, encoder, second, ways)
    for pairs in sets.pairs:
        yield pairs.name, each(lambda likeness, pairs=pairs: evaluate.of_pairs(pairs, likeness))


def searched(search: Search, encoder: Encoder, second: Encoder, ways: Sequence[tuple[str, float]]) -> Figures:
    """The figure of a search, some queries after others: all at once do not fit in memory."""
    ranks: dict[str, list[Floats]] = {_name(way, share): [] for way, share in ways}
    for start in range(0, len(search.queries), BLOCK):
        some = slice(start, start + BLOCK)
        alike = compared(encoder, second, search.queries[some], search.targets)
        for way, share in ways:
            found = evaluate.places(counted(way, share, alike), search.owners, search.relevant[some])
            ranks[_name(way, share)].append(found)
    whole = {name: np.concatenate(found) for name, found in ranks.items()}
    hits = search.name in HITS
    return {name: float((rank <= MOST).mean() if hits else (1 / rank).mean()) for name, rank in whole.items()}


def _name(way: str, share: float) -> str:
    return f"{way} {share:g}"
