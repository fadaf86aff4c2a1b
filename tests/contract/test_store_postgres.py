"""What only PostgreSQL does: logins, lost servers, serialization failures."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import Connection, text

from matcher.errors import StoreError, StoreUnavailable
from matcher.store.database import ATTEMPTS
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.postgres import PostgresServer
from tests.support.stores import open_store

FAILURE = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}'; END $$"


@pytest.fixture
def database_url(postgres: PostgresServer) -> str:
    return postgres.url()


def failing(code: str, times: int, seen: list[int]) -> object:
    def work(connection: Connection) -> str:
        seen.append(1)
        if len(seen) <= times:
            connection.execute(text(FAILURE.format(code)))
        return "done"

    return work


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_a_serialization_failure_is_tried_again(store: SqlStore, code: str) -> None:
    """The work is done again a few times, then given up on as locked; other errors are not retried."""
    seen: list[int] = []
    assert store._database.write(failing(code, ATTEMPTS - 1, seen)) == "done"  # type: ignore[arg-type]
    assert len(seen) == ATTEMPTS
    seen.clear()
    with pytest.raises(StoreUnavailable, match="database_locked"):
        store._database.write(failing(code, ATTEMPTS, seen))  # type: ignore[arg-type]
    assert len(seen) == ATTEMPTS


def test_another_error_is_not_tried_again(store: SqlStore) -> None:
    """An unforeseen error keeps its kind, not its text, which may hold personal data."""
    seen: list[int] = []
    with pytest.raises(StoreError) as failed:
        store._database.write(failing("22000", 1, seen))  # type: ignore[arg-type]
    assert (failed.value.code, failed.value.values["problem"], len(seen)) == ("database_failed", "DataException", 1)


def test_a_refused_login_is_told_without_the_password(postgres: PostgresServer) -> None:
    """Wrong password, unknown database and a closed port each have a code; none shows the password or user."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"postgres://tester:topsecret@127.0.0.1:{closed.getsockname()[1]}/x"
        for url, code in (
            (postgres.url_of("postgres", "topsecret"), "database_login_refused"),
            (postgres.url_of("nothing"), "database_missing"),
            (nowhere, "database_unreachable"),
        ):
            store = open_store(url)
            with pytest.raises(StoreUnavailable) as refused:
                stores.revision(store)
            assert refused.value.code == code
            for secret in ("topsecret", postgres.password, "tester"):
                assert secret not in str(refused.value)


def test_a_lost_connection_is_replaced(store: SqlStore) -> None:
    """After the server has closed its connections, the next call works."""
    assert stores.revision(store) == 0
    with store._database.reading() as connection:
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar()

    def end(connection: Connection) -> None:
        others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid")
        connection.execute(others, {"pid": backend})

    other = open_store(str(store._database.engine.url.render_as_string(hide_password=False)))
    other._database.write(end)
    other.close()
    assert stores.revision(store) == 0
