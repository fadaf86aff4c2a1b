"""What only PostgreSQL does: logins, lost servers, serialization failures."""

from __future__ import annotations

import gc
import socket
import warnings

import pytest
from sqlalchemy import Connection, text

from matcher.errors import StoreError, StoreUnavailable
from matcher.store.database import ATTEMPTS
from matcher.store.records import streamed
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


def backend(connection: Connection) -> int:
    """The server's process of a connection."""
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def end(store: SqlStore, process: int) -> None:
    """Ends a process of the server from another connection, and waits until it has ended."""
    other = open_store(store._database.url.render_as_string(hide_password=False))
    other._database.write(lambda connection: connection.execute(text(f"SELECT pg_terminate_backend({process}, 5000)")))
    other.close()


def warned(seen: list[warnings.WarningMessage]) -> list[str]:
    gc.collect()
    return [str(one.message) for one in seen]


def test_a_lost_connection_is_replaced(store: SqlStore) -> None:
    """After the server has closed its connections, the next call works."""
    assert stores.revision(store) == 0
    with store._database.reading() as connection:
        process = backend(connection)
    end(store, process)
    assert stores.revision(store) == 0


def read_and_lose(store: SqlStore, at: str) -> None:
    """Reads rows in batches, and ends the server's process of it before the first or after it."""
    with store._database.reading() as connection:
        process = backend(connection)
        if at == "before":
            end(store, process)
        with streamed(connection, text("SELECT generate_series(1, 10000)")) as rows:
            for number, _ in enumerate(rows):
                if number == 0:
                    end(store, process)


@pytest.mark.parametrize("at", ["before", "between batches"])
def test_a_server_that_is_lost_while_rows_are_read_leaves_nothing_open(store: SqlStore, at: str) -> None:
    """The loss is told, and no cursor is left to the collector: it would warn at another moment, of something else."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(StoreUnavailable):
            read_and_lose(store, at)
        assert warned(seen) == []
    assert stores.revision(store) == 0


def test_a_connection_that_is_in_use_when_the_store_is_closed_is_closed_after_it(store: SqlStore) -> None:
    """It has no pool to go back to. Others of that moment, and the next ones, are as ever."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with store._database.reading() as connection:
            process = backend(connection)
            store.close()
            assert backend(connection) == process
        assert warned(seen) == []
    with store._database.reading() as connection:
        there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        assert connection.execute(there, {"pid": process}).scalar() == 0
