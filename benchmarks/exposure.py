"""First places of open requests beyond what their alumni may still be asked: before, and as exposure counts.

python -m benchmarks.exposure [--folder FOLDER] [--day 2027-03-01] [--meaning] [--requests N] [--asked]

Every open request of the sample region that asks alumni for something has a list. An alumnus who stands first in more
of them than there are asks left stands first in vain in the others: those are `beyond`. Before: all lists are made as
if the others were not there. After: each is made once, those that close first first, and counts in all later ones
(`matcher/services/exposure.py`). `settled`: every list again, with all first places known.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import cast

from benchmarks.plan import asked_before, many_requests
from benchmarks.scale.pools import TODAY, sample_store, stored
from matcher.domain.records import RecordKind, Request
from matcher.engine import open_engine
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.pool import Pool
from matcher.pool.columns import day_number, gives_to_alumnus
from matcher.services.app import App
from matcher.services.exposure import first_of
from matcher.services.requests import open_requests
from models.encoder import opened
from models.meaning import MeaningEncoder
from tests.support.fakes import FixedClock


def beyond(firsts: Mapping[int, int | None], pool: Pool, on: date) -> tuple[int, int]:
    """First places of alumni beyond their asks left, and all first places."""
    left = pool.asks_left(day_number(on))
    counts = Counter(key for key in firsts.values() if key is not None)
    over = sum(max(0, count - int(left[pool.person_row[key]])) for key, count in counts.items())
    return over, counts.total()


def alone(app: App, pool: Pool, requests: list[Request]) -> dict[int, int | None]:
    """Who stands first of each list by itself, with the first places that the pool knows."""
    firsts: dict[int, int | None] = {}
    for request in requests:
        rows = ranking.rank(pool, Question(request, app.clock.today()), app.weights, k=1).best.rows
        firsts[request.key] = int(pool.people.key[rows[0]]) if len(rows) else None
    return firsts


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--day", type=date.fromisoformat, default=TODAY)
    parser.add_argument("--meaning", action="store_true")
    parser.add_argument("--requests", type=int, help="so many, drawn from those of the sample")
    parser.add_argument("--asked", action="store_true", help="a third were asked one to three times this year")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="alumnimatch-"))
    store = sample_store(folder)
    engine = open_engine(store, opened(cache=folder / "cache"), second=MeaningEncoder() if given.meaning else None)
    engine.current.read_ahead()
    app = App(store, engine, FixedClock(given.day)).with_weights()
    pool = engine.current.pool()
    records = [cast("Request", one) for one in stored(store, RecordKind.REQUESTS)]
    if given.asked:
        pool = asked_before(pool)
    if given.requests:
        pool, records = many_requests(pool, records, given.requests)
    by_key = {one.key: one for one in records}
    asks = dict(zip(pool.requests.key.tolist(), (~gives_to_alumnus(pool.requests.kind)).tolist(), strict=True))
    requests = [by_key[key] for key in open_requests(pool, given.day) if asks[key]]
    before = alone(app, pool, requests)
    after, known = first_of(pool, requests, app.weights, given.day)
    settled = alone(app, known, requests)
    print(f"{len(requests)} open requests, {len(pool.people)} alumni")
    for name, firsts in (("before", before), ("after", after), ("settled", settled)):
        over, places = beyond(firsts, pool, given.day)
        most = max(Counter(key for key in firsts.values() if key is not None).values())
        people = len({key for key in firsts.values() if key is not None})
        print(f"{name:8} {over:3} of {places} beyond ({over / places:.1%}); {people} people stand first, most {most}")


if __name__ == "__main__":
    main()
