"""Whether a plan may be carried out: every violation by name, whoever made the plan and however.

It shares nothing with what makes plans but the problem, and judges in plain loops over the whole plan.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from matcher.planning.problem import MINUTES_PER_KM, SETTLING_MINUTES, Assignment, Problem

_EARTH_KM = 6371.0
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """What is wrong: a code, the alumnus (0 for none) and the requests, by their keys.

    `unknown`: no such request or alumnus. `no_candidate`: the pair is excluded, or not in the lists. `banned`. `twice`:
    one alumnus on two places of a request. `too_many`: more alumni than places. `budget`: more asks than are left.
    `wrong_moment`: not one of the request that the alumnus can make. `overlap`: two at the same time. `travel`: no time
    to get from one to the other. `hours`: more hours of teaching in a week than the law allows. `pin_lost`: what was
    agreed is not in the plan. `wrong_score`: not that of the lists.
    """

    code: str
    alumnus: int
    requests: tuple[int, ...]


def check_plan(problem: Problem, assignments: Sequence[Assignment]) -> tuple[Violation, ...]:
    """All violations, in order; none for a plan that may be carried out."""
    return tuple(sorted(set(_Check(problem, assignments).all())))


class _Check:
    def __init__(self, problem: Problem, assignments: Sequence[Assignment]) -> None:
        self.problem = problem
        self.request = {int(key): row for row, key in enumerate(problem.requests.key)}
        self.person = {int(key): row for row, key in enumerate(problem.alumni.key)}
        known = [line for line in assignments if line.request in self.request and line.alumnus in self.person]
        self.unknown = [line for line in assignments if line not in known]
        self.lines = known
        self.of_person: dict[int, list[Assignment]] = defaultdict(list)
        for line in known:
            self.of_person[line.alumnus].append(line)
        table, people, pairs = problem.requests, problem.alumni, problem.candidates
        self.listed = {
            (int(table.key[request]), int(people.key[alumnus])): (float(score), int(mask))
            for request, alumnus, score, mask in zip(
                pairs.request, pairs.alumnus, pairs.score, pairs.moments, strict=True
            )
        }

    def all(self) -> Iterator[Violation]:
        for line in self.unknown:
            yield Violation("unknown", line.alumnus, (line.request,))
        yield from self._pairs()
        yield from self._counts()
        for alumnus, lines in self.of_person.items():
            yield from self._budget(alumnus, lines)
            yield from self._times(alumnus, lines)
            yield from self._hours(alumnus, lines)

    def _pairs(self) -> Iterator[Violation]:
        for line in self.lines:
            pair = (line.request, line.alumnus)
            pinned = pair in self.problem.pins
            if pair in self.problem.bans:
                yield Violation("banned", line.alumnus, (line.request,))
            if pair not in self.listed:
                if not pinned:
                    yield Violation("no_candidate", line.alumnus, (line.request,))
                continue
            score, mask = self.listed[pair]
            if line.score != score:
                yield Violation("wrong_score", line.alumnus, (line.request,))
            moments = self.problem.requests.moments(self.request[line.request])
            possible = {moment for bit, moment in enumerate(moments) if bit < 62 and mask >> bit & 1}
            if (line.moment is not None) if mask < 0 else (line.moment not in possible):
                yield Violation("wrong_moment", line.alumnus, (line.request,))

    def _counts(self) -> Iterator[Violation]:
        pairs = Counter((line.request, line.alumnus) for line in self.lines)
        for (request, alumnus), count in pairs.items():
            if count > 1:
                yield Violation("twice", alumnus, (request,))
        for request, count in Counter(line.request for line in self.lines).items():
            if count > int(self.problem.requests.places[self.request[request]]):
                yield Violation("too_many", 0, (request,))
        for request, alumnus in self.problem.pins:
            if (request, alumnus) not in pairs:
                yield Violation("pin_lost", alumnus, (request,))

    def _budget(self, alumnus: int, lines: Sequence[Assignment]) -> Iterator[Violation]:
        asks = [line.request for line in lines if self.problem.requests.counts[self.request[line.request]]]
        if len(asks) > int(self.problem.alumni.left[self.person[alumnus]]):
            yield Violation("budget", alumnus, tuple(sorted(asks)))

    def _times(self, alumnus: int, lines: Sequence[Assignment]) -> Iterator[Violation]:
        for one, other in combinations(lines, 2):
            if one.moment is None or other.moment is None or one.request == other.request:
                continue
            first, second = sorted((one, other), key=lambda line: line.moment or (0, 0))
            assert first.moment is not None  # noqa: S101 - looked at above
            assert second.moment is not None  # noqa: S101
            requests = tuple(sorted((one.request, other.request)))
            gap = second.moment[0] - first.moment[1]
            if gap < 0:
                yield Violation("overlap", alumnus, requests)
            elif gap < self._minutes(first.request, second.request):
                yield Violation("travel", alumnus, requests)

    def _minutes(self, one: int, other: int) -> float:
        """Minutes from one place to the other, by the spherical law of cosines; 0 where a place is not known."""
        a, b = (self.problem.requests.point[self.request[key]].tolist() for key in (one, other))
        if any(map(math.isnan, a + b)) or a == b:
            return 0.0
        cosine = max(-1.0, min(1.0, sum(x * y for x, y in zip(a, b, strict=True))))
        across = math.hypot(*(x - y for x, y in zip(a, b, strict=True)))  # the cosine says nothing of short roads
        angle = math.acos(cosine) if cosine < 0.99 else 2 * math.asin(min(1.0, across / 2))
        return SETTLING_MINUTES + MINUTES_PER_KM * _EARTH_KM * angle - 1e-6

    def _hours(self, alumnus: int, lines: Sequence[Assignment]) -> Iterator[Violation]:
        table = self.problem.requests
        if self.problem.alumni.qualified[self.person[alumnus]]:
            return
        weeks: dict[int, float] = defaultdict(float)
        requests: dict[int, set[int]] = defaultdict(set)
        for line in lines:
            row = self.request[line.request]
            if not table.teaches[row]:
                continue
            hours = float(table.hours[row])
            if line.moment is None:
                among = range(int(table.first_week[row]), int(table.last_week[row]) + 1)
                hours = 0.0 if math.isnan(hours) else hours
            else:
                begin, end = line.moment
                week = (begin // _MINUTES_A_DAY + 3) // 7
                among = range(week, week + 1)
                hours = (end - begin) / 60 if math.isnan(hours) else hours
            for week in among:
                weeks[week] += hours
                requests[week].add(line.request)
        for week, hours in weeks.items():
            if hours > self.problem.most_hours:
                yield Violation("hours", alumnus, tuple(sorted(requests[week])))
