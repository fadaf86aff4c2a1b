"""The flow, and the plan that is made of it: against every plan there is, in any order of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import planning
from matcher.planning.check import check_plan
from matcher.planning.problem import SCALE, Price, Problem
from matcher.planning.solve import FlowError, min_cost_flow
from tests.support.plans import DAYS, Ask, Person, every_plan, pairs_of, problem, problems, shuffled, span, worth

PRICES = st.sampled_from([Price(), Price.of(0.5), Price.of(1.0), Price(0, 10), Price(300_000, 200_000)])


def best_of(made: Problem, price: Price) -> tuple[int, int]:
    """The most places, and the most that a plan with so many is worth, by looking at every plan."""
    return max((len(plan), worth(made, price, plan)) for plan in every_plan(made))


@given(problems(plain=True), PRICES)
@settings(deadline=None, max_examples=120)
def test_a_flow_is_the_best_of_every_plan(made: Problem, price: Price) -> None:
    """Where a flow says everything, its plan fills the most places and is worth the most, and that is the bound."""
    plan, _ = planning.make(made, price)
    assert check_plan(made, plan.assignments) == ()
    assert (plan.served, worth(made, price, plan.assignments)) == best_of(made, price)
    assert plan.most_served == plan.served
    assert plan.worth == plan.bound == worth(made, price, plan.assignments) / SCALE


@given(problems(), PRICES)
@settings(deadline=None, max_examples=120)
def test_no_plan_is_better_than_the_bound(made: Problem, price: Price) -> None:
    """With overlap, travel and hours the plan may be carried out, and the best of all plans is within the bound."""
    plan, _ = planning.make(made, price)
    assert check_plan(made, plan.assignments) == ()
    assert plan.worth == worth(made, price, plan.assignments) / SCALE
    most, value = best_of(made, price)
    assert plan.served <= most <= plan.most_served
    if most == plan.most_served:
        assert value <= round(plan.bound * SCALE)


@given(problems(), PRICES, st.integers(0, 1000))
@settings(deadline=None, max_examples=120)
def test_the_order_of_the_rows_does_not_matter(made: Problem, price: Price, seed: int) -> None:
    """The same plan, moments and all, whatever order requests, alumni and pairs come in."""
    assert planning.make(shuffled(made, seed), price)[0] == planning.make(made, price)[0]


def test_of_equals_the_first_by_id_is_asked() -> None:
    scores = {(0, one): 0.5 for one in range(5)}
    for order in ([4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
        made = problem([Ask()], [Person()] * 5, scores, order=([0], order, order))
        assert pairs_of(planning.make(made, Price())[0].assignments) == {(0, 0)}


def test_places_come_before_scores() -> None:
    """The second request has one candidate only, who fits the first best: both are served."""
    made = problem([Ask(), Ask()], [Person(left=1), Person()], {(0, 0): 0.9, (0, 1): 0.1, (1, 0): 0.2})
    assert pairs_of(planning.make(made, Price())[0].assignments) == {(0, 1), (1, 0)}


def test_each_further_ask_costs_more() -> None:
    """At 0 the best is asked three times; at 1 those who were asked less are; who was never asked first of all."""
    asks, scores = [Ask()] * 3, {(ask, one): (0.60, 0.58, 0.55)[one] for ask in range(3) for one in range(3)}
    people = [Person(asked=1), Person(asked=1), Person(never=True)]
    made = problem(asks, people, scores)
    assert {one for _, one in pairs_of(planning.make(made, Price())[0].assignments)} == {0}
    fair = [one for _, one in pairs_of(planning.make(made, Price.of(1.0))[0].assignments)]
    assert sorted(fair) == [0, 1, 2]


def test_the_slider_ends_at_0_and_1() -> None:
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="from 0 to 1"):
            Price.of(wrong)


def test_what_is_pinned_stays_and_what_is_banned_goes() -> None:
    """A pin takes its place and its ask, also where the pair is in no list."""
    scores = {(0, 0): 0.9, (0, 1): 0.8, (1, 0): 0.9, (1, 2): 0.3}
    made = problem([Ask(), Ask()], [Person(left=1), Person(), Person()], scores, pins=[(1, 0)], bans=[(0, 1)])
    plan, _ = planning.make(made, Price())
    assert pairs_of(plan.assignments) == {(1, 0)}
    assert check_plan(made, plan.assignments) == ()
    outside = problem([Ask(places=2)], [Person(), Person()], {(0, 1): 0.8}, pins=[(0, 0)])
    plan, _ = planning.make(outside, Price())
    assert pairs_of(plan.assignments) == {(0, 0), (0, 1)}
    assert check_plan(outside, plan.assignments) == ()


def test_a_place_lost_to_an_overlap_is_filled_by_passing_one_on() -> None:
    """The flow gives both mornings to the first; the second can only do the other request, and takes that over."""
    asks = [Ask(moments=(DAYS[0],)), Ask(moments=(DAYS[1],))]
    made = problem(asks, [Person(), Person()], {(0, 0): 0.9, (1, 0): 0.9, (0, 1): 0.1})
    plan, _ = planning.make(made, Price())
    assert pairs_of(plan.assignments) == {(0, 1), (1, 0)}
    assert plan.worth < plan.bound


def test_another_moment_of_the_request_is_taken_where_the_first_overlaps() -> None:
    early, late = span("2027-03-16", "09:00", "11:00"), span("2027-03-16", "13:00", "15:00")
    made = problem([Ask(moments=(early, late)), Ask(moments=(early,))], [Person()], {(0, 0): 0.5, (1, 0): 0.5})
    plan, _ = planning.make(made, Price())
    assert [each.moment for each in plan.assignments] == [late, early]


def test_nothing_to_plan() -> None:
    for made in (
        problem([], [], {}),
        problem([Ask()], [Person()], {}),
        problem([Ask(places=0)], [Person()], {(0, 0): 1}),
    ):
        plan, _ = planning.make(made, Price.of(0.5))
        assert (plan.assignments, plan.most_served, plan.bound) == ((), 0, 0.0)


ARC = (np.array([0]), np.array([1]), np.array([1]))


@pytest.mark.parametrize("costs", [np.array([0.5]), np.array([0.9], np.float32)])
def test_costs_that_are_not_whole_are_refused(costs: np.ndarray) -> None:
    """The solver itself makes them 0 and calls the outcome optimal."""
    with pytest.raises(TypeError, match="cost"):
        min_cost_flow(*ARC, costs, np.array([1, -1]))


@pytest.mark.parametrize(
    ("cost", "supplies", "status"),
    [(1, [2, -1], "UNBALANCED"), (1, [2, -2], "INFEASIBLE"), (1 << 60, [1, -1], "BAD_COST_RANGE")],
)
def test_what_is_not_proven_is_never_called_optimal(cost: int, supplies: list[int], status: str) -> None:
    """Unequal supplies, more than fits, and costs that overflow."""
    with pytest.raises(FlowError, match=status):
        min_cost_flow(*ARC, np.array([cost]), np.array(supplies))
