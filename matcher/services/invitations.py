"""A person decides: inviting an alumnus for a request, the reply, and only then name and address.

For a kind of request that ranks people for work (AI Act, Annex III, point 4) who invites must have seen alternatives,
and says why where somebody else than the first is chosen. Each step is in the log with the ledger line, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from matcher.domain.kinds import HIGH_RISK
from matcher.domain.ledger import Deviation, LedgerEvent, LedgerLine
from matcher.domain.records import Alumnus, Contact, RecordKind, Request
from matcher.engine.current import Engine
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.policy import Action, Asker, Scope
from matcher.services import matching

_REPLIES = {LedgerEvent.ACCEPTED, LedgerEvent.DECLINED}
_STEPS = {LedgerEvent.ASKED, *_REPLIES}
_ALTERNATIVES = 2
"""So many candidates must have been shown before one is invited for work, where there are so many."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request for which an alumnus was asked, the day, and the reply where there is one."""

    request: Request
    asked_on: date
    reply: LedgerEvent | None


@dataclass(frozen=True, slots=True)
class Invited:
    """Who was asked, by random key, at which place in the list, by which school."""

    alumnus_key: int
    request_key: int
    rank: int
    school: str


@dataclass(frozen=True, slots=True)
class Helper:
    """Who said yes: now with name and address."""

    alumnus: Alumnus
    contact: Contact
    since: date


def invite(
    engine: Engine,
    asker: Asker,
    request_id: str,
    alumnus_id: str,
    *,
    school: str | None = None,
    candidate_school: str | None = None,
    reason: Deviation | None = None,
) -> Invited:
    """Asks an alumnus who is in the list now. Raises Forbidden, UnknownId, InvalidValue.

    InvalidValue: `not_in_the_list`, `invited_already`, and for work `see_others_first` and `say_why`.
    """
    owner = asker.owner(Action.INVITE, school)
    account = matching.why(
        engine, asker, request_id, alumnus_id, kind="request", school=owner, candidate_school=candidate_school
    )
    request, rank = account.query, account.rank
    if rank is None:
        raise InvalidValue("not_in_the_list")
    if request.kind in {kind.value for kind in HIGH_RISK}:
        least = min(_ALTERNATIVES, account.eligible)
        if not engine.store.has_seen(asker.key, Action.MATCH.value, request.key, least):
            raise InvalidValue("see_others_first", least=least)
        if rank > 1 and reason is None:
            raise InvalidValue("say_why")
    line = LedgerLine(account.candidate.key, request.key, LedgerEvent.ASKED, engine.clock.today())
    told = {"query": request.key, "purpose": request.kind, "alumnus": account.candidate.key, "rank": rank}
    told |= {"reason": reason.value if reason else None, "deviates": rank > 1}
    if not engine.store.add_to_ledger(line, Action.INVITE.value, told, by=asker):
        raise InvalidValue("invited_already")
    return Invited(account.candidate.key, request.key, rank, request.school or "")


def states(engine: Engine, request_key: int) -> Mapping[int, LedgerEvent]:
    """Who was asked for a request, by random key, and how that stands."""
    lines = engine.store.ledger_of_request(request_key)
    return {line.alumnus_key: line.event for line in lines if line.event in _STEPS}


def questions(engine: Engine, asker: Asker) -> list[Question]:
    """What the alumnus who asks was asked, the newest first."""
    if asker.scope(Action.REPLY) is not Scope.SELF or asker.alumnus_key is None:
        raise Forbidden("not_for_this_role", role=asker.role.value, action=Action.REPLY.value)
    lines = engine.store.ledger_of(asker.alumnus_key)
    replies = {line.request_key: line.event for line in lines if line.event in _REPLIES}
    asked = {line.request_key: line.on for line in lines if line.event is LedgerEvent.ASKED and line.request_key}
    records = engine.store.by_key(RecordKind.REQUESTS, list(asked))
    found = [
        Question(cast("Request", records[key]), day, replies.get(key)) for key, day in asked.items() if key in records
    ]
    return sorted(found, key=lambda one: (one.asked_on, one.request.request_id), reverse=True)


def question(engine: Engine, asker: Asker, request_key: int) -> Question:
    """One question that was asked to who asks now. Raises UnknownId where it was not."""
    for one in questions(engine, asker):
        if one.request.key == request_key:
            return one
    raise UnknownId("no_such_question")


def reply(engine: Engine, asker: Asker, request_key: int, *, accepts: bool) -> None:
    """Yes or no to a question that was asked; a no takes an earlier yes back.

    Raises UnknownId where it was not asked, InvalidValue('replied_already').
    """
    question(engine, asker, request_key)
    event = LedgerEvent.ACCEPTED if accepts else LedgerEvent.DECLINED
    line = LedgerLine(cast("int", asker.alumnus_key), request_key, event, engine.clock.today())
    told = {"query": request_key, "alumnus": asker.alumnus_key, "accepts": accepts}
    if not engine.store.add_to_ledger(line, Action.REPLY.value, told, by=asker):
        raise InvalidValue("replied_already")


def with_yes(engine: Engine, asker: Asker, most: int) -> list[Request]:
    """The requests of who asks to which somebody said yes, the last yes first; full and closed ones too."""
    keys = engine.store.requests_with_yes(asker.owner(Action.CONTACT), asker.kinds(), most)
    found = cast("dict[int, Request]", engine.store.by_key(RecordKind.REQUESTS, keys))
    return [found[key] for key in keys if key in found]


def helpers(engine: Engine, asker: Asker, request_id: str, *, school: str | None = None) -> list[Helper]:
    """Who said yes to a request and still agrees, with name and address; that they were shown is in the log first."""
    request = matching.request(engine, asker, Action.CONTACT, request_id, school)
    yes = {
        line.alumnus_key: line.on
        for line in engine.store.ledger_of_request(request.key)
        if line.event is LedgerEvent.ACCEPTED
    }
    people = cast("dict[int, Alumnus]", engine.store.by_key(RecordKind.ALUMNI, list(yes)))
    shown = [
        one
        for one in people.values()
        if any(consent.in_force and consent.purpose.value == request.kind.value for consent in one.consents)
    ]
    if shown:
        told = {"query": request.key, "alumni": sorted(one.key for one in shown)}
        engine.store.log(asker, Action.CONTACT.value, told)
    return [Helper(one, engine.store.contact(one.key) or Contact(), yes[one.key]) for one in shown]
