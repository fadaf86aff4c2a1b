"""A person decides: inviting an alumnus for a request, the reply, and only then name and address.

For a kind of request that ranks people for work (AI Act, Annex III, point 4) the inviter must have seen alternatives,
and must give a reason for not choosing the first. Each step is logged together with its ledger line, or not at all.

A ranking is computed before its invitation is written, and the data may change in between: consent withdrawn, the last
ask of the year used up. So everything on which an invitation rests is checked again in its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from matcher.disclosure import sees_cards
from matcher.domain.answers import Account
from matcher.domain.kinds import HIGH_RISK, KINDS
from matcher.domain.ledger import Deviation, LedgerEvent, LedgerLine
from matcher.domain.records import Alumnus, Contact, RecordKind, Request
from matcher.errors import InvalidValue, NotLoggedIn, UnknownId
from matcher.matching.rules import ABOUT_THE_PERSON
from matcher.policy import Action, Asker, Role
from matcher.repositories import Records, Transaction
from matcher.services import lookup, messages
from matcher.services.app import App
from matcher.services.eligibility import NOT_VISIBLE, failed_rule
from matcher.services.matching import PairOfIds, why

_REPLIES = {LedgerEvent.ACCEPTED, LedgerEvent.DECLINED}
_STEPS = {LedgerEvent.ASKED, *_REPLIES}
_NOT_TOLD = {NOT_VISIBLE, *(rule.CODE for rule in ABOUT_THE_PERSON)}
"""What an asker who sees cards is not told about an alumnus: the same error as for an unknown id."""
_ALTERNATIVES = 2
"""How many candidates must have been shown before one is invited for work, where there are that many."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request for which an alumnus was asked, the day, and the reply if there is one."""

    request: Request
    asked_on: date
    reply: LedgerEvent | None


@dataclass(frozen=True, slots=True)
class Invited:
    """An alumnus who was asked, by random key, and the position in the list, from 1. `mail`: its key in the outbox."""

    alumnus_key: int
    request_key: int
    rank: int
    mail: int


@dataclass(frozen=True, slots=True)
class Helper:
    """An alumnus who accepted, with name and address."""

    alumnus: Alumnus
    contact: Contact
    since: date


# ---- inviting


def invite(
    app: App,
    asker: Asker,
    request_id: str,
    alumnus_id: str,
    *,
    school: str | None = None,
    candidate_school: str | None = None,
    reason: Deviation | None = None,
) -> Invited:
    """Invites an alumnus from the current list, and queues the mail.

    Raises Forbidden, UnknownId, AmbiguousId, and InvalidValue: `not_in_the_list`, `invited_already`, for work
    `see_others_first` and `say_why`, and `changed_` with the code of a rule that the pair has come to fail since the
    ranking. For an asker who sees cards `alumnus_id` is a handle, and UnknownId stands for all rules about the alumnus.
    """
    owner = asker.owner(Action.INVITE, school)
    account = why(app, asker, PairOfIds(request_id, alumnus_id, "request", owner, candidate_school))
    rank = account.rank
    if rank is None:
        raise InvalidValue("not_in_the_list")
    return app.store.write(lambda tx: _invite(app, tx, asker, account, rank, reason), by=asker)


def _invite(  # noqa: PLR0917 - what an invitation rests on
    app: App, tx: Transaction, asker: Asker, account: Account, rank: int, reason: Deviation | None
) -> Invited:
    request, alumnus = _pair_now(tx, account)
    if request.kind in HIGH_RISK:
        least = min(_ALTERNATIVES, account.eligible)
        if not tx.audit.has_seen(asker.key, Action.MATCH.value, request.key, least):
            raise InvalidValue("see_others_first", least=least)
        if rank > 1 and reason is None:
            raise InvalidValue("say_why")
    if LedgerEvent.ASKED in _events(tx, alumnus.key, request.key):
        raise InvalidValue("invited_already")
    failed = failed_rule(tx, app.terms, request, alumnus, tx.today)
    if failed is not None:
        if sees_cards(asker) and failed in _NOT_TOLD:
            raise UnknownId("unknown_pair", id=account.query.id, candidate=account.candidate.id)
        code = f"changed_{failed}"
        raise InvalidValue(code)
    tx.ledger.add(LedgerLine(alumnus.key, request.key, LedgerEvent.ASKED, tx.today))
    details = {"query": request.key, "purpose": request.kind.value, "alumnus": alumnus.key, "rank": rank}
    tx.note(Action.INVITE, {**details, "reason": reason.value if reason else None, "deviates": rank > 1})
    mail = tx.outbox.add(
        alumnus.key, "invited", values={"school": request.school or ""}, link=messages.reply_purpose(request.key)
    )
    return Invited(alumnus.key, request.key, rank, mail)


