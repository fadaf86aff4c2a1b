"""Planning again: what stays of an earlier plan comes before what fits better, and after how many places are filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import planning
from matcher.planning.check import check_plan
from matcher.planning.problem import Assignment, Price, Problem
from tests.support.plans import Ask, Person, every_plan, pairs_of, problem, problems, shuffled, worth

PRICES = st.sampled_from([Price(), Price.of(0.5), Price.of(1.0)])


def keys_of(plan: Sequence[Assignment]) -> set[tuple[int, int]]:
    return {(line.request, line.alumnus) for line in plan}


@given(problems(plain=True), PRICES, st.data())
@settings(deadline=None, max_examples=120)
def test_of_all_full_plans_one_that_keeps_the_most(made: Problem, price: Price, data: st.DataObject) -> None:
    """One pair is banned; of every plan that there is: first places, then what stays, then worth."""
    before = sorted(keys_of(planning.make(made, price)[0].assignments))
    bans = frozenset([data.draw(st.sampled_from(before))] if before else [])
    again = replace(made, kept=frozenset(before), bans=bans)
    plan, _ = planning.make(again, price)
    assert check_plan(again, plan.assignments) == ()
    best = max(
        (len(other), len(keys_of(other) & again.kept), worth(again, price, other))
        for other in every_plan(again)
        if not keys_of(other) & bans
    )
    kept = len(keys_of(plan.assignments) & again.kept)
    assert (plan.served, kept, worth(again, price, plan.assignments)) == best


@given(problems(), PRICES, st.integers(0, 1000))
@settings(deadline=None, max_examples=80)
def test_nothing_changes_where_nothing_did(made: Problem, price: Price, seed: int) -> None:
    """The same problem with its own plan as the earlier one, rows in any order, gives that plan again."""
    plan, _ = planning.make(made, price)
    again = shuffled(replace(made, kept=frozenset(keys_of(plan.assignments))), seed)
    assert keys_of(planning.make(again, price)[0].assignments) >= keys_of(plan.assignments)


def test_a_better_one_does_not_push_out_who_was_told() -> None:
    """A newcomer fits better; who was planned stays, unless it is the only way to fill both places."""
    made = problem([Ask()], [Person(), Person()], {(0, 0): 0.3, (0, 1): 0.9})
    assert pairs_of(planning.make(made, Price())[0].assignments) == {(0, 1)}
    kept = replace(made, kept=frozenset({(100, 1000)}))
    assert pairs_of(planning.make(kept, Price())[0].assignments) == {(0, 0)}
    two = problem([Ask(), Ask()], [Person(left=1), Person()], {(0, 0): 0.9, (0, 1): 0.1, (1, 0): 0.2})
    kept = replace(two, kept=frozenset({(100, 1000)}))
    assert pairs_of(planning.make(kept, Price())[0].assignments) == {(0, 1), (1, 0)}
