"""What texts that have nothing to do with each other score, by how many words they have.

    python -m benchmarks.baseline FOLDER [--all] [--write]

FOLDER keeps the database of the sample region. A length is the number of distinct words that say something, of what is
asked by that of the own text. Four kinds of pairs:

- drawn: words drawn from a list, each as likely: the public words of the encoder (names of ESCO and of the register of
  qualifications), and the words of the gold set and the sample region.
- gold: the first words of texts of the gold set, for pairs that both judges graded 0.
- region: the first words of requests and alumni of the sample region of different fields. Longer ones than there are
  go on with other texts of the same field.
- whole: those requests and alumni, uncut, at the nearest of the lengths.

A pair is of different fields where no file of data/region has both the sector or a qualification of the alumnus and the
qualification of the request. Of each length there are 80 texts on each side; all with all are compared. Printed is the
90 % quantile of the value of each signal, as it counts in a score; `--all` also prints the mean and the 99 % quantile,
and the same three of the cosine and of the share, which is of all that meets. At the end, how much the value grows with
the own length: the mean over the requests of the rank correlation over unrelated whole texts of alumni.

`--write` prints none of these, but puts the mean share of the pairs of the region, for long own texts, into the folder
of the encoder: what is taken out of the share from then on (`models.evaluation.calibrate.unrelated`).
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale.pools import sample_store, stored
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.likeness import Meeting
from matcher.meeting import calibrated, corrected
from matcher.pool.texts import can_text, demand_text
from matcher.ports import Encoder
from matcher.text import WORD, fold
from models import catalogue
from models.encoder import opened
from models.evaluation import calibrate, gold

ROOT = Path(__file__).parents[1]
LENGTHS = 1, 2, 4, 8, 16, 32, 64, 128
TEXTS = 80
LEAST = 100
"""Of fewer pairs no quantile is printed."""
ALIKE = {"zorg": "welzijn"}
"""Files of one field: their sectors have the same names."""
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Texts:
    """Texts of one side, the length of each, and from which text or of which field it is."""

    texts: list[str]
    lengths: list[int]
    origin: list[int]


@dataclass(frozen=True)
class Kind:
    """Texts that are asked and own texts. `unrelated`: by the origins of both."""

    asked: Texts
    own: Texts
    unrelated: Bools

    @property
    def pairs(self) -> Bools:
        """The pairs that have nothing to do with each other, shape (asked, own)."""
        return self.unrelated[np.ix_(self.asked.origin, self.own.origin)]


@dataclass(frozen=True)
class Measured:
    """Raw and calibrated values of each pair, shape (asked, own); NaN where unknown."""

    cosine: Floats
    similarity: Floats
    share: Floats
    words: Floats


class Lengths:
    """How many words of a text say something."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._says: dict[str, bool] = {}

    def says(self, words: Sequence[str]) -> list[bool]:
        """Whether each word, folded, says something."""
        new = list(dict.fromkeys(word for word in words if word not in self._says))
        self._says |= dict(zip(new, (self._encoder.of_words(new).rarity > 0).tolist(), strict=True))
        return [self._says[word] for word in words]

    def ends(self, text: str) -> list[int]:
        """Where the first, second, ... distinct word that says something ends in this text."""
        found = list(WORD.finditer(text))
        seen: dict[str, int] = {}
        for match, says in zip(found, self.says([fold(match[0]) for match in found]), strict=True):
            if says:
                seen.setdefault(fold(match[0]), match.end())
        return list(seen.values())


def measured(encoder: Encoder, kind: Kind) -> Measured:
    """The values as rankings have them."""
    scale = encoder.scale
    asked, own = (encoder.encode(side.texts).astype(np.float32) for side in (kind.asked, kind.own))
    cosine = (asked @ own.T).astype(np.float64) / scale.factor**2
    cosine[~(np.asarray(asked.any(axis=1))[:, None] & own.any(axis=1))] = np.nan
    similarity = np.where(np.isnan(cosine), np.nan, calibrated(scale.calibration, np.nan_to_num(cosine)))
    meeting = Meeting(encoder, kind.own.texts)
    share, enough = meeting.met(kind.asked.texts)
    met = np.where(enough, calibrated(scale.words, corrected(scale.baseline, share, meeting.own)), similarity)
    return Measured(cosine, similarity, share, np.where(np.isnan(similarity), np.nan, met))


