"""The plan as a flow: as many places as can be filled, and of all such plans the one that is worth most.

A flow knows places, asks left, and that each further ask of one alumnus costs more. It does not know that somebody
cannot be in two places, nor the hours of a week (`repair`). So what it finds is a bound on every plan.

Costs are whole numbers: SimpleMinCostFlow truncates others to 0 and calls the outcome optimal. Arcs stand in the order
of ids, and equally good alumni of one request differ by a cost smaller than any unit: else another order of the rows
would give another plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matcher.planning.problem import Candidates, Price, Problem, units
from matcher.pool.columns import Bool, Int64

_LARGEST = 1 << 61
"""The solver multiplies costs by the number of nodes, in 64 bits."""


class FlowError(RuntimeError):
    """The solver did not find the cheapest flow: `args[0]` is its status."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The outcome. `chosen`: the positions of the pairs in the plan, ascending; `most_served`: how many that are.

    `bound`: no plan with that many places, that keeps as much, is worth more, in units of `SCALE`.
    """

    chosen: Int64
    most_served: int
    bound: int


def best_flow(problem: Problem, places: Int64, left: Int64, price: Price, *, fixed: Int64 | None = None) -> Flow:
    """The cheapest of the largest flows of a problem that is in order.

    `places` of each request and asks `left` of each alumnus: those of the problem, less what is fixed already. `fixed`:
    how often each alumnus is in what is fixed. Raises FlowError.
    """
    pairs = problem.candidates
    open_ = np.flatnonzero(places[pairs.request] > 0)
    pairs = pairs.take(open_)
    problem = replace(problem, candidates=pairs)
    fixed = np.zeros(len(problem.alumni), np.int64) if fixed is None else fixed
    network = _Network(problem, pairs, places, left, price, fixed)
    most = network.largest()
    if most == 0:
        return Flow(np.zeros(0, np.int64), 0, 0)
    flows = network.cheapest(most)
    used = flows[: len(pairs)] > 0
    worth = int(units(pairs.score[used]).sum()) - int((flows[network.asks] * network.prices).sum())
    return Flow(open_[used], most, worth)


class _Network:
    """Source → requests → alumni → sink; the arcs of pairs come first, in the order of the pairs."""

    def __init__(  # noqa: PLR0917 - the parts of one network
        self, problem: Problem, pairs: Candidates, places: Int64, left: Int64, price: Price, fixed: Int64
    ) -> None:
        count, people = len(problem.requests), len(problem.alumni)
        self.source, self.sink = count + people, count + people + 1
        counts = problem.requests.counts[pairs.request]
        degree = np.bincount(pairs.alumnus[counts], minlength=people)
        copies = np.minimum(np.maximum(left, 0), degree)
        asking = np.repeat(np.arange(people), copies)
        number = np.arange(len(asking)) - np.repeat(np.cumsum(copies) - copies, copies) + fixed[asking]
        self.prices = price.load * (problem.alumni.asked[asking] + number)
        self.prices = self.prices - price.first * (problem.alumni.never[asking] & (number == 0))
        ties, weight = _ties(pairs), units(pairs.score) + problem.premium()
        scale = int(ties.max(initial=0)) * int(places.clip(0).sum()) + 1
        heaviest = max(int(np.abs(weight).max(initial=0)), int(np.abs(self.prices).max(initial=0)), 1)
        scale = max(1, min(scale, _LARGEST // (heaviest * (self.sink + 1) * 2)))
        requests = np.flatnonzero(places > 0)
        self.tail = np.concatenate([pairs.request, count + asking, np.full(len(requests), self.source)])
        self.head = np.concatenate(
            [np.where(counts, count + pairs.alumnus, self.sink), np.full(len(asking), self.sink), requests]
        )
        self.capacity = np.concatenate([np.ones(len(pairs) + len(asking), np.int64), places[requests]])
        self.cost = np.concatenate([ties - weight * scale, self.prices * scale, np.zeros(len(requests), np.int64)])
        self.asks = slice(len(pairs), len(pairs) + len(asking))

    def largest(self) -> int:
        """How many places can be filled at most."""
        from ortools.graph.python.max_flow import SimpleMaxFlow

        solver = SimpleMaxFlow()
        solver.add_arcs_with_capacity(self.tail, self.head, self.capacity)
        status = solver.solve(self.source, self.sink) if len(self.tail) else solver.OPTIMAL
        if status != solver.OPTIMAL:
            raise FlowError(str(status))
        return int(solver.optimal_flow()) if len(self.tail) else 0

    def cheapest(self, amount: int) -> Int64:
        """How much flows through each arc where so much is sent at the lowest cost."""
        supplies = np.zeros(self.sink + 1, np.int64)
        supplies[self.source], supplies[self.sink] = amount, -amount
        return min_cost_flow(self.tail, self.head, self.capacity, self.cost, supplies)


def min_cost_flow(tail: Int64, head: Int64, capacity: Int64, cost: Int64, supplies: Int64) -> Int64:
    """The flow of each arc that moves all supplies at the lowest cost.

    Raises TypeError for numbers that are not whole, and FlowError unless the solver proves that it is the lowest: where
    supplies do not add up to 0, do not fit, or costs are too large.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    for name, values in (("capacity", capacity), ("cost", cost), ("supplies", supplies)):
        if not np.issubdtype(np.asarray(values).dtype, np.integer):
            msg = f"{name} must be whole numbers"
            raise TypeError(msg)
    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    solver.set_nodes_supplies(np.arange(len(supplies)), supplies)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise FlowError(status.name)
    return np.asarray(solver.flows(arcs), np.int64)


def _ties(pairs: Candidates) -> Int64:
    """The position of each pair among those of its request with the same score, in the order of ids."""
    worth = units(pairs.score)
    order = np.lexsort((pairs.alumnus, worth, pairs.request))
    request, worth = pairs.request[order], worth[order]
    if not len(order):
        return np.zeros(0, np.int64)
    new: Bool = np.concatenate([np.ones(1, np.bool_), (request[1:] != request[:-1]) | (worth[1:] != worth[:-1])])
    starts = np.flatnonzero(new)
    ties = np.empty(len(order), np.int64)
    ties[order] = np.arange(len(order)) - starts[np.cumsum(new) - 1]
    return ties
