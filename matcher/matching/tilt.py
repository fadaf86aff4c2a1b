"""What an adviser lets count more in one list of courses: five sliders, from which the weights of that list follow.

Price and travel count as usual at 50, not at 0 and twice at 100. Evening, online and level count at 100 with `MOST` of
what all usual weights are together, and not at 0. Then the row is divided by its sum, so that a score stays in [0, 1]
and is the sum of its terms like any other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from matcher.domain.kinds import KIND_CODES
from matcher.matching.signals import SIGNALS
from matcher.matching.weights import Weights

MOST = 0.2
USUAL, HIGHEST, STEP = 50, 100, 10
KIND = KIND_CODES.index("offering")
MARK = "~"
"""What stands between the name of the weights and the tilt."""
_SCALED = {"price": "price", "travel": "travel"}
_ADDED = {"evening": "evening", "online": "online", "level": "step_up"}
SIGNAL_OF: Mapping[str, str] = {**_SCALED, **_ADDED}
"""The signal that each slider is about."""


@dataclass(frozen=True, slots=True)
class Tilt:
    """How much each counts, from 0 to 100 in steps of ten; raises ValueError for any other number."""

    price: int = USUAL
    evening: int = 0
    travel: int = USUAL
    online: int = 0
    level: int = 0

    def __post_init__(self) -> None:
        """Refuses what no slider can say."""
        for value in asdict(self).values():
            if type(value) is not int or not 0 <= value <= HIGHEST or value % STEP:
                raise ValueError(value)

    @property
    def is_usual(self) -> bool:
        """Whether nothing counts otherwise than usual."""
        return self == Tilt()

    @property
    def name(self) -> str:
        """As it stands behind the name of the weights, and in addresses."""
        return ".".join(str(value) for value in asdict(self).values())

    @classmethod
    def named(cls, name: str) -> Tilt | None:
        """The tilt with this name; None for what is none."""
        parts = name.split(".")
        if len(parts) != len(cls.__dataclass_fields__) or not all(part.isascii() and part.isdigit() for part in parts):
            return None
        try:
            return cls(*(int(part[:4]) for part in parts))
        except ValueError:
            return None


def tilted(weights: Weights, tilt: Tilt) -> Weights:
    """These weights with the row of courses as the sliders say; the same weights for a usual tilt."""
    if tilt.is_usual:
        return weights
    codes = [signal.CODE for signal in SIGNALS]
    table, values = weights.table.copy(), asdict(tilt)
    row = table[KIND]
    for slider, code in _SCALED.items():
        row[codes.index(code)] *= values[slider] / USUAL
    for slider, code in _ADDED.items():
        row[codes.index(code)] += MOST * values[slider] / HIGHEST
    total = math.fsum(row.tolist())
    if total > 0:
        table[KIND] = row / total
    names = (*weights.names[:KIND], f"{weights.names[KIND]}{MARK}{tilt.name}", *weights.names[KIND + 1 :])
    return replace(weights, table=table, names=names)