def _pair_now(records: Records, account: Account) -> tuple[Request, Alumnus]:
    """The current records of the request and alumnus of an account. Raises UnknownId if either is gone."""
    query, candidate = account.query, account.candidate
    request = records.records.by_key(RecordKind.REQUESTS, [query.key]).get(query.key)
    alumnus = records.records.by_key(RecordKind.ALUMNI, [candidate.key]).get(candidate.key)
    if request is None or alumnus is None:
        raise UnknownId("unknown_pair", id=query.id, candidate=candidate.id)
    return cast("Request", request), cast("Alumnus", alumnus)


def _events(records: Records, alumnus_key: int, request_key: int) -> set[LedgerEvent]:
    """What happened between an alumnus and a request."""
    return {line.event for line in records.ledger.of(alumnus_key) if line.request_key == request_key}


def states(app: App, asker: Asker, request_id: str, *, school: str | None = None) -> Mapping[int, LedgerEvent]:
    """The alumni who were asked for a request, by random key, and the last step of each. Raises as `lookup.request`."""
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.MATCH, request_id, school)
        lines = records.ledger.of_request(request.key)
    last = {line.alumnus_key: line.event for line in lines if line.event in _STEPS}
    return last | {line.alumnus_key: line.event for line in lines if line.event in _REPLIES}  # of one who was merged


# ---- replying


def questions(app: App, asker: Asker) -> list[Question]:
    """The questions put to the asking alumnus, the newest first. Raises Forbidden."""
    key = asker.own_key(Action.REPLY)
    with app.store.read() as records:
        return _questions(records, key)


def question(app: App, asker: Asker, request_key: int) -> Question:
    """One question put to the asking alumnus. Raises Forbidden, UnknownId if it was never asked."""
    key = asker.own_key(Action.REPLY)
    with app.store.read() as records:
        return _question(records, key, request_key)


def question_of_link(app: App, secret: str) -> Question:
    """The question of a link by mail, which stays unused. Raises NotLoggedIn for a link that does not work."""
    with app.store.read() as records:
        asker, request_key = _asker_of_link(records, secret)
        return _question(records, asker.own_key(Action.REPLY), request_key)


def reply(app: App, asker: Asker, request_key: int, *, accepts: bool) -> Question:
    """Yes or no to a question that was asked; a no replaces an earlier yes. Returns the question with its reply.

    Raises Forbidden, UnknownId if it was not asked, InvalidValue('replied_already').
    """
    key = asker.own_key(Action.REPLY)
    return app.store.write(lambda tx: _reply(tx, key, request_key, accepts=accepts), by=asker)


def reply_by_link(app: App, secret: str, *, accepts: bool) -> Question:
    """`reply` by the link of a mail; the reply and the use of the link are committed together.

    Raises NotLoggedIn for a link that does not work, and what `reply` raises.
    """
    with app.store.read() as records:
        asker, request_key = _asker_of_link(records, secret)
    key = asker.own_key(Action.REPLY)

    def work(tx: Transaction) -> Question:
        if tx.links.use(secret, messages.reply_purpose(request_key)) != key:
            raise NotLoggedIn("reply_spent")
        return _reply(tx, key, request_key, accepts=accepts)

    return app.store.write(work, by=asker)


