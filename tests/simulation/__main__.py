"""Long runs: `python -m tests.simulation --steps 100000 --jobs 2 --database both`.

Each seed is a region of its own, of `--length` steps. `--seed N --only 3,17,204` plays those steps of one seed again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.simulation.history import numbers_in, play
from tests.simulation.runs import maker_of, region
from tests.simulation.steps import step_of
from tests.support.postgres import PostgresServer, postgres_server

_LENGTH = 5000
_ON_POSTGRES = 5
"""One seed in so many is played on PostgreSQL where both databases are."""


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000, help="over all seeds and databases together")
    parser.add_argument("--length", type=int, default=_LENGTH, help="steps of one seed")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--only", default="", help="numbers of the steps to play of that one seed")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--patience", type=float, default=300, help="seconds for making a failing history shorter")
    chosen = parser.parse_args()
    needs_server = chosen.database != "sqlite"
    if needs_server:
        with postgres_server() as server:
            return _run(chosen, server)
    return _run(chosen, None)


def _run(chosen: argparse.Namespace, server: PostgresServer | None) -> int:
    if chosen.only:
        return _again(chosen, server)
    seeds = range(chosen.seed, chosen.seed + max(1, -(-chosen.steps // chosen.length)))
    steps: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    broken: list[str] = []
    begin = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(chosen.jobs, mp_context=context) as workers:
        tasks = {}
        for seed in seeds:
            database = chosen.database
            if database == "both":
                database = "sqlite" if seed % _ON_POSTGRES else "postgresql"
            length = min(chosen.length, chosen.steps)
            tasks[workers.submit(region, seed, length, database, server, chosen.patience)] = seed, database
        for task in as_completed(tasks):
            seed, database = tasks[task]
            count, took, text = task.result()
            steps[database] += count
            seconds[database] += int(took * 1000)
            broken += [f"seed {seed} on {database}: {text}"] if text else []
            _say(f"seed {seed} {database}: {count} steps in {took:.0f} s, {1000 * took / count:.1f} ms each; "
                 f"{sum(steps.values())} so far, {len(broken)} violations")  # fmt: skip
            if text:
                _say(broken[-1])
    for database, count in sorted(steps.items()):
        _say(f"{database}: {count} steps, {seconds[database] / count:.2f} ms each")
    _say(f"{sum(steps.values())} steps in {(time.monotonic() - begin) / 3600:.2f} hours, {len(broken)} violations")
    return 1 if broken else 0


def _again(chosen: argparse.Namespace, server: PostgresServer | None) -> int:
    database = "sqlite" if chosen.database == "both" else chosen.database
    with maker_of(database, server) as maker:
        steps = [step_of(chosen.seed, number) for number in numbers_in(chosen.only)]
        outcome = play(chosen.seed, steps, maker)
    _say(str(outcome.broken or f"nothing broken; the log ends with {outcome.seal}"))
    return 1 if outcome.broken else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
