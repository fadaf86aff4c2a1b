"""A logged ranking, asked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from matcher.domain.answers import Ranking
from matcher.domain.records import RecordKind
from matcher.errors import UnknownId
from matcher.matching.question import Question
from matcher.matching.rules import RULES_VERSION
from matcher.policy import Action, Asker
from matcher.repositories import Records
from matcher.repositories.values import LogEntry
from matcher.services.app import App
from matcher.services.matching import ranked

Replayed = Literal[
    "same", "differs", "not_proven", "newer_data", "other_versions", "other_rules", "not_kept", "no_ranking"
]
_KINDS = {
    Action.MATCH: RecordKind.REQUESTS,
    Action.MATCH_UNSAVED: RecordKind.REQUESTS,
    Action.RECOMMEND: RecordKind.ALUMNI,
    Action.AUDIENCE: RecordKind.OFFERINGS,
}
"""The actions that rank, and of which kind their query is."""
_FIRST_RULES = 1
"""The version of the rules of entries that do not name one."""


def replay(app: App, asker: Asker, number: int) -> Replayed:
    """Asks a logged ranking again and compares basis, ids and scores, bit for bit. Raises Forbidden, UnknownId.

    `newer_data`: those of then are no longer held, because they are too old or an alumnus was erased;
    `other_versions`: encoder or weights have changed; `other_rules`: the rules have; `not_kept`: the question was not
    saved; `not_proven`: another outcome, where one of the two came from an index that is not exact.
    """
    asker.scope(Action.AUDIT_REPLAY)
    with app.store.read() as records:
        entry = records.audit.entry(number)
        if entry is None:
            raise UnknownId("unknown_entry", number=number)
        obstacle = _obstacle(app, entry)
        if obstacle is not None:
            return obstacle
        question = _question(records, Action(entry.action), entry.details)
    pool = app.engine.current.at(entry.details["origin"])
    if pool is None or question is None:
        return "newer_data"
    return _compared(ranked(app, question, entry.details["top"], pool), entry.details)


def _obstacle(app: App, entry: LogEntry) -> Replayed | None:
    """Why this entry cannot be asked again, whatever the data; None where it can."""
    if entry.action not in _KINDS:
        return "no_ranking"
    if not entry.details["query"]:
        return "not_kept"
    if entry.details["encoder"] != app.engine.vectors.encoder.id:
        return "other_versions"
    return None if entry.details.get("rules", _FIRST_RULES) == RULES_VERSION else "other_rules"


def _question(records: Records, action: Action, details: Mapping[str, Any]) -> Question | None:
    """The question of then; None where its record is gone."""
    key = details["query"]
    record = records.records.by_key(_KINDS[action], [key]).get(key)
    if record is None:
        return None
    day = date.fromisoformat(details["as_of"])
    return Question(record, day, details.get("target"), details.get("among"))


def _compared(again: Ranking, details: Mapping[str, Any]) -> Replayed:
    if again.basis.weights != details["weights"]:
        return "other_versions"
    if [[match.key, match.score] for match in again.matches] == details["shown"]:
        return "same"
    return "differs" if again.exact and details.get("exact", True) else "not_proven"
