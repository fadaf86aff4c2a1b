"""The map from cosine to similarity in [0, 1], a strictly rising piecewise linear curve for each encoder."""

from __future__ import annotations

import json
from pathlib import Path

Points = tuple[tuple[float, float], ...]
NAME = "calibration.json"
WORDS = "calibration-words.json"
BASELINE = "baseline-words.json"
STRAIGHT: Points = ((0.0, 0.0), (1.0, 1.0))
_FILE = Path(__file__).with_name(NAME)


def points(folder: Path, name: str) -> Points:
    """The points (cosine, value) in the folder of the encoder, else those known by its name, else general ones.

    `python -m models.evaluation.calibrate FOLDER` makes them.
    """
    try:
        pairs = json.loads((folder / NAME).read_text("utf-8"))
    except (OSError, ValueError):
        known = json.loads(_FILE.read_text("utf-8"))
        pairs = known.get(name) or known["*"]
    return tuple((float(cosine), float(value)) for cosine, value in pairs)


def word_points(folder: Path) -> Points:
    """The points (share of words that meet, value) in the folder of the encoder, or a straight line."""
    return _read(folder / WORDS) or STRAIGHT


def baseline(folder: Path) -> Points:
    """The points (words of a text, mean share of unrelated texts) in the folder of the encoder, or none."""
    return _read(folder / BASELINE)


def _read(path: Path) -> Points:
    try:
        pairs = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple((float(place), float(value)) for place, value in pairs)


def write(folder: Path, curve: Points, name: str = NAME) -> None:
    """Stores points in the folder of an encoder. Raises OSError."""
    (folder / name).write_text(json.dumps([list(point) for point in curve]) + "\n", "utf-8")
