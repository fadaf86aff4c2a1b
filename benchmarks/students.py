"""How fast and with how much memory alumni of a student system come in: made people of OEAPI v6, then the same again.

    python -m benchmarks.students FOLDER [--people 10000]

Prints a line of JSON for each step, seconds by the clock and of processor, and the most memory until then in MB.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from datetime import date
from pathlib import Path

from matcher.domain.consent import Terms
from matcher.policy import COMMAND_LINE
from matcher.services import students
from matcher.services.app import WithoutEngine
from matcher.services.sourcing import Syncing
from matcher.store.sql_store import SqlStore
from tests.sources.people import enrolment_6, person_6
from tests.support.fakes import FixedClock


def main() -> None:
    """Makes a document, and reads it twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=10_000)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    file = asked.folder / "students.json"
    numbers = range(asked.people)
    persons = [
        person_6(n, surname=f"Berg {n}", secondaryEmail=f"a{n}@post.example", mobileNumber=None) for n in numbers
    ]
    file.write_text(json.dumps({"persons": persons, "associations": [enrolment_6(n) for n in numbers]}), "utf-8")
    del persons
    clock = FixedClock(date(2027, 3, 1))
    store = SqlStore(f"sqlite:///{asked.folder / 'students.db'}", clock)
    store.migrate()
    app = WithoutEngine(store, clock, Terms())
    for step in ("new", "the same"):
        clocked, worked = time.perf_counter(), time.process_time()
        report = students.sync_file(app, COMMAND_LINE, file, how=Syncing("SIS", "Noord")).report
        line = {
            "step": step, "created": report.created, "unchanged": report.unchanged,
            "seconds": round(time.perf_counter() - clocked, 1), "processor": round(time.process_time() - worked, 1),
            "most_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }  # fmt: skip
        print(json.dumps(line))
    store.close()


if __name__ == "__main__":
    main()
