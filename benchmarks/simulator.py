"""How many logged lists a minute the flight simulator makes again, beside replaying them one by one.

python -m benchmarks.simulator [--folder FOLDER] [--requests N] [--states N] [--one-by-one N] [--keep] [--again FOLDER]

By default the sample region, with 100 requests in 5 states of the data. `--folder` takes a region that
`benchmarks/ranking/region.py FOLDER` made, of any size; it is copied, since this adds to its log and its ledger. In
each state requests are ranked and logged by `match`, as people do; then an alumnus is asked, so that the next state is
another and has a snapshot of its own. After that the period is simulated under unchanged and under other settings, and
a part of the lists is replayed one by one (`services/replay.py`), which is what there was before. `--keep` keeps the
copy, with its lists, and `--again` measures on such a copy without logging any.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import cast

from benchmarks.ranking.region import encoder_of, store_of
from benchmarks.scale.pools import TODAY, sample_store, stored
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind, Request, owner_of
from matcher.engine import open_engine
from matcher.matching.trials import Settings, heavier
from matcher.matching.weights import own, shipped
from matcher.policy import COMMAND_LINE, Action
from matcher.repositories import Transaction
from matcher.services import matching
from matcher.services.app import App
from matcher.services.replay import replay
from matcher.services.requests import open_requests
from matcher.services.trials import Trial, simulate
from matcher.store.sql_store import SqlStore
from tests.support.fakes import FixedClock

APART = timedelta(hours=8)
"""Between two states of the data."""


def region(folder: Path | None) -> tuple[SqlStore, Path]:
    """A database that may be written to, and its folder."""
    new = Path(tempfile.mkdtemp(prefix="alumnimatch-", dir=folder and folder.parent))
    if folder is None:
        return sample_store(new), new
    shutil.copy(folder / "alumnimatch.db", new)
    return store_of(new), new


def log_lists(app: App, clock: FixedClock, wanted: int, states: int) -> tuple[int, float]:
    """Ranks so many requests over so many states of the data; how many, and in how many seconds."""
    began, pool = time.perf_counter(), app.engine.current.pool()
    days = APART * states
    keys = open_requests(pool, (clock.now() + days).date()) or open_requests(pool, clock.today())
    by_key = {one.key: cast("Request", one) for one in stored(app.store, RecordKind.REQUESTS)}
    keys += [key for key in by_key if key not in set(keys)]
    chosen = [by_key[key] for key in keys[:wanted]]
    for state in range(states):
        for request in chosen[state::states]:
            matching.match(app, COMMAND_LINE, request.request_id, school=owner_of(request))
        line = LedgerLine(int(pool.people.key[state]), chosen[0].key, LedgerEvent.ASKED, clock.today())
        app.store.write(partial(_add, line), by=COMMAND_LINE)
        clock.advance(APART)
    return len(chosen), time.perf_counter() - began


def _add(line: LedgerLine, tx: Transaction) -> None:
    tx.ledger.add(line)


def timed(work: Callable[[], Trial]) -> tuple[Trial, float, float]:
    """What it finds, and in how many seconds by the clock and of processor."""
    began, used = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - began, time.process_time() - used


def memory() -> float:
    """The most that this process took, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--states", type=int, default=5)
    parser.add_argument("--one-by-one", type=int, default=10)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--again", type=Path)
    given = parser.parse_args()
    store, folder = (store_of(given.again), given.again) if given.again else region(given.folder)
    clock = FixedClock(TODAY)
    app = App(store, open_engine(store, encoder_of(folder), cache=folder / "cache"), clock)
    if given.again:
        clock.advance(APART * given.states)
        app.engine.current.pool()
    else:
        lists, took = log_lists(app, clock, given.requests, given.states)
        print(f"{lists:,} lists logged in {given.states} states of the data, in {took:.0f} s: {folder}", flush=True)
    alumni = len(app.engine.current.pool().people)
    print(f"{alumni:,} alumni", flush=True)
    print(f"memory until then: {memory():,.0f} MB")
    period = TODAY - timedelta(days=1), clock.today()
    ways = {
        "unchanged settings": Settings(),
        "other weights": Settings(weights=own(heavier(shipped(), "travel", 3.0))),
        "at most one ask a year": Settings(asks_a_year=1),
        "both": Settings(weights=own(heavier(shipped(), "travel", 3.0)), asks_a_year=1),
    }
    for name, settings in ways.items():
        found, seconds, used = timed(partial(simulate, app, COMMAND_LINE, *period, settings))
        made = len(found.requests)
        print(
            f"{name:24} {seconds:6.1f} s, {60 * made / seconds:8,.0f} lists a minute ({used:.1f} s of"
            f" processor), {found.counted.same:,} of"
            f" {found.counted.of_then:,} to the bit, {found.changed:,} other, {memory():,.0f} MB"
        )
    with store.read() as records:
        numbers = [one.id for one in records.audit.stream(actions={Action.MATCH})]
    part = numbers[:: max(1, len(numbers) // given.one_by_one)][: given.one_by_one]
    began = time.perf_counter()
    outcomes = {replay(app, COMMAND_LINE, number) for number in part}
    seconds = time.perf_counter() - began
    rate = 60 * len(part) / seconds
    print(f"{'one by one':24} {seconds:6.1f} s, {rate:8,.0f} lists a minute, {len(part)} lists: {', '.join(outcomes)}")
    store.close()
    if not (given.keep or given.again):
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
