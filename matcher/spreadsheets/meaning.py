"""What an unknown header may mean by the encoder: only ever offered, never used by itself.

Measured on headers that the tables did not know (53 of fields, 116 of something else): from a cosine of 0.85 on it
names 10 fields, all right, and 10 of the others wrongly; from 0.6 on 30 of the 53 are right, and 54 wrong. So it adds
to what a column could be, which whoever imports chooses from, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.records import RecordKind
from matcher.spreadsheets.spellings import words
from matcher.spreadsheets.synonyms import UNSURE, Candidate, usual_names
from matcher.spreadsheets.targets import How, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matcher.ports import Encoder

LEAST = 0.6
"""From which cosine a field is offered."""
MOST = 2
"""Fields that are offered for one header."""


def by_meaning(kind: RecordKind, headers: Sequence[str], encoder: Encoder) -> list[tuple[Candidate, ...]]:
    """For each header at most two fields whose usual names it resembles, too unsure to be used."""
    if not headers:
        return []
    names = usual_names(kind)
    vectors = encoder.embed([*(words(header) for header in headers), *(name for name, _ in names)])
    found = vectors[: len(headers)] @ vectors[len(headers) :].T
    return [_best(names, row) for row in found]


def _best(names: tuple[tuple[str, str], ...], cosines: NDArray[np.float32]) -> tuple[Candidate, ...]:
    best: dict[str, float] = {}
    for position in np.argsort(-cosines, kind="stable"):
        if cosines[position] < LEAST or len(best) == MOST:
            break
        best.setdefault(names[position][1], float(cosines[position]))
    return tuple(
        Candidate(Target(field), How.ENCODER, round(cosine * (UNSURE - 0.1), 3)) for field, cosine in best.items()
    )