def drawn(vocabulary: Sequence[str], dice: np.random.Generator) -> Kind:
    """Texts of drawn words."""

    def side() -> Texts:
        lengths = [length for length in LENGTHS for _ in range(TEXTS)]
        texts = [" ".join(dice.choice(vocabulary, length, replace=False).tolist()) for length in lengths]
        return Texts(texts, lengths, [0] * len(texts))

    return Kind(side(), side(), np.ones((1, 1), np.bool_))


def begun(texts: Sequence[str], lengths: Lengths, dice: np.random.Generator) -> Texts:
    """The first words of texts; at most `TEXTS` of each length."""
    ends = list(map(lengths.ends, texts))
    parts = []
    for length in LENGTHS:
        long = [number for number, end in enumerate(ends) if len(end) >= length]
        chosen = dice.permutation(long)[:TEXTS].tolist()
        parts += [(texts[number][: ends[number][length - 1]], length, number) for number in chosen]
    return Texts([text for text, _, _ in parts], [length for _, length, _ in parts], [number for *_, number in parts])


def chained(texts: Sequence[str], fields: Sequence[int], lengths: Lengths, dice: np.random.Generator) -> Texts:
    """The first words of texts, which go on with others of the same field where they are too short."""
    parts = []
    every = list(map(int, dice.permutation(len(texts))))
    for length in LENGTHS:
        for turn in range(TEXTS):
            begin = every[turn % len(every)]
            others = dice.permutation([row for row in every if fields[row] == fields[begin] and row != begin]).tolist()
            text = texts[begin]
            while len(lengths.ends(text)) < length and others:
                text += ". " + texts[others.pop()]
            ends = lengths.ends(text)
            if len(ends) >= length:
                parts.append((text[: ends[length - 1]], length, fields[begin]))
    return Texts([text for text, _, _ in parts], [length for _, length, _ in parts], [field for *_, field in parts])


def whole(texts: Sequence[str], fields: Sequence[int], lengths: Lengths) -> Texts:
    """Uncut texts, at the nearest length by ratio; without those that say nothing."""
    counts = [len(lengths.ends(text)) for text in texts]
    rows = [row for row, count in enumerate(counts) if count]
    nearest = [LENGTHS[int(np.argmin(np.abs(np.log(np.array(LENGTHS) / counts[row]))))] for row in rows]
    return Texts([texts[row] for row in rows], nearest, [fields[row] for row in rows])


def fields_of_region() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """The fields of each sector, and of each code of a qualification: files of data/region."""
    sectors: dict[str, set[str]] = {}
    codes: dict[str, set[str]] = {}
    for path in sorted((ROOT / "data" / "region").glob("*.toml")):
        field = ALIKE.get(path.stem, path.stem)
        for work in tomllib.loads(path.read_text("utf-8")).get("work", ()):
            for sector in work["sector"]:
                sectors.setdefault(fold(sector), set()).add(field)
            for code in (code for role in work["role"] for code in role["crebo"]):
                codes.setdefault(code, set()).add(field)
    return _frozen(sectors), _frozen(codes)


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(value) for key, value in sets.items()}


def region(folder: Path) -> tuple[list[tuple[str, frozenset[str]]], list[tuple[str, frozenset[str]]]]:
    """The texts of the requests for roles and of what alumni can, with their fields; those without a field left out."""
    store = sample_store(folder)
    sectors, codes = fields_of_region()
    none: frozenset[str] = frozenset()
    requests: list[Request] = stored(store, RecordKind.REQUESTS)
    alumni: list[Alumnus] = stored(store, RecordKind.ALUMNI)
    asked = [(demand_text(one), codes.get(one.programme or "", none)) for one in requests]
    own = []
    for one in alumni:
        worked = sectors.get(fold(one.sector or ""), none)
        learnt = none.union(*(codes.get(held.crebo or "", none) for held in one.qualifications))
        own.append((can_text(one), worked | learnt if worked else none))
    return [pair for pair in asked if pair[1] and pair[0]], [pair for pair in own if pair[1] and pair[0]]


