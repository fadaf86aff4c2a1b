"""Whole rankings of two checkouts in turns, each in a process of its own over the same pool: milliseconds of processor.

    .venv/bin/python benchmarks/versions/turns.py OLD NEW FOLDER [--alumni 100000] [--rounds 6]

FOLDER keeps a database of the sample for each checkout. On a busy machine trust the ratio of the medians.

Each round asks every request twice: for the first time since the data changed, when nothing is derived of the pool or
remembered, and again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

QUERIES = 40
FIRST, AGAIN = "first", "again"


def answer(alumni: int, folder: Path) -> None:
    """In a checkout: ranks the same requests once for each line read, and prints the times; `first`: of a new pool."""
    sys.path.insert(0, str(Path("benchmarks/scale").resolve()))
    from pools import app_with
    from rankings import bytes_per_alumnus, sampled_requests

    from api.wiring import one_thread_each
    from matcher.policy import COMMAND_LINE
    from matcher.pool import OfPeople
    from matcher.services import matching

    one_thread_each()
    try:
        app = app_with(alumni, folder, meaning=True)
    except TypeError:  # a checkout without a second encoder
        app = app_with(alumni, folder)
    asked = sampled_requests(app, QUERIES)
    print(json.dumps(bytes_per_alumnus(app.engine.current.pool())), flush=True)
    for line in sys.stdin:
        if line.strip() == FIRST:
            app.engine.current.use(replace(app.engine.current.pool(), of_people=OfPeople()))
        times = []
        for id_, school, _row in asked:
            began = time.process_time()
            matching.match(app, COMMAND_LINE, id_, school=school)
            times.append(1000 * (time.process_time() - began))
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
    times: dict[str, list[list[float]]] = {FIRST: [[], []], AGAIN: [[], []]}
    for round_ in range(given.rounds + 1):
        for when, both in times.items():
            for process, spent in zip(started, both, strict=True):
                cast("IO[str]", process.stdin).write(f"{when}\n")
                cast("IO[str]", process.stdin).flush()
                told = _read(process)
                if round_:  # the first warms the caches
                    spent.extend(told)
    for when, both in times.items():
        for name, share in (("median", 50), ("90 %", 90)):
            old, new = (float(np.percentile(spent, share)) for spent in both)
            print(f"{when}, {name}: {old:.1f} ms, {new:.1f} ms, ratio {new / old:.2f}")
    for process in started:
        process.communicate("")


def _read(process: subprocess.Popen[str]) -> Any:
    return json.loads(cast("IO[str]", process.stdout).readline())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--answer"]:
        answer(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
