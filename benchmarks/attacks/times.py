"""Whether the time of a refusal tells a hidden alumnus from an id that no one has.

    .venv/bin/python benchmarks/attacks/times.py FOLDER --rounds 300

A teacher asks `why` for alumni who did not consent, in turns with ids that no one has, on the sample region. Prints
the median time of both in ms and their ratio, with the same ratio between two halves of the unknown ids: a ratio
inside the spread of the second tells nothing. FOLDER keeps the database of the sample region; a copy is written to.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from api.wiring import FixedClock
from benchmarks.scale.pools import TODAY, sample_store
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.engine import open_engine
from matcher.errors import UnknownId
from matcher.policy import Asker, Role
from matcher.services import matching
from matcher.services.app import App
from matcher.store.sql_store import SqlStore
from models.encoder import opened

SCHOOL = "ROC Vechtdal"
TEACHER = Asker(1, Role.TEACHER, SCHOOL)


def seconds(app: App, request: str, id_: str) -> float:
    """The time of one refusal."""
    begin = time.perf_counter()
    try:
        matching.why(app, TEACHER, matching.PairOfIds(request, id_))
    except UnknownId:
        return time.perf_counter() - begin
    msg = f"{id_} was opened"
    raise AssertionError(msg)


def main() -> None:
    """Prints the medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=300)
    given = parser.parse_args()
    sample_store(given.folder).close()
    with tempfile.TemporaryDirectory() as work:
        shutil.copy(given.folder / "sample.db", work)
        store = SqlStore(f"sqlite:///{work}/sample.db", FixedClock(TODAY))
        app = App(store, open_engine(store, opened(cache=given.folder / "cache")), FixedClock(TODAY))
        app.engine.current.pool()
        with store.read() as records:
            alumni = [one for one in records.records.stream(RecordKind.ALUMNI) if one.school == SCHOOL]  # type: ignore[union-attr]
            requests = [one for one in records.records.stream(RecordKind.REQUESTS) if one.school == SCHOOL]  # type: ignore[union-attr]
        (request, *_) = [one.request_id for one in requests if one.kind is RequestKind.GUEST_LESSON]  # type: ignore[union-attr]
        hidden = [
            one.alumnus_id  # type: ignore[union-attr]
            for one in alumni
            if Purpose.GUEST_LESSON not in {consent.purpose for consent in one.consents}  # type: ignore[union-attr]
        ]
        dice = random.Random(7)  # noqa: S311 - an order, no secret
        times: dict[str, list[float]] = {"hidden": [], "unknown": [], "unknown again": []}
        for _ in range(given.rounds):
            for name in dice.sample(sorted(times), len(times)):
                id_ = dice.choice(hidden) if name == "hidden" else f"vd-{dice.randrange(10_000, 99_999)}"
                times[name].append(seconds(app, request, id_))
        store.close()
    medians = {name: 1000 * statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:<14} {median:.3f} ms  {median / medians['unknown']:.3f} x unknown")


if __name__ == "__main__":
    main()