def kinds(folder: Path, encoder: Encoder) -> Iterator[tuple[str, Kind]]:
    """The kinds of pairs, by name."""
    dice, lengths = np.random.default_rng(1), Lengths(encoder)
    asked, own = region(folder)
    judged = gold.read()
    texts = [text for part in judged for text in part.queries + part.candidates] + [text for text, _ in asked + own]
    public = (catalogue.find(catalogue.DEFAULT) / "public-words.txt").read_text("utf-8").split()
    vocabulary = sorted({fold(word) for text in texts + public for word in WORD.findall(text)})
    said = [word for word, says in zip(vocabulary, lengths.says(vocabulary), strict=True) if says]
    print(f"{len(said)} words, {len(asked)} requests, {len(own)} alumni\n")
    yield "drawn", drawn(said, dice)
    for part in judged:
        by_request = part.name.startswith("requests")
        sides = (part.queries, part.candidates) if by_request else (part.candidates, part.queries)
        unrelated = (part.first == 0) & (part.second == 0)
        both = [begun(texts, lengths, dice) for texts in sides]
        yield f"gold, {part.name}", Kind(both[0], both[1], unrelated if by_request else unrelated.T)
    sets = list(dict.fromkeys(field for _, field in asked + own))
    unrelated = np.array([[not first & second for second in sets] for first in sets])
    first, second = (([text for text, _ in side], [sets.index(field) for _, field in side]) for side in (asked, own))
    yield "region", Kind(chained(*first, lengths, dice), chained(*second, lengths, dice), unrelated)
    yield "whole", Kind(whole(*first, lengths), whole(*second, lengths), unrelated)


def table(kind: Kind, values: Floats, of: Callable[[Floats], float]) -> Iterator[str]:
    """A line for each length of what is asked, with a column for each own length."""
    asked, own = np.array(kind.asked.lengths), np.array(kind.own.lengths)
    pairs = kind.pairs & ~np.isnan(values)
    for length in LENGTHS:
        cells = [values[rows][pairs[rows]] for rows in (np.ix_(asked == length, own == other) for other in LENGTHS)]
        yield f"{length:>8}" + "".join(f"{of(cell):8.3f}" if len(cell) >= LEAST else f"{'-':>8}" for cell in cells)


def grows(kind: Kind, values: Floats, lengths: Floats) -> float:
    """The mean over what is asked of the rank correlation of the value with the own length."""
    from scipy.stats import spearmanr

    pairs = kind.pairs & ~np.isnan(values)
    every = [spearmanr(values[row][some], lengths[some]).statistic for row, some in enumerate(pairs) if some.sum() > 9]
    return float(np.nanmean(every))


def write(folder: Path) -> None:
    """Measures what long texts meet by chance, and writes it."""
    kind = dict(kinds(folder, opened()))["region"]
    points = calibrate.unrelated(catalogue.DEFAULT, kind.asked.texts, kind.own.texts, kind.pairs)
    print(" ".join(f"{length:g}:{share:.4f}" for length, share in points))


def main(folder: Path, *, everything: bool) -> None:
    """Prints the tables."""
    encoder = opened()
    statistics: Mapping[str, Callable[[Floats], float]] = {
        "mean": lambda cell: float(cell.mean()),
        "90 %": lambda cell: float(np.quantile(cell, 0.9)),
        "99 %": lambda cell: float(np.quantile(cell, 0.99)),
    }
    for name, kind in kinds(folder, encoder):
        found = measured(encoder, kind)
        for column in ("cosine", "similarity", "share", "words") if everything else ("similarity", "words"):
            for label, of in statistics.items() if everything else [("90 %", statistics["90 %"])]:
                print(f"{name}: {column}, {label}; own length")
                print("   asked" + "".join(f"{length:>8}" for length in LENGTHS))
                print(*table(kind, getattr(found, column), of), sep="\n", end="\n\n", flush=True)
        if name == "whole":
            count = Lengths(encoder)
            own = np.array([len(count.ends(text)) for text in kind.own.texts], np.float64)
            for column in ("similarity", "words"):
                print(f"whole: rank correlation of {column}: {grows(kind, getattr(found, column), own):.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.write:
        write(given.folder)
    else:
        main(given.folder, everything=given.all)
