"""Every store that the contract is run on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from benchmarks.milvus.server import NoRight, RealMilvus, milvus_cluster, milvus_server
from benchmarks.milvus.server import NoServer as NoMilvus
from matcher.store.sql_store import SqlStore
from tests.support import fresh
from tests.support.fakes import FixedClock
from tests.support.postgres import NoServer, PostgresServer, postgres_server
from tests.support.records import TODAY


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    try:
        with postgres_server() as server:
            yield server
    except NoServer as missing:
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            raise
        pytest.skip(f"no PostgreSQL server here: {missing} not found")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: object) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.url()
    yield url
    server.drop(url)


@pytest.fixture
def clock() -> FixedClock:
    """The clock of `store`, which tests move."""
    return FixedClock(TODAY)


@pytest.fixture
def store(database_url: str, clock: FixedClock) -> Iterator[SqlStore]:
    made = SqlStore(database_url, clock)
    fresh.migrate(made)
    yield made
    made.close()


@pytest.fixture(scope="session")
def milvus() -> Iterator[RealMilvus]:
    yield from _there(milvus_server())


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealMilvus]:
    yield from _there(milvus_cluster())


def _there(starting: AbstractContextManager[RealMilvus]) -> Iterator[RealMilvus]:
    try:
        with starting as server:
            yield server
    except NoRight as missing:
        pytest.skip(f"no Milvus here, in CI either: {missing} is missing")
    except NoMilvus as missing:
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            raise
        pytest.skip(f"no Milvus here: {missing} is missing")
