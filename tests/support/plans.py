"""Small problems of a plan, written by hand or drawn at random."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations, product

import numpy as np
from hypothesis import strategies as st

from matcher.planning.check import check_plan
from matcher.planning.problem import FREE, Alumni, Assignment, Candidates, Price, Problem, Requests, week_of
from matcher.planning.relax import Change, Relaxation

Span = tuple[int, int]
_EPOCH = datetime(1970, 1, 1)


def minutes(text: str) -> int:
    """`2027-03-16 13:00` in minutes."""
    return int((datetime.fromisoformat(text) - _EPOCH).total_seconds() // 60)


def span(day: str, begin: str, end: str) -> Span:
    return minutes(f"{day} {begin}"), minutes(f"{day} {end}")


@dataclass(frozen=True)
class Ask:
    """A request. `weeks`: those in which its hours count without a moment."""

    places: int = 1
    moments: tuple[Span, ...] = ()
    hours: float | None = None
    teaches: bool = False
    counts: bool = True
    at: tuple[float, float] | None = None
    weeks: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Person:
    left: int = 4
    asked: int = 0
    never: bool = False
    qualified: bool = False


Pair = tuple[int, int]
"""The numbers of a request and an alumnus, from 0. Their keys are 100 + number and 1000 + number."""


def problem(
    asks: Sequence[Ask],
    people: Sequence[Person],
    scores: Mapping[Pair, float],
    *,
    moments: Mapping[Pair, int] | None = None,
    pins: Sequence[Pair] = (),
    bans: Sequence[Pair] = (),
    order: tuple[Sequence[int], Sequence[int], Sequence[int]] | None = None,
) -> Problem:
    """The problem; `order`: in which the rows of requests, alumni and pairs stand."""
    rows, columns, listed = order or (range(len(asks)), range(len(people)), range(len(scores)))
    place_of_row = {number: place for place, number in enumerate(rows)}
    place_of_column = {number: place for place, number in enumerate(columns)}
    chosen, them = [asks[number] for number in rows], [people[number] for number in columns]
    pairs = [list(scores)[number] for number in listed]
    given = moments or {}
    every = [moment for ask in chosen for moment in sorted(ask.moments)]
    return Problem(
        Requests(
            key=np.array([100 + number for number in rows], np.int64),
            order=np.array(list(rows), np.int64),
            places=np.array([ask.places for ask in chosen], np.int64),
            counts=np.array([ask.counts for ask in chosen], np.bool_),
            teaches=np.array([ask.teaches for ask in chosen], np.bool_),
            hours=np.array([np.nan if ask.hours is None else ask.hours for ask in chosen], np.float64),
            first_week=np.array([ask.weeks[0] for ask in chosen], np.int64),
            last_week=np.array([ask.weeks[1] for ask in chosen], np.int64),
            point=np.array([_point(ask.at) for ask in chosen], np.float64).reshape(-1, 3),
            starts=np.concatenate([[0], np.cumsum([len(ask.moments) for ask in chosen])]).astype(np.int64),
            begin=np.array([begin for begin, _ in every], np.int64),
            end=np.array([end for _, end in every], np.int64),
        ),
        Alumni(
            key=np.array([1000 + number for number in columns], np.int64),
            order=np.array(list(columns), np.int64),
            left=np.array([one.left for one in them], np.int64),
            asked=np.array([one.asked for one in them], np.int64),
            never=np.array([one.never for one in them], np.bool_),
            qualified=np.array([one.qualified for one in them], np.bool_),
        ),
        Candidates(
            request=np.array([place_of_row[ask] for ask, _ in pairs], np.int64),
            alumnus=np.array([place_of_column[one] for _, one in pairs], np.int64),
            score=np.array([scores[pair] for pair in pairs], np.float64),
            moments=np.array(
                [
                    given.get(pair, (1 << len(asks[pair[0]].moments)) - 1 if asks[pair[0]].moments else FREE)
                    for pair in pairs
                ],
                np.int64,
            ),
        ),
        pins=frozenset((100 + ask, 1000 + one) for ask, one in pins),
        bans=frozenset((100 + ask, 1000 + one) for ask, one in bans),
    )


def _point(at: tuple[float, float] | None) -> tuple[float, float, float]:
    if at is None:
        return (np.nan, np.nan, np.nan)
    north, east = np.radians(at)
    return (np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north))


def line(ask: int, one: int, score: float = 0.5, moment: Span | None = None) -> Assignment:
    return Assignment(100 + ask, 1000 + one, score, moment)


def pairs_of(assignments: Sequence[Assignment]) -> set[Pair]:
    return {(each.request - 100, each.alumnus - 1000) for each in assignments}


def worth(made: Problem, price: Price, assignments: Sequence[Assignment]) -> int:
    """What a plan is worth, counted once more in plain words."""
    total = sum(round(each.score * 1_000_000) for each in assignments)
    table = dict(zip(made.requests.key.tolist(), made.requests.counts.tolist(), strict=True))
    for key, asked, never in zip(made.alumni.key, made.alumni.asked, made.alumni.never, strict=True):
        asks = sum(1 for each in assignments if each.alumnus == key and table[each.request])
        total -= price.load * sum(int(asked) + number for number in range(asks))
        total += price.first if never and asks else 0
    return total


def every_plan(made: Problem) -> Iterator[tuple[Assignment, ...]]:
    """Every plan that may be carried out, one for each choice of pairs; all pairs have the moments of their request."""
    pairs = made.candidates
    lines = []
    for request, alumnus, score, mask in zip(pairs.request, pairs.alumnus, pairs.score, pairs.moments, strict=True):
        moments: list[Span | None] = [
            one for bit, one in enumerate(made.requests.moments(int(request))) if mask >= 0 and int(mask) >> bit & 1
        ]
        key, person = int(made.requests.key[request]), int(made.alumni.key[alumnus])
        lines.append([Assignment(key, person, float(score), one) for one in (moments if mask >= 0 else [None])])
    for size in range(len(lines) + 1):
        for chosen in combinations(lines, size):
            if len({(each[0].request, each[0].alumnus) for each in chosen}) < size:
                continue
            for plan in product(*chosen):
                if not check_plan(made, plan):
                    yield plan
                    break


DAYS = [
    span("2027-03-16", "09:00", "11:00"),
    span("2027-03-16", "10:00", "12:00"),
    span("2027-03-17", "09:00", "13:00"),
]


@st.composite
def problems(draw: st.DrawFn, *, plain: bool = False) -> Problem:
    """At most four requests and four alumni; `plain`: nothing that a flow cannot say."""
    asks = [
        Ask(
            places=draw(st.integers(1, 2)),
            moments=() if plain else tuple(sorted(draw(st.sets(st.sampled_from(DAYS), max_size=2)))),
            hours=None if plain else draw(st.sampled_from([None, 2.0, 4.0])),
            teaches=not plain and draw(st.booleans()),
            counts=draw(st.booleans()),
            at=None if plain else draw(st.sampled_from([None, (52.5, 6.1), (52.5, 6.1), (52.0, 4.4)])),
            weeks=(0, draw(st.integers(0, 2))),
        )
        for _ in range(draw(st.integers(1, 4)))
    ]
    people = [
        Person(draw(st.integers(0, 2)), draw(st.integers(0, 2)), draw(st.booleans()), draw(st.booleans()))
        for _ in range(draw(st.integers(1, 4)))
    ]
    every = [(ask, one) for ask in range(len(asks)) for one in range(len(people))]
    listed = draw(st.lists(st.sampled_from(every), unique=True, max_size=9))
    scores = {pair: draw(st.sampled_from([0.2, 0.5, 0.5, 0.500001, 0.9])) for pair in listed}
    return problem(asks, people, scores)


def shuffled(made: Problem, seed: int) -> Problem:
    """The same problem with its rows in another order."""
    dice = np.random.default_rng(seed)
    requests, people = dice.permutation(len(made.requests)), dice.permutation(len(made.alumni))
    table, pairs = made.requests, made.candidates
    lengths = np.diff(table.starts)[requests]
    moved = [slice(int(table.starts[row]), int(table.starts[row + 1])) for row in requests]
    order = dice.permutation(len(pairs))
    return Problem(
        Requests(
            *(getattr(table, name)[requests] for name in _REQUEST_COLUMNS),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.concatenate([table.begin[part] for part in moved] or [table.begin]),
            np.concatenate([table.end[part] for part in moved] or [table.end]),
        ),
        Alumni(*(getattr(made.alumni, name)[people] for name in _ALUMNI_COLUMNS)),
        Candidates(
            np.argsort(requests)[pairs.request][order],
            np.argsort(people)[pairs.alumnus][order],
            pairs.score[order],
            pairs.moments[order],
        ),
        pins=made.pins,
        bans=made.bans,
    )


_REQUEST_COLUMNS = ("key", "order", "places", "counts", "teaches", "hours", "first_week", "last_week", "point")
_ALUMNI_COLUMNS = ("key", "order", "left", "asked", "never", "qualified")
assert week_of(minutes("2027-03-15 00:00")) == week_of(minutes("2027-03-14 23:59")) + 1


def relaxed(problem: Problem, change: Relaxation) -> Problem:
    """The problem in which this change is made, and nothing else."""
    request = int(np.flatnonzero(problem.requests.key == change.request)[0])
    alumnus = int(np.flatnonzero(problem.alumni.key == change.alumnus)[0])
    if change.change is Change.ONE_MORE_ASK:
        left = problem.alumni.left.copy()
        left[alumnus] += 1
        return replace(problem, alumni=replace(problem.alumni, left=left))
    pairs = problem.candidates
    pairs = pairs.take((pairs.request != request) | (pairs.alumnus != alumnus))
    return replace(
        problem,
        candidates=replace(
            pairs,
            request=np.append(pairs.request, request),
            alumnus=np.append(pairs.alumnus, alumnus),
            score=np.append(pairs.score, change.score),
            moments=np.append(pairs.moments, change.moments),
        ),
    )
