"""An App on an engine of a test, and the questions of the command line to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matcher.domain.answers import Account, Ranking
from matcher.domain.records import Record, Request, Target, owner_of, record_id
from matcher.engine.current import Engine
from matcher.policy import COMMAND_LINE
from matcher.services import indexes, matching
from matcher.services.app import App
from matcher.services.matching import PairOfIds


def app_of(engine: Engine) -> App:
    return App(engine.store, engine, engine.clock)


@dataclass(frozen=True)
class Terminal:
    """What the command line asks."""

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
