"""From requests and a pool to the problem of a plan: who fits which request, and who would but for one condition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import OnlineMode, Request
from matcher.matching import ranking
from matcher.matching.bands import Bands
from matcher.matching.question import Question
from matcher.matching.ranking import IndexOf
from matcher.matching.rules import RULES, legal_hours, no_certificate, no_common_language, no_common_slot, too_far
from matcher.matching.thresholds import Limits
from matcher.matching.weights import Weights
from matcher.planning.problem import FREE, MOST_MOMENTS, Alumni, Candidates, Problem, Requests, week_of
from matcher.planning.relax import Change, NearMiss
from matcher.pool import NEVER, Pool
from matcher.pool.codes import day_parts_of
from matcher.pool.columns import UNKNOWN, Bool, Int64, day_number, gives_to_alumnus
from matcher.pool.pairs import Pairs

CANDIDATES = 60
"""How many alumni per request are in the lists; for each further place `PER_PLACE` more."""
PER_PLACE = 20
_MOST_CANDIDATES = 2_000
_NEAR = 10
"""How many alumni per condition are tried where a place stays open."""
_CHANGES = {
    too_far.CODE: Change.FURTHER,
    no_common_slot.CODE: Change.OTHER_MOMENT,
    no_common_language.CODE: Change.LANGUAGE,
    no_certificate.CODE: Change.CERTIFICATE,
}
"""The conditions that a request can do without; the others are the law's, or the alumnus' own."""
_ENDED = (LedgerEvent.DECLINED, LedgerEvent.LATER, LedgerEvent.RELEASED, LedgerEvent.RETRACTED)
"""What ends an ask without a yes."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local time, as moments are
_MINUTES_A_DAY = 24 * 60
Moments = list[tuple[int, int, int]]
"""Begin and end in minutes, and the day parts that it takes, in order of time."""


@dataclass(frozen=True)
class Period:
    """The days for which is planned, and how is ranked."""

    first: date
    last: date
    pool: Pool
    today: date
    weights: Weights
    bands: Bands
    index: IndexOf
    limits: Limits

    def moments(self, request: Request) -> Moments:
        """The firm moments of a request in the period that have not passed."""
        listed = sorted(
            (_minute(one.start), _minute(one.end), day_parts_of(one))
            for one in request.moments
            if max(self.first, self.today) <= one.start.date() <= self.last
        )
        return listed[:MOST_MOMENTS]

    def has(self, request: Request) -> bool:
        """Whether someone is needed in the period; a request that names no day may be planned in any."""
        if request.moments:
            return bool(self.moments(request))
        begins, ends = request.period_from or date.min, request.period_to or date.max
        return begins <= self.last and ends >= self.first

    def weeks(self, request: Request) -> tuple[int, int]:
        """First and last week in which it takes hours."""
        first, last = max(request.period_from or date.min, self.first), min(request.period_to or date.max, self.last)
        return week_of(day_number(first) * _MINUTES_A_DAY), week_of(day_number(max(first, last)) * _MINUTES_A_DAY)


def problem_of(period: Period, requests: Sequence[Request]) -> Problem:
    """The problem of these requests, each of which is in the pool. Raises UnknownId for one that is gone."""
    pool, day = period.pool, day_number(period.today)
    rows = np.array([pool.request_row[request.key] for request in requests], np.int64)
    moments = [period.moments(request) for request in requests]
    every = [one for listed in moments for one in listed]
    weeks = [period.weeks(request) for request in requests]
    kinds = pool.requests.kind[rows]
    points = np.full((len(rows), 3), np.nan)
    several = np.diff(pool.requests.places.starts)[rows] > 0  # where it will be is not known yet
    placed = (
        (pool.requests.place[rows] != UNKNOWN)
        & ~several
        & np.array([one.online is not OnlineMode.YES for one in requests], np.bool_)
    )
    points[placed] = pool.points[pool.requests.place[rows[placed]]]
    loads = pool.loads(day)
    return Problem(
        Requests(
            key=pool.requests.key[rows],
            order=pool.requests.order[rows].astype(np.int64),
            places=np.array([_places(pool, request, day) for request in requests], np.int64),
            counts=~gives_to_alumnus(kinds),
            teaches=np.isin(kinds, legal_hours.TEACHING),
            hours=pool.requests.hours_per_week[rows],
            first_week=np.array([first for first, _ in weeks], np.int64),
            last_week=np.array([last for _, last in weeks], np.int64),
            point=points,
            starts=np.concatenate([[0], np.cumsum([len(listed) for listed in moments])]).astype(np.int64),
            begin=np.array([begin for begin, _, _ in every], np.int64),
            end=np.array([end for _, end, _ in every], np.int64),
        ),
        Alumni(
            key=pool.people.key,
            order=pool.people.order.astype(np.int64),
            left=pool.asks_left(day),
            asked=loads.asks_in_year.astype(np.int64),
            never=loads.days_since_ask >= NEVER,
            qualified=pool.people.qualified_teacher == 1,
        ),
        _candidates(period, requests, moments),
        most_hours=float(legal_hours.MOST_HOURS_UNQUALIFIED),
    )


