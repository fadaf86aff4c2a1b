"""Replaying a logged ranking."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from matcher.domain.answers import Match, Ranking
from matcher.domain.records import RecordKind, owner_of
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
from matcher.services.pools import pool_then

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


@dataclass(frozen=True, slots=True)
class Held:
    """Who was at a place of a list, with the score there, and what that score is made of.

    `match`: as it was made again; None where that cannot be, or where it is not in that list. `is_proven`: the score
    made again is the one of the log, to the last bit, and its terms add up to it. `is_as_then`: nothing that the
    sentences tell has changed since. `rank`: the place in the list that was made again.
    """

    key: int | str
    score: float
    match: Match | None
    is_proven: bool
    is_as_then: bool

    @property
    def rank(self) -> int | None:
        """The place in the list made again; None where it is not there."""
        return None if self.match is None else self.match.rank


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a logged list and of the one made again; None for a list that is shorter, or cannot be made."""

    verdict: Replayed
    query_kind: str
    second: bool
    original: Held | None
    again: Held | None


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


def place(app: App, asker: Asker, number: int, rank: int) -> Place:
    """What made the score of whoever had this place, then and in the list made again; noted with whom it is about.

    The terms of the original are those of the list made again with the data of then, where its score is the one of the
    log. Of alumni of other schools nothing is told. Raises Forbidden, UnknownId, also for a place that neither has.
    """
    owner = asker.owner(Action.AUDIT_REPLAY)
    verdict, details, again = _replayed(app, owner, number)
    shown, matches = details.get("shown", ()), again.matches if again is not None else ()
    if not 1 <= rank <= max(len(shown), len(matches)):
        raise UnknownId("unknown_entry", number=number)
    keys = [shown[rank - 1][0]] if rank <= len(shown) else []
    keys += [matches[rank - 1].key] if rank <= len(matches) else []
    with app.store.read() as records:
        seen = _own(records, owner, [*keys, details.get("query")])
        changed = _changed(records, details)
    by_key = {match.key: match for match in matches if match.key in seen and details.get("query") in seen}
    logged = dict(shown)

    def held(key: int | str, score: float) -> Held:
        match = by_key.get(key) if isinstance(key, int) else None
        is_proven = match is not None and match.score == logged.get(key) == _sum(match)
        return Held(key, score, match, is_proven, changed is not None and not {key, details.get("query")} & changed)

    original = held(*shown[rank - 1]) if rank <= len(shown) else None
    made = held(matches[rank - 1].key, matches[rank - 1].score) if rank <= len(matches) else None
    told = sorted({one.match.key for one in (original, made) if one is not None and one.match is not None})
    if again is not None and again.query.kind == "alumnus" and told:
        told = [details["query"]]
    about = {"alumni": told} if told else {}
    note = {"entry": number, "verdict": verdict, "rank": rank, **about}
    app.store.write(lambda tx: tx.note(Action.AUDIT_REPLAY, note), by=asker)
    kind = again.query.kind if again is not None else ""
    return Place(verdict, kind, again is not None and again.basis.meaning is not None, original, made)


def _own(records: Records, owner: str | None, keys: Sequence[object]) -> set[object]:
    """Which of these keys are of something that may be told of: all but alumni of another school."""
    numbers = [key for key in keys if isinstance(key, int)]
    alumni = records.records.by_key(RecordKind.ALUMNI, numbers, consents=False)
    others = {key for key, one in alumni.items() if owner is not None and owner_of(one) != owner}
    return {key for key in numbers if key not in others}


def _changed(records: Records, details: Mapping[str, Any]) -> frozenset[int] | None:
    """The keys of what changed since the data of a list; None where that is not known."""
    changes = records.changes.since(details["origin"]) if "origin" in details else None
    return None if changes is None else changes.alumni | changes.requests | changes.offerings


def _sum(match: Match) -> float:
    """The points of a match in their order, as a score is made."""
    return sum((term.points for term in match.contributions), 0.0)


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
    pool = pool_then(app, entry.details, meaning_of(entry))
    if pool is None or question is None:
        return "newer_data", entry.details, None
    again = ranked(
        app.with_weights(weights), question, entry.details["top"], pool, cards=entry.details.get("cards", False)
    )
    again = left_out(again, entry.details.get(WITHOUT, ()), entry.details["top"])
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
    if [[match.key, match.score] for match in again.matches] == details["shown"]:
        return "same"
    return "differs" if again.exact and details.get("exact", True) else "not_proven"
