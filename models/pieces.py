"""Pieces of words, as the transformer of `models.meaning` reads them. Needs only the standard library.

The most likely way to cut a word into known pieces, of which each has a logarithm of its probability (a unigram model:
Kudo 2018, arXiv 1804.10959). No piece reaches over a space, so each word is cut on its own, and remembered.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

VERSION = 1
"""Raise it when a text is cut differently from here on: it is part of the id of an encoder."""
BEGIN, END, UNKNOWN = 0, 2, 3
"""Numbers of the pieces that are none: begin and end of a text, and a character that no piece has."""
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
"""The first pieces of a vocabulary; they occur in no word."""
SPACE = "\u2581"
"""Stands before each word, and in no other place."""
REMEMBERED = 65_536
"""Words whose pieces are remembered."""
LONGEST_WORD = 400
"""The rest of a longer word is ignored: cutting it would take long, and it is none."""
_LESS_LIKELY = 10.0
"""How much less likely an unknown character is than the least likely piece."""


class Pieces:
    """Cuts texts. `likely`: each piece, in the order of their numbers, with the logarithm of its probability."""

    def __init__(self, likely: Mapping[str, float]) -> None:
        names = list(likely)
        if tuple(names[: len(SPECIAL)]) != SPECIAL:
            raise ValueError("pieces")
        self.names = names
        self._known = {
            piece: (score, number) for number, (piece, score) in enumerate(likely.items()) if number >= len(SPECIAL)
        }
        self._longest = max(map(len, self._known))
        self._unknown = min(score for score, _ in self._known.values()) - _LESS_LIKELY
        self._of_word = lru_cache(REMEMBERED)(self._cut)

    def of(self, text: str) -> list[int]:
        """The numbers of the pieces of a text, without begin and end; empty for a text of spaces."""
        return [piece for word in unicodedata.normalize("NFKC", text).split() for piece in self._of_word(word)]

    def _cut(self, word: str) -> tuple[int, ...]:
        marked = SPACE + word[:LONGEST_WORD]
        length = len(marked)
        best = [0.0] + [float("-inf")] * length
        last = [(0, UNKNOWN)] * (length + 1)
        for start in range(length):
            so_far = best[start]
            if so_far + self._unknown > best[start + 1]:
                best[start + 1], last[start + 1] = so_far + self._unknown, (start, UNKNOWN)
            for end in range(start + 1, min(length, start + self._longest) + 1):
                known = self._known.get(marked[start:end])
                if known and so_far + known[0] > best[end]:
                    best[end], last[end] = so_far + known[0], (start, known[1])
        numbers = []
        while length:
            length, number = last[length]
            numbers.append(number)
        return tuple(reversed(numbers))


def write(likely: Mapping[str, float], path: Path) -> None:
    """Writes pieces and logarithms, a piece a line, in the order of their numbers. Raises OSError."""
    path.write_text("".join(f"{piece}\t{score:.9g}\n" for piece, score in likely.items()), "utf-8", newline="")


def read(path: Path) -> Pieces:
    """Reads what `write` wrote. Raises OSError, or ValueError where the file is no such list."""
    lines = path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    pairs = [line.split("\t") for line in lines]
    likely = {piece: float(score) for piece, score in pairs}
    if len(likely) != len(lines):
        raise ValueError("pieces")
    return Pieces(likely)
