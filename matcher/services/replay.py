"""Replaying a logged ranking."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from matcher.domain.answers import Ranking
from matcher.domain.records import RecordKind
from matcher.errors import UnknownId
from matcher.matching.question import Question
from matcher.matching.tilt import MARK, Tilt, tilted
from matcher.matching.weights import Weights
from matcher.policy import Action, Asker
from matcher.repositories import Records
from matcher.repositories.values import NOBODY
from matcher.services.app import App
from matcher.services.logged import known_weights, meaning_of, obstacle, weights_named
from matcher.services.matching import BY_TALK, TALK, TILT, WITHOUT, left_out, ranked

Replayed = Literal[
    "same", "differs", "not_proven", "newer_data", "other_versions", "other_rules", "not_kept", "no_ranking"
]
_KINDS = {
    Action.MATCH: RecordKind.REQUESTS,
    Action.MATCH_UNSAVED: RecordKind.REQUESTS,
    Action.RECOMMEND: RecordKind.ALUMNI,
    Action.AUDIENCE: RecordKind.OFFERINGS,
}
"""The actions that rank, with the kind of their query."""
RANKED = frozenset(action.value for action in _KINDS)
"""The names of these actions: what can be made again."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A logged ranking and the one made again: keys with scores, in their order; `again` is None where it cannot be.

    `verdict`: as `replay` tells it.
    """

    verdict: Replayed
    original: tuple[tuple[int | str, float], ...]
    again: tuple[tuple[int | str, float], ...] | None


def replay(app: App, asker: Asker, number: int) -> Replayed:
    """Replays a logged ranking and compares basis, ids and scores, bit for bit. Raises Forbidden, UnknownId.

    `newer_data`: the original data are no longer available, being too old or because an alumnus is gone or was merged;
    `other_versions`: encoder or weights have changed; `other_rules`: the rules have; `not_kept`: the question was not
    saved; `not_proven`: a different outcome, where one of the two came from an approximate index. An asker of one
    school replays what its own people ranked.
    """
    verdict, _, _ = _replayed(app, asker.owner(Action.AUDIT_REPLAY), number)
    return verdict


def verdict(app: App, asker: Asker, number: int) -> Replayed:
    """The same, for whoever reads a question about that list. Raises Forbidden, UnknownId."""
    asker.scope(Action.DISPUTE_READ)
    found, _, _ = _replayed(app, None, number)
    return found


def beside(app: App, asker: Asker, number: int) -> Beside:
    """A logged ranking beside the one made again, which is noted. Raises Forbidden, UnknownId."""
    found, original, again = _replayed(app, asker.owner(Action.AUDIT_REPLAY), number)
    app.store.write(lambda tx: tx.note(Action.AUDIT_REPLAY, {"entry": number, "verdict": found}), by=asker)
    shown = None if again is None else tuple((match.key, match.score) for match in again.matches)
    return Beside(found, tuple((key, score) for key, score in original.get("shown", ())), shown)


def _replayed(app: App, owner: str | None, number: int) -> tuple[Replayed, Mapping[str, Any], Ranking | None]:
    """The verdict, the details of the entry, and the ranking made again; None for one that cannot be made.

    `owner`: the school whose people made the ranking; None for any.
    """
    in_use = app.weights
    with app.store.read() as records:
        entry = records.audit.entry(number, as_written=True)
        if entry is None or (owner is not None and entry.school != owner):
            raise UnknownId("unknown_entry", number=number)
        if entry.action not in _KINDS:
            return "no_ranking", {}, None
        problem = obstacle(app.engine, entry)
        if problem is not None:
            return problem, entry.details, None
        question = _question(records, Action(entry.action), entry.details)
        weights = _weights(entry.details, known_weights(in_use, records))
    if weights is None:
        return "other_versions", entry.details, None
    pool = app.engine.current.at(entry.details["origin"], meaning_of(entry))
    if pool is None or question is None:
        return "newer_data", entry.details, None
    again = ranked(
        app.with_weights(weights), question, entry.details["top"], pool, cards=entry.details.get("cards", False)
    )
    missing = {key for key, _ in entry.details["shown"]} - {match.key for match in again.matches}
    with app.store.read() as records:
        is_gone = missing and not _are_there(records, missing)
    return ("newer_data" if is_gone else _compared(again, entry.details)), entry.details, again


def _are_there(records: Records, keys: Collection[int | str]) -> bool:
    """Whether each is still the key of a record: whoever was merged, or removed with an import, cannot be shown."""
    numbers = [key for key in keys if isinstance(key, int)]
    there = {key for kind in RecordKind for key in records.records.by_key(kind, numbers, consents=False)}
    return there >= set(keys)


def _question(records: Records, action: Action, details: Mapping[str, Any]) -> Question | None:
    """The original question; None if its record is gone."""
    key = details["query"]
    if key == NOBODY:
        return None
    record = records.records.by_key(_KINDS[action], [key]).get(key)
    if record is None:
        return None
    day = date.fromisoformat(details["as_of"])
    agreed = BY_TALK if TALK in details else frozenset()
    return Question(record, day, details.get("target"), details.get("among"), agreed=agreed)


def _weights(details: Mapping[str, Any], known: Sequence[Weights]) -> Weights | None:
    """The weights of that ranking; None if gone."""
    names = details["weights"]
    if TILT not in details:
        return weights_named(names, known)
    weights = weights_named(names.partition(MARK)[0], known)
    return None if weights is None else tilted(weights, Tilt(**details[TILT]))


def _compared(again: Ranking, details: Mapping[str, Any]) -> Replayed:
    if again.basis.weights != details["weights"]:
        return "other_versions"
    again = left_out(again, details.get(WITHOUT, ()), details["top"])
    if [[match.key, match.score] for match in again.matches] == details["shown"]:
        return "same"
    return "differs" if again.exact and details.get("exact", True) else "not_proven"
