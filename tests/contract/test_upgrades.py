"""Upgrades from the databases of earlier versions, with two servers that start at once, and the way back.

`old/region.sqlite.gz` is of commit cfdc78c (tables 0006), `old/region-NNNN.sqlite.gz` of the issue that ended with
tables NNNN; `old/make.py` made each with that commit.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
from tests.support.ports import free_port
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


@pytest.fixture(params=FILES, ids=[path.name for path in FILES])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "old.db"
    file.write_bytes(gzip.decompress(request.param.read_bytes()))
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, source: Path) -> str:
    """The old database, on each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{source}"
    server = request.getfixturevalue("postgres")
    address: str = server.url()
    copy_to(source, address)
    return address


@contextmanager
def serving(url: str, folder: Path, number: int) -> Iterator[str]:
    """A server of this version with a cache of its own, in another process; its address."""
    port = free_port()
    environment = os.environ | {
        "ALUMNIMATCH_DATABASE_URL": url,
        "ALUMNIMATCH_CACHE_DIR": str(folder / f"cache-{number}"),
        "ALUMNIMATCH_TODAY": "2027-03-01",
        "ALUMNIMATCH_LOG_LEVEL": "error",
    }
    words = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(words, env=environment, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE)
        assert b"Traceback" not in said, said.decode()


def wait_until_ready(addresses: list[str]) -> None:
    """Asks until each is; while a port is closed the transport tries again, later and later."""
    deadline = time.monotonic() + PATIENCE
    with httpx2.Client(transport=httpx2.HTTPTransport(retries=7), timeout=PATIENCE) as client:
        for address in addresses:
            while client.get(f"{address}/ready").status_code != 200:
                assert time.monotonic() < deadline, address


def ask(url: str, folder: Path, *words: str) -> Any:
    environment = os.environ | {
        "ALUMNIMATCH_DATABASE_URL": url,
        "ALUMNIMATCH_CACHE_DIR": str(folder / "cache-asked"),
        "ALUMNIMATCH_TODAY": "2027-03-01",
    }
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *words, "--format", "json"],
        env=environment, cwd=Path(__file__).parents[2], capture_output=True, check=True,
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
        wait_until_ready([first, second])
        revisions = {httpx2.get(f"{address}/ready").json()["revision"] for address in (first, second)}
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
    for name in ("audit", "revisions"):
        assert set(before[name]) <= set(after[name])
    assert len(after["tokens"]) == len(before["tokens"])
