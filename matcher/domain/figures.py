"""The figures of a school per policy area and period: what was asked and came of it, and over whom asks were spread.

Counted over columns of the ledger and of requests; `matcher.services.figures` brings them. A line that is undone counts
nowhere, whichever day it was undone on, as everywhere (`matcher.domain.ledger.standing`). The order of lines and of
requests makes no difference.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matcher.domain.demands import Phase, Why
from matcher.domain.invitations import Reason
from matcher.domain.kinds import KINDS, Area, RequestKind
from matcher.domain.ledger import UNDOES, Benefit, LedgerEvent, LedgerLine

Int = NDArray[np.int64]
Bool = NDArray[np.bool_]

AREAS = tuple(Area)
NO_AREA = len(AREAS)
"""The number of what belongs to no area: what a person added to the ledger by hand, a thank-you."""
AREA_OF_BENEFIT: Mapping[Benefit, Area] = {
    Benefit.ADVICE: Area.LIFELONG_LEARNING,
    Benefit.COURSE: Area.LIFELONG_LEARNING,
    Benefit.COACHING: Area.AFTERCARE,
    Benefit.WORK: Area.AFTERCARE,
}
ASKING = frozenset(KINDS[kind].area for kind in RequestKind)
"""The areas with a kind of request: in the other one, courses, nobody is asked for anything."""
COURSES = Area.LIFELONG_LEARNING

_EVENTS = tuple(LedgerEvent)
_CODE: Mapping[str, int] = {event: code for code, event in enumerate(_EVENTS)}
_UNDOES = np.array([[was in UNDOES.get(event, ()) for was in _EVENTS] for event in _EVENTS])
_UNDOING: Bool = np.asarray(_UNDOES.any(axis=1))
_NUMBER = {area: number for number, area in enumerate(AREAS)}
_KIND_AREA = {kind.value: _NUMBER[KINDS[kind].area] for kind in RequestKind}
_BENEFIT_AREA = {benefit.value: _NUMBER[area] for benefit, area in AREA_OF_BENEFIT.items()}
NEVER = 0
"""The number of no day; other days are those of `date.toordinal`."""


# ---- periods


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` up to and including `last`."""

    first: date
    last: date

    @property
    def before(self) -> Period:
        """The period before it: as many whole months if this one is of whole months, else as many days.

        Raises OverflowError where that would begin before the year 1.
        """
        months = self._months
        if months is None:
            return Period(self.first - (self.last - self.first) - timedelta(days=1), self.first - timedelta(days=1))
        index = self.first.year * 12 + self.first.month - 1 - months
        if index < 12:
            raise OverflowError
        return Period(date(index // 12, index % 12 + 1, 1), self.first - timedelta(days=1))

    @property
    def _months(self) -> int | None:
        """How many whole months it is; None for another period."""
        days = calendar.monthrange(self.last.year, self.last.month)[1]
        if self.first.day != 1 or self.last.day != days:
            return None
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    def has(self, days: Int) -> Bool:
        """Which of these days are in it; same shape."""
        return np.asarray((days >= self.first.toordinal()) & (days <= self.last.toordinal()))


# ---- what is counted


@dataclass(frozen=True, slots=True)
class Entries:
    """Lines of the ledger as columns of one length: what was undone and what undid it too, in any order.

    `request` and `corrects` are 0 for none, `area` is a number of `AREAS` or `NO_AREA`, `event` a place in
    `LedgerEvent`, `day` as in `date.toordinal`; `students` is 0 where it is not known.
    """

    key: Int
    alumnus: Int
    request: Int
    event: Int
    day: Int
    area: Int
    students: Int
    corrects: Int

    @classmethod
    def of(cls, lines: Iterable[LedgerLine]) -> Self:
        """From lines of the ledger."""
        names = ("key", "alumnus_key", "request_key", "event", "on", "kind", "benefit", "students", "corrects")
        return cls.of_rows([tuple(getattr(line, name) for name in names) for line in lines])

    @classmethod
    def of_rows(cls, rows: Sequence[Sequence[Any]]) -> Self:
        """From rows of key, alumnus, request, event, day, kind, benefit, students and corrects; None for none."""
        columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * 9
        key, alumnus, request, event, on, kind, benefit, students, corrects = columns
        area = _numbers(map(_KIND_AREA.get, kind), NO_AREA)
        of_benefit = _numbers(map(_BENEFIT_AREA.get, benefit), NO_AREA)
        return cls(
            key=_numbers(key, 0),
            alumnus=_numbers(alumnus, 0),
            request=_numbers(request, 0),
            event=_numbers(map(_CODE.__getitem__, event), 0),
            day=_numbers((day.toordinal() for day in on), NEVER),
            area=np.where(area == NO_AREA, of_benefit, area),
            students=_numbers(students, 0),
            corrects=_numbers(corrects, 0),
        )

    def __len__(self) -> int:
        """How many lines."""
        return len(self.key)

    def take(self, chosen: Bool) -> Entries:
        """Those of a mask."""
        return Entries(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def standing(self) -> Entries:
        """Those that count: they undo nothing, and nothing undoes them (`matcher.domain.ledger.standing`)."""
        counts: Bool = np.logical_not(_UNDOING[self.event])
        undoing = np.flatnonzero(_UNDOING[self.event] & (self.corrects != 0))
        if len(undoing):
            order = np.argsort(self.key, kind="stable")
            place = np.searchsorted(self.key[order], self.corrects[undoing])
            named = order[np.minimum(place, len(order) - 1)]
            same = (self.key[named] == self.corrects[undoing]) & (self.alumnus[named] == self.alumnus[undoing])
            undone = same & _UNDOES[self.event[undoing], self.event[named]]
            counts[named[undone]] = False
        return self.take(counts)

    def having(self, event: LedgerEvent) -> Entries:
        """Those with this event."""
        return self.take(self.is_(event))

    def is_(self, event: LedgerEvent) -> Bool:
        """Which have this event; shape (n,)."""
        return np.asarray(self.event == _CODE[event])

    def within(self, period: Period) -> Entries:
        """Those of this period."""
        return self.take(period.has(self.day))


def _numbers(values: Iterable[int | None], unknown: int) -> Int:
    return np.array([unknown if value is None else value for value in values], np.int64)


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What is known of the life of a request.

    `opened_on`: None for one from a list, of which no step is known. `closes_on`: the last day on which alumni are
    asked, if there is one (`matcher.domain.demands.closing_day`). `changed_on`: when `phase` and `reason` were said.
    """

    key: int
    kind: RequestKind
    wanted: int
    opened_on: date | None = None
    closes_on: date | None = None
    phase: Phase = Phase.OPEN
    reason: Why | None = None
    changed_on: date | None = None


_OVER = frozenset({Phase.HELD, Phase.NOT_HELD, Phase.WITHDRAWN})


def ended_on(request: RequestFacts, today: date) -> date | None:
    """The day on which a request was over: its last day, or when somebody said so before that; None while it is not.

    What came of it may be said long after, as by a list of the past.
    """
    if request.phase in _OVER:
        return min((day for day in (request.changed_on, request.closes_on) if day is not None), default=None)
    if request.phase is Phase.CONCEPT or request.closes_on is None or request.closes_on >= today:
        return None
    return request.closes_on


def may_be_unfilled(request: RequestFacts) -> bool:
    """Whether a place that was open at the end was never filled: not where it was held, or no longer needed."""
    return request.phase is Phase.OPEN or (request.phase in _OVER and request.reason is Why.NOBODY_FOUND)


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests as columns, in any order; days are `NEVER` where there is none.

    `counts`: whether an open place at the end was never filled.
    """

    key: Int
    area: Int
    wanted: Int
    opened: Int
    ended: Int
    counts: Bool

    @classmethod
    def of(cls, requests: Iterable[RequestFacts], today: date) -> Self:
        """As they stand on a day; a concept is none yet."""
        known = [one for one in requests if one.phase is not Phase.CONCEPT]
        return cls(
            key=_numbers((one.key for one in known), 0),
            area=_numbers((_KIND_AREA[one.kind] for one in known), 0),
            wanted=_numbers((one.wanted for one in known), 1),
            opened=_numbers((_day(one.opened_on) for one in known), NEVER),
            ended=_numbers((_day(ended_on(one, today)) for one in known), NEVER),
            counts=np.array([may_be_unfilled(one) for one in known], np.bool_),
        )


def _day(day: date | None) -> int:
    return NEVER if day is None else day.toordinal()


def open_places(entries: Entries, requests: Requests, period: Period) -> dict[int, int]:
    """Of the requests that were over in a period, by random key, how many places of it were never filled, if any."""
    agreed = _agreed(entries.standing(), requests)
    missed = period.has(requests.ended) & requests.counts & (agreed < requests.wanted)
    left = (requests.wanted - agreed)[missed]
    return dict(zip(requests.key[missed].tolist(), left.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Able:
    """Which alumni can be asked today for something of which area: keys (n,), and a mask (areas, n)."""

    key: Int
    area: Bool

    @classmethod
    def nobody(cls) -> Self:
        """No alumni."""
        return cls(np.zeros(0, np.int64), np.zeros((len(AREAS), 0), np.bool_))


# ---- figures


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """The figures of one area, of what belongs to none, or of everything, in one period. None for one not to be shown.

    `asked`, `agreed`, `declined`, `held`: asks, yeses, noes and contributions of alumni. `students`: those who were
    reached, of each request once. `received`: what alumni had of it. `reasons`: of the noes; the others gave none.
    `filled`: requests of which the last place was filled; `timed` of those have a known beginning, from which it took
    `days_to_fill` (the median). `ended`: requests that were over; in `never_filled` of those a place was never filled.
    `able`: alumni who can be asked today; `reached`: how many of those were asked in the period. `people`: all who were
    asked in it. `busiest`: the share of the asks that went to the tenth of them asked most, in (0, 1]. `gini`: of the
    asks over all alumni who can be asked or were, from 0, all as often, towards 1, one of them always.
    """

    asked: int | None = 0
    agreed: int | None = 0
    declined: int | None = 0
    held: int | None = 0
    received: int | None = 0
    students: int = 0
    filled: int = 0
    timed: int = 0
    days_to_fill: float | None = None
    ended: int = 0
    never_filled: int = 0
    able: int | None = 0
    reached: int | None = 0
    people: int | None = 0
    busiest: float | None = None
    gini: float | None = None
    reasons: Mapping[Reason, int | None] | None = None

    @property
    def coverage(self) -> float | None:
        """The share of those who can be asked that was asked, in [0, 1]; None where that cannot be said."""
        return self.reached / self.able if self.able and self.reached is not None else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not any((self.asked, self.agreed, self.declined, self.held, self.received, self.students)) and not (
            self.filled or self.ended or None in {self.asked, self.agreed, self.declined, self.held, self.received}
        )


OF_PEOPLE = ("asked", "agreed", "declined", "held", "received")
"""Counts of what alumni did or had: those of the areas, and of what belongs to none, add up to that of everything."""
ADDING_UP = (*OF_PEOPLE, "students", "filled", "timed", "ended", "never_filled")


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a period: everything, each area, and what belongs to none."""

    period: Period
    everything: AreaFigures
    areas: Mapping[Area, AreaFigures]
    no_area: AreaFigures


def figures(
    entries: Entries, requests: Requests, reasons: Mapping[tuple[int, int], Reason], able: Able, period: Period
) -> Figures:
    """The figures of a period. `reasons`: of a no, by the random keys of alumnus and request."""
    standing = entries.standing()
    lines = standing.within(period)
    filled, began = _filled(standing, requests)
    parts = _Parts(lines, requests, reasons, able, period, filled, began, _agreed(standing, requests))
    return Figures(
        period,
        parts.of(None),
        {area: parts.of(number) for number, area in enumerate(AREAS)},
        parts.of(NO_AREA),
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the figures of a period are counted from; `filled`, `began` and `agreed` are of the requests."""

    lines: Entries
    requests: Requests
    reasons: Mapping[tuple[int, int], Reason]
    able: Able
    period: Period
    filled: Int
    began: Int
    agreed: Int

    def of(self, area: int | None) -> AreaFigures:
        """The figures of an area by its number, or of everything."""
        lines = self.lines if area is None else self.lines.take(self.lines.area == area)
        asks, noes = lines.having(LedgerEvent.ASKED), lines.having(LedgerEvent.DECLINED)
        gave = lines.having(LedgerEvent.CONTRIBUTED)
        mine = np.ones(len(self.requests.key), np.bool_) if area is None else self.requests.area == area
        filled = mine & self.period.has(self.filled)
        timed = filled & (self.began != NEVER)
        days = np.maximum(self.filled[timed] - self.began[timed], 0)
        ended = mine & self.period.has(self.requests.ended)
        missed = ended & self.requests.counts & (self.agreed < self.requests.wanted)
        able = self._able(area)
        asked, times = np.unique(asks.alumnus, return_counts=True)
        reached = int(np.isin(asked, able, assume_unique=True).sum())
        return AreaFigures(
            asked=len(asks),
            agreed=len(lines.having(LedgerEvent.ACCEPTED)),
            declined=len(noes),
            held=len(gave),
            received=len(lines.having(LedgerEvent.BENEFITED)),
            students=students(gave),
            filled=int(filled.sum()),
            timed=int(timed.sum()),
            days_to_fill=float(np.median(days)) if len(days) else None,
            ended=int(ended.sum()),
            never_filled=int(missed.sum()),
            able=len(able),
            reached=reached,
            people=len(asked),
            busiest=busiest(times),
            gini=gini(times, len(able) + len(asked) - reached),
            reasons=self._reasons(noes),
        )

    def _able(self, area: int | None) -> Int:
        if area == NO_AREA:
            return self.able.key[:0]
        asking = [number for number, one in enumerate(AREAS) if one in ASKING]
        chosen: Bool = np.asarray(self.able.area[asking if area is None else [area]].any(axis=0))
        return self.able.key[chosen]

    def _reasons(self, noes: Entries) -> dict[Reason, int | None]:
        said = [self.reasons.get(pair) for pair in zip(noes.alumnus.tolist(), noes.request.tolist(), strict=True)]
        return {reason: said.count(reason) for reason in Reason if reason in said}


def students(gave: Entries) -> int:
    """Students who were reached: of a request, to which several alumni may have come, once per area; at most counts."""
    alone = gave.request == 0
    several = np.lexsort((gave.students, gave.request, gave.area))
    several = several[~alone[several]]
    request, area = gave.request[several], gave.area[several]
    last = np.ones(len(several), np.bool_)
    last[:-1] = (request[1:] != request[:-1]) | (area[1:] != area[:-1])
    return int(gave.students[several][last].sum() + gave.students[alone].sum())


def busiest(times: Int) -> float | None:
    """The share of the asks that went to the tenth (rounded up) asked most, of how often each was asked; None of none.

    `times`: at least 1 each.
    """
    if not len(times):
        return None
    most = np.sort(times)[::-1][: -(-len(times) // 10)]
    return float(most.sum() / times.sum())


def gini(times: Int, people: int) -> float | None:
    """How unevenly the asks are spread over so many people, of whom only those of `times` were asked.

    0 where all are asked equally often, towards 1 where one always is; None where nobody was asked.
    """
    if not len(times):
        return None
    values = np.sort(times)
    place = np.arange(people - len(values) + 1, people + 1)
    return float(2 * (values * place).sum() / (people * values.sum()) - (people + 1) / people)


def _filled(standing: Entries, requests: Requests) -> tuple[Int, Int]:
    """The day on which the last place of each request was filled, and the day from which that is counted.

    That is the day on which it was opened, or of its first ask where that is not known.
    """
    yes, asks = standing.having(LedgerEvent.ACCEPTED), standing.having(LedgerEvent.ASKED)
    row, alumnus, day = _of_requests(yes, requests)
    order = np.lexsort((day, alumnus, row))
    row, alumnus, day = row[order], alumnus[order], day[order]
    first = np.ones(len(row), np.bool_)
    first[1:] = (row[1:] != row[:-1]) | (alumnus[1:] != alumnus[:-1])
    row, day = row[first], day[first]
    order = np.lexsort((day, row))
    row, day = row[order], day[order]
    number = np.arange(len(row)) - np.searchsorted(row, row) + 1
    filled = np.full(len(requests.key), NEVER, np.int64)
    last = number == requests.wanted[row]
    filled[row[last]] = day[last]

    row, _, day = _of_requests(asks, requests)
    late = np.iinfo(np.int64).max
    asked = np.full(len(requests.key), late, np.int64)
    np.minimum.at(asked, row, day)
    began = np.where(requests.opened != NEVER, requests.opened, np.where(asked == late, NEVER, asked))
    return filled, began


def _agreed(standing: Entries, requests: Requests) -> Int:
    """How many alumni agreed to each request."""
    row, alumnus, _ = _of_requests(standing.having(LedgerEvent.ACCEPTED), requests)
    order = np.lexsort((alumnus, row))
    row, alumnus = row[order], alumnus[order]
    first = np.append(True, (np.diff(row) != 0) | (np.diff(alumnus) != 0))[: len(row)]
    return np.asarray(np.bincount(row[first], minlength=len(requests.key)), np.int64)


def _of_requests(lines: Entries, requests: Requests) -> tuple[Int, Int, Int]:
    """The rows of the requests of these lines, with alumnus and day; lines of other requests are left out."""
    if not len(requests.key):
        return tuple(np.zeros(0, np.int64) for _ in range(3))  # type: ignore[return-value]
    order = np.argsort(requests.key, kind="stable")
    place = np.minimum(np.searchsorted(requests.key[order], lines.request), len(order) - 1)
    row = order[place]
    known = requests.key[row] == lines.request
    return row[known], lines.alumnus[known], lines.day[known]


# ---- counts that would tell of somebody


def hidden(counts: Sequence[int], smallest: int) -> tuple[list[int | None], bool]:
    """The counts of the parts of a whole without those from 1 below `smallest`, and whether their sum can be shown.

    Where a part that is left out could be told from the others and the sum, the next smallest goes with it, and at last
    the sum.
    """
    order = sorted((count, place) for place, count in enumerate(counts) if count)
    gone = sum(count < smallest for count, _ in order)
    while 0 < gone < len(order) and sum(count for count, _ in order[:gone]) < smallest:
        gone += 1
    left_out = {place for _, place in order[:gone]}
    total = sum(count for count, _ in order[:gone])
    shown = [None if place in left_out else count for place, count in enumerate(counts)]
    return shown, gone == 0 or total >= smallest


def without_small(told: Figures, smallest: int) -> Figures:
    """The same without a count of alumni below `smallest`, or what would tell one; requests and students are shown."""
    parts = [*told.areas.values(), told.no_area]
    changes: list[dict[str, Any]] = [_of_spread(part, smallest) for part in parts]
    of_all = _of_spread(told.everything, smallest)
    for name in OF_PEOPLE:
        shown, whole = hidden([getattr(part, name) for part in parts], smallest)
        for change, count in zip(changes, shown, strict=True):
            change[name] = count
        of_all[name] = getattr(told.everything, name) if whole else None
    of_all["reasons"] = _of_reasons(told.everything, smallest) if of_all["declined"] is not None else None
    made = [replace(part, **change, reasons=None) for part, change in zip(parts, changes, strict=True)]
    return Figures(told.period, replace(told.everything, **of_all), dict(zip(told.areas, made, strict=False)), made[-1])


def _of_reasons(told: AreaFigures, smallest: int) -> dict[Reason, int | None]:
    """The reasons of the noes; they and those without one are the parts of a sum that is shown."""
    known = {reason: count or 0 for reason, count in (told.reasons or {}).items()}
    parts = [*known.values(), (told.declined or 0) - sum(known.values())]
    shown, whole = hidden(parts, smallest)
    return dict(zip(known, shown if whole else [None] * len(parts), strict=False))


def _of_spread(told: AreaFigures, smallest: int) -> dict[str, Any]:
    """The counts over whom asks were spread, as far as they can be shown."""
    able, reached, people = told.able or 0, told.reached or 0, told.people or 0
    few = 0 < able < smallest
    rest = 0 < reached < smallest or 0 < able - reached < smallest
    small = people < smallest
    return {
        "able": None if few else able,
        "reached": None if few or rest else reached,
        "people": None if 0 < people < smallest else people,
        "busiest": None if small else told.busiest,
        "gini": None if small or few or rest else told.gini,
    }


# ---- wishes


@dataclass(frozen=True, slots=True)
class Wish:
    """How many alumni of a field and a region want a course and had none; None for fewer than may be told.

    `field` is empty where it is not known; `region` too, and None for all other regions of the field together.
    """

    field: str
    region: str | None
    count: int | None


def wishes(counts: Mapping[tuple[str, str], int], least: int) -> list[Wish]:
    """The wishes by field and region, the most first in each field, and last the unknown region and the others.

    Fields by how many can be told, then by name. Regions with fewer than `least` are put together, and without a
    number where even that is fewer.
    """
    by_field: dict[str, list[Wish]] = {}
    rest: dict[str, int] = {}
    for (field, region), count in sorted(counts.items()):
        if count >= least:
            by_field.setdefault(field, []).append(Wish(field, region, count))
        elif count:
            by_field.setdefault(field, [])
            rest[field] = rest.get(field, 0) + count
    for field, count in rest.items():
        by_field[field].append(Wish(field, None, count if count >= least else None))
    for listed in by_field.values():
        listed.sort(key=lambda one: (one.region is None, not one.region, -(one.count or 0), one.region or ""))
    told = {field: sum(one.count or 0 for one in listed) for field, listed in by_field.items()}
    return [one for field in sorted(by_field, key=lambda name: (-told[name], name)) for one in by_field[field]]
