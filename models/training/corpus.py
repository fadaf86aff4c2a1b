"""The training corpus: pairs of texts with the same meaning, from open data (docs/training.md names the publishers).

It excludes the evaluation sets, and all texts of ESCO concepts that are held out.
"""

from __future__ import annotations

import csv
import gzip
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.words import words

Pair = tuple[str, str]
_RUNNING = ("sentences", "esco_described", "esco_descriptions_across", "defined")


@dataclass(frozen=True, slots=True)
class Corpus:
    """`sets`: name to pairs; `taught`: translated sentences (Dutch, English) for the loss with an English teacher."""

    sets: Mapping[str, list[Pair]]
    taught: list[Pair]

    def texts(self) -> Iterator[str]:
        """All texts, for the vocabulary and the frequencies of words."""
        for pairs in self.sets.values():
            for pair in pairs:
                yield from pair

    def running(self) -> Iterator[str]:
        """The texts that are sentences, for the frequency of words in running text."""
        for name in _RUNNING:
            for pair in self.sets.get(name, ()):
                yield from pair


def read(folder: Path, seed: int) -> Corpus:
    """Reads the data under `folder` (esco/, train/, parallel/). Raises OSError if a file is missing."""
    chance = random.Random(seed)  # noqa: S311 - samples examples, protects nothing
    held_out = set((folder / "train/esco_heldout_uris.txt").read_text("utf-8").split())
    sets: dict[str, list[Pair]] = defaultdict(list)
    _esco(folder, held_out, sets)
    _occupations(folder, held_out, sets, chance)
    taught = _parallel(folder, sets)
    _synsets(folder, sets, chance)
    _amid(taught, sets, chance)
    return Corpus({name: list(dict.fromkeys(pairs)) for name, pairs in sorted(sets.items())}, taught)


def batches(pairs: Sequence[Pair], size: int, dice: np.random.Generator) -> Iterator[list[int]]:
    """Places of pairs, endlessly: each batch holds no text twice, and a pair comes again when all have come."""
    while True:
        batch: list[int] = []
        seen: set[str] = set()
        for place in dice.permutation(len(pairs)).tolist():
            if not seen.isdisjoint(pairs[place]):
                continue
            seen.update(pairs[place])
            batch.append(place)
            if len(batch) == size:
                yield batch
                batch, seen = [], set()


def public_words(folder: Path) -> set[str]:
    """The words in the names of ESCO occupations and skills, and of qualifications, in both languages.

    `folder` is as in `read`, and also holds mbo/. Names of concepts that are held out are excluded. Raises OSError.
    """
    names = [row["a"] + " " + row["b"] for row in table(folder / "train/esco_pairs.tsv.gz") if _is_name(row)]
    names += [row["kwalificatie"] for row in table(folder / "mbo/crebo2015_kwalificaties.tsv")]
    return {word for name in names for word in words(name) if any(letter.isalpha() for letter in word)}


def _is_name(row: Mapping[str, str]) -> bool:
    return row["split"] == "train" and row["kind"] in {"alt-pref", "alt-pref-x", "label"}


def lines(path: Path) -> Iterator[list[str]]:
    """The lines of a tab-separated file without quoting, plain or gzip, as cells. Raises OSError."""
    with (
        gzip.open(path, "rt", encoding="utf-8", newline="")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8", newline="") as file
    ):
        yield from csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def table(path: Path) -> Iterator[dict[str, str]]:
    """The rows of such a file, by the headers in its first line."""
    rows = lines(path)
    header = next(rows)
    for row in rows:
        yield dict(zip(header, row, strict=False))


def _esco(folder: Path, held_out: set[str], sets: dict[str, list[Pair]]) -> None:
    name = {
        ("alt-pref", "nl"): "esco_names_nl",
        ("alt-pref", "en"): "esco_names_en",
        ("alt-pref-x", "nl"): "esco_names_across",
        ("label", "nl"): "esco_names_across",
        ("desc", "nl"): "esco_descriptions_across",
        ("label-desc", "nl"): "esco_described",
        ("label-desc", "en"): "esco_described",
        ("label-desc-x", "nl"): "esco_described",
    }
    for row in table(folder / "train/esco_pairs.tsv.gz"):
        if row["split"] == "train" and row["uri"] not in held_out:
            a, b = row["a"].rstrip(" |"), row["b"].rstrip(" |")
            kind = row["kind"]
            sets[name[kind, row["lang_a"]]].append((a, b))
            if kind == "desc":
                sets["halves"] += [half for text in (a, b) if (half := _halves(text))]


