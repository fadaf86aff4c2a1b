"""How long the first ranking after a change takes: a click that is put into the pool, beside a pool built anew.

    .venv/bin/python benchmarks/changing.py FOLDER        # a folder made by benchmarks/scaled.py

Withdraws and gives a consent of one alumnus after another, and ranks the same request after each: writing the new state
of the pool to disk is part of it. Built anew is what an import, or a pool that cannot be changed, costs.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from scaled import TODAY, encoder_of, store_of

from api.wiring import FixedClock, one_thread_each
from matcher import persons, service
from matcher.domain import Purpose, owner_of
from matcher.engine import Engine


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clicks", type=int, default=20)
    given = parser.parse_args()
    one_thread_each()
    engine = Engine(store_of(given.folder), encoder_of(given.folder), FixedClock(TODAY), cache=given.folder / "cache")
    request = min(engine.store.requests(), key=lambda one: one.request_id)
    service.match(engine, request.request_id, school=owner_of(request))
    people = [one for one, _ in zip(engine.store.alumni(), range(given.clicks), strict=False)]
    clicks, rankings, plain = [], [], []
    for one in people:
        began = time.perf_counter()
        persons.give(engine, None, Purpose.GUEST_LESSON, given=False, alumnus_id=one.alumnus_id, school=one.school)
        clicked = time.perf_counter()
        service.match(engine, request.request_id, school=owner_of(request))
        ranked = time.perf_counter()
        service.match(engine, request.request_id, school=owner_of(request))
        clicks.append(clicked - began)
        rankings.append(ranked - clicked)
        plain.append(time.perf_counter() - ranked)
    began = time.perf_counter()
    engine.rebuild()
    anew = time.perf_counter() - began
    first, again = float(np.median(rankings)), float(np.median(plain))
    print(f"{len(engine.pool().people):,} alumni, {len(people)} clicks")
    told = [float(np.median(clicks)) * 1000, first * 1000, again * 1000]
    print("the click itself {:.1f} ms; the ranking after it {:.0f} ms, a later one {:.0f} ms".format(*told))
    print(f"a pool built anew {anew:.1f} s, {anew / (first - again):.0f} times what the change adds")


if __name__ == "__main__":
    main()
