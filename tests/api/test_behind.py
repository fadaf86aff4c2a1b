"""What pages and JSON say of a list of the state before, and that no question keeps others from theirs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.http.rate_limits import RankingSlots, begin_request
from api.settings import Settings
from matcher.domain.records import RecordKind
from matcher.errors import Overloaded
from matcher.repositories.values import Upsert
from tests.api.conftest import browser_of, headers_of, plain
from tests.support import stores
from tests.support.apps import Engine
from tests.support.slow import SECONDS, Slow, built_slowly, many

SAID = "Deze lijst gaat uit van de gegevens van vóór 12:03."
PAGES = ("/aanvragen/R-1?school=Noord", "/zoeken?q=gastles+over+wondzorg")
JSON = ("/v1/requests/R-1/matches?school=Noord", "/v1/offerings/C-1/audience?school=Noord")


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(tmp_path)


@pytest.fixture
def engine(tmp_path: Path, slow: Slow) -> Iterator[Engine]:
    with built_slowly(tmp_path, slow) as made:
        stores.write(made.store, lambda tx: tx.installation.set_once("demo", "Noord"))
        yield made


@pytest.fixture
def web(engine: Engine, tmp_path: Path) -> FastAPI:
    """The app, three minutes after which more came in than is merged."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'region.db'}", cache_dir=tmp_path / "cache", login="demo")
    made = create_app(engine.app, settings)
    engine.clock.advance(timedelta(minutes=3))  # type: ignore[attr-defined]
    many(engine)
    return made


def test_json_and_pages_say_so(web: FastAPI, engine: Engine, slow: Slow) -> None:
    """Since when, in words and as a moment; nothing of the kind once the newest pool is there."""
    client, browser = TestClient(web, headers=headers_of(web)), browser_of(web)
    for path in JSON:
        told = client.get(path).json()
        assert datetime.fromisoformat(told["behind_since"]) == engine.clock.now()
        assert told["basis"]["newest"] == engine.store.origin() != told["basis"]["origin"]
    asked = client.post("/v1/questions", json={"text": "gastles over wondzorg", "school": "Noord"}).json()
    assert asked["ranking"]["behind_since"] is not None
    for path in PAGES:
        page = browser.get(path)
        assert page.status_code == 200
        assert SAID in plain(page.text), path
    slow.goes.set()
    engine.parts.current.wait(SECONDS)
    for path in JSON:
        told = client.get(path).json()
        assert (told["behind_since"], told["basis"]["newest"]) == (None, None)
    for path in PAGES:
        assert "gaat uit van de gegevens van" not in plain(browser.get(path).text)


def test_who_waits_keeps_nobody_waiting(web: FastAPI, engine: Engine, slow: Slow) -> None:
    """The list of a request that changed waits for the pool, without its turn: others get theirs meanwhile."""
    stores.upsert(engine.store, RecordKind.REQUESTS, [Upsert(2, "R-2", "Noord", {"title": "Werk in de techniek"})])
    client = TestClient(web, headers=headers_of(web))

    def asked(path: str) -> Any:
        return client.get(path).json()

    with ThreadPoolExecutor(3) as threads:
        waiting = [
            threads.submit(asked, "/v1/requests/R-2/matches?school=Noord"),
            threads.submit(asked, "/v1/explanations/R-1/A-1?school=Noord"),
        ]
        for path in JSON:
            assert threads.submit(asked, path).result(SECONDS)["behind_since"] is not None
        assert not any(one.done() for one in waiting)
        slow.goes.set()
        changed, account = (one.result(SECONDS) for one in waiting)
    assert (changed["behind_since"], changed["basis"]["origin"]) == (None, engine.store.origin())
    assert account["revision"] == changed["revision"]


def test_a_turn_is_left_and_taken_again() -> None:
    """By a request that has it: another takes it meanwhile. Who has none leaves none; to step aside twice is once."""
    slots = RankingSlots(2, SECONDS)

    def once() -> bool:
        with slots:
            return True

    def work() -> None:
        begin_request()
        with ThreadPoolExecutor(1) as threads:
            with slots, slots.aside(), slots.aside():
                assert threads.submit(once).result(SECONDS)
            with slots.aside(), slots:
                late = threads.submit(once)
                assert not late.done()
            assert late.result(SECONDS)

    copy_context().run(work)
    assert once()


def test_who_comes_back_too_late_is_told() -> None:
    """Another has the turn for too long; its place is free again, and the turn of the other is not given away."""
    slots, has, goes = RankingSlots(2, 0.01), threading.Event(), threading.Event()

    def hold() -> None:
        with slots:
            has.set()
            assert goes.wait(SECONDS)

    def aside(threads: ThreadPoolExecutor) -> None:
        with slots, slots.aside():
            threads.submit(hold)
            assert has.wait(SECONDS)

    def work() -> None:
        begin_request()
        with ThreadPoolExecutor(1) as threads:
            with pytest.raises(Overloaded):
                aside(threads)
            with pytest.raises(Overloaded), slots:
                pass
            goes.set()
        with slots:
            pass

    copy_context().run(work)
