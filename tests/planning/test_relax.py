"""For each open place why, and the cheapest change that really fills it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hypothesis import given, settings

from matcher import planning
from matcher.planning.check import check_plan
from matcher.planning.problem import Assignment, Plan, Price, Problem
from matcher.planning.relax import Because, Change, NearMiss, Relaxation, Unfilled, explain
from tests.support.plans import DAYS, Ask, Person, problem, problems, relaxed


def explained(made: Problem, *near: NearMiss) -> tuple[Plan, tuple[Unfilled, ...]]:
    plan, schedule = planning.make(made, Price())
    return plan, explain(schedule, near)


def only(made: Problem, *near: NearMiss) -> tuple[Because, Change | None]:
    """Why the one open place is open, and what would fill it; that it does is looked at too."""
    plan, (one,) = explained(made, *near)
    assert one.places == 1
    if one.relaxation is not None:
        fills(made, plan, one.relaxation)
    return one.because, None if one.relaxation is None else one.relaxation.change


def fills(made: Problem, plan: Plan, change: Relaxation) -> None:
    """Under the change, and not without it, the alumnus can take one place more, others perhaps at another moment."""
    own = [one for one in plan.assignments if one.alumnus == change.alumnus]
    rest = [one for one in plan.assignments if one.alumnus != change.alumnus]
    own.append(Assignment(change.request, change.alumnus, change.score, None))
    rows = [made.requests.key.tolist().index(one.request) for one in own]
    more = [
        (*rest, *(replace(one, moment=moment) for one, moment in zip(own, moments, strict=True)))
        for moments in product(*([None, *made.requests.moments(row)] for row in rows))
    ]
    assert all(check_plan(made, one) for one in more)
    assert any(not check_plan(relaxed(made, change), one) for one in more)


def test_nobody_fits() -> None:
    assert only(problem([Ask()], [Person()], {})) == (Because.NO_ONE, None)


def test_all_who_fit_are_asked() -> None:
    assert only(problem([Ask(places=2)], [Person()], {(0, 0): 0.5})) == (Because.TOO_FEW, None)


def test_those_who_fit_are_asked_for_something_else() -> None:
    """One more ask of one alumnus fills the place."""
    made = problem([Ask(), Ask()], [Person(left=1)], {(0, 0): 0.9, (1, 0): 0.5})
    assert only(made) == (Because.BUDGET, Change.ONE_MORE_ASK)


def test_those_who_fit_are_somewhere_else() -> None:
    made = problem([Ask(moments=(DAYS[0],)), Ask(moments=(DAYS[1],))], [Person()], {(0, 0): 0.9, (1, 0): 0.5})
    assert only(made) == (Because.MOMENT, Change.OTHER_MOMENT)


def test_the_law_is_not_relaxed() -> None:
    """Who would teach too many hours is proposed for nothing."""
    ask = Ask(hours=4, teaches=True)
    assert only(problem([ask, ask], [Person()], {(0, 0): 0.9, (1, 0): 0.5})) == (Because.HOURS, None)


def test_the_cheapest_comes_first() -> None:
    """Another moment is asked before a longer way, the shorter way before the longer, and an extra ask last."""
    made = problem([Ask(), Ask()], [Person(left=1), Person(), Person(), Person()], {(0, 0): 0.9, (1, 0): 0.5})
    far = NearMiss(101, 1001, 0.9, Change.FURTHER, 30.0)
    near = NearMiss(101, 1002, 0.3, Change.FURTHER, 5.0)
    day = NearMiss(101, 1003, 0.2, Change.OTHER_MOMENT)
    for misses, change, alumnus in (
        ([far], Change.FURTHER, 1001),
        ([far, near], Change.FURTHER, 1002),
        ([far, near, day], Change.OTHER_MOMENT, 1003),
    ):
        _, (one,) = explained(made, *misses)
        assert one.relaxation is not None
        assert (one.relaxation.change, one.relaxation.alumnus) == (change, alumnus)
        assert only(made, *misses) == (Because.BUDGET, change)


def test_who_has_no_asks_left_fills_nothing() -> None:
    """An alumnus whom one condition excludes, and who may not be asked any more, is not proposed; nor is one banned."""
    made = problem([Ask(), Ask()], [Person(left=0), Person()], {}, bans=[(1, 1)])
    near = [NearMiss(100, 1000, 0.9, Change.LANGUAGE), NearMiss(101, 1001, 0.9, Change.LANGUAGE)]
    _, unfilled = explained(made, *near)
    assert [one.relaxation for one in unfilled] == [None, None]


def test_each_place_has_somebody_of_its_own() -> None:
    """Three places, two alumni with too few asks: two places are one line, the third has nothing that fills it."""
    made = problem([Ask(places=2), Ask(places=3)], [Person(left=1)] * 2, {
        (ask, one): 0.9 - ask / 2 for ask in range(2) for one in range(2)
    })  # fmt: skip
    plan, unfilled = explained(made)
    assert [(one.places, one.relaxation and one.relaxation.change) for one in unfilled] == [
        (2, Change.ONE_MORE_ASK),
        (1, None),
    ]
    assert plan.served + sum(one.places for one in unfilled) == 5


@given(problems())
@settings(deadline=None, max_examples=150)
def test_every_open_place_is_told_and_every_change_fills_it(made: Problem) -> None:
    """Served and open places are all places, and each change makes a plan with one place more that may be done."""
    plan, unfilled = explained(made)
    assert plan.served + sum(one.places for one in unfilled) == int(made.requests.places.sum())
    for one in unfilled:
        if one.relaxation is not None:
            fills(made, plan, one.relaxation)
        assert one.request in made.requests.key


def test_a_change_changes_one_thing() -> None:
    made = problem([Ask(), Ask()], [Person(left=1)], {(0, 0): 0.9, (1, 0): 0.5})
    change = Relaxation(Change.ONE_MORE_ASK, 101, 1000, 0.5)
    after = relaxed(made, change)
    assert after.alumni.left.tolist() == [2]
    assert replace(after, alumni=made.alumni) == made
