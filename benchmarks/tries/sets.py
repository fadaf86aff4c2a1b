"""The sets on which tries are compared: the gold set, and the open ones that people's own words do not fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from matcher.likeness import Likeness
from matcher.ports import Encoder, WordVectors
from models.evaluation import evaluate, gold
from models.evaluation.evaluate import Pairs, Search, Similarity
from models.quantise import canonical, scale_of

NAMES, SLIPS = "ESCO names, heldout", "the same with a slip"
HITS = (NAMES, SLIPS)
"""Searches of which the share found among the first ten is told, and not the mean reciprocal rank."""
_SKIPPED = ("ESCO names, train", "ESCO descriptions en, heldout")
_LEAST = 5
"""Letters of a word in which a slip is made."""
Figures = Mapping[str, float]


@dataclass(frozen=True)
class Sets:
    """What is measured: `judged` by nDCG@10, `searches` by MRR or hit@10, `pairs` by Spearman."""

    judged: Sequence[gold.Judged]
    searches: Sequence[Search]
    pairs: Sequence[Pairs]

    def figures(self, encoder: Encoder, *, words: bool = False) -> Figures:
        """Each figure, by the name of its set. `words`: also the gold set by the words that meet, as rankings count."""
        likeness = evaluate.similarity_by(encoder)
        found = {f"gold, {one.name}": evaluate.of_judged(one, likeness) for one in self.judged}
        if words:
            met = _with_words(encoder)
            for one in self.judged:
                found[f"gold, {one.name}, words"] = evaluate.of_judged(one, evaluate.by_demands(one, met))
        for search in self.searches:
            rank, hits = evaluate.of_search(search, likeness)
            found[search.name] = hits if search.name in HITS else rank
        return found | {one.name: evaluate.of_pairs(one, likeness) for one in self.pairs}


def read(data: Path) -> Sets:
    """The sets. Raises OSError if a file is missing."""
    searches = [one for one in evaluate.searches(data) if one.name not in _SKIPPED]
    (names,) = (one for one in searches if one.name == NAMES)
    return Sets(gold.read(), [*searches, slipped(names)], evaluate.pairs(data))


def small(sets: Sets, queries: int, targets: int) -> Sets:
    """The sets that a slow encoder reads: without MELO, VDAB and SICK-NL, and at most so many names of ESCO."""
    cut = []
    for search in sets.searches:
        if not search.name.startswith("ESCO"):
            continue
        step = -(-len(search.queries) // queries)
        asked, relevant = search.queries[::step], search.relevant[::step]
        wanted = set().union(*relevant)
        rest = [owner for owner in search.owners if owner not in wanted][: max(0, targets - len(wanted))]
        kept = wanted | set(rest)
        rows = [row for row, owner in enumerate(search.owners) if owner in kept]
        named = [search.targets[row] for row in rows], [search.owners[row] for row in rows]
        cut.append(Search(search.name, asked, *named, relevant))
    return replace(sets, searches=cut, pairs=sets.pairs[:1])


def slipped(search: Search) -> Search:
    """The same search with two neighbouring letters exchanged in the longest word of each query."""
    dice = np.random.default_rng(1)
    return replace(search, name=SLIPS, queries=[slip(text, dice) for text in search.queries])


def slip(text: str, dice: np.random.Generator) -> str:
    """A text with two neighbouring letters exchanged in its longest word, not the first; short words stay."""
    parts = text.split(" ")
    longest = max(range(len(parts)), key=lambda place: len(parts[place]))
    word = parts[longest]
    places = [at for at in range(1, len(word) - 1) if word[at] != word[at + 1] and word[at : at + 2].isalpha()]
    if len(word) < _LEAST or not places:
        return text
    at = int(dice.choice(places))
    parts[longest] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(parts)


def _with_words(encoder: Encoder) -> Similarity:
    return lambda first, second: np.nan_to_num(Likeness(encoder, second).of(first))


class Vectors:
    """An encoder of which only the unit vectors of texts are known: `embed`, shape (n, dimension), float32."""

    def __init__(self, name: str, dimension: int) -> None:
        self.id, self.scale = name, scale_of(dimension, ())

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors; a kind of encoder says how."""
        raise NotImplementedError

    def encode(self, texts: Sequence[str], *, progress: object = None) -> np.ndarray:
        """Canonical vectors: see `matcher.ports.Encoder`."""
        del progress
        return canonical(self.embed(texts), self.scale)

    def of_words(self, word_list: Sequence[str]) -> WordVectors:
        """None: the words that meet are not measured."""
        raise NotImplementedError

    def shares(self, query: str, texts: Sequence[str], pairs: object) -> list[list[float]]:
        """None: nothing is explained."""
        raise NotImplementedError
