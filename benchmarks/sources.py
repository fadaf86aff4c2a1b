"""How fast and with how much memory a source comes in: made programmes of EDU-DEX, then a change of a hundred.

    python -m benchmarks.sources FOLDER [--courses 20000]

Prints a line of JSON for each step, seconds by the clock and of processor, and the most memory until then in MB.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import orjson

from matcher.domain.consent import Terms
from matcher.policy import COMMAND_LINE
from matcher.services import feeds
from matcher.services.app import WithoutEngine
from matcher.services.sourcing import Syncing
from matcher.store.sql_store import SqlStore
from tests.sources.documents import program
from tests.support.fakes import FixedClock

TOPICS = ("wondzorg", "lassen", "koken", "logistiek", "boekhouden", "haarverzorging", "metselen", "programmeren")
TOWNS = ("Zwolle", "Kampen", "Meppel", "Hardenberg", "Deventer", "Ommen")
CHANGED = 100


def document(courses: int, dice: random.Random) -> list[dict[str, object]]:
    """So many programmes with a run each, all texts different."""
    made: list[dict[str, object]] = []
    for number in range(courses):
        data = program(id=f"run-{number}", location={"city": dice.choice(TOWNS), "country": "nl"})
        topic = dice.choice(TOPICS)
        data["programClassification"]["programId"] = f"P-{number}"
        data["programDescriptions"]["programName"] = {"nl": f"Cursus {topic} {number}"}
        data["programDescriptions"]["programDescriptionText"] = {"nl": f"Je leert {topic}. " * 30 + str(number)}
        made.append({"orgUnitId": "vechtdal", "programId": f"P-{number}", "clientId": "x", "data": data})
    return made


def main() -> None:
    """Makes the documents in a process of their own, and reads them: new, the same, a hundred changes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--courses", type=int, default=20_000)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(1) as maker:
        files = maker.submit(_make, asked.folder, asked.courses).result()
    clock = FixedClock(date(2027, 3, 1))
    store = SqlStore(f"sqlite:///{asked.folder / 'courses.db'}", clock)
    store.migrate()
    app = WithoutEngine(store, clock, Terms())

    def read(file: Path, *, whole: bool = True) -> feeds.Synced:
        return feeds.sync_file(app, COMMAND_LINE, file, "edudex", how=Syncing("EDU-DEX", whole=whole))

    _timed("new", lambda: read(files[0]))
    _timed("the same", lambda: read(files[0]))
    _timed(f"{CHANGED} changed, of all", lambda: read(files[1]))
    _timed(f"{CHANGED} changed, alone", lambda: read(files[2], whole=False))


def _make(folder: Path, courses: int) -> list[Path]:
    """All, all with a hundred changes, and another hundred changes alone."""
    files = [folder / f"{name}.json" for name in ("all", "changed", "delta")]
    given = document(courses, random.Random(7))  # noqa: S311 - made data
    files[0].write_bytes(orjson.dumps({"programs": given}))
    _change(given[:CHANGED], 99)
    files[1].write_bytes(orjson.dumps({"programs": given}))
    _change(given[-CHANGED:], 98)
    files[2].write_bytes(orjson.dumps({"programs": given[-CHANGED:]}))
    return files


def _change(given: list[dict[str, object]], seats: int) -> None:
    for one in given:
        one["data"]["programSchedule"]["programRun"][0]["maxNumberOfParticipants"] = seats  # type: ignore[index]


def _timed(name: str, work: Callable[[], feeds.Synced]) -> None:
    began, used = time.perf_counter(), time.process_time()
    report = work().report
    print(
        json.dumps(
            {
                "step": name,
                "seconds": round(time.perf_counter() - began, 2),
                "processor": round(time.process_time() - used, 2),
                "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "created": report.created,
                "updated": report.updated,
                "unchanged": report.unchanged,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
