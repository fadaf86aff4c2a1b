"""When and how a ranking uses the index. The answer is the same for any values; only the time differs.

The shipped values were measured on one machine. `alumnimatch index calibrate` measures on this one, with its own pool,
and stores the result next to the snapshots (`matcher.engine.calibration`).
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from matcher import atomic, kernel

log = logging.getLogger(__name__)
_FILE = "limits.json"


@dataclass(frozen=True)
class Limits:
    """Thresholds as numbers of candidates, and as shares of all candidates (0 to 1)."""

    score_all_below: int = 8192
    """With at most this many eligible candidates each gets its similarity: cheaper than a search and a bound."""
    score_all_share: float = 0.08
    """The same up to this share of all: a search scans all candidates, similarities only the eligible ones."""
    shortlist: int = 256
    """Rows requested of the index, at least."""
    unproven: int = 500
    """The same for an index that is not exact."""
    unproven_each: int = 20
    """Rows requested of an index that is not exact for each of the k best, at least."""
    verify_first: int = 256
    """Candidates verified in the first block; each next block is twice as large."""

    def scores_all(self, eligible: int, of: int) -> bool:
        """Whether `eligible` candidates out of `of` each get their similarity."""
        return eligible <= max(self.score_all_below, self.score_all_share * of)


LIMITS = Limits()
"""The shipped values where rankings are made in NumPy."""
_COMPILED = Limits(score_all_share=1.0)
"""Where the compiled kernel makes them: it is faster than any index at every share of eligible candidates."""


def shipped() -> Limits:
    """The shipped values, by what makes the rankings of this process."""
    return LIMITS if kernel.native() is None else _COMPILED


def kept(folder: Path | None, *, elsewhere: bool = False) -> Limits:
    """The values measured on this machine; the shipped ones if there are none or they cannot be read.

    Values that were measured with another kernel do not count. `elsewhere`: the index is on other machines, and is to
    be used.
    """
    otherwise = LIMITS if elsewhere else shipped()
    if folder is None:
        return otherwise
    try:
        found = json.loads((folder / _FILE).read_text("utf-8"))
        share, by = found["score_all_share"], found.get("kernel", "numpy")
    except FileNotFoundError:
        return otherwise
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        share = by = None
    if not isinstance(share, float | int) or isinstance(share, bool) or not 0 <= share <= 1:
        log.warning("limits_unreadable %s", _FILE)
        return otherwise
    return Limits(score_all_share=float(share)) if by == kernel.name() else otherwise


def keep(folder: Path, limits: Limits, measured: object) -> Path:
    """Writes `limits` for the next start, with the measurements behind them; returns the path. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / _FILE
    with atomic.write(path) as file:
        content = {"score_all_share": limits.score_all_share, "kernel": kernel.name(), "measured": measured}
        file.write(json.dumps(content, indent=1).encode())
    return path
