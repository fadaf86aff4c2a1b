"""One plan for 1,000 requests and 20,000 alumni, beside greedy, independent lists and HiGHS, over the slider.

python -m benchmarks.plan [--alumni 20000] [--requests 1000] [--folder FOLDER] [--highs SECONDS]

Alumni, requests and their scores are those of the sample region, resampled (`benchmarks/scale/pools.py`); a third of
the alumni were asked one to three times in the past year. The lists are made by the rankings of the product.

`gini`: of the asks of the plan over as many alumni as there are places, those who are asked most: 0 where each place
has an alumnus of its own. `of lists`: the same over all alumni in the lists, where it cannot be 0. What independent
lists promise and cannot keep (too many asks, two places at once) is counted in `violations`.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from api.wiring import one_thread_each
from benchmarks.scale.pools import TODAY, app_with, drawn, stored
from matcher import planning
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import RecordKind, Request
from matcher.planning.check import check_plan
from matcher.planning.problem import Assignment, Price, Problem, units
from matcher.planning.relax import explain
from matcher.planning.repair import Schedule
from matcher.pool import OfPeople, Pool, event_code
from matcher.pool.columns import Ledger, day_number
from matcher.services.plan_problem import Period, near_misses, problem_of

SLIDER = (0.0, 0.25, 0.5, 0.75, 1.0)
PERIOD = (date(2027, 3, 1), date(2027, 7, 31))


def many_requests(pool: Pool, records: Sequence[Request], count: int, seed: int = 11) -> tuple[Pool, list[Request]]:
    """The pool with so many open requests of the period, random ones of its own, and the records of these."""
    dice = np.random.default_rng(seed)
    table, by_key = pool.requests, {record.key: record for record in records}
    usable = np.array([row for row, key in enumerate(table.key.tolist()) if key in by_key], np.int64)
    rows = np.sort(dice.choice(usable, size=count))
    drawn_requests = drawn(table, rows, dice)
    made = [
        replace(by_key[int(table.key[row])], key=int(key), request_id=f"R-{number}")
        for number, (row, key) in enumerate(zip(rows, drawn_requests.key, strict=True), 1)
    ]
    return replace(pool, requests=drawn_requests, origin=f"{pool.origin}-{count}-requests"), made


def asked_before(pool: Pool, seed: int = 12) -> Pool:
    """The pool in which a third of the alumni were asked one to three times in the past year."""
    dice = np.random.default_rng(seed)
    people = np.flatnonzero(dice.random(len(pool.people)) < 1 / 3)
    person = np.repeat(people, dice.integers(1, 4, size=len(people))).astype(np.int32)
    count = len(person)
    ledger = Ledger(
        person,
        np.full(count, 1, np.int64),
        np.full(count, event_code(LedgerEvent.ASKED), np.int8),
        (day_number(TODAY) - dice.integers(1, 365, size=count)).astype(np.int32),
    )
    return replace(pool, ledger=ledger, of_people=OfPeople())


def gini(counts: Sequence[int], people: int) -> float:
    """Over so many alumni, those asked most: 0 where all are asked equally often, towards 1 where one is always."""
    values = np.zeros(people)
    most = sorted(counts, reverse=True)[:people]
    values[: len(most)] = most
    values.sort()
    if not values.any():
        return 0.0
    return float(2 * (values * np.arange(1, people + 1)).sum() / (people * values.sum()) - 1 - 1 / people)


def greedy(problem: Problem) -> Schedule:
    """The best pair first, if it can be done besides what was taken before."""
    schedule = Schedule(problem.in_order(), Price())
    pairs = schedule.problem.candidates
    for position in np.lexsort((pairs.alumnus, pairs.request, -units(pairs.score))).tolist():
        request, alumnus = int(pairs.request[position]), int(pairs.alumnus[position])
        if schedule.open_places(request) and schedule.can_take(request, alumnus):
            schedule.add(request, alumnus)
    return schedule


def independent(problem: Problem) -> list[tuple[int, int]]:
    """For each request the first of its own list, whatever others ask: rows of the problem in order."""
    made = problem.in_order()
    pairs, taken = made.candidates, []
    order = np.lexsort((pairs.alumnus, -units(pairs.score), pairs.request))
    count: Counter[int] = Counter()
    for position in order.tolist():
        request = int(pairs.request[position])
        if count[request] < int(made.requests.places[request]):
            count[request] += 1
            taken.append((request, int(pairs.alumnus[position])))
    return taken


def kept(problem: Problem, pairs: Sequence[tuple[int, int]]) -> Schedule:
    """What of these pairs can be done, in their order."""
    schedule = Schedule(problem.in_order(), Price())
    for request, alumnus in pairs:
        if schedule.can_take(request, alumnus):
            schedule.add(request, alumnus)
    return schedule


def highs(problem: Problem, price: Price, seconds: float) -> tuple[list[tuple[int, int]], str]:
    """The same flow as a mixed integer program: most places, then most worth; the gap is 0."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array, vstack

    made = problem.in_order()
    pairs, table, people = made.candidates, made.requests, made.alumni
    counts = table.counts[pairs.request]
    degree = np.bincount(pairs.alumnus[counts], minlength=len(people))
    copies = np.minimum(people.left, degree)
    asking = np.repeat(np.arange(len(people)), copies)
    number = np.arange(len(asking)) - np.repeat(np.cumsum(copies) - copies, copies)
    prices = price.load * (people.asked[asking] + number) - price.first * (people.never[asking] & (number == 0))
    place = 2.0 * (1 + price.load / 1e6 * 400)
    cost = np.concatenate([-(units(pairs.score) / 1e6) - place, prices / 1e6])
    width = len(cost)
    here = np.arange(len(pairs))
    of_requests = coo_array((np.ones(len(pairs)), (pairs.request, here)), (len(table), width))
    rows = np.concatenate([pairs.alumnus[counts], asking])
    columns = np.concatenate([here[counts], len(pairs) + np.arange(len(asking))])
    signs = np.concatenate([np.ones(int(counts.sum())), -np.ones(len(asking))])
    of_people = coo_array((signs, (rows, columns)), (len(people), width))
    upper = np.concatenate([table.places, np.zeros(len(people))])
    done = milp(
        cost,
        integrality=np.ones(width),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(vstack([of_requests, of_people]).tocsr(), -np.inf, upper),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if done.x is None:
        return [], str(done.message)
    chosen = np.flatnonzero(done.x[: len(pairs)] > 0.5)
    status = "optimal" if done.status == 0 else f"stopped after {seconds:.0f} s"
    return list(zip(pairs.request[chosen].tolist(), pairs.alumnus[chosen].tolist(), strict=True)), status


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, and the seconds of the clock and of the processor that it took."""
    clock, processor = time.perf_counter(), time.process_time()
    made = work()
    return made, time.perf_counter() - clock, time.process_time() - processor


def memory() -> float:
    """The most that this process took since `forget_memory`, in MB (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def forget_memory() -> None:
    """From here on the most is counted anew: what drew the alumni is no part of a plan."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def line(name: str, problem: Problem, plan: Sequence[Assignment], seconds: float, **more: object) -> str:
    """A row of the table."""
    asks = set(problem.requests.key[problem.requests.counts].tolist())
    times = Counter(each.alumnus for each in plan if each.request in asks)
    never = set(problem.alumni.key[problem.alumni.never].tolist())
    total = sum(each.score for each in plan)
    places = int(problem.requests.places[problem.requests.counts].sum())
    listed = len(np.unique(problem.candidates.alumnus))
    cells = [
        name, f"{len(plan):,}", f"{total:,.2f}", f"{gini([*times.values()], places):.3f}",
        f"{gini([*times.values()], listed):.3f}", f"{len(times):,}",
        f"{max(times.values(), default=0)}", f"{len(never & set(times)):,}", f"{seconds:.2f}", *map(str, more.values()),
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def rows(problem: Problem, most_seconds: float) -> Iterator[str]:
    """The table."""
    names = ("plan", "places served", "total score", "gini", "of lists", "asked", "most of one", "first time", "s")
    names = (*names, "violations", "note")
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for fairness in SLIDER:
        (plan, _), seconds, _ = timed(partial(planning.make, problem, Price.of(fairness)))
        broken = len(check_plan(problem, plan.assignments))
        note = f"of {plan.most_served:,}; worth {plan.worth:,.2f}, bound {plan.bound:,.2f}"
        yield line(f"ours, fairness {fairness:g}", problem, plan.assignments, seconds, broken=broken, note=note)
    schedule, seconds, _ = timed(lambda: greedy(problem))
    plan_ = schedule.assignments()
    yield line("greedy", problem, plan_, seconds, broken=len(check_plan(problem, plan_)), note="")
    pairs, seconds, _ = timed(lambda: independent(problem))
    promised = _promised(problem, pairs)
    broken = len(check_plan(problem, promised))
    yield line(
        "independent lists, as promised", problem, promised, seconds, broken=broken, note="cannot be carried out"
    )
    plan_ = kept(problem, pairs).assignments()
    yield line("independent lists, what can be done", problem, plan_, seconds, broken=0, note="")
    for fairness in (0.0, 0.5) if most_seconds else ():
        (pairs, status), seconds, _ = timed(partial(highs, problem, Price.of(fairness), most_seconds))
        promised = _promised(problem, pairs)
        broken = len(check_plan(problem, promised))
        yield line(f"HiGHS, fairness {fairness:g}", problem, promised, seconds, broken=broken, note=status)


def _promised(problem: Problem, pairs: Sequence[tuple[int, int]]) -> list[Assignment]:
    """These pairs as a plan, each with its first moment."""
    made = problem.in_order()
    scores = {
        (int(request), int(alumnus)): (float(score), int(mask))
        for request, alumnus, score, mask in zip(
            made.candidates.request,
            made.candidates.alumnus,
            made.candidates.score,
            made.candidates.moments,
            strict=True,
        )
    }
    plan = []
    for request, alumnus in pairs:
        score, mask = scores[request, alumnus]
        moments = made.requests.moments(request)
        first = None if mask < 0 else next(one for bit, one in enumerate(moments) if mask >> bit & 1)
        plan.append(Assignment(int(made.requests.key[request]), int(made.alumni.key[alumnus]), score, first))
    return plan


def main() -> None:
    """Prints sizes, times of the parts, and the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alumni", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--highs", type=float, default=120.0, help="seconds at most; 0 for none")
    chosen = parser.parse_args()
    one_thread_each()  # as the product does
    app = app_with(chosen.alumni, chosen.folder)
    small = app.engine.current.pool()
    records = cast("list[Request]", stored(app.store, RecordKind.REQUESTS))
    period = Period(
        *PERIOD, small, TODAY, app.weights, app.bands, lambda side: app.engine.indexes.of(period.pool, side), app.limits
    )
    open_ = [one for one in records if period.has(one) and (one.closes_on is None or one.closes_on >= TODAY)]
    pool, requests = many_requests(asked_before(small), open_, chosen.requests)
    period = replace(period, pool=pool)
    forget_memory()
    before = memory()
    problem, lists_s, lists_cpu = timed(lambda: problem_of(period, requests))
    (plan, schedule), plan_s, plan_cpu = timed(lambda: planning.make(problem, Price.of(0.5)))
    open_keys = _open(problem, plan.assignments)
    short = [one for one in requests if one.key in open_keys]
    unfilled, relax_s, relax_cpu = timed(lambda: explain(schedule, near_misses(period, short)))
    again, again_s, _ = timed(lambda: planning.make(problem, Price.of(0.5))[0])
    assert again == plan
    print(
        f"{len(requests):,} requests, {int(problem.requests.places.sum()):,} places, {len(problem.alumni):,} alumni, "
        f"{len(problem.candidates):,} pairs, {len(np.unique(problem.candidates.alumnus)):,} alumni in lists"
    )
    for name, seconds, processor in (
        ("lists of all requests (rankings)", lists_s, lists_cpu),
        ("plan (flow, repair)", plan_s, plan_cpu),
        (f"open places explained ({sum(one.places for one in unfilled)} of {len(short)} requests)", relax_s, relax_cpu),
        ("all", lists_s + plan_s + relax_s, lists_cpu + plan_cpu + relax_cpu),
    ):
        print(f"{name}: {seconds:.2f} s, {processor:.2f} s of processor")
    print(f"plan once more: {again_s:.2f} s; memory {before:.0f} MB before, {memory():.0f} MB at its largest")
    for row in rows(problem, chosen.highs):
        print(row, flush=True)


def _open(problem: Problem, plan: Sequence[Assignment]) -> set[int]:
    """Keys of the requests with an open place."""
    count = Counter(each.request for each in plan)
    table = problem.requests
    return {key for key, places in zip(table.key.tolist(), table.places.tolist(), strict=True) if count[key] < places}


if __name__ == "__main__":
    main()
