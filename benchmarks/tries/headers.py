"""Whether an encoder could tell what a column of a list is by its header, where the table of names does not know it.

    python -m benchmarks.tries.headers [FOLDER]

The headers are those of the tests (tests/spreadsheets/headers), each with its field or `-` for something else; the
names are those of `synonyms.toml` without the one that is the header itself, so each header is as one that nobody has
written down yet. Of those, new ones are told apart, which neither a question nor a typing error would explain. A header
gets the field of its nearest name, from a cosine on. Printed are, for each encoder and for both together (the mean of
their cosines): how many headers of a field get it, how many get another, and how many of something else get one. With
FOLDER, also the headers of the files there that nothing recognises, and what would be named.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

import matcher.spreadsheets.synonyms as of_names
from matcher.domain.records import RecordKind
from matcher.errors import InputError
from matcher.ports import Encoder
from matcher.spreadsheets.mapping import recognise, recogniser
from matcher.spreadsheets.spellings import key, words
from matcher.spreadsheets.tables import find_table
from matcher.spreadsheets.targets import Block, How, Wishes
from models.encoder import opened
from models.meaning import FOLDER

HEADERS = Path(__file__).parents[2] / "tests" / "spreadsheets" / "headers"
LEAST = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Header:
    """A header of a list of this kind, and its field; "" for something else."""

    kind: RecordKind
    text: str
    field: str


def labelled() -> list[Header]:
    """The headers of the tests, each once; without columns of one choice, and what may not be stored."""
    found: dict[tuple[RecordKind, str], Header] = {}
    for path in sorted(HEADERS.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                kind, header, target = line.split("\t")
                if target[0] != "!" and ": " not in target:
                    one = Header(RecordKind(kind), header, target.removeprefix("-"))
                    found.setdefault((one.kind, key(header)), one)
    return list(found.values())


def names(kind: RecordKind) -> dict[str, str]:
    """The usual names of the fields of a kind, with the field of each."""
    table = tomllib.loads(Path(of_names.__file__).with_suffix(".toml").read_text("utf-8"))[kind.value]
    known = of_names.fields(kind)
    listed = ((field, name) for grade in ("sure", "likely") for field, some in table[grade].items() for name in some)
    return {words(name): field for field, name in listed if field in known} | {words(field): field for field in known}


def cosines(encoder: Encoder, first: Sequence[str], second: Sequence[str]) -> Floats:
    """Cosines, shape (first, second)."""
    one, other = (encoder.encode(texts).astype(np.float64) for texts in (first, second))
    return np.asarray(one @ other.T / encoder.scale.factor**2)


def is_new(header: Header) -> bool:
    """Whether neither the words of a question nor the letters of another name tell what a header is."""
    text = words(header.text)
    others = [name for name in names(header.kind) if key(name) != key(text)]
    near = any(max(fuzz.ratio(text, name), fuzz.token_sort_ratio(text, name)) >= of_names.NEAR for name in others)
    return not near and not of_names.question(header.kind, text)


def nearest(headers: Sequence[Header], encoders: Mapping[str, Encoder]) -> dict[str, list[tuple[str, float]]]:
    """For each encoder, and for both, the field of the nearest other name of each header, and how near it is."""
    result: dict[str, list[tuple[str, float]]] = {}
    for kind in dict.fromkeys(one.kind for one in headers):
        some, known = [one for one in headers if one.kind is kind], names(kind)
        texts, fields = list(known), list(known.values())
        itself = np.array([[key(words(one.text)) == key(text) for text in texts] for one in some])
        asked = [words(one.text) for one in some]
        ways = {name: cosines(encoder, asked, texts) for name, encoder in encoders.items()}
        ways["both"] = np.mean(list(ways.values()), axis=0)
        for name, near in ways.items():
            near[itself] = -1
            best = near.argmax(axis=1)
            result.setdefault(name, []).extend((fields[place], near[row, place]) for row, place in enumerate(best))
    return result


def counted(headers: Sequence[Header], found: Sequence[tuple[str, float]], least: float) -> tuple[int, int, int]:
    """How many headers of a field get it, how many another one, and how many of something else get one."""
    named = [(one.field, field) for one, (field, near) in zip(headers, found, strict=True) if near >= least]
    right = sum(field == said for field, said in named)
    other = sum(not field for field, _ in named)
    return right, len(named) - right - other, other


def unknown(folder: Path) -> Iterator[Header]:
    """The headers with values in the files of a folder that are not recognised."""
    for path in sorted(folder.iterdir()):
        kind = next((kind for kind in RecordKind if path.stem.endswith(kind.value)), None)
        if kind is None:
            continue
        try:
            block = find_table(path, recogniser(kind))
        except InputError:
            continue
        for guess in recognise(kind, block, wishes=Wishes()):
            if guess.how is How.UNKNOWN and guess.forbidden is None and guess.examples:
                yield Header(kind, guess.header, "")


def of_tables(headers: Sequence[Header]) -> tuple[int, int, int]:
    """The same counts for what the product does today, by the table of names and what is nearly one of them."""
    right = wrong = other = 0
    for one in headers:
        (guess,) = recognise(one.kind, Block("", "", (one.text,), []), wishes=Wishes())
        if guess.target is not None:
            right += guess.target.field == one.field
            wrong += bool(one.field) and guess.target.field != one.field
            other += not one.field
    return right, wrong, other


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    given = parser.parse_args()
    headers = sorted(labelled(), key=lambda one: one.kind.value)
    encoders = {"encoder": opened(), "meaning": opened(str(FOLDER))}
    print(f"{'by the tables':16}{of_tables(headers)}")
    found = nearest(headers, encoders)
    new = list(map(is_new, headers))
    for label, some in (("all", [True] * len(headers)), ("new", new)):
        chosen = [one for one, taken in zip(headers, some, strict=True) if taken]
        of_fields = sum(bool(one.field) for one in chosen)
        print(f"{label}: {of_fields} of fields, {len(chosen) - of_fields} others: right, wrong, of the others")
        for name, fields in found.items():
            near = [one for one, taken in zip(fields, some, strict=True) if taken]
            for least in LEAST:
                print(f"{name:10}{least:6.2f}{counted(chosen, near, least)}")
    if given.folder:
        left = sorted(set(unknown(given.folder)), key=lambda one: (one.kind.value, one.text))
        for name, fields in nearest(left, encoders).items():
            for one, (field, near) in zip(left, fields, strict=True):
                print(f"{name:10}{one.kind.value:10}{one.text:30}{near:6.2f} {field}")


if __name__ == "__main__":
    main()
