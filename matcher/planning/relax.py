"""Why a place stays open, and the cheapest thing that would fill it.

Something fills a place only if the alumnus can then really do it besides the rest of the plan: every proposal is tried
on the schedule, one after another for the places of one request. What the law asks is never given up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from matcher.planning.problem import FREE
from matcher.planning.repair import Schedule


class Because(StrEnum):
    """Why a place stays open, by what keeps most alumni of the list from it."""

    NO_ONE = "no_one"
    """Nobody passes the rules and fits."""
    TOO_FEW = "too_few"
    """All who fit are asked for this request already."""
    BUDGET = "budget"
    """Those who fit are asked for something else, and not more often this year."""
    MOMENT = "moment"
    """Those who fit are somewhere else at that moment."""
    HOURS = "hours"
    """Those who fit would teach more hours than the law allows."""


class Change(StrEnum):
    """What is given up to fill a place, the cheapest first."""

    OTHER_MOMENT = "other_moment"
    """The request is at another moment, to be agreed."""
    FURTHER = "further"
    """An alumnus from further away than they said comes."""
    LANGUAGE = "language"
    """The request does without the language."""
    CERTIFICATE = "certificate"
    """An alumnus gets a certificate of conduct first."""
    ONE_MORE_ASK = "one_more_ask"
    """An alumnus is asked once more than they said."""


_COST: dict[Change, float] = {
    Change.OTHER_MOMENT: 1.0,
    Change.FURTHER: 2.0,
    Change.LANGUAGE: 3.0,
    Change.CERTIFICATE: 4.0,
    Change.ONE_MORE_ASK: 5.0,
}
_KM_PER_UNIT = 100.0
"""Kilometres too far that cost as much as one step of `Change`; beyond that the step is not cheaper than the next."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An alumnus whom one condition of a request excludes, by the keys of both.

    `amount`: kilometres too far, or 0. `moments`: those that the alumnus can make, as in the table of candidates.
    """

    request: int
    alumnus: int
    score: float
    change: Change
    amount: float = 0.0
    moments: int = FREE


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One change that fills one place. `amount`, `moments`: as of `NearMiss`."""

    change: Change
    request: int
    alumnus: int
    score: float
    amount: float = 0.0
    moments: int = FREE

    @property
    def cost(self) -> float:
        """What it asks of people: less is better."""
        return _COST[self.change] + min(self.amount / _KM_PER_UNIT, 0.99)


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Places of one request with the same reason and the same change. `relaxation`: None where nothing fills them."""

    request: int
    places: int
    because: Because
    relaxation: Relaxation | None


def explain(schedule: Schedule, near: Iterable[NearMiss] = ()) -> tuple[Unfilled, ...]:
    """Each open place of the schedule, in the order of ids; places of a request that have the same change are one."""
    of_request: dict[int, list[NearMiss]] = defaultdict(list)
    for miss in near:
        of_request[miss.request].append(miss)
    table = schedule.problem.requests
    result: list[Unfilled] = []
    for request in range(len(table)):
        open_places = schedule.open_places(request)
        if not open_places:
            continue
        key, because = int(table.key[request]), _because(schedule, request)
        proposals = sorted(
            _relaxations(schedule, request, of_request[key]),
            key=lambda one: (one.cost, -one.score, schedule.row_of(one.alumnus)),
        )
        cheapest = {one.alumnus: one for one in reversed(proposals)}
        changes = [one for one in proposals if cheapest[one.alumnus] is one]
        for change in [*changes, *[None] * open_places][:open_places]:
            _put(result, Unfilled(key, 1, because, change))
    return tuple(result)


def _put(result: list[Unfilled], one: Unfilled) -> None:
    """Adds a place, to the line before where that says the same."""
    last = result[-1] if result else None
    if last is not None and last.request == one.request and _kind(last) == _kind(one):
        result[-1] = replace(last, places=last.places + 1)
    else:
        result.append(one)


def _kind(one: Unfilled) -> tuple[object, ...]:
    change = one.relaxation
    return (one.because, None if change is None else (change.change, round(change.amount)))


def _because(schedule: Schedule, request: int) -> Because:
    everybody = schedule.candidates(request)
    if not everybody:
        return Because.NO_ONE
    reasons = Counter(
        reason
        for position in everybody
        if (reason := obstacle(schedule, request, int(schedule.problem.candidates.alumnus[position]))) is not None
    )
    return max(reasons, key=lambda reason: (reasons[reason], reason), default=Because.TOO_FEW)


def obstacle(schedule: Schedule, request: int, alumnus: int) -> Because | None:
    """What keeps this alumnus from a request; None for whoever is asked for it already, or could be."""
    if alumnus in schedule.of_request[request]:
        return None
    requests = tuple(sorted((*schedule.of_alumnus.get(alumnus, ()), request)))
    if not schedule.within_budget(alumnus, requests):
        return Because.BUDGET
    if schedule.moments(alumnus, requests) is not None:
        return None
    return Because.MOMENT if schedule.moments(alumnus, requests, hours=False) is None else Because.HOURS


def _relaxations(schedule: Schedule, request: int, near: Iterable[NearMiss]) -> Iterator[Relaxation]:
    """The changes that each fill a place of this request."""
    pairs, people = schedule.problem.candidates, schedule.problem.alumni
    key = int(schedule.problem.requests.key[request])
    for position in schedule.candidates(request):
        alumnus = int(pairs.alumnus[position])
        change = _change(schedule, request, alumnus)
        if change is not None:
            mask = FREE if change is Change.OTHER_MOMENT else int(pairs.moments[position])
            yield Relaxation(change, key, int(people.key[alumnus]), float(pairs.score[position]), moments=mask)
    for miss in near:
        alumnus = schedule.row_of(miss.alumnus)
        if (key, miss.alumnus) in schedule.problem.bans:
            continue
        if _fits(schedule, request, alumnus, mask=miss.moments):
            yield Relaxation(miss.change, key, miss.alumnus, miss.score, miss.amount, miss.moments)


def _change(schedule: Schedule, request: int, alumnus: int) -> Change | None:
    """The one change that lets an alumnus of the list take a place; None where none does."""
    match obstacle(schedule, request, alumnus):
        case Because.MOMENT if _fits(schedule, request, alumnus, mask=FREE):
            return Change.OTHER_MOMENT
        case Because.BUDGET if _fits(schedule, request, alumnus, more=1):
            return Change.ONE_MORE_ASK
    return None


def _fits(schedule: Schedule, request: int, alumnus: int, *, mask: int | None = None, more: int = 0) -> bool:
    """Whether the alumnus can do the request besides the rest, with these moments of it and so many asks more."""
    if alumnus in schedule.of_request[request]:
        return False
    requests = tuple(sorted((*schedule.of_alumnus.get(alumnus, ()), request)))
    if not schedule.within_budget(alumnus, requests, more=more):
        return False
    return schedule.moments(alumnus, requests, given=None if mask is None else (request, mask)) is not None
