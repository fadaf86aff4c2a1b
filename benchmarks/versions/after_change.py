"""How long a pool takes to follow a withdrawn consent, of two checkouts in turns in one run.

    .venv/bin/python benchmarks/versions/after_change.py OLD NEW FOLDER

FOLDER has a database of each version in `versions/old` and `versions/new`, as `compare.py` makes them. Each is
a process; in each turn both take back the consent of one more alumnus, and say how long the pool of the new state and
its snapshot took, in milliseconds of processor and on the clock. At the end both build the pool anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

TODAY = date(2027, 3, 1)
TURNS, WARM = 24, 2


def open_version(folder: Path) -> tuple[Callable[[], object], Callable[[str, str], object], Callable[[], object]]:
    """Brings the pool up to date, takes back a consent, and builds the pool anew: of the checkout on the path."""
    from api.wiring import FixedClock, one_thread_each
    from models.encoder import opened

    one_thread_each()
    url, encoder, clock = f"sqlite:///{folder / 'alumnimatch.db'}", opened(cache=folder / "encoder"), FixedClock(TODAY)
    try:  # by the names of commit cfdc78c
        from matcher.store.repository import SqlStore as Before

        from matcher import persons
        from matcher.domain import Purpose
        from matcher.engine import Engine

        engine = Engine(Before(url), encoder, clock, cache=folder / "changed")
        give, who, current = persons.give, (engine, None), engine
    except ImportError:
        from matcher.domain.kinds import Purpose
        from matcher.engine import open_engine
        from matcher.policy import COMMAND_LINE
        from matcher.services import privacy
        from matcher.services.app import App
        from matcher.store.sql_store import SqlStore

        store = SqlStore(url, clock)
        parts = open_engine(store, encoder, cache=folder / "changed")
        give, who, current = privacy.give, (App(store, parts, clock), COMMAND_LINE), parts.current

    def withdraw(id_: str, school: str) -> object:
        return give(*who, Purpose.GUEST_LESSON, given=False, alumnus_id=id_, school=school)

    return current.pool, withdraw, current.rebuild


def serve(folder: Path) -> None:
    """Does what each line of the input says, and prints how long it took."""
    import sqlite3

    answers, sys.stdout = sys.stdout, sys.stderr
    pool, withdraw, rebuild = open_version(folder)
    connection = sqlite3.connect(folder / "alumnimatch.db")
    people = iter(connection.execute("SELECT alumnus_id, school FROM alumni ORDER BY key LIMIT 4000").fetchall())
    connection.close()
    pool()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        work = rebuild
        if line.strip() == "change":
            withdraw(*next(people))
            work = pool
        spent, began = time.process_time(), time.perf_counter()
        work()
        took = 1000 * (time.process_time() - spent), 1000 * (time.perf_counter() - began)
        print(json.dumps(took), file=answers, flush=True)


def main() -> None:
    """Measures and prints."""
    trees, folder = [Path(name).resolve() for name in sys.argv[1:3]], Path(sys.argv[3]).resolve()
    processes: list[Any] = []
    for name, tree in zip(("old", "new"), trees, strict=True):
        command = [sys.executable, str(Path(__file__).resolve()), str(folder / "versions" / name)]
        environment = os.environ | {"PYTHONPATH": str(tree)}
        pipe = subprocess.PIPE
        started = subprocess.Popen(command, cwd=tree, env=environment, stdin=pipe, stdout=pipe, text=True)  # noqa: S603
        processes.append(started)
    for process in processes:
        process.stdout.readline()

    def ask(process: Any, word: str) -> list[float]:
        process.stdin.write(f"{word}\n")
        process.stdin.flush()
        return list(json.loads(process.stdout.readline()))

    taken: list[list[list[float]]] = []
    for turn in range(TURNS):
        order = processes if turn % 2 else processes[::-1]
        answers = {process.pid: ask(process, "change") for process in order}
        taken.append([answers[process.pid] for process in processes])
    tell("after a change", taken[WARM:])
    tell("built anew", [[ask(process, "rebuild") for process in processes]])
    for process in processes:
        process.stdin.close()
        process.wait()


def tell(what: str, taken: list[list[list[float]]]) -> None:
    """Medians of both, and of the ratios of the turns."""
    for place, kind in enumerate(("processor", "clock")):
        old, new = ([of[side][place] for of in taken] for side in (0, 1))
        ratio = median(after / before for before, after in zip(old, new, strict=True))
        print(f"{what}, {kind}: old {median(old):,.1f} ms, new {median(new):,.1f} ms, new : old {ratio:.3f}")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(Path(sys.argv[1]))
    else:
        main()
