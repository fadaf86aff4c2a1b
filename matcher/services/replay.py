"""A logged ranking, asked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from matcher.domain.answers import Ranking
from matcher.domain.records import RecordKind
from matcher.errors import UnknownId
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.services import answers
from matcher.services.app import App

Replayed = Literal["same", "differs", "not_proven", "newer_data", "other_versions", "not_kept", "no_ranking"]


def replay(app: App, asker: Asker, number: int) -> Replayed:
    """Asks a logged ranking again and compares ids and scores, bit for bit. Raises Forbidden, UnknownId.

    `newer_data`: those of then are no longer held, because they are too old or an alumnus was erased;
    `other_versions`: encoder or weights have changed; `not_kept`: the question was not saved; `not_proven`: another
    outcome, where one of the two came from an index that is not exact.
    """
    asker.scope(Action.AUDIT_REPLAY)
    with app.store.read() as records:
        entry = records.audit.entry(number)
    if entry is None:
        raise UnknownId("unknown_entry", number=number)
    details = entry.details
    if entry.action not in {Action.MATCH, Action.RECOMMEND, Action.AUDIENCE, Action.MATCH_UNSAVED}:
        return "no_ranking"
    if not details["query"]:
        return "not_kept"
    if details["encoder"] != app.engine.encoder.id:
        return "other_versions"
    pool = app.engine.at(details["origin"])
    question = _question(app, Action(entry.action), details)
    if pool is None or question is None:
        return "newer_data"
    again = _ranked(app, pool, question, details["top"])
    if again.weights != details["weights"]:
        return "other_versions"
    return _compared(again, details)


def _question(app: App, action: Action, details: Mapping[str, Any]) -> Question | None:
    """The question of then; None where its record is gone."""
    kind = {Action.MATCH: RecordKind.REQUESTS, Action.RECOMMEND: RecordKind.ALUMNI}.get(action, RecordKind.OFFERINGS)
    key = details["query"]
    with app.store.read() as records:
        record = records.records.by_key(kind, [key]).get(key)
    if record is None:
        return None
    day = date.fromisoformat(details["as_of"])
    return Question(record, day, details.get("target"), details.get("among"))


def _ranked(app: App, pool: Pool, question: Question, top: int) -> Ranking:
    engine = app.engine
    index = engine.index_of
    outcome = ranking.rank(pool, question, engine.weights, lambda side: index(pool, side), k=top, limits=engine.limits)
    return answers.answer(engine, question, outcome)


def _compared(again: Ranking, details: Mapping[str, Any]) -> Replayed:
    if [[match.key, match.score] for match in again.matches] == details["shown"]:
        return "same"
    return "differs" if again.exact and details.get("exact", True) else "not_proven"
