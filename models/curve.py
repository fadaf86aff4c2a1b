"""From cosine to similarity in [0, 1]: a strictly rising line through points, for each encoder its own."""

from __future__ import annotations

import json
from pathlib import Path

Points = tuple[tuple[float, float], ...]
NAME = "calibration.json"
_FILE = Path(__file__).with_name(NAME)


def points(folder: Path, name: str) -> Points:
    """The points (cosine, value): those in the encoder's folder, else those known by its name, else the general ones.

    `python -m models.evaluation.calibrate FOLDER` makes them.
    """
    try:
        found = json.loads((folder / NAME).read_text("utf-8"))
    except (OSError, ValueError):
        known = json.loads(_FILE.read_text("utf-8"))
        found = known.get(name) or known["*"]
    return tuple((float(cosine), float(value)) for cosine, value in found)


def write(folder: Path, found: Points) -> None:
    """Keeps points in the folder of an encoder. Raises OSError."""
    (folder / NAME).write_text(json.dumps([list(point) for point in found]) + "\n", "utf-8")
