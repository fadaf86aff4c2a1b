"""`check_plan` names each violation, and finds nothing in a plan that may be carried out."""

from __future__ import annotations

from dataclasses import replace

from matcher.planning.check import Violation, check_plan
from tests.support.plans import Ask, Person, line, problem, span

TUESDAY = "2027-03-16"
MORNING, LATE, LATER = (
    span(TUESDAY, "09:00", "11:00"),
    span(TUESDAY, "10:30", "12:00"),
    span(TUESDAY, "11:20", "12:20"),
)
ZWOLLE, DEN_HAAG = (52.51, 6.09), (52.08, 4.31)


def codes(*violations: Violation) -> list[str]:
    return [violation.code for violation in violations]


def test_a_good_plan_has_no_violation() -> None:
    """Two people for one request, one of them for another as well, at times and places that allow it."""
    made = problem(
        [Ask(places=2, moments=(MORNING,), at=ZWOLLE), Ask(moments=(LATER,), at=ZWOLLE), Ask(hours=6, teaches=True)],
        [Person(), Person(left=1)],
        {(0, 0): 0.5, (0, 1): 0.5, (1, 0): 0.5, (2, 0): 0.5},
    )
    plan = [line(0, 0, moment=MORNING), line(0, 1, moment=MORNING), line(1, 0, moment=LATER), line(2, 0)]
    assert check_plan(made, plan) == ()
    assert check_plan(made, []) == ()


def test_more_than_there_are_places() -> None:
    made = problem([Ask()], [Person(), Person()], {(0, 0): 0.5, (0, 1): 0.5})
    assert check_plan(made, [line(0, 0), line(0, 1)]) == (Violation("too_many", 0, (100,)),)


def test_more_than_one_may_be_asked() -> None:
    """Aftercare is no ask; of what remains one is too many."""
    made = problem([Ask(), Ask(), Ask(counts=False)], [Person(left=1)], {(0, 0): 0.5, (1, 0): 0.5, (2, 0): 0.5})
    assert check_plan(made, [line(0, 0), line(1, 0), line(2, 0)]) == (Violation("budget", 1000, (100, 101)),)
    assert check_plan(made, [line(0, 0), line(2, 0)]) == ()


def test_two_at_the_same_time() -> None:
    made = problem([Ask(moments=(MORNING,)), Ask(moments=(LATE,))], [Person()], {(0, 0): 0.5, (1, 0): 0.5})
    plan = [line(0, 0, moment=MORNING), line(1, 0, moment=LATE)]
    assert check_plan(made, plan) == (Violation("overlap", 1000, (100, 101)),)


def test_no_time_to_travel() -> None:
    """Twenty minutes from Zwolle to The Hague are too few; within Zwolle, online or unknown they are enough."""
    there, here, nowhere = (
        problem(
            [Ask(moments=(MORNING,), at=ZWOLLE), Ask(moments=(LATER,), at=at)], [Person()], {(0, 0): 0.5, (1, 0): 0.5}
        )
        for at in (DEN_HAAG, ZWOLLE, None)
    )
    plan = [line(0, 0, moment=MORNING), line(1, 0, moment=LATER)]
    assert check_plan(there, plan) == (Violation("travel", 1000, (100, 101)),)
    assert check_plan(here, plan) == check_plan(nowhere, plan) == ()


def test_the_hours_of_a_week() -> None:
    """Six hours a week of teaching for whoever is not qualified, over all requests of that week."""
    asks = [
        Ask(hours=4, teaches=True, weeks=(10, 12)),
        Ask(hours=3, teaches=True, weeks=(12, 14)),
        Ask(hours=3, teaches=True, weeks=(13, 14)),
        Ask(hours=9, weeks=(10, 14)),
    ]
    scores = {(ask, 0): 0.5 for ask in range(4)}
    plan = [line(0, 0), line(1, 0), line(3, 0)]
    assert check_plan(problem(asks, [Person()], scores), plan) == (Violation("hours", 1000, (100, 101)),)
    assert check_plan(problem(asks, [Person(qualified=True)], scores), plan) == ()
    assert check_plan(problem(asks, [Person()], scores), [line(0, 0), line(2, 0)]) == ()


def test_hours_of_moments_count_where_none_are_stated() -> None:
    """Two lessons of four hours in one week are eight."""
    days = [
        span("2027-03-15", "09:00", "13:00"),
        span("2027-03-19", "09:00", "13:00"),
        span("2027-03-22", "09:00", "13:00"),
    ]
    made = problem([Ask(moments=(day,), teaches=True) for day in days], [Person()], {(ask, 0): 0.5 for ask in range(3)})
    lines = [line(ask, 0, moment=day) for ask, day in enumerate(days)]
    assert check_plan(made, lines[:2]) == (Violation("hours", 1000, (100, 101)),)
    assert check_plan(made, lines[1:]) == ()


def test_who_is_not_in_the_lists() -> None:
    """Excluded by a rule, banned, unknown, or with another score."""
    made = problem([Ask(places=5)], [Person(), Person()], {(0, 0): 0.5}, bans=[(0, 0)])
    assert codes(*check_plan(made, [line(0, 0)])) == ["banned"]
    assert codes(*check_plan(made, [line(0, 1)])) == ["no_candidate"]
    assert codes(*check_plan(made, [line(0, 7), line(3, 1)])) == ["unknown", "unknown"]
    assert codes(*check_plan(replace(made, bans=frozenset()), [line(0, 0, 0.6)])) == ["wrong_score"]


def test_the_same_pair_twice() -> None:
    made = problem([Ask(places=2)], [Person()], {(0, 0): 0.5})
    assert codes(*check_plan(made, [line(0, 0), line(0, 0)])) == ["twice"]


def test_a_moment_that_is_none() -> None:
    """Not one of the request, not one that the alumnus can make, or one where the day is to be agreed."""
    made = problem(
        [Ask(moments=(MORNING, LATER)), Ask()], [Person()], {(0, 0): 0.5, (1, 0): 0.5}, moments={(0, 0): 0b10}
    )
    for moment in (LATE, MORNING, None):
        assert codes(*check_plan(made, [line(0, 0, moment=moment)])) == ["wrong_moment"]
    assert codes(*check_plan(made, [line(1, 0, moment=MORNING)])) == ["wrong_moment"]
    assert check_plan(made, [line(0, 0, moment=LATER), line(1, 0)]) == ()


def test_what_was_agreed_stays() -> None:
    made = problem([Ask()], [Person(), Person()], {(0, 1): 0.5}, pins=[(0, 0)])
    assert codes(*check_plan(made, [line(0, 1)])) == ["pin_lost"]
    assert check_plan(made, [line(0, 0)]) == ()
