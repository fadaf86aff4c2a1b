"""What is known of a word by itself: what it is in a sentence, how often it is written, and whether trades are named with it.

The table is made by `data/make_everyday.py`; sources and licences stand in `README.md` beside it.
"""

from __future__ import annotations

import gzip
from array import array
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

_TABLE = Path(__file__).with_name("everyday.tsv.gz")


class Word(NamedTuple):
    """A line of the table.

    `kind`: n noun, v verb, a adjective, g grammar, p name, x not known. `often`: Zipf scale in tenths, 0 to 80.
    `trade`: how much more often it stands in names of occupations and skills than elsewhere, tenths of a power of ten.
    """

    kind: str
    often: int
    trade: int | None


@cache
def everyday() -> Mapping[str, Word]:
    """The table, by folded word; loaded when it is first asked for."""
    words: dict[str, Word] = {}
    with gzip.open(_TABLE, "rt", encoding="utf-8") as file:
        for line in file:
            word, kind, often, trade = line.rstrip("\n").split("\t")
            words[word] = Word(kind, int(often), int(trade) if trade else None)
    return words


PIECES = range(3, 7)
"""Lengths of the pieces of a word, with its begin and end, that have points."""
PLACES = 1 << 17
SCALE = 10
"""Points of pieces are stored in hundredths."""


def pieces(word: str) -> list[int]:
    """Where the points of the pieces of a word stand."""
    marked = f"^{word}$"
    runs = {marked[at : at + size] for size in PIECES for at in range(len(marked) - size + 1)} | {marked}
    return sorted(crc32(run.encode()) % PLACES for run in runs)


@cache
def _likely() -> array[int]:
    with gzip.open(_TABLE.with_name("likely.bin.gz")) as file:
        return array("h", file.read())


def likely(word: str) -> int:
    """Points for what a word means, in tenths: words like it are topics (more) or are not."""
    places = pieces(word)
    values = _likely()
    return round(sum(values[place] for place in places) / len(places) / SCALE)


@cache
def class_of(word: str) -> str:
    """One of the classes that points are given to: `trade`, `craft`, `noun`, `verb`, `adjective`, `grammar`, `rare`, `name`.

    `craft` is a word of trades that is an everyday word too, `rare` one that is in no table.
    """
    known = everyday().get(word)
    if known is None:
        return "rare"
    if known.trade is not None and known.trade >= 8 and known.often < 48:
        return "trade"
    if known.trade is not None and known.trade >= 2:
        return "craft"
    return {"n": "noun", "v": "verb", "a": "adjective", "g": "grammar", "p": "name"}.get(
        known.kind, "noun" if known.often >= 35 else "rare"
    )
