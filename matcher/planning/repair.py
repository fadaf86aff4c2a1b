"""What a flow cannot say: nobody is in two places, and the hours of a week of alumni who may not teach more.

Of each alumnus whose part of the flow cannot be done, the best part that can be done stays. The places that are lost
are filled again one by one: by an alumnus who is free, or by one who hands another place on (a path of such steps,
shortest first).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from matcher.domain.places import EARTH_RADIUS_KM
from matcher.planning.problem import (
    FREE,
    MINUTES_PER_KM,
    MOST_MOMENTS,
    SETTLING_MINUTES,
    Assignment,
    Price,
    Problem,
    units,
    week_of,
)
from matcher.pool.columns import Int64

_ALL_PARTS = 8
"""With more requests than this for one alumnus the best part is found one request at a time."""
Span = tuple[int, int] | None


class Schedule:
    """A plan while it is made, of a problem that is in order."""

    def __init__(self, problem: Problem, price: Price) -> None:
        self.problem, self.price = problem, price
        pairs = problem.candidates
        self._starts = np.searchsorted(pairs.request, np.arange(len(problem.requests) + 1))
        self._worth = units(pairs.score)
        self._premium = problem.premium()
        self._pair = {
            pair: position
            for position, pair in enumerate(zip(pairs.request.tolist(), pairs.alumnus.tolist(), strict=True))
        }
        self._open_moments = [
            problem.requests.moments(request)[:MOST_MOMENTS] for request in range(len(problem.requests))
        ]
        self.of_alumnus: dict[int, tuple[int, ...]] = defaultdict(tuple)
        self.of_request: list[set[int]] = [set() for _ in range(len(problem.requests))]
        self.pinned: set[tuple[int, int]] = set()
        self._counts: list[int] = problem.requests.counts.astype(int).tolist()
        self._rows = {key: row for row, key in enumerate(problem.alumni.key.tolist())}

    @property
    def served(self) -> int:
        """How many places are filled."""
        return sum(map(len, self.of_request))

    def open_places(self, request: int) -> int:
        """How many places are not filled."""
        return max(0, int(self.problem.requests.places[request]) - len(self.of_request[request]))

    def add(self, request: int, alumnus: int) -> None:
        """Gives the alumnus this place."""
        self.of_alumnus[alumnus] = tuple(sorted({*self.of_alumnus[alumnus], request}))
        self.of_request[request].add(alumnus)

    def remove(self, request: int, alumnus: int) -> None:
        """Takes it back."""
        self.of_alumnus[alumnus] = tuple(one for one in self.of_alumnus[alumnus] if one != request)
        self.of_request[request].discard(alumnus)

    def candidates(self, request: int) -> range:
        """The positions of the pairs of a request."""
        return range(int(self._starts[request]), int(self._starts[request + 1]))

    def asks(self, requests: Sequence[int]) -> int:
        """How many of these requests count as an ask."""
        return sum(self._counts[request] for request in requests)

    def within_budget(self, alumnus: int, requests: Sequence[int], *, more: int = 0) -> bool:
        """Whether the alumnus may be asked all this."""
        asks = self.asks(requests)
        pinned = sum(1 for one in requests if (one, alumnus) in self.pinned and self.problem.requests.counts[one])
        return asks <= max(int(self.problem.alumni.left[alumnus]), pinned) + more

    def net(self, position: int) -> int:
        """What this pair adds now, in units."""
        pairs, alumni = self.problem.candidates, self.problem.alumni
        alumnus = int(pairs.alumnus[position])
        worth = int(self._worth[position] + self._premium[position])
        if not self.problem.requests.counts[pairs.request[position]]:
            return worth
        number = self.asks(self.of_alumnus.get(alumnus, ())) + 1
        return worth - self.price.of_ask(int(alumni.asked[alumnus]), never=bool(alumni.never[alumnus]), number=number)

    def row_of(self, key: int) -> int:
        """The row of an alumnus. Raises KeyError."""
        return self._rows[key]

    def moments(
        self, alumnus: int, requests: Sequence[int], *, given: tuple[int, int] | None = None, hours: bool = True
    ) -> tuple[Span, ...] | None:
        """A moment for each of these requests so that the alumnus can do all of them; None where that cannot be.

        The earliest that fit; a request without firm moments gets None. `given`: a request and the mask of the moments
        that count for it, whatever the table says. `hours`: whether the hours of a week count.
        """
        masks = dict([given] if given else [])
        choices = [self._choices(request, alumnus, masks.get(request)) for request in requests]
        chosen: list[Span] = []

        def place() -> bool:
            if len(chosen) == len(requests):
                return not hours or self._within_hours(alumnus, requests, chosen)
            request = requests[len(chosen)]
            for moment in choices[len(chosen)]:
                if all(self._apart(request, moment, requests[i], other) for i, other in enumerate(chosen)):
                    chosen.append(moment)
                    if place():
                        return True
                    chosen.pop()
            return False

        return tuple(chosen) if place() else None

    def _choices(self, request: int, alumnus: int, mask: int | None) -> list[Span]:
        """The moments at which the alumnus can do this request; of a pin that is in no list that is to be agreed."""
        position = self._pair.get((request, alumnus))
        if mask is None:
            mask = FREE if position is None else int(self.problem.candidates.moments[position])
        if mask == FREE:
            return [None]
        return [moment for bit, moment in enumerate(self._open_moments[request]) if mask >> bit & 1]

    def _apart(self, one: int, moment: Span, other: int, taken: Span) -> bool:
        """Whether there is time to go from one to the other."""
        if moment is None or taken is None:
            return True
        gap = max(moment[0] - taken[1], taken[0] - moment[1])
        return gap >= 0 and gap >= self._travel(one, other)

    def _travel(self, one: int, other: int) -> float:
        points = self.problem.requests.point
        chord = float(np.linalg.norm(points[one] - points[other]))
        if np.isnan(chord) or chord == 0.0:
            return 0.0
        return SETTLING_MINUTES + MINUTES_PER_KM * 2 * EARTH_RADIUS_KM * float(np.arcsin(min(chord / 2, 1.0)))

    def _within_hours(self, alumnus: int, requests: Sequence[int], moments: Sequence[Span]) -> bool:
        table = self.problem.requests
        if self.problem.alumni.qualified[alumnus]:
            return True
        spans = []
        for request, moment in zip(requests, moments, strict=True):
            if not table.teaches[request]:
                continue
            hours = float(table.hours[request])
            if np.isnan(hours):
                hours = 0.0 if moment is None else (moment[1] - moment[0]) / 60
            first, last = int(table.first_week[request]), int(table.last_week[request])
            spans.append((week_of(moment[0]), week_of(moment[0]), hours) if moment else (first, last, hours))
        return all(
            sum(hours for first, last, hours in spans if first <= week <= last) <= self.problem.most_hours
            for week, _, _ in spans
        )

    def can_take(self, request: int, alumnus: int, without: int | None = None) -> bool:
        """Whether the alumnus can do this besides the rest of the plan, or in place of one request of it."""
        rest = tuple(one for one in self.of_alumnus.get(alumnus, ()) if one != without)
        if request in rest:
            return False
        requests = tuple(sorted((*rest, request)))
        return self.within_budget(alumnus, requests) and self.moments(alumnus, requests) is not None

    def keep_what_fits(self, alumnus: int) -> None:
        """Takes back the least that makes the rest possible for this alumnus."""
        requests = self.of_alumnus[alumnus]
        if self.moments(alumnus, requests) is not None:
            return
        best = next(self._parts(alumnus, requests))
        for request in set(requests) - set(best):
            self.remove(request, alumnus)

    def _parts(self, alumnus: int, requests: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Possible parts of these requests, the best first; what is pinned is in each."""
        fixed = tuple(one for one in requests if (one, alumnus) in self.pinned)
        open_ = sorted(
            (one for one in requests if one not in fixed), key=lambda one: (-self._weight(one, alumnus), one)
        )
        if len(open_) <= _ALL_PARTS:
            for size in range(len(open_) - 1, -1, -1):
                parts = sorted(
                    combinations(open_, size), key=lambda part: -sum(self._weight(one, alumnus) for one in part)
                )
                for part in parts:
                    together = tuple(sorted(fixed + part))
                    if self.moments(alumnus, together) is not None:
                        yield together
        grown = fixed
        for one in open_:
            together = tuple(sorted((*grown, one)))
            grown = together if self.moments(alumnus, together) is not None else grown
        yield tuple(sorted(grown))

    def _value(self, request: int, alumnus: int) -> int:
        position = self._pair.get((request, alumnus))
        return 0 if position is None else int(self._worth[position])

    def _weight(self, request: int, alumnus: int) -> int:
        """The value, and what staying counts for."""
        position = self._pair.get((request, alumnus))
        return 0 if position is None else int(self._worth[position] + self._premium[position])

    def fill(self, request: int) -> bool:
        """Fills one place of a request, if a path of steps leads to an alumnus who is free."""
        before: dict[int, tuple[int, int]] = {}
        queue, seen = deque([request]), {request}
        while queue:
            open_ = queue.popleft()
            ranked = sorted(self.candidates(open_), key=lambda position: (-self.net(position), position))
            people = [int(self.problem.candidates.alumnus[position]) for position in ranked]
            people = [alumnus for alumnus in people if alumnus not in self.of_request[open_]]
            for alumnus in people:
                if self.can_take(open_, alumnus) and self._follow(open_, alumnus, before):
                    return True
            for alumnus in people:
                for other in self.of_alumnus.get(alumnus, ()):
                    if other in seen or (other, alumnus) in self.pinned:
                        continue
                    if self.can_take(open_, alumnus, without=other):
                        seen.add(other)
                        before[other] = (open_, alumnus)
                        queue.append(other)
        return False

    def _follow(self, last: int, free: int, before: dict[int, tuple[int, int]]) -> bool:
        """Makes the steps of a path that ends with an alumnus who takes the last request; undone if one cannot be."""
        done: list[tuple[int, int, int | None]] = []
        request, alumnus, given = last, free, None
        while True:
            if not self.can_take(request, alumnus, without=given):
                break
            if given is not None:
                self.remove(given, alumnus)
            self.add(request, alumnus)
            done.append((request, alumnus, given))
            if request not in before:
                return True
            given = request
            request, alumnus = before[request]
        for request, alumnus, given in reversed(done):
            self.remove(request, alumnus)
            if given is not None:
                self.add(given, alumnus)
        return False

    def assignments(self) -> tuple[Assignment, ...]:
        """The plan, by request and alumnus in the order of ids."""
        table, people, pairs = self.problem.requests, self.problem.alumni, self.problem.candidates
        result = []
        for alumnus, requests in self.of_alumnus.items():
            moments = self.moments(alumnus, requests) or (None,) * len(requests)
            for request, moment in zip(requests, moments, strict=True):
                position = self._pair.get((request, alumnus))
                score = 0.0 if position is None else float(pairs.score[position])
                result.append((request, alumnus, score, moment))
        return tuple(
            Assignment(int(table.key[request]), int(people.key[alumnus]), score, moment)
            for request, alumnus, score, moment in sorted(result, key=lambda line: line[:2])
        )

    def worth(self) -> int:
        """What the plan is worth, in units: its scores less what asking costs."""
        total = 0
        for alumnus, requests in self.of_alumnus.items():
            total += sum(self._value(request, alumnus) for request in requests)
            asked, never = int(self.problem.alumni.asked[alumnus]), bool(self.problem.alumni.never[alumnus])
            for number in range(1, self.asks(requests) + 1):
                total -= self.price.of_ask(asked, never=never, number=number)
        return total


def repair(schedule: Schedule, chosen: Int64, most_served: int) -> None:
    """Puts the pairs of a flow in the schedule, what cannot be done left out, and fills the places that this loses."""
    pairs = schedule.problem.candidates
    for position in chosen.tolist():
        schedule.add(int(pairs.request[position]), int(pairs.alumnus[position]))
    for alumnus in sorted(schedule.of_alumnus):
        schedule.keep_what_fits(alumnus)
    open_ = [request for request in range(len(schedule.of_request)) if schedule.open_places(request)]
    for request in open_:
        while schedule.served < most_served and schedule.open_places(request) and schedule.fill(request):
            pass
