"""When and how a ranking uses the index; the answer is the same for any values, only the time differs.

The shipped values were measured on one machine. `alumnimatch index calibrate` measures on another, with its own pool,
and keeps what it found beside the snapshots (`matcher.engine.calibration`).
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from matcher.atomic import beside

log = logging.getLogger(__name__)
_FILE = "limits.json"


@dataclass(frozen=True)
class Limits:
    """Sizes and shares, as numbers of candidates and parts of all candidates (0 to 1)."""

    score_all_below: int = 8192
    """Up to this many eligible candidates each gets its similarity: cheaper than a search and a bound."""
    score_all_share: float = 0.08
    """And up to this share of all: a search looks at everybody, a similarity only at who is eligible."""
    shortlist: int = 256
    """Least number of rows asked of the index."""
    unproven: int = 500
    """The same of an index that is not exact."""
    unproven_each: int = 20
    """And so many for each of the k that are asked."""
    verify_first: int = 256
    """How many candidates are verified in the first block; each next block is twice as large."""

    def scores_all(self, eligible: int, of: int) -> bool:
        """Whether so many eligible candidates of so many each get their similarity."""
        return eligible <= max(self.score_all_below, self.score_all_share * of)


LIMITS = Limits()
"""As shipped."""


def kept(folder: Path | None) -> Limits:
    """What was measured on this machine; the shipped values where nothing was, or where that cannot be read."""
    if folder is None:
        return LIMITS
    try:
        share = json.loads((folder / _FILE).read_text("utf-8"))["score_all_share"]
    except FileNotFoundError:
        return LIMITS
    except (OSError, ValueError, KeyError, TypeError):
        share = None
    if not isinstance(share, float | int) or isinstance(share, bool) or not 0 <= share <= 1:
        log.warning("limits_unreadable %s", _FILE)
        return LIMITS
    return Limits(score_all_share=float(share))


def keep(folder: Path, limits: Limits, measured: object) -> Path:
    """Writes them for the next start, with what was measured; the file is whole or not there. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _FILE
    with beside(path) as file:
        told = {"score_all_share": limits.score_all_share, "measured": measured}
        file.write(json.dumps(told, indent=1).encode())
    return path
