"""How long the first list takes after an import of many changed alumni: waited for the new pool, and by the one before.

    PYTHONPATH=. .venv/bin/python benchmarks/scale/behind.py FOLDER

FOLDER has a database as `benchmarks/ranking/region.py` makes it; a copy of it is changed. In each turn 5,000 alumni get
another text, and a list is asked for that waits, as before; then 5,000 others, and one that goes on by the state before
while another process builds the pool. Seconds by the clock, and of processor of the process that answers; then the
lists that it makes until the new pool is there, in milliseconds, and its processor in all. One in 20 of 100,000 alumni
changes; the second encoder is off.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROWS, TURNS, REST = 5000, 3, 0.2
"""`REST`: seconds between two lists while the pool is built."""


def measure() -> None:
    """Prints a line for each import."""
    from api import apart, wiring
    from matcher.domain.records import RecordKind
    from matcher.policy import COMMAND_LINE
    from matcher.repositories.values import Upsert
    from matcher.services import matching

    app = wiring.build_app(wiring.load_settings(), apart.build)
    pool = app.engine.current.pool()
    with app.store.read() as records:
        people = [(one.alumnus_id, one.school) for one in records.records.page(RecordKind.ALUMNI, limit=2 * ROWS)]
        asked = [(one.request_id, one.school) for one in records.records.page(RecordKind.REQUESTS, limit=200)]
    print(f"{len(pool.people):,} alumni in {len(pool.schools)} schools")
    for turn in range(TURNS):
        for at_once in (False, True):
            text = f"Werkt sinds kort ook {turn} dagen met robots en sensoren"
            part = people[ROWS:] if at_once else people[:ROWS]
            rows = [Upsert(row, *who, {"experience": text}) for row, who in enumerate(part)]
            app.store.write(lambda tx, rows=rows: tx.imports.upsert(RecordKind.ALUMNI, rows), by=COMMAND_LINE)
            began, spent, lists = time.perf_counter(), time.process_time(), []
            for number, (id_, school) in enumerate(asked):
                asking = time.perf_counter()
                answer = matching.match(app, COMMAND_LINE, id_, school=school, at_once=at_once)
                lists.append(time.perf_counter() - asking)
                if number == 0:
                    first, own = time.perf_counter() - began, time.process_time() - spent
                    was_behind = answer.behind_since is not None
                if answer.behind_since is None:
                    break
                time.sleep(REST)
            app.engine.current.wait()
            whole, in_all = time.perf_counter() - began, time.process_time() - spent
            more = f", {len(lists) - 1} more of {1000 * median(lists[1:]):.0f} ms" if lists[1:] else ""
            how = "by the state before" if was_behind else "waited for the new pool"
            print(
                f"{how}: first list {first:.2f} s, {own:.2f} s of processor{more}; "
                f"new pool after {whole:.1f} s, {in_all:.1f} s of processor in all",
                flush=True,
            )


def main() -> None:
    """Measures on a copy."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder:
        shutil.copy(Path(sys.argv[1]) / "alumnimatch.db", folder)
        os.environ |= {
            "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{folder}/alumnimatch.db",
            "ALUMNIMATCH_CACHE_DIR": f"{folder}/cache",
            "ALUMNIMATCH_MEANING": "off",
        }
        measure()


if __name__ == "__main__":
    main()
