"""The weights of the signals per kind of query, read from `weights.toml` and checked once."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from matcher.domain.kinds import KIND_CODES
from matcher.errors import ConfigurationError
from matcher.matching.signals import SIGNALS
from matcher.pool.columns import Float64


@dataclass(frozen=True)
class Weights:
    """Weights, shape (kinds, signals); priors, shape (signals,); versions per kind. Row i: kind number i."""

    table: Float64
    priors: Float64
    names: tuple[str, ...]
    """`kind@version`, by kind code."""


@cache
def shipped() -> Weights:
    """The weights that come with the product."""
    return read(Path(__file__).parent / "weights.toml")


def read(path: Path) -> Weights:
    """Weights from a file. Raises ConfigurationError where a row is missing, negative or does not add up to 1."""
    with path.open("rb") as file:
        raw = tomllib.load(file)
    codes = [signal.CODE for signal in SIGNALS]
    rows, names = [], []
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
        names.append(f"{kind}@{entry['version']}")
    priors = np.array([raw["priors"][code] for code in codes], np.float64)
    return Weights(np.array(rows, np.float64), priors, tuple(names))
