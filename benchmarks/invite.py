"""How long an invitation takes with its checks and log, and its two parts that grew with the data, beside what was.

    .venv/bin/python -m benchmarks.invite FOLDER       # a folder made by benchmarks/ranking/region.py

On a copy of the folder's database with 200,000 lines of log more, of which the inviter wrote one in 200. The pool is of
the newest state before each invitation, as after looking at the list. `before`: the place in the list by a whole
account of the pair (`why`), and "has seen others" by reading the log; both in the same run, in turns. Medians.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import text

from api.wiring import FixedClock, one_thread_each
from benchmarks.ranking.region import TODAY, encoder_of, stored
from benchmarks.versions.long_log import LINES, write_log
from matcher.domain.kinds import HIGH_RISK
from matcher.domain.records import RecordKind, Request
from matcher.engine import open_engine
from matcher.policy import Asker, Role
from matcher.services import invitations, matching
from matcher.services.app import App
from matcher.services.matching import PairOfIds
from matcher.store.sql_store import SqlStore
from matcher.store.versions import HEAD, downgrade, upgrade

TURNS = 40
BEFORE = "0021"
"""The revision of the tables without the side table of what was seen."""
_LIKE = text("SELECT details FROM audit WHERE actor = :actor AND action = 'match' AND details LIKE :like")


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    one_thread_each()
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "invite.db"
        shutil.copy(folder / "alumnimatch.db", path)
        clock = FixedClock(TODAY)
        store = SqlStore(f"sqlite:///{path}", clock)
        store.migrate()
        store._database.write(lambda connection: downgrade(connection, to=BEFORE))  # noqa: SLF001 - as it was
        store.close()
        with closing(sqlite3.connect(path)) as connection, connection:
            for table in ("audit", "audit_people", "audit_schools"):  # that of the import
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            write_log(connection)
        store = SqlStore(f"sqlite:///{path}", clock)
        began = time.perf_counter()
        store._database.write(lambda connection: upgrade(connection, to=HEAD))  # noqa: SLF001
        print(f"{LINES:,} lines of log; the side table is filled in {time.perf_counter() - began:.1f} s")
        measure(App(store, open_engine(store, encoder_of(folder), cache=Path(place) / "cache"), clock))
        store.close()


def measure(app: App) -> None:
    """Invites the first of the list of many requests, and times each part."""
    requests = [one for one in stored(app.store, RecordKind.REQUESTS) if isinstance(one, Request)]
    school = max(
        {one.school for one in requests if one.school}, key=lambda name: sum(r.school == name for r in requests)
    )
    asker = Asker(7, Role.COORDINATOR, school)
    own = [one for one in requests if one.school == school]
    found: dict[str, list[float]] = {"whole": [], "place": [], "why": [], "seen": [], "read": []}
    for request in islice(_listed(app, asker, own), TURNS):
        ranking = matching.match(app, asker, request.request_id, top=10)
        first = ranking.matches[0]
        app.engine.current.pool()
        pair = PairOfIds(request.request_id, first.candidate_id, "request", school, first.owner)
        found["why"].append(_took(lambda pair=pair: matching.why(app, asker, pair)))
        found["place"].append(_took(lambda pair=pair: matching.place_of(app, asker, pair)))
        with app.store.read() as records:
            found["seen"].append(_took(lambda: records.audit.has_seen(asker.key, request.key, 2)))  # noqa: B023
        with app.store._database.reading() as connection:  # noqa: SLF001 - the statement of before
            like = {"actor": asker.key, "like": f"%{request.key}%"}
            found["read"].append(
                _took(lambda: [json.loads(row) for row in connection.execute(_LIKE, like).scalars()])  # noqa: B023
            )
        found["whole"].append(
            _took(
                lambda request=request, first=first: invitations.invite(
                    app, asker, request.request_id, first.candidate_id, candidate_school=first.owner
                )
            )
        )
    middle = {name: median(times) for name, times in found.items()}
    worst = quantiles(found["whole"], n=20)[-1]
    print(f"an invitation: {middle['whole']:.1f} ms, 95 % under {worst:.1f} ms ({len(found['whole'])} of them)")
    for now, before, name in (("place", "why", "its place in the list"), ("seen", "read", "has seen others")):
        times = middle[before] / middle[now]
        print(f"{name}: {middle[now]:.2f} ms, before {middle[before]:.2f} ms: {times:.0f} times")


def _listed(app: App, asker: Asker, requests: list[Request]) -> Iterator[Request]:
    """The requests with a list in which no reason has to be given."""
    for one in requests:
        if one.kind not in HIGH_RISK and matching.match(app, asker, one.request_id, top=2).matches:
            yield one


def _took(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
