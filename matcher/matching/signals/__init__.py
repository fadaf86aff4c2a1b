"""Soft criteria, one module each, in the fixed order in which points are added up.

A signal gives each pair a value in [0, 1] on a fixed scale, comparable between queries. NaN is unknown and counts as
the prior of the signal (in the weights file). No signal may fall when the similarity rises: the exact top-k relies on
that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Protocol, cast

from matcher.matching.signals import (
    availability,
    balance,
    evening,
    form,
    gap,
    meaning,
    online,
    preference,
    price,
    qualification,
    recency,
    rest,
    similarity,
    skills,
    step_up,
    travel,
    words,
)
from matcher.pool.columns import Float64
from matcher.pool.pairs import Pairs


class Signal(Protocol):
    """A module with a code and these two functions."""

    CODE: str

    def values(self, pairs: Pairs, similar: Float64) -> Float64:
        """Value of each pair, shape (m,) or broadcastable; `similar` is the calibrated similarity, shape (m,)."""
        ...

    def evidence(self, pairs: Pairs) -> Sequence[Mapping[str, object]]:
        """For each pair, of the few that are shown: the data behind the value."""
        ...


def _signal(module: ModuleType) -> Signal:
    return cast("Signal", module)


SIGNALS: tuple[Signal, ...] = tuple(
    map(
        _signal,
        (
            similarity,
            words,
            meaning,
            skills,
            availability,
            travel,
            preference,
            qualification,
            recency,
            balance,
            rest,
            price,
            form,
            gap,
            evening,
            online,
            step_up,
        ),
    )
)
"""All signals in the order in which points are added."""