def _reply(tx: Transaction, alumnus_key: int, request_key: int, *, accepts: bool) -> Question:
    asked = _question(tx, alumnus_key, request_key)
    event = LedgerEvent.ACCEPTED if accepts else LedgerEvent.DECLINED
    replies = _events(tx, alumnus_key, request_key) & _REPLIES
    if replies and not (event is LedgerEvent.DECLINED and replies == {LedgerEvent.ACCEPTED}):
        raise InvalidValue("replied_already")
    if replies:
        tx.ledger.add(LedgerLine(alumnus_key, request_key, LedgerEvent.RETRACTED, tx.today))
    tx.ledger.add(LedgerLine(alumnus_key, request_key, event, tx.today))
    tx.note(Action.REPLY, {"query": request_key, "alumnus": alumnus_key, "accepts": accepts})
    return replace(asked, reply=event)


def _asker_of_link(records: Records, secret: str) -> tuple[Asker, int]:
    """The alumnus whom a link was sent to, as an asker without an account, and the request's key.

    Raises NotLoggedIn.
    """
    link = records.links.find(secret)
    request_key = messages.request_of(link.purpose) if link else None
    if link is None or request_key is None:
        raise NotLoggedIn("reply_spent")
    alumnus = cast("Alumnus", records.records.by_key(RecordKind.ALUMNI, [link.alumnus_key])[link.alumnus_key])
    return Asker(0, Role.ALUMNUS, alumnus.school, alumnus.key), request_key


def _questions(records: Records, alumnus_key: int) -> list[Question]:
    lines = records.ledger.of(alumnus_key)
    replies = {line.request_key: line.event for line in lines if line.event in _REPLIES}
    asked_on = {line.request_key: line.on for line in lines if line.event is LedgerEvent.ASKED and line.request_key}
    requests = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, list(asked_on)))
    rows = [Question(requests[key], day, replies.get(key)) for key, day in asked_on.items() if key in requests]
    return sorted(rows, key=lambda row: (row.asked_on, row.request.request_id), reverse=True)


def _question(records: Records, alumnus_key: int, request_key: int) -> Question:
    for row in _questions(records, alumnus_key):
        if row.request.key == request_key:
            return row
    raise UnknownId("no_such_question")


# ---- after a yes


def with_yes(app: App, asker: Asker, most: int) -> list[Request]:
    """The asker's requests that an alumnus accepted, at most `most`, the last yes first; full and closed ones too."""
    owner = asker.owner(Action.CONTACT)
    with app.store.read() as records:
        keys = records.ledger.requests_with_yes(owner, asker.kinds(), most)
        requests = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, keys))
    return [requests[key] for key in keys if key in requests]


def helpers(app: App, asker: Asker, request_id: str, *, school: str | None = None) -> list[Helper]:
    """The alumni who said yes to a request and whose consent is in force, with name and address.

    Showing them is logged. Raises Forbidden, UnknownId, AmbiguousId.
    """

    def work(tx: Transaction) -> list[Helper]:
        request = lookup.request(tx, asker, Action.CONTACT, request_id, school)
        since = _accepted(tx.ledger.of_request(request.key))
        alumni = cast("dict[int, Alumnus]", tx.records.by_key(RecordKind.ALUMNI, list(since)))
        agreed = [alumnus for alumnus in alumni.values() if _agrees(app, alumnus, request, tx.today)]
        if agreed:
            tx.note(Action.CONTACT, {"query": request.key, "alumni": sorted(alumnus.key for alumnus in agreed)})
        return [_helper(tx, alumnus, since[alumnus.key]) for alumnus in agreed]

    return app.store.write(work, by=asker)


def _accepted(lines: Iterable[LedgerLine]) -> dict[int, date]:
    """The alumni who said yes, by random key, and when."""
    return {line.alumnus_key: line.on for line in lines if line.event is LedgerEvent.ACCEPTED}


def _agrees(app: App, alumnus: Alumnus, request: Request, on: date) -> bool:
    """Whether consent for what is asked is in force on a day."""
    return app.terms.agrees(alumnus.consents, KINDS[request.kind].purpose, on)


def _helper(records: Records, alumnus: Alumnus, since: date) -> Helper:
    return Helper(alumnus, records.people.contact(alumnus.key) or Contact(), since)
