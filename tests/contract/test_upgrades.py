"""Upgrades from the databases of earlier versions, with two servers that start at once, and the way back.

`old/region.sqlite.gz` is of commit cfdc78c (tables 0006), `old/region-NNNN.sqlite.gz` of the issue that ended with
tables NNNN; `old/make.py` made each with that commit.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import MetaData, create_engine, inspect, select

from matcher.policy import COMMAND_LINE
from matcher.services import backups
from matcher.services.app import WithoutEngine
from matcher.store.backups import FileBackups
from matcher.store.database import Database, parse
from matcher.store.dumps import DumpBackups
from matcher.store.sql_store import SqlStore
from matcher.store.versions import HEAD, upgrade
from tests.support.fakes import FixedClock
from tests.support.server import ROOT, started, wait_for
from tests.support.worlds import AS_OF

OLD = Path(__file__).parent / "old"
FILES = sorted(OLD.glob("region*.sqlite.gz"))
PATIENCE = 90
"""Seconds for a server to be ready."""
ADDED = {"audit", "audit_people", "audit_schools", "installation_values", "marks", "revisions", "outbox", "tokens"}
"""Tables in which a restore writes, or ends what must not go on."""
Tables = dict[str, list[tuple[Any, ...]]]


def tables_of(url: str) -> Tables:
    """Every row of every table but sessions and links, which a restore ends."""
    engine = create_engine(parse(url))
    with engine.connect() as connection:
        known = MetaData()
        known.reflect(connection)
        rows = {name: connection.execute(select(table)).all() for name, table in known.tables.items()}
    engine.dispose()
    ended = {"sessions", "links"}
    return {name: sorted((tuple(row) for row in found), key=repr) for name, found in rows.items() if name not in ended}


def copy_to(source: Path, url: str) -> None:
    """Puts an old SQLite database into an empty database of PostgreSQL, at its own version."""
    old = create_engine(f"sqlite:///{source}")
    with closing(Database(url)) as new, old.connect() as reading:
        known = MetaData()
        known.reflect(reading)
        (number,) = reading.execute(select(known.tables["alembic_version"])).scalars()
        new.write(lambda connection: upgrade(connection, to=number))
        target = MetaData()
        with new.reading() as connection:
            target.reflect(connection)

        def fill(connection: Any) -> None:
            for table in target.sorted_tables:
                rows = (
                    [] if table.name == "alembic_version" else reading.execute(select(known.tables[table.name])).all()
                )
                if rows:
                    booleans = {column.name for column in table.columns if column.type.python_type is bool}
                    values = [
                        {
                            name: bool(one) if name in booleans and one is not None else one
                            for name, one in row._asdict().items()
                        }
                        for row in rows
                    ]
                    connection.execute(table.insert(), values)

        new.write(fill)
    old.dispose()


KINDS = ("sqlite", "postgresql")
OLD_ONES = [
    pytest.param((path, kind), id=f"{kind}-{path.name}", marks=[pytest.mark.long] * (place % 2 != number))
    for place, path in enumerate(FILES)
    for number, kind in enumerate(KINDS)
]
"""Each file on one kind of database, and on the other too with `make long`."""


@pytest.fixture(params=OLD_ONES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The old database, on each kind of database."""
    packed, kind = request.param
    source = tmp_path / "old.db"
    source.write_bytes(gzip.decompress(packed.read_bytes()))
    if kind == "sqlite":
        return f"sqlite:///{source}"
    server = request.getfixturevalue("postgres")
    address: str = server.url()
    copy_to(source, address)
    return address


def environment(url: str, folder: Path, cache: str) -> dict[str, str]:
    return os.environ | {
        "ALUMNIMATCH_DATABASE_URL": url,
        "ALUMNIMATCH_CACHE_DIR": str(folder / cache),
        "ALUMNIMATCH_TODAY": "2027-03-01",
        "ALUMNIMATCH_LOG_LEVEL": "error",
    }


def assert_log_of(before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> None:
    """The entries of before stand in the log, unchanged up to the first that names who was erased; with 0 from there.

    The upgrade forgets whom they named, so the entries from there on have other seals, which fit each other.
    """
    (erased,) = [json.loads(row[6])["alumnus"] for row in before if row[5] == "person.erase"]
    first = next(index for index, row in enumerate(before) if str(erased) in row[6])
    assert after[:first] == before[:first]
    rows = after[first : len(before)]
    for old, new in zip(before[first:], rows, strict=True):
        assert (new[:2], *new[3:6]) == (old[:2], *old[3:6])
        assert json.loads(new[6]) == json.loads(old[6].replace(str(erased), "0"))
    for last, row in pairwise(after[first - 1 :]):
        content = json.dumps([last[-1], row[0], row[1].isoformat(), *row[2:7]])
        assert (row[-2], row[-1]) == (last[-1], hashlib.sha256(content.encode()).hexdigest())


@contextmanager
def serving(url: str, folder: Path, number: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server of this version with a cache of its own, in another process: its address, and the process."""
    log = folder / f"serve-{number}.log"
    try:
        with started(environment(url, folder, f"cache-{number}"), log) as (server, process):
            yield server.address, process
    finally:
        said = log.read_text("utf-8")
        assert "Traceback" not in said, said


def ask(url: str, folder: Path, *words: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *words, "--format", "json"],
        env=environment(url, folder, "cache-asked"), cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_two_servers_upgrade_at_once_and_the_back_up_takes_it_back(url: str, tmp_path: Path) -> None:
    """Both start on the old database and answer alike; the back-up made before brings back tables and rows of then."""
    clock = FixedClock(AS_OF)
    app = WithoutEngine(SqlStore(url, clock), clock)
    copies = (FileBackups if url.startswith("sqlite") else DumpBackups)(url, clock)
    before = tables_of(url)
    copy = copies.save(tmp_path / "before.backup")
    assert (copy.version,) == before["alembic_version"][0]
    assert tables_of(url) == before

    with serving(url, tmp_path, 1) as first, serving(url, tmp_path, 2) as second:
        for address, process in (first, second):
            wait_for(f"{address}/ready", process, seconds=PATIENCE)
        revisions = {httpx2.get(f"{address}/ready").json()["revision"] for address, _ in (first, second)}
        assert len(revisions) == 1
    with closing(Database(url)) as database, database.reading() as connection:
        assert inspect(connection).has_table("outbox")
    assert tables_of(url)["alembic_version"] == [(HEAD,)]
    assert ask(url, tmp_path, "audit", "verify")["ok"]
    assert ask(url, tmp_path, "index", "verify")["ok"]

    backups.restore(
        app, COMMAND_LINE, copies, tmp_path / "before.backup", sure=True, without_journal=True, keep_version=True
    )
    after = tables_of(url)
    assert after.keys() == before.keys()
    assert after["alembic_version"] == before["alembic_version"]
    assert {name for name in before if after[name] != before[name]} <= ADDED
    assert {row for row in before["revisions"] if row[-1] is None} <= set(after["revisions"])
    assert_log_of(sorted(before["audit"]), sorted(after["audit"]))
    assert len(after["tokens"]) == len(before["tokens"])
