"""The weights of the signals per kind of query, read from `weights.toml` and checked once."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from matcher.domain.kinds import KIND_CODES
from matcher.errors import ConfigurationError, InvalidValue
from matcher.matching.signals import SIGNALS
from matcher.pool import Pool
from matcher.pool.columns import Float64


@dataclass(frozen=True)
class Weights:
    """Weights, shape (kinds, signals); priors, shape (signals,); versions per kind. Row i: kind number i.

    `table`: where no second encoder has read the texts. `meaning`: the share of what counts for likeness that it has
    where it has, in [0, 1], shape (kinds,).
    """

    table: Float64
    priors: Float64
    names: tuple[str, ...]
    """`kind@version`, by kind code."""
    meaning: Float64

    def of(self, pool: Pool) -> Float64:
        """The weights in a ranking of this pool, shape (kinds, signals)."""
        return self.table if pool.second is None else self._with_meaning

    @cached_property
    def _with_meaning(self) -> Float64:
        codes = [signal.CODE for signal in SIGNALS]
        likeness = [codes.index(code) for code in _LIKENESS]
        table = self.table.copy()
        table[:, likeness] *= (1 - self.meaning)[:, None]
        table[:, codes.index("meaning")] = self.meaning * self.table[:, likeness].sum(axis=1)
        return table

    @property
    def words_share(self) -> float:
        """The weight of the words that meet as a share of what counts for likeness, over all kinds; in [0, 1]."""
        codes = [signal.CODE for signal in SIGNALS]
        similarity, words = (float(self.table[:, codes.index(code)].sum()) for code in _LIKENESS)
        return words / (similarity + words) if words else 0.0

    @property
    def meaning_share(self) -> float:
        """The share of what counts for likeness that the second encoder has in most kinds, in [0, 1]."""
        return float(np.median(self.meaning))


@cache
def shipped() -> Weights:
    """The weights that come with the product."""
    return read(Path(__file__).parent / "weights.toml")


def read(path: Path) -> Weights:
    """Weights from a file. Raises ConfigurationError where a row is missing, negative or does not add up to 1."""
    with path.open("rb") as file:
        return _checked(tomllib.load(file))


def own(text: str) -> Weights:
    """Weights of a school's own, as TOML like `weights.toml`; what they leave out is as it comes with the program.

    A row that is not the one shipped gets a name of its own, `kind@version+digest`, so that no two rows share a name.
    Raises InvalidValue for what cannot be used.
    """
    base = _raw()
    try:
        raw = tomllib.loads(text)
        kinds = {kind: {**base["kinds"].get(kind, {}), **row} for kind, row in raw.get("kinds", {}).items()}
        unknown = [*sorted(set(kinds) - set(KIND_CODES)), *sorted(set(raw) - {"kinds", "priors"})]
        unknown += sorted(set(raw.get("priors", {})) - set(base["priors"]))
        unknown += sorted(
            {name for kind, row in kinds.items() for name in set(row) - set(base["kinds"].get(kind, row))}
        )
        if unknown:
            raise InvalidValue("weights_unknown", unknown=", ".join(unknown)[:200])
        made = _checked({"priors": {**base["priors"], **raw.get("priors", {})}, "kinds": {**base["kinds"], **kinds}})
    except ConfigurationError as error:
        raise InvalidValue(error.code, **error.values) from None
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError):
        raise InvalidValue("weights_unreadable") from None
    numbered = all(type(row["version"]) is int for row in kinds.values())
    parts = [getattr(made, field.name) for field in fields(made) if field.name != "names"]
    if not (numbered and all(((part >= 0) & (part <= 1)).all() for part in parts)):
        raise InvalidValue("weights_unreadable")
    ours = shipped()
    names = [
        name if (name, _content(made, code)) == (ours.names[code], _content(ours, code)) else
        f"{name}+{hashlib.sha256(_content(made, code).encode()).hexdigest()[:8]}"
        for code, name in enumerate(made.names)
    ]  # fmt: skip
    return replace(made, names=tuple(names))


_LIKENESS = ("similarity", "words")
"""The signals that the second encoder takes its weight from."""
_NOT_BY_KIND = {"table", "priors", "names"}
"""The fields of weights that hold something else than a number for each kind."""


def _content(weights: Weights, code: int) -> str:
    """All that is weighed for a kind: its row, the priors that count in it, and what else is kept of each kind."""
    row = weights.table[code]
    others = [getattr(weights, field.name)[code] for field in fields(weights) if field.name not in _NOT_BY_KIND]
    return json.dumps([part.tolist() for part in (row, np.where(row > 0, weights.priors, 0.0), *others)])


@cache
def _raw() -> Mapping[str, Any]:
    with (Path(__file__).parent / "weights.toml").open("rb") as file:
        return tomllib.load(file)


def _checked(raw: Mapping[str, Any]) -> Weights:
    codes = [signal.CODE for signal in SIGNALS]
    rows, shares, names = [], [], []
    for kind in KIND_CODES:
        entry = raw.get("kinds", {}).get(kind)
        if entry is None:
            raise ConfigurationError("weights_missing", kind=kind)
        row = entry["weights"]
        unknown = sorted(set(row) - set(codes) | {"meaning"} & set(row))
        total = math.fsum(row.values())
        if unknown or min(row.values()) < 0 or abs(total - 1.0) > 1e-9:
            raise ConfigurationError("weights_wrong", kind=kind, total=total, unknown=", ".join(unknown))
        rows.append([float(row.get(code, 0.0)) for code in codes])
        shares.append(float(entry.get("meaning", 0.0)))
        names.append(f"{kind}@{entry['version']}")
    priors = np.array([raw["priors"][code] for code in codes], np.float64)
    return Weights(np.array(rows, np.float64), priors, tuple(names), np.array(shares, np.float64))
