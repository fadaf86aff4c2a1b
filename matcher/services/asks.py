"""The steps of one ask, inside a transaction: asked, ended, and the next of the waiting list.

What a step rests on is looked at again in the transaction that takes it. Nothing here sends anything: mail is written
in the same transaction, and sent afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, cast

from matcher.domain import demands
from matcher.domain.consent import Terms
from matcher.domain.demands import Phase, Standing, Step
from matcher.domain.invitations import (
    NOT_ASKED,
    AnswerTerms,
    InvitationState,
    InvitationWords,
    deadline,
    needed_on,
    reminder_day,
)
from matcher.domain.ledger import Deviation, LedgerEvent, LedgerLine, told
from matcher.domain.moments import stored
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.demands import Invitation, KeptState
from matcher.services import subscriptions
from matcher.services.eligibility import failed_rule
from matcher.services.messages import INVITED, REMINDED, reply_purpose

OVER = frozenset({InvitationState.LAPSED, InvitationState.FILLED, InvitationState.CANCELLED, InvitationState.RELEASED})
"""Ended without an answer, after the mail may have been read."""
_NOT_OUT = ("waiting", "held")
_GONE = frozenset({"refused", "dropped"})


@dataclass(frozen=True, slots=True)
class Situation:
    """A request with all that decides whom to ask next."""

    request: Request
    kept: KeptState
    standing: Standing
    replies: Mapping[int, LedgerEvent]
    invitations: list[Invitation]

    @property
    def phase(self) -> Phase:
        """Its phase, as it is kept."""
        return self.kept.phase

    @property
    def open_asks(self) -> list[Invitation]:
        """Those that wait for an answer."""
        return [one for one in self.invitations if one.state is InvitationState.ASKED]

    @property
    def queue(self) -> list[Invitation]:
        """The waiting list, in its order."""
        waiting = [one for one in self.invitations if one.state is InvitationState.QUEUED]
        return sorted(waiting, key=lambda one: (one.place or 0, one.created_at, one.key))

    @property
    def proposed(self) -> list[Invitation]:
        """Those that wait for somebody to approve them."""
        return [one for one in self.invitations if one.state is InvitationState.PROPOSED]

    @property
    def taken_back(self) -> list[Invitation]:
        """Those of whom a yes was taken back."""
        return [one for one in self.invitations if one.state is InvitationState.RETRACTED]

    @property
    def asks_back(self) -> bool:
        """Whether an alumnus who was asked waits for an answer: a question, or another day."""
        open_ = (one for one in self.invitations if one.state in {InvitationState.ASKED, InvitationState.OTHER_DAY})
        return any(one.said for one in open_)

    @property
    def has_begun(self) -> bool:
        """Whether somebody was asked: before that, a waiting list does nothing."""
        return any(one.was_made for one in self.invitations)

    @property
    def free(self) -> int:
        """Places for which no one agreed and no one is thinking it over; 0 where nothing is asked any more."""
        is_open = not self.standing.is_over and self.phase is Phase.OPEN
        return max(self.standing.left - self.standing.waiting, 0) if is_open else 0


def situation(records: Records, request_key: int) -> Situation | None:
    """Where a request stands now; None if it is gone."""
    return situations(records, [request_key]).get(request_key)


def situations(records: Records, keys: Sequence[int]) -> dict[int, Situation]:
    """Where these requests stand now, by random key, in their order; without those that are gone. Four queries."""
    found = cast("Mapping[int, Request]", records.records.by_key(RecordKind.REQUESTS, keys))
    invited, lines = records.desk.invitations(keys), records.desk.lines(keys)
    states = records.demands.states(keys)
    made = {}
    for key in keys:
        if key in found:
            request, kept, invitations = found[key], states[key], invited.get(key, [])
            replies = demands.replies_of(told(lines.get(key, ())))
            standing = demands.standing(request, kept.phase, replies, records.today, ended=_ended(invitations))
            made[key] = Situation(request, kept, standing, replies, invitations)
    return made


def _ended(invitations: list[Invitation]) -> set[int]:
    """Alumni whose last ask is over without an answer."""
    last = {one.alumnus_key: one.state for one in invitations if one.was_made}
    return {key for key, state in last.items() if state in OVER}


def begin(
    tx: Transaction, asker: Asker, request_key: int, step: Step = Step.CREATED, phase: Phase = Phase.OPEN
) -> None:
    """Records that the asker made a request, which is theirs from then on."""
    tx.demands.take(request_key, step, phase, owner=asker.key or None)


def words_text(words: InvitationWords | None) -> str | None:
    """The lines of an invitation as they are stored."""
    lines = {name: line.strip() for name, line in asdict(words).items() if line.strip()} if words else {}
    return json.dumps(lines, ensure_ascii=False) if lines else None


def noted(request: Request, alumnus_key: int, rank: int, reason: Deviation | None) -> dict[str, object]:
    """What the log has of a decision to ask an alumnus. `rank`: position in the list, from 1."""
    return {
        "query": request.key,
        "purpose": request.kind.value,
        "alumnus": alumnus_key,
        "rank": rank,
        "reason": reason.value if reason else None,
        "deviates": rank > 1,
    }


def ask(
    tx: Transaction,
    terms: AnswerTerms,
    request: Request,
    alumnus_key: int,
    rank: int,
    *,
    undo: timedelta,
    words: str | None = None,
    reason: Deviation | None = None,
    queued: Invitation | None = None,
) -> int:
    """Asks an alumnus: the line of the ledger, the invitation, and its mail, which can be undone for a while.

    `queued`: the place on the waiting list, or the proposal, that becomes the ask. Returns the key of the mail.
    """
    today, now = tx.today, tx.now
    tx.ledger.add(LedgerLine(alumnus_key, request.key, LedgerEvent.ASKED, today))
    mail = tx.outbox.add(
        alumnus_key, INVITED, values={"school": request.school or ""}, link=reply_purpose(request.key), delay=undo
    )
    last = deadline(today, needed_on(request, today), terms)
    values: dict[str, Any] = {
        "mail": mail,
        "asked_at": stored(now),
        "undo_until": stored(now + undo),
        "deadline": last,
        "remind_on": reminder_day(today, last),
    }
    if queued is not None:
        tx.invitations.change(queued.key, queued.state, {**values, "state": InvitationState.ASKED})
    else:
        values |= {"rank": rank, "words": words, "reason": reason}
        tx.invitations.add(alumnus_key, request.key, InvitationState.ASKED, **values)
    return mail


def end(
    tx: Transaction, one: Invitation, state: InvitationState, *, message: str | None = None, released: bool = False
) -> bool:
    """Ends an ask that waits for an answer, a place on the waiting list or a proposal; False if it has ended already.

    Mail that is not out yet is dropped: then the alumnus was not asked, nor where it was refused. Else `message` tells
    the alumnus. `released`: the ask does not count, also where the mail is out.
    """
    if not tx.invitations.change(one.key, one.state, {"state": state}):
        return False
    if one.state in NOT_ASKED:
        return True
    unread = one.answered_at is None and (reached_nobody(tx, one) or (one.mail is not None and _drop(tx, one.mail)))
    if unread or released:
        tx.ledger.add(LedgerLine(one.alumnus_key, one.request_key, LedgerEvent.RELEASED, tx.today))
    if message is not None and not unread:
        tx.outbox.add(one.alumnus_key, message, link=reply_purpose(one.request_key))
    return True


def remind(tx: Transaction, one: Invitation) -> bool:
    """Writes the one reminder of an ask; False if there was one, or an answer."""
    if one.reminded_at is not None:
        return False
    if not tx.invitations.change(one.key, InvitationState.ASKED, {"reminded_at": stored(tx.now)}):
        return False
    tx.outbox.add(one.alumnus_key, REMINDED, link=reply_purpose(one.request_key))
    return True


def end_others(
    tx: Transaction, alumnus_key: int, request_key: int, state: InvitationState, *, released: bool = False
) -> None:
    """Ends what else waits for an answer of an alumnus for a request: two who were both asked may have become one."""
    for one in tx.invitations.of(alumnus_key):
        if one.request_key == request_key and one.state is InvitationState.ASKED:
            end(tx, one, state, released=released)


def _drop(tx: Transaction, mail: int) -> bool:
    """Drops a mail that waits; whether it surely reached nobody."""
    fresh = any(one.state in _NOT_OUT and one.attempts == 0 for one in tx.outbox.page(key=mail))
    return tx.outbox.drop(mail) and fresh


def drop_answered(tx: Transaction, one: Invitation) -> None:
    """Drops the mail of an ask that was answered before it went out."""
    if one.mail is not None and any(mail.state in _NOT_OUT for mail in tx.outbox.page(key=one.mail)):
        tx.outbox.drop(one.mail, problem="answered")


def reached_nobody(records: Records, one: Invitation) -> bool:
    """Whether the mail of an ask was refused, or dropped."""
    return one.mail is not None and any(mail.state in _GONE for mail in records.outbox.page(key=one.mail))


def fill_places(tx: Transaction, terms: AnswerTerms, consent: Terms, request_key: int) -> int:
    """Asks the next of the waiting list for each free place; returns how many.

    Only once somebody was asked: who made the list begins. Whoever may no longer be asked is skipped.
    """
    there = situation(tx, request_key)
    if there is None or not there.has_begun:
        return 0
    asked, free = 0, there.free
    for one in there.queue if free else ():
        if asked == free:
            break
        alumnus = cast("Alumnus | None", tx.records.by_key(RecordKind.ALUMNI, [one.alumnus_key]).get(one.alumnus_key))
        reply = there.replies.get(one.alumnus_key)
        failed = None if alumnus is None else failed_rule(tx, consent, there.request, alumnus, tx.today)
        if alumnus is not None and failed is None:
            failed = subscriptions.refusal_to_invite(tx, alumnus.key, there.request)
        if alumnus is None or failed is not None or reply not in {None, LedgerEvent.LATER}:
            end(tx, one, InvitationState.SKIPPED)
            continue
        ask(tx, terms, there.request, one.alumnus_key, one.rank, undo=timedelta(0), queued=one)
        details = noted(there.request, one.alumnus_key, one.rank, one.reason)
        tx.note(Action.INVITE, {**details, "approved": one.approved_by, "waited": True})
        asked += 1
    return asked


def tell_others(tx: Transaction, request_key: int) -> int:
    """Once all places are filled those who were asked hear it, and the waiting list ends; how many that were."""
    there = situation(tx, request_key)
    if there is None or there.standing.left:
        return 0
    waits = [*there.open_asks, *there.queue, *there.proposed]
    return sum(end(tx, one, InvitationState.FILLED, message="filled") for one in waits)


def tell_requester(tx: Transaction, request_key: int, message: str, **values: str) -> None:
    """Writes a mail to whoever made the request, where there is an address."""
    if tx.people.requester(request_key):
        tx.outbox.add(None, message, request_key=request_key, values=values)
