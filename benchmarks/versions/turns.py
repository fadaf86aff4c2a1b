"""Whole rankings of two checkouts in turns, each in a process of its own over the same pool: milliseconds of processor.

    .venv/bin/python benchmarks/versions/turns.py OLD NEW FOLDER [--alumni 100000] [--rounds 6]

FOLDER keeps a database of the sample for each checkout. On a busy machine trust the ratio of the medians.

Each round asks every request for the first time since the data changed, when nothing is derived of the pool or
remembered, again, and as a question that is not saved (whose text is encoded too); and finds the best ten alone,
without cards, sentences and the log. OLD may be commit cfdc78c.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

QUERIES = 40
FIRST, AGAIN, CORE, ASK = "first", "again", "core", "ask"
WHENS = {
    FIRST: "whole, asked first",
    AGAIN: "whole, asked again",
    ASK: "whole, not saved",
    CORE: "rules and exact top 10",
}


@dataclass(frozen=True)
class Checkout:
    """What a checkout can do with a request (id and school, or its record), and how it forgets what it derived."""

    asked: Sequence[Any]
    match: Callable[[Any], object]
    core: Callable[[Any], object]
    ask: Callable[[Any], object]
    forget: Callable[[], object]
    bytes_per_alumnus: float


def open_cfdc78c(alumni: int, folder: Path) -> Checkout:
    """By the names of commit cfdc78c. Raises ImportError where the checkout has others."""
    sys.path.insert(0, str(Path("benchmarks").resolve()))
    from matcher.visibility import visible
    from pools import engine_of

    from api.wiring import one_thread_each
    from matcher import asking, ranking
    from matcher.domain import owner_of
    from matcher.pool.columns import day_number
    from matcher.pool.pairs import Pairs

    one_thread_each()
    engine = engine_of(alumni, folder)
    pool = engine.pool()
    found = []
    with engine.store.snapshot() as records:
        requests = sorted(records.requests(), key=lambda one: (one.request_id, one.school or ""))
    for one in requests:
        row = pool.request_row[one.key]
        if pool.requests.vector[row].any() and ranking.side_of(pool.requests, row) == "can":
            found.append(one)
    found = found[:: max(1, len(found) // QUERIES)][:QUERIES]
    day = day_number(engine.clock.today())

    def core(one: Any) -> object:
        row = pool.request_row[one.key]
        pairs = Pairs.with_everybody(pool, pool.requests, row, day)
        eligible = ranking.apply_rules(pairs, visible(pairs)).pairs
        index = None
        if not engine.limits.scores_all(len(eligible), len(pool.people)):
            index = engine.index_of(pool, ranking.side_of(pool.requests, row))
        return ranking.top(eligible, 10, engine.weights, index, engine.limits)

    def unsaved(one: Any) -> Any:
        return replace(one, key=0, request_id="")

    return Checkout(
        found,
        lambda one: asking.match(engine, None, one.request_id, school=owner_of(one)),
        core,
        lambda one: asking.match_unsaved(engine, None, unsaved(one)),
        lambda: None,
        0.0,
    )


def open_newer(alumni: int, folder: Path) -> Checkout:
    """By the names of newer checkouts."""
    sys.path.insert(0, str(Path("benchmarks/scale").resolve()))
    from pools import app_with, stored
    from rankings import bytes_per_alumnus, sampled_requests

    from api.wiring import one_thread_each
    from matcher.domain.records import RecordKind, owner_of
    from matcher.matching import ranking
    from matcher.matching.question import Question
    from matcher.policy import COMMAND_LINE
    from matcher.pool import OfPeople
    from matcher.services import matching

    one_thread_each()
    try:
        app = app_with(alumni, folder, meaning=True)
    except TypeError:  # a checkout without a second encoder
        app = app_with(alumni, folder)
    sampled = {(id_, school) for id_, school, _row in sampled_requests(app, QUERIES)}
    requests = stored(app.store, RecordKind.REQUESTS)
    asked = [one for one in requests if (one.request_id, owner_of(one)) in sampled]
    day = app.clock.today()

    def core(one: Any) -> object:
        pool, weights = app.engine.current.pool(), app.with_weights().weights
        index = app.engine.indexes
        return ranking.rank(pool, Question(one, day), weights, lambda side: index.of(pool, side), limits=app.limits)

    return Checkout(
        asked,
        lambda one: matching.match(app, COMMAND_LINE, one.request_id, school=owner_of(one)),
        core,
        lambda one: matching.match_unsaved(app, COMMAND_LINE, replace(one, key=0, request_id="")),
        lambda: app.engine.current.use(replace(app.engine.current.pool(), of_people=OfPeople())),
        bytes_per_alumnus(app.engine.current.pool()),
    )


def answer(alumni: int, folder: Path) -> None:
    """In a checkout: works on the same requests once for each line read, and prints the times."""
    try:
        checkout = open_cfdc78c(alumni, folder)
    except ImportError:
        sys.path.pop(0)
        checkout = open_newer(alumni, folder)
    print(json.dumps(checkout.bytes_per_alumnus), flush=True)
    for line in sys.stdin:
        when = line.strip()
        if when == FIRST:
            checkout.forget()
        work = {ASK: checkout.ask, CORE: checkout.core}.get(when, checkout.match)
        times = []
        for one in checkout.asked:
            began = time.thread_time()
            work(one)
            times.append(1000 * (time.thread_time() - began))
        print(json.dumps(times), flush=True)


def main() -> None:
    """Starts both and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs=2, type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--alumni", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=6)
    given = parser.parse_args()
    started = []
    for number, checkout in enumerate(given.checkouts):
        words = [sys.executable, __file__, "--answer", str(given.alumni), str(given.folder.resolve() / str(number))]
        started.append(
            subprocess.Popen(  # noqa: S603 - this file
                words,
                cwd=checkout,
                env={**os.environ, "PYTHONPATH": str(checkout.resolve())},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    print("bytes an alumnus:", *(_read(process) for process in started))
    times: dict[str, list[list[float]]] = {when: [[], []] for when in WHENS}
    for round_ in range(given.rounds + 1):
        for when, both in times.items():
            for process, spent in zip(started, both, strict=True):
                cast("IO[str]", process.stdin).write(f"{when}\n")
                cast("IO[str]", process.stdin).flush()
                told = _read(process)
                if round_:  # the first warms the caches
                    spent.extend(told)
    for when, both in times.items():
        for name, share in (("median", 50), ("90 %", 90), ("99 %", 99)):
            old, new = (float(np.percentile(spent, share)) for spent in both)
            print(f"{WHENS[when]}, {name}: {old:.2f} ms, {new:.2f} ms, ratio {new / old:.2f}")
    for process in started:
        process.communicate("")


def _read(process: subprocess.Popen[str]) -> Any:
    return json.loads(cast("IO[str]", process.stdout).readline())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--answer"]:
        answer(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