def _minute(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds() // 60)


def time_of(minute: int) -> datetime:
    """The local time of a minute of a problem."""
    return _EPOCH + timedelta(minutes=minute)


def _places(pool: Pool, request: Request, day: int) -> int:
    """How many alumni are still needed: those who said yes hold a place, and those who were asked and may say it."""
    said_yes, asked, *ended = (
        pool.event_rows(event, request.key, day) for event in (LedgerEvent.ACCEPTED, LedgerEvent.ASKED, *_ENDED)
    )
    waiting = np.setdiff1d(asked, np.concatenate(ended))
    return max(0, request.people - len(np.union1d(said_yes, waiting)))


def _candidates(period: Period, requests: Sequence[Request], moments: Sequence[Moments]) -> Candidates:
    """The best alumni of each request, as its own list ranks them, who fit and were not asked for it."""
    parts = []
    for position, (request, listed) in enumerate(zip(requests, moments, strict=True)):
        outcome = ranking.rank(
            period.pool,
            Question(request, period.today),
            period.weights,
            period.index,
            k=min(CANDIDATES + PER_PLACE * (request.people - 1), _MOST_CANDIDATES),
            limits=period.limits,
        )
        best = outcome.best
        pairs = outcome.eligible.pairs.at(best.rows)
        masks = _masks(pairs, listed)
        chosen = _fits(period, pairs) & (masks != 0)
        chosen &= ~np.isin(best.rows, _asked(period, request))
        parts.append((np.full(int(chosen.sum()), position), best.rows[chosen], best.scores[chosen], masks[chosen]))
    columns = zip(*parts, strict=True) if parts else ([], [], [], [])
    request_rows, people, scores, masks_ = (np.concatenate([np.zeros(0), *column]) for column in columns)
    return Candidates(request_rows.astype(np.int64), people.astype(np.int64), scores, masks_.astype(np.int64))


def _asked(period: Period, request: Request) -> np.ndarray:
    """Rows of the alumni who were asked for this request, whatever they said."""
    return period.pool.event_rows(LedgerEvent.ASKED, request.key, day_number(period.today))


def _fits(period: Period, pairs: Pairs) -> Bool:
    """Who has a band at all: others are in no list."""
    if not len(pairs):
        return np.zeros(0, np.bool_)
    return period.bands.has_one(pairs, ranking.similarities(pairs), period.weights)


def _masks(pairs: Pairs, moments: Moments) -> Int64:
    """Which of the moments each alumnus can make; `FREE` without any."""
    if not moments:
        return np.full(len(pairs), FREE, np.int64)
    free = pairs.person("day_parts")
    masks = np.zeros(len(pairs), np.int64)
    for bit, (_, _, needed) in enumerate(moments):
        masks |= ((free == UNKNOWN) | ((free & needed) == needed)).astype(np.int64) << bit
    return masks


def could_come(period: Period, requests: Sequence[Request], problem: Problem) -> list[list[object]]:
    """How many candidates of a request can make a moment of it in a week: its key, the Monday, and the number."""
    pairs, told = problem.candidates, list[list[object]]()
    for position, request in enumerate(requests):
        mine = pairs.moments[pairs.request == position]
        weeks: dict[str, int] = {}
        for bit, (begin, _, _) in enumerate(period.moments(request)):
            day = time_of(begin).date()
            monday = (day - timedelta(days=day.weekday())).isoformat()
            weeks[monday] = weeks.get(monday, 0) | 1 << bit
        told += [[request.key, monday, int(((mine & mask) != 0).sum())] for monday, mask in weeks.items()]
    return told


def bands_of(period: Period, request: Request, rows: Int64) -> list[str]:
    """The band of each of these alumni, by row of the pool, for a request; empty for none."""
    pairs = Question(request, period.today).candidates(period.pool).pairs.at(rows)
    banded = period.bands.of(pairs, ranking.similarities(pairs), period.weights)
    return [banded.band(place) or "" for place in range(len(rows))]


def near_misses(period: Period, requests: Sequence[Request]) -> Iterator[NearMiss]:
    """Of each request the best alumni whom one condition excludes that it can do without."""
    for request in requests:
        candidates = Question(request, period.today).candidates(period.pool)
        pairs = candidates.pairs
        failed = np.zeros(len(pairs), np.int64) if candidates.seen is None else (~candidates.seen).astype(np.int64)
        failed[_asked(period, request)] = 1
        fails: dict[str, Bool] = {}
        for rule in RULES:
            passes = pairs.each(rule.passes(pairs))
            failed += ~passes
            if rule.CODE in _CHANGES:
                fails[rule.CODE] = ~passes
        moments = period.moments(request)
        for code, without in fails.items():
            yield from _best_of(period, request, pairs.take(np.flatnonzero(without & (failed == 1))), code, moments)


def _best_of(period: Period, request: Request, pairs: Pairs, code: str, moments: Moments) -> Iterator[NearMiss]:
    if not len(pairs):
        return
    best = ranking.top(pairs, _NEAR, period.weights)
    pairs = pairs.at(best.rows)
    fits, masks = _fits(period, pairs), _masks(pairs, moments)
    too_much = np.zeros(len(pairs))
    if code == too_far.CODE:
        too_much = pairs.each(pairs.distance_km - pairs.person("max_distance"))
    for position in np.flatnonzero(fits).tolist():
        mask = FREE if code == no_common_slot.CODE else int(masks[position])
        if mask:
            key, score = int(pairs.pool.people.key[best.rows[position]]), float(best.scores[position])
            yield NearMiss(request.key, key, score, _CHANGES[code], float(too_much[position]), mask)
