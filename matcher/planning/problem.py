"""What a plan has to solve, as arrays: requests with places, alumni with asks left, and which pairs fit how well.

Times are local, in minutes since 1970-01-01 00:00; weeks begin on Monday and are counted from the week of that day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from matcher.pool.columns import Bool, Float64, Int64, Ragged

SCALE = 1_000_000
"""Whole units in one point of score: a solver takes integers only."""
FREE = -1
"""Value of `Candidates.moments` where the day is still to be agreed: the request has no firm moments."""
MOST_MOMENTS = 62
"""Moments of one request that fit in a mask; later ones are not planned."""
SETTLING_MINUTES = 15
"""Between two places, besides the road: arriving and leaving."""
MINUTES_PER_KM = 1.2
"""50 km an hour along a straight line."""
_LOAD = 0.08
_FIRST = 0.06
_MINUTES_PER_WEEK = 7 * 24 * 60
_THURSDAY_TO_MONDAY = 3 * 24 * 60
"""1970-01-01 was a Thursday."""


def week_of(minute: int) -> int:
    """The number of the week of this minute."""
    return (minute + _THURSDAY_TO_MONDAY) // _MINUTES_PER_WEEK


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests to plan, m rows."""

    key: Int64
    order: Int64
    """Rank of the id: another order of the rows gives the same plan."""
    places: Int64
    """How many alumni are still needed."""
    counts: Bool
    """Whether it asks the alumnus to give, so that it counts against the asks left."""
    teaches: Bool
    """Whether the law limits the hours of alumni without a teaching qualification."""
    hours: Float64
    """Hours a week; NaN unknown, and then those of the moment count."""
    first_week: Int64
    last_week: Int64
    """The weeks in which its hours count where the moment is still to be agreed."""
    point: Float64
    """Where it is on the unit sphere, shape (m, 3); NaN unknown, or online."""
    starts: Int64
    """Moments of request r: `begin[starts[r]:starts[r + 1]]` and the same of `end`, in order of time."""
    begin: Int64
    end: Int64

    def __len__(self) -> int:
        """Number of requests."""
        return len(self.key)

    def moments(self, request: int) -> list[tuple[int, int]]:
        """Begin and end of each moment of one request."""
        part = slice(int(self.starts[request]), int(self.starts[request + 1]))
        return list(zip(self.begin[part].tolist(), self.end[part].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Alumni:
    """The alumni who may be asked, n rows."""

    key: Int64
    order: Int64
    left: Int64
    """How often each may still be asked this year."""
    asked: Int64
    """How often each was asked in the past year."""
    never: Bool
    """Who was never asked at all."""
    qualified: Bool
    """Who has a teaching qualification."""

    def __len__(self) -> int:
        """Number of alumni."""
        return len(self.key)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pairs that pass all rules and fit well enough, by the rows of both tables."""

    request: Int64
    alumnus: Int64
    score: Float64
    moments: Int64
    """Bit i: the alumnus can make moment i of the request; `FREE` where it has none."""

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.request)

    def take(self, chosen: Bool | Int64) -> Candidates:
        """These pairs."""
        return replace(self, **_rows_of(self, chosen))


@dataclass(frozen=True, slots=True)
class Problem:
    """One period. `pins` and `bans` are pairs of keys (request, alumnus): what must, and must not, be in the plan.

    `kept`: pairs of an earlier plan, of which as many stay as can.
    """

    requests: Requests
    alumni: Alumni
    candidates: Candidates
    most_hours: float = 6.0
    """Clock hours of teaching a week for alumni without a teaching qualification."""
    pins: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    bans: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    kept: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    def among(self, chosen: Collection[tuple[int, int]]) -> Bool:
        """Which of the candidate pairs are among these pairs of keys."""
        pairs = self.candidates
        keys = zip(self.requests.key[pairs.request].tolist(), self.alumni.key[pairs.alumnus].tolist(), strict=True)
        return np.array([pair in chosen for pair in keys], np.bool_)

    def premium(self) -> Int64:
        """What staying counts for each candidate pair, in units: more than everything else together, or 0."""
        if not self.kept:
            return np.zeros(len(self.candidates), np.int64)
        return np.where(self.among(self.kept), (int(self.requests.places.clip(0).sum()) + 1) * SCALE, 0)

    def in_order(self) -> Problem:
        """The same problem with requests, alumni and pairs in the order of their ids, and without banned pairs."""
        of_requests, of_alumni = np.argsort(self.requests.order), np.argsort(self.alumni.order)
        rank_of_request, rank_of_alumnus = _ranks(of_requests), _ranks(of_alumni)
        pairs = self.candidates
        if self.bans:
            pairs = pairs.take(~self.among(self.bans))
        request, alumnus = rank_of_request[pairs.request], rank_of_alumnus[pairs.alumnus]
        sorted_pairs = np.lexsort((alumnus, request))
        pairs = Candidates(request, alumnus, pairs.score, pairs.moments).take(sorted_pairs)
        return replace(
            self,
            requests=_requests_in(self.requests, of_requests),
            alumni=replace(self.alumni, **_rows_of(self.alumni, of_alumni)),
            candidates=pairs,
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """One place that an alumnus fills. `moment`: begin and end; None where the day is still to be agreed."""

    request: int
    alumnus: int
    score: float
    moment: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of a problem. `worth` and `bound` are in points of score.

    `most_served`: no plan fills more places. `bound`: no plan that fills that many, and keeps as much of an earlier
    one, is worth more: the optimum without what a flow cannot say.
    """

    assignments: tuple[Assignment, ...]
    worth: float
    most_served: int
    bound: float

    @property
    def served(self) -> int:
        """How many places are filled."""
        return len(self.assignments)


@dataclass(frozen=True, slots=True)
class Price:
    """What asking costs, in units of `SCALE`.

    `load`: for each time that the alumnus was, or will be, asked before in a year, so that every further ask costs
    more. `first`: what is gained by asking an alumnus who was never asked.
    """

    load: int = 0
    first: int = 0

    @classmethod
    def of(cls, fairness: float) -> Price:
        """The price at this position of the slider, 0 to 1. Raises ValueError."""
        if not 0.0 <= fairness <= 1.0:
            msg = f"fairness is from 0 to 1, not {fairness}"
            raise ValueError(msg)
        return cls(round(fairness * _LOAD * SCALE), round(fairness * _FIRST * SCALE))

    def of_ask(self, asked: int, *, never: bool, number: int) -> int:
        """What the ask with this number in the plan (from 1) costs; below 0 where it gains."""
        return self.load * (asked + number - 1) - (self.first if never and number == 1 else 0)


def units(score: Float64) -> Int64:
    """Scores in whole units."""
    return np.rint(np.asarray(score) * SCALE).astype(np.int64)


def _ranks(order: Int64) -> Int64:
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _requests_in(table: Requests, rows: Int64) -> Requests:
    moments = Ragged(table.starts, np.arange(len(table.begin), dtype=np.int32)).take(rows)
    of_moments = {"starts": moments.starts, "begin": table.begin[moments.values], "end": table.end[moments.values]}
    return replace(table, **{**_rows_of(table, rows, without=of_moments), **of_moments})


def _rows_of(
    table: Requests | Alumni | Candidates, rows: Bool | Int64, without: Collection[str] = ()
) -> dict[str, Any]:
    """The columns of a table in these rows."""
    return {one.name: getattr(table, one.name)[rows] for one in fields(table) if one.name not in without}
