"""Soft evidence: one module each, in the fixed order in which points are added up.

A signal gives each pair a value in [0, 1] on a fixed scale, comparable between queries; NaN is unknown, and counts as
that signal's prior (in the weights file). No signal goes down when the similarity goes up: the exact ranking relies
on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Protocol, cast

from matcher.matching.signals import (
    availability,
    balance,
    form,
    gap,
    preference,
    price,
    qualification,
    recency,
    rest,
    similarity,
    skills,
    travel,
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
        """For each pair, for the few that are shown: what the value was made of."""
        ...


def _signal(module: ModuleType) -> Signal:
    return cast("Signal", module)


SIGNALS: tuple[Signal, ...] = tuple(
    map(
        _signal,
        (
            similarity,
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
        ),
    )
)
"""All signals in the order of the contracts."""