def _halves(text: str) -> Pair | None:
    """The two halves of a text, which are about the same subject; None if it is short."""
    parts = text.split()
    middle = len(parts) // 2
    return (" ".join(parts[:middle]), " ".join(parts[middle:])) if len(parts) >= 16 else None


def _occupations(folder: Path, held_out: set[str], sets: dict[str, list[Pair]], chance: random.Random) -> None:
    skills: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in table(folder / "esco/occupation_skill_relations_en_nl.tsv.gz"):
        if row["occ_uri"] not in held_out and row["skill_uri"] not in held_out:
            skills[row["occ_uri"], "en"].append(row["skill_en"])
            if row["skill_nl"]:
                skills[row["occ_uri"], "nl"].append(row["skill_nl"])
    for row in table(folder / "esco/occupations_nl_en.tsv"):
        for language in ("nl", "en"):
            known = skills.get((row["uri"], language), [])
            if len(known) < 6:
                continue
            names = [row[f"pref_{language}"], *row[f"alt_{language}"].split(" | ")]
            for name in filter(None, names[:6]):
                sets["occupation_skills"].append((name, ", ".join(chance.sample(known, chance.randint(2, 6)))))
            for _ in range(3):
                some = chance.sample(known, min(len(known), 12))
                sets["skills_together"].append((", ".join(some[::2]), ", ".join(some[1::2])))


def _parallel(folder: Path, sets: dict[str, list[Pair]]) -> list[Pair]:
    taught = []
    for row in table(folder / "parallel/pairs_nl_en.tsv.gz"):
        pair = (row["nl"], row["en"])
        kind = row["kind"]
        if kind in {"sentence", "paragraph", "ui"}:
            sets["sentences"].append(pair)
            taught.append(pair)
        else:
            sets["words" if kind == "word" else "terms"].append(pair)
    return list(dict.fromkeys(taught))


_AMID = {
    "esco_names_nl": ("nl", "nl", 12_000),
    "esco_names_across": ("nl", "en", 8_000),
    "occupation_skills": ("nl", "nl", 8_000),
    "esco_described": ("nl", "nl", 6_000),
    "esco_descriptions_across": ("nl", "en", 3_000),
}
"""Sets whose texts are put among other sentences, with the languages of both columns and the number of pairs."""
_SHORT = 12


def _amid(translated: list[Pair], sets: dict[str, list[Pair]], chance: random.Random) -> None:
    """Adds pairs with one or two unrelated sentences around a text, in 70% around both: people often digress."""
    short = [pair for pair in translated if len(pair[0].split()) <= _SHORT]
    sentences = {"nl": [dutch for dutch, _ in short], "en": [english for _, english in short]}

    def amid(text: str, language: str) -> str:
        parts = [text, *chance.sample(sentences[language], min(len(short), chance.randint(1, 2)))]
        chance.shuffle(parts)
        return ". ".join(part.rstrip(".") for part in parts)

    for name, (first, second, most) in _AMID.items():
        pairs = sets[name]
        for left, right in chance.sample(pairs, min(most, len(pairs))):
            both = chance.random() < 0.7
            sets["amid"].append((amid(left, first), amid(right, second) if both else right))


def _synsets(folder: Path, sets: dict[str, list[Pair]], chance: random.Random) -> None:
    for row in lines(folder / "parallel/wordnet_nl_en_synsets.tsv.gz"):
        dutch, english, definition = row[-3].split(" | "), row[-2].split(" | "), row[-1]
        if definition:
            sets["defined"].append((chance.choice(dutch), definition))
            sets["defined"].append((chance.choice(english), definition))
        if len(dutch) > 1:
            word, synonym = chance.sample(dutch, 2)
            sets["synonyms"].append((word, synonym))
