"""A score in parts: the contributions of a match in words and numbers, and the way from 0 to the score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import groupby

from api.schemas.rankings import perspective_of
from matcher import explain
from matcher.domain.answers import Match
from matcher.locale import Language, decimals, say
from matcher.matching.bands import TEXTS

_SAME = 0.005
"""How far points may be from their score and still be its parts."""


@dataclass(frozen=True)
class Bar:
    """One contribution, in words and in numbers."""

    signal: str
    label: str
    words: str
    known: bool
    value: float
    weight: float
    points: float
    shown: float
    """The points in hundredths, rounded so that those of a match add up to its score as shown."""


def bars(language: Language, match: Match, query_kind: str) -> list[Bar]:
    """The contributions, with what the reasons say of each: facts, no grades."""
    contributions = match.contributions
    told = explain.reasons_by_signal(match, language, perspective_of(query_kind))
    shown = fitted([term.points for term in contributions], match.score)
    return [
        Bar(
            signal=term.signal,
            label=say(language, f"reasons.signals.{term.signal}.label"),
            words=told.get(term.signal, ""),
            known=term.known,
            value=term.value,
            weight=term.weight,
            points=term.points,
            shown=points,
        )
        for term, points in zip(contributions, shown, strict=True)
    ]


def fitted(points: Sequence[float], score: float) -> list[float]:
    """These points in hundredths that add up to the score in hundredths: the largest remainders are rounded up.

    Each by itself where they do not add up to the score to begin with.
    """
    total = _hundredths(score)
    if abs(sum(points) - score) > _SAME:
        return [_hundredths(one) / 100 for one in points]
    floors = [math.floor(one * 100) for one in points]
    order = sorted(range(len(points)), key=lambda place: floors[place] - points[place] * 100)
    for place in order[: max(0, total - sum(floors))]:
        floors[place] += 1
    return [one / 100 for one in floors]


def _hundredths(value: float) -> int:
    """The number of hundredths that `locale.decimals` shows."""
    return int(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_EVEN) * 100)


@dataclass(frozen=True)
class Step:
    """One bar of the way from 0 to the score: where it begins, how wide it is and where it ends, in percents."""

    label: str
    points: float
    known: bool
    start: float
    width: float
    end: float


@dataclass(frozen=True)
class Waterfall:
    """The score as steps from 0; `most`: what can be reached, which is the whole width. `label`: all of it in words."""

    steps: Sequence[Step]
    score: float
    most: float
    label: str


def _step_of(language: Language, bar: Bar) -> str:
    """What a step is called: what compares texts is one."""
    return say(language, "asking.why.topic") if bar.signal in TEXTS else bar.label


def waterfall(language: Language, bars_: Sequence[Bar], score: float) -> Waterfall:
    """The way from 0 to the score: one step for each contribution that moves it, and one for all that compare texts."""
    most = max(sum(max(bar.weight, 0.0) for bar in bars_), score, 0.01)
    steps, at = [], 0.0
    for label, of in groupby(bars_, key=lambda bar: _step_of(language, bar)):
        part = [*of]
        points = sum(bar.points for bar in part)
        if points:
            first, last = sorted((at, at + points))
            begin, end = (max(0.0, min(100.0, 100 * value / most)) for value in (first, last))
            at += points
            edge = max(0.0, min(100.0, 100 * at / most))
            shown, known = sum(bar.shown for bar in part), any(bar.known for bar in part)
            steps.append(Step(label, shown, known, round(begin, 2), round(end - begin, 2), round(edge, 2)))
    told = ", ".join(f"{step.label} {decimals(language, step.points)}" for step in steps)
    label = say(language, "asking.why.from_zero", score=decimals(language, score), steps=told)
    return Waterfall(steps, score, most, label)
