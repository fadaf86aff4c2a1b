"""The weights of the signals per kind of query, read from `weights.toml` and checked once."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.domain.answers import BANDS
from matcher.domain.kinds import KIND_CODES
from matcher.errors import ConfigurationError
from matcher.matching.signals import SIGNALS
from matcher.pool.columns import Float64


@dataclass(frozen=True)
class Weights:
    """Weights, shape (kinds, signals); priors, shape (signals,); bands and versions per kind. Row i: kind number i."""

    table: Float64
    priors: Float64
    strong: Float64
    good: Float64
    names: tuple[str, ...]
    """`kind@version`, by kind code."""

    def bands(self, kinds: NDArray[np.integer[Any]], scores: Float64) -> NDArray[np.integer[Any]]:
        """The position in `BANDS` of each score; `kinds` are the codes of their queries."""
        return np.where(scores >= self.strong[kinds], 0, np.where(scores >= self.good[kinds], 1, 2))

    @property
    def words_share(self) -> float:
        """The weight of the words that meet as a share of what counts for likeness, over all kinds; in [0, 1]."""
        codes = [signal.CODE for signal in SIGNALS]
        similarity, words = (float(self.table[:, codes.index(code)].sum()) for code in ("similarity", "words"))
        return words / (similarity + words) if words else 0.0

    def band(self, kind: int, score: float) -> str:
        """One of `BANDS`."""
        return BANDS[int(self.bands(np.array(kind), np.array(score)))]


@cache
def shipped() -> Weights:
    """The weights that come with the product."""
    return read(Path(__file__).parent / "weights.toml")


def read(path: Path) -> Weights:
    """Weights from a file. Raises ConfigurationError where a row is missing, negative or does not add up to 1."""
    with path.open("rb") as file:
        raw = tomllib.load(file)
    codes = [signal.CODE for signal in SIGNALS]
    rows, bands, names = [], [], []
    for kind in KIND_CODES:
        entry = raw.get("kinds", {}).get(kind)
        if entry is None:
            raise ConfigurationError("weights_missing", kind=kind)
        row = entry["weights"]
        unknown = sorted(set(row) - set(codes))
        total = math.fsum(row.values())
        if unknown or min(row.values()) < 0 or abs(total - 1.0) > 1e-9:
            raise ConfigurationError("weights_wrong", kind=kind, total=total, unknown=", ".join(unknown))
        rows.append([float(row.get(code, 0.0)) for code in codes])
        bands.append((entry["bands"]["strong"], entry["bands"]["good"]))
        names.append(f"{kind}@{entry['version']}")
    strong, good = np.array(bands, np.float64).T
    priors = np.array([raw["priors"][code] for code in codes], np.float64)
    return Weights(np.array(rows, np.float64), priors, strong, good, tuple(names))
