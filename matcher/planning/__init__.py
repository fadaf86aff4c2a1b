"""One plan for many requests: who is asked for which place, and why a place stays open.

`problem` says what is to be solved, `solve` finds the best flow, `repair` adds what a flow cannot say, `check` judges
any plan without knowing how it was made, `relax` says why a place stays open and what would fill it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcher.planning.problem import SCALE, Candidates, Plan, Price, Problem
from matcher.planning.repair import Schedule, repair
from matcher.planning.solve import best_flow


def make(problem: Problem, price: Price) -> tuple[Plan, Schedule]:
    """The plan of a problem, and the schedule that it was made with, of the same problem in order.

    The rows of the problem may stand in any order: the plan is the same.
    """
    problem = problem.in_order()
    schedule = Schedule(problem, price)
    people, requests = problem.alumni, problem.requests
    fixed = np.zeros(len(people), np.int64)
    for request, alumnus in _rows_of_pins(problem):
        schedule.pinned.add((request, alumnus))
        schedule.add(request, alumnus)
        fixed[alumnus] += int(requests.counts[request])
    pinned_worth, pinned = schedule.worth(), schedule.served
    places = np.array([schedule.open_places(request) for request in range(len(requests))], np.int64)
    open_positions = _without_pins(problem.candidates, schedule)
    rest = replace(problem, candidates=problem.candidates.take(open_positions), pins=frozenset())
    flow = best_flow(rest, places, people.left - fixed, price, fixed=fixed)
    repair(schedule, open_positions[flow.chosen], pinned + flow.most_served)
    plan = Plan(
        schedule.assignments(),
        schedule.worth() / SCALE,
        pinned + flow.most_served,
        (pinned_worth + flow.bound) / SCALE,
    )
    return plan, schedule


def _rows_of_pins(problem: Problem) -> list[tuple[int, int]]:
    """The rows of what is pinned. Raises KeyError for a request or alumnus that is not in the problem."""
    if not problem.pins:
        return []
    requests = {key: row for row, key in enumerate(problem.requests.key.tolist())}
    people = {key: row for row, key in enumerate(problem.alumni.key.tolist())}
    return sorted((requests[request], people[alumnus]) for request, alumnus in problem.pins)


def _without_pins(pairs: Candidates, schedule: Schedule) -> np.ndarray:
    rows = zip(pairs.request.tolist(), pairs.alumnus.tolist(), strict=True)
    return np.flatnonzero(np.array([row not in schedule.pinned for row in rows], np.bool_))
