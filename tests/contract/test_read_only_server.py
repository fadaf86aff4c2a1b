"""A PostgreSQL database that can only be read: by its settings, or because the server is a standby."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from matcher.domain.records import RecordKind
from matcher.errors import StoreReadOnly
from matcher.policy import Role
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.postgres import PostgresServer, standby_of
from tests.support.records import row
from tests.support.region import ALUMNI, REQUESTS
from tests.support.worlds import AS_OF


@pytest.fixture(scope="module", params=["by default", "standby"])
def read_only(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[tuple[SqlStore, str]]:
    """A region on a database that takes no writes, and the token of a coordinator."""
    url = postgres.url()
    store = SqlStore(url, FixedClock(AS_OF))
    store.migrate()
    stores.upsert(store, RecordKind.ALUMNI, ALUMNI)
    stores.upsert(store, RecordKind.REQUESTS, REQUESTS)
    _, secret = stores.write(store, lambda tx: tx.tokens.new("test", Role.COORDINATOR, None))
    store.close()
    with standby_of(postgres) if request.param == "standby" else nullcontext(postgres) as server:
        options = "" if request.param == "standby" else "?options=-c%20default_transaction_read_only%3Don"
        reader = SqlStore(server.url_of(url.rpartition("/")[2]) + options, FixedClock(AS_OF))
        yield reader, secret
        reader.close()


def test_it_is_opened_and_read(read_only: tuple[SqlStore, str]) -> None:
    """Opening, upgrading to the version it has, and reading are no writes; a write has an error of its own."""
    store, _ = read_only
    store.migrate()
    store.check_keys()
    assert len(stores.alumni(store)) == len(ALUMNI)
    assert stores.read(store, lambda records: records.audit.verify()).wrong is None
    with pytest.raises(StoreReadOnly, match="database_read_only"):
        stores.upsert(store, RecordKind.ALUMNI, [row(99)])
    with pytest.raises(StoreReadOnly):
        store.vectors.save("fake", {"a" * 64: HashEncoder().encode(["wondzorg"])[0]})


def test_the_api_reads_and_says_why_it_does_not_write(read_only: tuple[SqlStore, str], tmp_path: object) -> None:
    """Lists are answered, with a pool built in memory; a ranking, which is always logged, is a 503 that says so."""
    store, secret = read_only
    settings = Settings(database_url="sqlite:///not-used.db", cache_dir=str(tmp_path))
    app = create_app(Engine(store, HashEncoder(), FixedClock(AS_OF)).app, settings)
    with TestClient(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {secret}"}) as client:
        app.state.held.app.engine.current.pool()
        listed = client.get("/v1/requests")
        assert (listed.status_code, listed.json()["total"]) == (200, len(REQUESTS))
        refused = client.get("/v1/requests/R-1/matches?school=Noord", headers={"Accept-Language": "en"})
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/database_read_only")
        assert "only be viewed" in refused.json()["detail"]
