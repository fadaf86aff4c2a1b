"""What would betray a person in a file, and searching files for it: names, addresses and free text, and the random key.

Files of a database and of snapshots hold more than their reader shows: rows that were deleted, and earlier versions of
rows. A search reads them as bytes, in the encodings in which they are written.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

SHORTEST = 6
"""Bytes: what is shorter stands in any large file by chance."""
_PIECE = 40
"""Bytes of a long text that are searched at a time: a file may have cut it anywhere."""
_PIECES = 16
"""Pieces of one text, from its beginning."""
_BLOCK = 1 << 18
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.+Z]+)?")
_GRAM = 4


@dataclass(frozen=True, slots=True, repr=False)
class Traces:
    """The words of one person, or of several, and their random keys."""

    keys: frozenset[int] = frozenset()
    words: frozenset[str] = frozenset()

    def __or__(self, other: Traces) -> Traces:
        """Those of both."""
        return Traces(self.keys | other.keys, self.words | other.words)

    def needles(self) -> dict[bytes, str]:
        """The bytes to search for, each with the text that it is; an empty text for a key."""
        needles = {needle: needle.decode(errors="ignore") for word in self.words for needle in _of_word(word)}
        return needles | {needle: "" for key in self.keys for needle in _of_key(key)}


NOTHING = Traces()


def words_of(values: Iterable[object]) -> frozenset[str]:
    """The texts to search for among stored values; those in JSON one by one.

    Not the short ones, and no days and moments: those of others stand in every file, and they betray nobody.
    """
    texts = {text for value in values if isinstance(value, str) for text in _texts(value)}
    return frozenset(text for text in texts if len(_bytes(text)) >= SHORTEST and not _MOMENT.fullmatch(text))


def _texts(value: str) -> Iterator[str]:
    if value[:1] in {"[", "{"}:
        try:
            yield from _leaves(json.loads(value))
        except ValueError:
            pass
        else:
            return
    yield value


def _leaves(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _leaves(item)
        case dict():
            for item in value.values():
                yield from _leaves(item)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _of_key(key: int) -> Iterator[bytes]:
    """A key as a column of SQLite, in PostgreSQL and arrays, as text in JSON, and as a row number of SQLite.

    Of the row number without its first bytes, which deleting the row overwrites even where the rest stays.
    """
    yield key.to_bytes(8, "big")
    yield key.to_bytes(8, "little")
    yield str(key).encode()
    row_number, rest = bytes([key & 0xFF]), key >> 8
    if key >> 56 == 0:
        row_number, rest = bytes([key & 0x7F]), key >> 7
    while rest:
        row_number, rest = bytes([rest & 0x7F | 0x80]) + row_number, rest >> 7
    yield row_number[-SHORTEST:]


def _of_word(word: str) -> Iterator[bytes]:
    """A word as text, and as it stands in JSON without other letters than ASCII."""
    for encoded in dict.fromkeys((_bytes(word), json.dumps(word)[1:-1].encode())):
        for start in range(0, min(len(encoded), _PIECE * _PIECES), _PIECE):
            piece = encoded[start : start + _PIECE]
            if len(piece) >= SHORTEST:
                yield piece


@dataclass(slots=True)
class Search:
    """A search for many needles at once: one pass over the bytes, however many there are."""

    needles: Collection[bytes]
    found: set[bytes] = field(default_factory=set)
    _by_gram: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    _hashes: np.ndarray = field(default_factory=lambda: np.zeros(1 << 16, bool))
    _pairs: np.ndarray = field(default_factory=lambda: np.zeros(1 << 16, bool))
    _overlap: int = 0

    def __post_init__(self) -> None:
        grams = Counter(gram for needle in self.needles for gram in set(_grams(needle)))
        by_gram: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        for needle in self.needles:
            # the rarest four bytes of each: "@school.nl" is in every address
            at, gram = min(enumerate(_grams(needle)), key=lambda pair: (grams[pair[1]], -pair[0]))
            by_gram[gram].append((at, needle))
        self._by_gram = dict(by_gram)
        self._overlap = max(map(len, self.needles), default=1) - 1
        if self._by_gram:
            known = np.array(list(self._by_gram), np.uint32)
            self._hashes[_hashed(known)] = True
            self._pairs[known & 0xFFFF] = True

    def read(self, blocks: Iterable[bytes]) -> None:
        """Searches what these blocks are together."""
        before = b""
        for block in blocks:
            data = before + block
            self._search(data)
            before = data[-self._overlap :] if self._overlap else b""

    def read_file(self, path: Path) -> None:
        """Searches a file; one that is gone holds nothing. Raises OSError for one that cannot be read."""
        try:
            with path.open("rb") as file:
                self.read(iter(lambda: file.read(_BLOCK), b""))
        except FileNotFoundError:
            return

    def _search(self, data: bytes) -> None:
        if not self._by_gram:
            return
        for start in range(2):  # two bytes at a time, then four where those fit: most places fall out at once
            pairs = np.frombuffer(data, "<u2", (len(data) - start) // 2, start)
            places = np.flatnonzero(self._pairs[pairs]) * 2 + start
            places = places[places <= len(data) - _GRAM]
            grams = self._four_at(np.frombuffer(data, np.uint8), places)
            hits = self._hashes[_hashed(grams)]
            for at, gram in zip(places[hits].tolist(), grams[hits].tolist(), strict=True):
                for offset, needle in self._by_gram.get(gram, ()):
                    if needle not in self.found and at >= offset and data.startswith(needle, at - offset):
                        self.found.add(needle)

    @staticmethod
    def _four_at(content: np.ndarray, places: np.ndarray) -> np.ndarray:
        grams: np.ndarray = content[places].astype(np.uint32)
        for number in range(1, _GRAM):
            grams |= content[places + number].astype(np.uint32) << np.uint32(8 * number)
        return grams


def _grams(needle: bytes) -> list[int]:
    return [int.from_bytes(needle[at : at + _GRAM], "little") for at in range(len(needle) - _GRAM + 1)]


def _hashed(grams: np.ndarray) -> np.ndarray:
    hashes: np.ndarray = (grams * np.uint32(2654435761)) >> np.uint32(16)
    return hashes
