"""How long one ranking takes, everything included but encoding, beside the searches that it could be compared with.

    .venv/bin/python benchmarks/ranking/stages.py FOLDER              # a folder made by benchmarks/ranking/region.py
    .venv/bin/python benchmarks/ranking/stages.py FOLDER --profile    # where the time goes

In one run, over the same requests, in turns: `match` (rules, exact top-10, contributions, cards, what-ifs, one query to
the database), the same without an index (every eligible alumnus scored), and the search alone by the int8 index that
we use and by FAISS's float32 `IndexFlatIP`. Answers of the first two must be equal to the last bit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import faiss
import numpy as np
from region import TODAY, encoder_of, store_of, stored

from api.wiring import FixedClock
from matcher.domain.answers import Ranking
from matcher.domain.records import RecordKind, owner_of
from matcher.engine import open_engine
from matcher.matching.thresholds import LIMITS, Limits
from matcher.policy import COMMAND_LINE
from matcher.services import matching
from matcher.services.app import App

UNINDEXED = replace(LIMITS, score_all_share=1.0)
"""Scores every eligible candidate."""


def opened(folder: Path, limits: Limits = LIMITS) -> App:
    """The app over the folder's database."""
    store = store_of(folder)
    engine = open_engine(store, encoder_of(folder), cache=folder / "cache")
    return App(store, engine, FixedClock(TODAY), limits=limits)


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Milliseconds and result."""
    began = time.perf_counter()
    result = work()
    return 1000 * (time.perf_counter() - began), result


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    app = opened(given.folder)
    took, pool = timed(app.engine.current.pool)
    print(f"pool of {len(pool.people):,} alumni ready in {took / 1000:.1f} s (from a snapshot when there is one)")
    print(f"{_bytes(pool) / len(pool.people):.0f} bytes per alumnus in the pool, vectors of both sides included")
    asked = _asked(app, given.requests)
    if given.profile:
        _profile(app, asked)
        return
    _compare(app, opened(given.folder, UNINDEXED), asked, given.rounds)


def _asked(app: App, count: int) -> list[tuple[str, str, np.ndarray]]:
    """(id, school, vector) of requests of all kinds that are open and whose text says something."""
    pool, found = app.engine.current.pool(), []
    for request in sorted(stored(app.store, RecordKind.REQUESTS), key=lambda one: one.request_id):
        vector = pool.requests.vector[pool.request_row[request.key]]
        if vector.any():
            found.append((request.request_id, owner_of(request), vector))
    step = max(1, len(found) // count)
    return found[::step][:count]


def _bytes(pool: object) -> int:
    from matcher.pool.snapshot import arrays_of

    own = ("people", "qualifications", "people_by_skill")
    return sum(array.nbytes for name, array in arrays_of(pool) if name.startswith(own))  # type: ignore[arg-type]


def _profile(app: App, asked: list[tuple[str, str, np.ndarray]]) -> None:
    import cProfile
    import pstats

    for one in asked[:5]:
        matching.match(app, COMMAND_LINE, one[0], school=one[1])
    with cProfile.Profile() as profile:
        for one in asked:
            matching.match(app, COMMAND_LINE, one[0], school=one[1])
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def _compare(app: App, unindexed: App, asked: list[tuple[str, str, np.ndarray]], rounds: int) -> None:
    pool = app.engine.current.pool()
    unindexed.pool()
    flat = faiss.IndexFlatIP(pool.scale.dimension)
    flat.add(pool.people.can[:].astype(np.float32))
    ours = app.engine.indexes.of(pool, "can")
    assert ours is not None
    times: dict[str, list[float]] = {"match": [], "match, no index": [], "int8 search": [], "float32 search": []}
    eligible: list[int] = []
    dice = np.random.default_rng(3)
    for turn in range((rounds + 1) * len(asked)):
        id_, school, vector = asked[turn % len(asked)]
        works: dict[str, Callable[[], object]] = {
            "match": partial(matching.match, app, COMMAND_LINE, id_, school=school),
            "match, no index": partial(matching.match(unindexed), COMMAND_LINE, id_, school=school),
            "int8 search": partial(ours.search, vector, 10),
            "float32 search": partial(flat.search, vector.astype(np.float32)[None], 10),
        }
        answers = {}
        for name in dice.permutation(list(works)):  # each follows each other one as often
            took, answers[name] = timed(works[name])
            if turn >= len(asked):  # the first round warms the caches
                times[name].append(took)
        answer = answers["match"]
        assert isinstance(answer, Ranking)
        assert answer == answers["match, no index"], id_
        eligible.append(answer.eligible)
    print(f"{len(asked)} requests x {rounds} rounds; eligible alumni: median {int(np.median(eligible)):,}")
    base = float(np.median(times["float32 search"]))
    print(f"{'':18}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'x float32 search':>18}")
    for name, values in times.items():
        half, high, most = np.percentile(values, (50, 95, 99))
        print(f"{name:18}{half:9.1f}{high:9.1f}{most:9.1f}{half / base:18.2f}")


if __name__ == "__main__":
    main()
