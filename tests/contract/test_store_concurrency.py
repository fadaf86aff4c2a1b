"""Several writers at once, in threads and processes: nothing is lost, and revisions count on without a gap."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import select

from matcher.domain.records import Alumnus, RecordKind
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.records import row
from tests.support.stores import open_store, reading, upsert

TEXTS = ("town", "function", "employer", "sector", "experience", "needs", "company_id", "pc4")
ROUNDS = 5
ROOT = Path(__file__).parents[2]
WRITER = f"""
import sys
from matcher.domain.records import RecordKind
from tests.support.records import row
from tests.support.stores import open_store, upsert
url, field = sys.argv[1:]
store = open_store(url)
print("ready", flush=True)
sys.stdin.readline()
store.migrate()
for number in range({ROUNDS}):
    upsert(store, RecordKind.ALUMNI, [row(1, **{{field: str(number)}})])
store.close()
"""


def revisions(store: SqlStore) -> list[int]:
    with store._database.reading() as connection:
        return list(connection.execute(select(schema.revisions.c.id).order_by(schema.revisions.c.id)).scalars())


def test_threads_lose_no_update(store: SqlStore) -> None:
    """Eight threads that each change another field of the same new record: every field arrives, each change counts."""
    start = threading.Barrier(len(TEXTS))

    def write(field: str) -> None:
        start.wait()
        for number in range(ROUNDS):
            upsert(store, RecordKind.ALUMNI, [row(1, **{field: str(number)})])

    with ThreadPoolExecutor(len(TEXTS)) as pool:
        list(pool.map(write, TEXTS))
    (found,) = stores.alumni(store)
    assert [getattr(found, field) for field in TEXTS] == [str(ROUNDS - 1)] * len(TEXTS)
    assert revisions(store) == list(range(1, len(TEXTS) * ROUNDS + 1))


def test_processes_migrate_and_write_together(database_url: str) -> None:
    """Four processes that migrate an empty database and write at once: one set of tables, no update lost."""
    fields = TEXTS[:4]
    writers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WRITER, database_url, field],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for field in fields
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        _, problems = writer.communicate(timeout=120)
        assert (writer.returncode, problems) == (0, "")
    store = open_store(database_url)
    (found,) = stores.alumni(store)
    assert isinstance(found, Alumnus)
    assert [getattr(found, field) for field in fields] == [str(ROUNDS - 1)] * len(fields)
    assert revisions(store) == list(range(1, len(fields) * ROUNDS + 1))
    store.close()


def test_a_reader_never_sees_half_a_batch(store: SqlStore) -> None:
    """While batches are written, every snapshot holds whole batches, and as many as its revision says."""
    done = threading.Event()

    def write() -> None:
        for batch in range(15):
            rows = [row(number, f"{batch}-{number}") for number in range(20)]
            upsert(store, RecordKind.ALUMNI, rows)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while not done.is_set():
        with store.read() as then:
            seen.append((then.changes.revision(), sum(1 for _ in then.records.stream(RecordKind.ALUMNI))))
    writer.join()
    assert all(people == revision * 20 for revision, people in seen)
    assert (stores.revision(store), reading(store).records.count(RecordKind.ALUMNI)) == (15, 300)
