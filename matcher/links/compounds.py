"""The parts of a Dutch compound: `kinderopvang` is kind and opvang. From a table of words, and what may join two."""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from matcher.links.forms import lemmas

_SHORTEST_FIRST, _SHORTEST_LAST = 3, 4
_SHORTEST = _SHORTEST_FIRST + _SHORTEST_LAST
_MORE = 5
"""How often a word of our own list counts as seen."""
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class _Words:
    """`counts`: how often a word stands in the texts of the vocabulary; the others as in `compounds.toml`."""

    counts: Mapping[str, int]
    first: Mapping[str, str]
    joints: tuple[str, ...]
    no_first: frozenset[str]
    no_last: frozenset[str]
    short_last: frozenset[str]
    whole: frozenset[str]


@lru_cache(8192)
def parts(word: str) -> tuple[str, str] | None:
    """The first part, without what joins it, and the last, both folded; None for a word that is no compound of two."""
    if len(word) < _SHORTEST or not word.isalpha() or word in _words().whole:
        return None
    splits = list(_splits(word))
    if not splits:
        return None
    first, last, _ = max(splits, key=lambda split: (split[2], split))
    return first, last


def _splits(word: str) -> Iterator[tuple[str, str, float]]:
    """Each way to split a word, with how well both parts are known."""
    table = _words()
    for at in range(_SHORTEST_FIRST, len(word) - _SHORTEST_LAST + 2):
        first, last = word[:at], word[at:]
        if len(last) < _SHORTEST_LAST and last not in table.short_last:
            continue
        if last in table.no_last or not (behind := _known(last)):
            continue
        for joint in table.joints:
            bare = first.removesuffix(joint)
            if (joint and bare == first) or len(bare) < _SHORTEST_FIRST or bare in table.no_first:
                continue
            if before := _known(bare):
                yield _base(bare), last, min(before, behind) / (2 if joint else 1)


def is_seen(word: str) -> bool:
    """Whether a folded word stands in the table as it is."""
    return word in _words().counts


def _known(word: str) -> int:
    counts = _words().counts
    return max((counts.get(lemma, 0) for lemma in lemmas(word)), default=0)


def _base(word: str) -> str:
    """The word itself, or the one that it is the plural of: kind of kinder, schip of scheeps."""
    counts, first = _words().counts, _words().first
    if word in first:
        return first[word]
    return word if word in counts else max(lemmas(word), key=lambda lemma: counts.get(lemma, 0))


@cache
def _words() -> _Words:
    raw = tomllib.loads((_FOLDER / "compounds.toml").read_text("utf-8"))
    lines = gzip.decompress((_FOLDER / "parts.tsv.gz").read_bytes()).decode().splitlines()
    counts = {word: int(count) for word, count in (line.split("\t") for line in lines)}
    return _Words(
        {**dict.fromkeys(raw["more"].split(), _MORE), **counts},
        raw["first"],
        tuple(raw["joints"]),
        frozenset(raw["no_first"].split()),
        frozenset(raw["no_last"].split()),
        frozenset(raw["short_last"].split()),
        frozenset(raw["whole"].split()),
    )
