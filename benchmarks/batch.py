"""Everybody's recommendations at once, beside asking one by one.

    .venv/bin/python benchmarks/batch.py --alumni 500000 --workers 2

The pool is made in memory from the statistics of the sample region (`benchmarks/pools.py`), with the sample's courses.
A pair is one alumnus beside one course: rules, and for who passes them the exact score; the ten best of each alumnus
are kept. One by one is `ranking.top` for a few alumni: rules, scores and the best ten, without cards and reasons, so
that both do the same. How long 5,000 courses would take is worked out from the pairs a second.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from pools import TODAY, engine_of

from api.wiring import one_thread_each
from matcher import ranking
from matcher.batch import NOTHING, Processes, best_of_all
from matcher.pool.columns import day_number
from matcher.pool.pairs import Pairs
from matcher.visibility import visible


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alumni", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--part", type=int, help="alumni in a part; else as the product does")
    parser.add_argument("--one-by-one", type=int, default=300)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    one_thread_each()
    engine = engine_of(given.alumni, given.folder)
    pool = engine.pool()
    pairs = len(pool.people) * len(pool.offerings)

    began = time.perf_counter()
    _, best = best_of_all(engine, "offerings", 10, crew=Processes(given.workers), part=given.part)
    took = time.perf_counter() - began
    print(f"{given.alumni:,} alumni x {len(pool.offerings)} courses, {given.workers} processes: {took:.1f} s")
    minutes = given.alumni * 5000 / (pairs / took) / 60
    print(f"{pairs / took / 1e6:.1f} million pairs a second; 5,000 courses: {minutes:.1f} min")

    some = np.random.default_rng(1).choice(len(pool.people), given.one_by_one, replace=False)
    rows = np.arange(len(pool.offerings))
    began = time.perf_counter()
    for person in some.tolist():
        alone = Pairs(pool, pool.people, pool.offerings, "demands", person, rows, day_number(TODAY), whole=True)
        found = ranking.top(ranking.apply_rules(alone.take(visible(alone))).pairs, 10, engine.weights)
        listed = best.rows[person] != NOTHING
        assert best.rows[person][listed].tolist() == found.rows.tolist()
        assert best.scores[person][listed].tolist() == found.scores.tolist()
    each = (time.perf_counter() - began) / len(some)
    times = each * given.alumni / took
    print(f"one by one: {each * 1000:.2f} ms an alumnus, {times:.0f} times as long; equal to the last bit")


if __name__ == "__main__":
    main()
