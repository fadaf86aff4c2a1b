"""Rankings, matches and accounts of one pair, as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from matcher.domain.records import Record

BANDS = ("strong", "good", "possible")
"""How well two fit; best first."""
NEAR = 0.01
"""Scores that differ by this at most, rounded to two decimals, are as good as equal: such matches are one group."""


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
    """The pseudonymous face of a candidate: no name, no contact details, no free text but a chosen sentence.

    What follows `region` is for askers who see cards (`matcher.disclosure`): `level` 1-4; `years`: first and last year
    of the band in which the alumnus left school; `since`: the year from which they count their years in the trade;
    `recognised`: whether the company may have trainees; `recognised_on`: since when; `checked_on`: when that was
    asked for the programme of the place; `places`: how many it has.
    `region` is the town of the company then.
    """

    title: str | None
    subtitle: str | None
    region: str | None
    level: int | None = None
    years: tuple[int, int] | None = None
    since: int | None = None
    own_text: str | None = None
    recognised: bool | None = None
    recognised_on: date | None = None
    checked_on: date | None = None
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """One candidate for one query. `score` is the sum of the contributions' points in their order."""

    rank: int
    key: int
    candidate_id: str
    owner: str
    kind: str
    score: float
    band: str | None
    """One of `BANDS`; None below the last of them."""
    contributions: tuple[Contribution, ...]
    what_if: tuple[WhatIf, ...]
    card: Card
    weights: str
    record: Record | None = field(default=None, repr=False, compare=False)
    """The candidate's record, for `matcher.disclosure`; None on a card, where nothing else may be shown."""
    capped_by: str | None = None
    """The code of what the asker called necessary and this candidate lacks (`matching.bands.CAPS`)."""
    group: int = 0
    """The number of the group of matches that are as good as equal, from 1 in the order of the list; 0 in no list."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What decides an answer besides the question: the same basis gives the same answer, to the last bit.

    `origin` tells the state of the data from every other, `revision` is its number; `weights` are `kind@version`,
    `rules` is the version of the rules.
    """

    as_of: date
    revision: int
    origin: str
    encoder: str
    weights: str
    rules: int
    meaning: str | None = None
    """The second encoder; None where it is not counted: it is turned off, or has not read all texts yet."""
    newest: str | None = None
    """The newest state of the data then, where this is an earlier one, while that of the newest was built.

    Whoever changed between the two is left out. None where it is the newest.
    """

    def noted(self) -> dict[str, object]:
        """As the log says it."""
        told = {**asdict(self), "as_of": self.as_of.isoformat()}
        return told if self.newest is not None else {name: told[name] for name in told if name != "newest"}


@dataclass(frozen=True, slots=True)
class More:
    """One change of a request, and how many alumni it adds who are worth asking: counted by scoring again.

    `change`: `day_part`, `online`, `certificate`, `language` or `hours`, with the `values` that its sentence needs.
    `adds` is None for a few, for an asker who is not told how many.
    """

    change: str
    values: Mapping[str, object]
    adds: int | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to one query, with everything needed to reproduce it."""

    query: QueryInfo
    basis: Basis
    eligible: int
    excluded: Mapping[str, int | None]
    """None: a few, for an asker who is not told how many."""
    matches: tuple[Match, ...]
    exact: bool = True
    """Whether it is proven that no candidate left out scores higher. An approximate index cannot prove that."""
    more: tuple[More, ...] = ()
    """What changes of a request would add; the most first."""
    behind_since: datetime | None = None
    """Since when its data are the newest no longer (UTC); None where they are the newest."""


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule on one pair: passed, and what it looked at; `known` False where data was missing."""

    code: str
    passed: bool
    known: bool
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """The full explanation of one pair. `rank` is None where a rule excludes the candidate.

    `match` is None, and nothing is scored, where the asker may not see the candidate (`visible` is False, `rules` is
    empty) or the alumnus did not consent to the purpose (`rules` holds that rule alone).
    """

    query: QueryInfo
    candidate: QueryInfo
    basis: Basis
    visible: bool
    eligible: int
    rules: tuple[RuleOutcome, ...]
    rank: int | None
    match: Match | None
    what_if: tuple[WhatIf, ...]
    more: tuple[More, ...] = ()
    """What changes of a request would add to its list: what whoever asks can do."""
    equals: bool = False
    """Whether others are in its group of the list, as good as equal."""
