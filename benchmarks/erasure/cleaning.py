"""What cleaning the files of a database costs after an erasure, at any number of alumni, on SQLite and PostgreSQL.

    python benchmarks/erasure/cleaning.py [--alumni 100000]

Prints seconds, and ratios to reading every contact once through the store, which a machine of another speed changes
as much. On PostgreSQL the tables of people are locked, one after another, while they are written anew.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import text

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Upsert
from matcher.store import postgres_files, sqlite_files
from matcher.store.sql_store import SqlStore
from tests.support.postgres import NoServer, postgres_server
from tests.support.stores import open_store

BATCH = 1000


def row(number: int) -> Upsert:
    """One alumnus with all contact details and a text."""
    values = {
        "first_name": f"Voornaam{number}",
        "last_name": f"Achternaam{number}",
        "email": f"alumnus{number}@voorbeeld.example",
        "phone": f"06{number:08d}",
        "town": "Zwolle",
        "function": "verzorgende",
        "experience": f"Werkt sinds {number % 30} jaar in de zorg en begeleidt stagiairs op de afdeling. " * 3,
        "consents": frozenset(Purpose),
    }
    return Upsert(number, f"A-{number}", f"School {number % 5}", values)


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def filled(url: str, alumni: int) -> SqlStore:
    """A database with this many alumni."""
    store = open_store(url)
    store.migrate()
    for first in range(0, alumni, BATCH):
        rows = [row(number) for number in range(first, min(first + BATCH, alumni))]
        store.write(lambda tx, rows=rows: tx.imports.upsert(RecordKind.ALUMNI, rows), by=COMMAND_LINE)  # type: ignore[misc]
    return store


def erase_one(store: SqlStore) -> object:
    """Erases the alumnus in the middle; returns their traces."""

    def work(tx: object) -> object:
        (someone,) = tx.records.find(RecordKind.ALUMNI, "A-5", None)  # type: ignore[attr-defined]
        traces = tx.erasures.traces(someone.key)  # type: ignore[attr-defined]
        tx.people.erase(someone.key, [])  # type: ignore[attr-defined]
        return traces

    return store.write(work, by=COMMAND_LINE)


def read_all(store: SqlStore) -> None:
    """Reads every alumnus with contact details."""
    with store.read() as records:
        for _ in records.records.stream(RecordKind.ALUMNI, personal=True):
            pass


def report(name: str, spent: float, unit: float) -> None:
    """Prints one line."""
    print(f"{name:<58} {spent:8.2f} s {spent / unit:6.2f} x")


def sqlite(alumni: int) -> None:
    """Measures on a SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        store = filled(f"sqlite:///{folder}/region.db", alumni)
        size = Path(folder, "region.db").stat().st_size / 2**20
        unit = seconds(lambda: read_all(store))
        print(f"SQLite, {alumni} alumni, {size:.0f} MB")
        report("read every contact (the unit)", unit, unit)
        traces = erase_one(store)
        engine = store._database.engine  # noqa: SLF001 - the steps behind `clean`, one by one
        report("empty the write-ahead log", seconds(lambda: sqlite_files.empty_log(engine)), unit)
        needles = traces.needles()  # type: ignore[attr-defined]
        report("search the files", seconds(lambda: sqlite_files.search(engine, needles)), unit)
        report("write the file anew (VACUUM), in the daily job", seconds(lambda: sqlite_files.rebuild(engine)), unit)
        report("clean() after an erasure, all together", seconds(lambda: store.clean(traces)), unit)  # type: ignore[arg-type]
        store.close()


def postgresql(alumni: int) -> None:
    """Measures on a PostgreSQL server of its own."""
    with postgres_server() as server:
        store = filled(server.url(), alumni)
        engine = store._database.engine  # noqa: SLF001 - the steps behind `clean`, one by one
        unit = seconds(lambda: read_all(store))
        with engine.connect() as connection:
            names = [table.name for table in postgres_files.tables_of_people()]
            size = sum(
                connection.execute(
                    text("SELECT pg_total_relation_size(CAST(:name AS regclass))"), {"name": name}
                ).scalar_one()
                for name in names
            )
        print(f"PostgreSQL, {alumni} alumni, {size / 2**20:.0f} MB of tables of people")
        report("read every contact (the unit)", unit, unit)
        traces = erase_one(store)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in ("alumni", "contacts", "consents"):
                report(f"  VACUUM {name}", seconds(lambda name=name: connection.execute(text(f"VACUUM {name}"))), unit)  # type: ignore[misc]
            for name in ("alumni", "contacts", "consents"):
                work = text(f"VACUUM (FULL, ANALYZE) {name}")
                report(
                    f"  VACUUM FULL {name}: locked so long", seconds(lambda work=work: connection.execute(work)), unit
                )  # type: ignore[misc]
        report("all tables of people (rewrite)", seconds(lambda: postgres_files.rewrite(engine, large=True)), unit)
        report("statistics of the planner", seconds(lambda: postgres_files.renew_statistics(engine)), unit)
        with engine.connect() as connection:
            segments = connection.execute(text("SELECT count(*) FROM pg_ls_waldir()")).scalar_one()
        spent = seconds(lambda: postgres_files.overwrite_log(engine))
        report(f"overwrite the write-ahead log ({segments} segments)", spent, unit)
        needles = traces.needles()  # type: ignore[attr-defined]
        searches = (postgres_files.search_tables, postgres_files.search_log)
        report("search tables and log", seconds(lambda: [search(engine, needles) for search in searches]), unit)
        store.close()


def main() -> None:
    """Both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alumni", type=int, default=100_000)
    alumni = parser.parse_args().alumni
    sqlite(alumni)
    try:
        postgresql(alumni)
    except NoServer as missing:
        print(f"no PostgreSQL here: {missing}")


if __name__ == "__main__":
    main()
