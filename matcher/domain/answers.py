"""Rankings, matches and accounts of one pair, as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

BANDS = ("strong", "good", "possible")
"""How well two fit, by their score; best first."""


@dataclass(frozen=True, slots=True)
class QueryInfo:
    """What was asked, as shown in the answer. `kind` is a request kind, `offering`, or `alumnus`.

    `key` is the random id by which the log knows it; 0 for what is not saved.
    """

    id: str
    kind: str
    title: str
    school: str | None = None
    key: int = 0


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one signal adds to the score: value in [0, 1] x weight = points. Unknown: value is the prior."""

    signal: str
    value: float
    weight: float
    points: float
    known: bool
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One change of the alumnus that moves the match up: found by scoring again, never guessed."""

    change: str
    values: Mapping[str, object]
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Card:
    """The pseudonymous face of a candidate: no name, no contact details, no free text of a person."""

    title: str | None
    subtitle: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """One candidate for one query. `score` is the sum of the contributions' points in their order."""

    rank: int
    key: int
    candidate_id: str
    owner: str
    kind: str
    score: float
    band: str
    contributions: tuple[Contribution, ...]
    what_if: tuple[WhatIf, ...]
    card: Card
    weights: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to one query, with everything needed to give the same answer again."""

    query: QueryInfo
    as_of: date
    revision: int
    encoder: str
    weights: str
    eligible: int
    excluded: Mapping[str, int]
    matches: tuple[Match, ...]
    exact: bool = True
    """Whether it is proven that nobody who is left out scores higher: not so with an approximate index."""


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule on one pair: passed, and what it looked at; `known` False where data was missing."""

    code: str
    passed: bool
    known: bool
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """The whole account of one pair. `rank` is None where a rule excludes the candidate.

    Nothing is scored for whom the asker may not see (`visible` False, no rules) or who did not agree to this purpose
    (of the rules only that one): `match` is None.
    """

    query: QueryInfo
    candidate: QueryInfo
    as_of: date
    revision: int
    encoder: str
    weights: str
    visible: bool
    eligible: int
    rules: tuple[RuleOutcome, ...]
    rank: int | None
    match: Match | None
    what_if: tuple[WhatIf, ...]
