"""How far the words that are asked meet those of another text: whole numbers, so that no company changes a bit.

Each asked word counts with its nearest word of the other text, by the cosine of their vectors (0 if that is negative),
and weighs by its rarity. The share is 1 where each asked word stands in the other text too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 4
"""Where both texts have fewer words that say something, the vectors of the whole texts say more."""
Points = tuple[tuple[float, float], ...]
Floats = NDArray[np.float64]
_BLOCK = 4096
"""Texts at once: what is found of them fits the cache of the processor."""
_FEW_TEXTS = 160
"""Of so few texts it is faster to take the words of one after another than a word of each at a time."""


def nearest(
    asked: NDArray[np.int8], own: NDArray[np.int8], places: NDArray[np.integer[Any]], starts: NDArray[np.int64]
) -> Floats:
    """For each text and asked word the largest dot product with a word of the text, at least 0: shape (texts, asked).

    `asked`, `own`: canonical vectors of words, shape (words, dimension). Text i has those words of `own` that
    `places[starts[i]:starts[i + 1]]` names.
    """
    if not len(asked) or not len(places):
        return np.zeros((len(starts) - 1, len(asked)))
    return nearest_of(meeting(asked, own), places, starts)


def meeting(asked: NDArray[np.int8], own: NDArray[np.int8]) -> NDArray[np.float32]:
    """The dot product of each pair of words, at least 0: shape (own, asked). Whole numbers."""
    # below 2^24 they are whole numbers in float32 in whatever order they are added
    return np.asarray(np.maximum(own.astype(np.float32) @ asked.astype(np.float32).T, 0), np.float32)


def nearest_of(dots: NDArray[np.float32], places: NDArray[np.integer[Any]], starts: NDArray[np.int64]) -> Floats:
    """The same as `nearest` from the dot products of `meeting`."""
    near = np.zeros((len(starts) - 1, dots.shape[1]))
    lengths = np.diff(starts)
    for begin in range(0, len(near), _BLOCK):
        order = begin + np.argsort(-lengths[begin : begin + _BLOCK], kind="stable")
        longest_first, at = -lengths.take(order), starts.take(order)
        found = np.zeros((len(order), dots.shape[1]), np.float32)
        for place in range(-int(longest_first[0])):  # all first words, then all second ones: those of long texts go on
            some = int(np.searchsorted(longest_first, -place))
            if some <= _FEW_TEXTS:  # what is left of these, one text after another
                left = -longest_first[:some] - place
                behind = np.cumsum(left) - left
                words = places.take(np.repeat(at[:some] - behind, left) + np.arange(int(left.sum())))
                of_text = np.maximum.reduceat(dots.take(words, axis=0), behind, axis=0)
                np.maximum(found[:some], of_text, out=found[:some])
                break
            np.maximum(found[:some], dots.take(places.take(at[:some]), axis=0), out=found[:some])
            at[:some] += 1
        near[order] = found
    return near


def shares(near: Floats, rarity: NDArray[np.uint8], factor: float) -> Floats:
    """The share of the asked words that meet, in [0, 1], shape (texts,); 0 without any. `near`: see `nearest`."""
    return shares_of(near @ rarity.astype(np.float64), np.array([rarity.sum(dtype=np.int64)]), factor)


def shares_of(met: Floats, asked: NDArray[np.int64], factor: float) -> Floats:
    """The same from sums over the asked words: of rarity x dot product, and of rarity."""
    return np.minimum(met / (np.maximum(asked, 1) * factor**2), 1.0)


def corrected(baseline: Points, share: Floats, own: NDArray[np.int64]) -> Floats:
    """The same shares without what a longer text meets by chance: 0 stays 0, 1 stays 1, and between them it rises.

    `baseline`: the points (words of the own text, mean share of unrelated texts), none: nothing is taken out. `own`:
    how many words of each text say something. Up to the words of the first point the share stays as it is. In a longer
    text what unrelated ones share counts as much as it does there, and the rest in proportion.
    """
    if len(baseline) < 2:
        return share
    x, y = np.array(baseline, np.float64).T
    usual, level = rising(x, y, own), y[0]
    less = np.minimum(share * level / usual, level)
    more = np.maximum(1 - (1 - level) * (1 - share) / (1 - usual), level)
    return np.where(own <= x[0], share, np.where(share < usual, less, more))


def calibrated(points: Points, share: Floats) -> Floats:
    """The value of each share, piecewise linear and rising."""
    x, y = np.array(points or ((0.0, 0.0), (1.0, 1.0)), np.float64).T
    return rising(x, y, share)


def rising(x: Floats, y: Floats, at: NDArray[Any]) -> Floats:
    """The piecewise linear function through these points, both strictly rising, and flat beyond them.

    The same bits for any batch.
    """
    piece = np.searchsorted(x[1:-1], at, side="right")
    value = ((y[1:] - y[:-1]) / (x[1:] - x[:-1])).take(piece) * (at - x.take(piece)) + y.take(piece)
    return np.asarray(np.minimum(np.maximum(np.minimum(value, y[1:].take(piece)), y[0]), y[-1]))
