"""An App on an engine for tests, and the questions of the command line to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from matcher.batch import TopK, top_for_all
from matcher.domain.answers import Account, Ranking
from matcher.domain.consent import Terms
from matcher.domain.records import Record, Request, Target, owner_of, record_id
from matcher.engine import open_engine
from matcher.index import IndexServer
from matcher.matching.thresholds import Limits, shipped
from matcher.matching.weights import Weights
from matcher.policy import COMMAND_LINE
from matcher.pool import Pool
from matcher.ports import Clock, Encoder, Progress, Store
from matcher.services import indexes, matching
from matcher.services.app import App, StoreApp, WithoutEngine
from matcher.services.matching import PairOfIds
from matcher.store.sql_store import SqlStore
from tests.support import fresh
from tests.support.fakes import FixedClock


@contextmanager
def without_engine(folder: Path, today: date) -> Iterator[StoreApp]:
    """An installation with an empty SQLite file in the folder, for what ranks nobody."""
    clock = FixedClock(today)
    with closing(SqlStore(f"sqlite:///{folder}/test.db", clock)) as store:
        fresh.migrate(store)
        yield WithoutEngine(store, clock, Terms())


class Engine:
    """An installation for tests: its parts, and an app whose settings can be changed."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        clock: Clock,
        *,
        weights: Weights | None = None,
        limits: Limits | None = None,
        **settings: Any,
    ) -> None:
        self.store, self.encoder, self.clock, self.limits = store, encoder, clock, limits or shipped()
        self.fixed_weights = weights
        self.cache: Path | None = settings.get("cache")
        self.server: IndexServer | None = settings.get("server")
        self.terms: Terms = settings.get("terms") or Terms()
        self.parts = open_engine(store, encoder, **settings)

    @property
    def app(self) -> App:
        return App(self.store, self.parts, self.clock, self.terms, fixed_weights=self.fixed_weights, limits=self.limits)

    @property
    def weights(self) -> Weights:
        return self.app.weights

    def pool(self, progress: Progress | None = None) -> Pool:
        return self.parts.current.pool(progress=progress)


def top_of(engine: Engine, target: Target, k: int = 10, **options: Any) -> TopK:
    return top_for_all(engine.pool(), target, engine.weights, engine.clock.today(), k, **options)


def app_of(engine: Engine) -> App:
    return engine.app


@dataclass(frozen=True)
class Terminal:
    """The questions of the command line."""

    app: App

    def match(self, request: str | Record, **options: Any) -> Ranking:
        id_, school = _named(request)
        return matching.match(self.app, COMMAND_LINE, id_, **{**school, **options})

    def match_unsaved(self, wish: Request, **options: Any) -> Ranking:
        return matching.match_unsaved(self.app, COMMAND_LINE, wish, **options)

    def recommend(self, alumnus: str | Record, target: Target, **options: Any) -> Ranking:
        id_, school = _named(alumnus)
        return matching.recommend(self.app, COMMAND_LINE, id_, target, **{**school, **options})

    def audience(self, offering_id: str, **options: Any) -> Ranking:
        return matching.audience(self.app, COMMAND_LINE, offering_id, **options)

    def why(self, query_id: str, candidate_id: str, **options: Any) -> Account:
        return matching.why(self.app, COMMAND_LINE, PairOfIds(query_id, candidate_id, **options))

    def verify(self) -> list[str]:
        return indexes.verify(self.app, COMMAND_LINE)


def _named(record: str | Record) -> tuple[str, dict[str, str]]:
    return (record, {}) if isinstance(record, str) else (record_id(record), {"school": owner_of(record)})


def terminal(engine: Engine) -> Terminal:
    return Terminal(app_of(engine))
