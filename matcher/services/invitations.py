"""A person decides: inviting an alumnus for a request, the reply, and only then name and address.

For a kind of request that ranks people for work (AI Act, Annex III, point 4) the inviter must have seen alternatives,
and must give a reason for not choosing the first. Each step is logged together with its ledger line, or not at all.

A ranking is computed before its invitation is written, and the data may change in between: consent withdrawn, the last
ask of the year used up. So everything on which an invitation rests is checked again in its transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import cast

from matcher.disclosure import sees_cards
from matcher.domain import demands
from matcher.domain.answers import Account
from matcher.domain.demands import STOPPED, Phase, own_days
from matcher.domain.invitations import (
    EVENT_OF,
    MOST_TEXT,
    NOT_ASKED,
    STATE_OF,
    Answer,
    AnswerKind,
    Approval,
    InvitationState,
    InvitationWords,
    Reason,
    deadline,
    may_ask_at_once,
    may_remind,
    needed_on,
)
from matcher.domain.kinds import HIGH_RISK, KINDS
from matcher.domain.ledger import Deviation, LedgerEvent, LedgerLine, told
from matcher.domain.moments import aware, day_in_netherlands, stored
from matcher.domain.records import Alumnus, Contact, RecordKind, Request
from matcher.errors import InvalidValue, NotLoggedIn, UnknownId
from matcher.matching.rules import ABOUT_THE_PERSON
from matcher.policy import JOB, Action, Asker, Role
from matcher.pool import Pool
from matcher.repositories import Records, Transaction
from matcher.repositories.demands import Invitation
from matcher.services import agreements, asks, cards, lookup, messages, subscriptions
from matcher.services.app import App
from matcher.services.deciding import decider
from matcher.services.eligibility import NOT_VISIBLE, failed_rule
from matcher.services.learning import Learned, learn, learned, proposal
from matcher.services.matching import ListPlace, PairOfIds, place_of, recommend, why

_REPLIES = {LedgerEvent.ACCEPTED, LedgerEvent.DECLINED, LedgerEvent.RETRACTED, LedgerEvent.LATER}
_FINAL = {LedgerEvent.DECLINED, LedgerEvent.RETRACTED}
_LOOKED_AT = 100
"""Accepted requests of which those that are not over are shown."""
_NOT_TOLD = {
    NOT_VISIBLE,
    subscriptions.MAIL_STOPPED,
    subscriptions.ADDRESS_CLOSED,
    *(rule.CODE for rule in ABOUT_THE_PERSON),
}
"""What an asker who sees cards is not told about an alumnus: the same error as for an unknown id."""
LEAST_SEEN = 2
"""How many candidates must have been shown before one is invited for work, where there are that many."""
MOST_QUEUED = 20
"""The most alumni on the waiting list of a request."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request for which an alumnus was asked, the day, and the reply if there is one.

    `state`, `deadline`: of the invitation; None for an ask from before those were kept. `moment`: the one chosen.
    `contact`: the address of whoever asks, after a yes. `is_full`, `is_over`: no place is left; nothing is asked any
    more, as of a request that was withdrawn.
    """

    request: Request
    asked_on: date
    reply: LedgerEvent | None
    state: InvitationState | None = None
    deadline: date | None = None
    moment: datetime | None = None
    contact: str | None = None
    learned: tuple[Learned, ...] = ()
    is_full: bool = False
    is_over: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Invited:
    """An alumnus who was asked, by random key, and the position in the list, from 1. `mail`: its key in the outbox.

    `mail` is None for one who was put on the waiting list, or `proposed`: who waits for somebody else to approve it.
    """

    alumnus_key: int
    request_key: int
    rank: int
    mail: int | None
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What an asker sees before an invitation: the pair, and by when the alumnus is to answer.

    `needs_reason`: why not the first must be told. `can_wait`: it can be put on the waiting list. `proposes`: somebody
    else is to approve it before it is sent.
    """

    account: Account
    request: Request
    deadline: date
    needs_reason: bool
    can_wait: bool
    proposes: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Someone who was asked or waits to be, as the asker may know them.

    `name`: the handle on the card, or the number. `can_undo`: the mail is not out yet. `can_remind`: by hand, today.
    """

    invitation: Invitation
    name: str
    reply: LedgerEvent | None
    can_undo: bool
    can_remind: bool = False


@dataclass(frozen=True, slots=True)
class Helper:
    """An alumnus who accepted, with name and address."""

    alumnus: Alumnus
    contact: Contact
    since: date


# ---- inviting


def preview(
    app: App,
    asker: Asker,
    request_id: str,
    alumnus_id: str,
    *,
    school: str | None = None,
    candidate_school: str | None = None,
) -> Draft:
    """What an invitation would rest on, before it is sent: nothing is written but the log of what was looked at.

    Raises as `invite`, of what can be known before.
    """
    owner = asker.owner(Action.INVITE, school)
    account = why(app, asker, PairOfIds(request_id, alumnus_id, "request", owner, candidate_school))
    if account.rank is None:
        raise InvalidValue("not_in_the_list")
    with app.store.read() as records:
        there = asks.situation(records, account.query.key)
        if there is None:
            raise UnknownId("unknown_pair", id=request_id, candidate=alumnus_id)
        request, today = there.request, records.today
        proposes = not _at_once(decider(records, app, request), asker)
    return Draft(
        account,
        request,
        deadline(today, needed_on(request, today), app.answer_terms),
        request.kind in HIGH_RISK and account.rank > 1,
        any(one.state is InvitationState.ASKED for one in there.invitations),
        proposes,
    )


def invite(
    app: App,
    asker: Asker,
    request_id: str,
    alumnus_id: str,
    *,
    school: str | None = None,
    candidate_school: str | None = None,
    reason: Deviation | None = None,
    words: InvitationWords | None = None,
    waits: bool = False,
) -> Invited:
    """Invites an alumnus from the current list, and queues the mail, which can be undone for a while.

    `words`: the lines of the mail, as the asker saw them. `waits`: puts the alumnus on the waiting list instead: the
    asker agrees to the ask now, and it is made once a place is free again. Raises Forbidden, UnknownId, AmbiguousId,
    and InvalidValue: `not_in_the_list`, `invited_already`, for work `see_others_first` and `say_why`, and `changed_`
    with the code of a rule that the pair has come to fail since the ranking. For an asker who sees cards `alumnus_id`
    is a handle, and UnknownId stands for all rules about the alumnus.
    """
    owner = asker.owner(Action.INVITE, school)
    place = place_of(app, asker, PairOfIds(request_id, alumnus_id, "request", owner, candidate_school))
    if place.rank is None:
        raise InvalidValue("not_in_the_list")
    step = _Step(request_id, alumnus_id, place, place.rank, reason, asks.words_text(words), waits)
    return app.store.write(partial(_invite, app=app, asker=asker, step=step), by=asker)


@dataclass(frozen=True, slots=True)
class _Step:
    """What an invitation is written from."""

    request_id: str
    alumnus_id: str
    place: ListPlace
    rank: int
    reason: Deviation | None
    words: str | None
    waits: bool


def _invite(tx: Transaction, app: App, asker: Asker, step: _Step) -> Invited:
    request, alumnus = _pair_now(tx, step)
    if request.kind in HIGH_RISK:
        least = min(LEAST_SEEN, step.place.eligible)
        if not tx.audit.has_seen(asker.key, request.key, least):
            raise InvalidValue("see_others_first", least=least)
        if step.rank > 1 and step.reason is None:
            raise InvalidValue("say_why")
    need_askable(tx, app, asker, request, alumnus, step.alumnus_id, whole=step.place.pool)
    waiting = tx.invitations.newest(alumnus.key, request.key)
    queued = waiting if waiting is not None and waiting.state in NOT_ASKED else None
    details = asks.noted(request, alumnus.key, step.rank, step.reason)
    mail, proposes = None, not _at_once(decider(tx, app, request), asker)
    if step.waits or proposes:
        if queued is not None:
            raise InvalidValue("waits_already")
        _queue(tx, request.key, alumnus.key, step, proposes=proposes)
        tx.note("invite.propose" if proposes else "invite.wait", details)
    else:
        if queued is not None:
            asks.end(tx, queued, InvitationState.SKIPPED)
        mail = asks.ask(
            tx, app.answer_terms, request, alumnus.key, step.rank,
            undo=app.answer_terms.undo, words=step.words, reason=step.reason,
        )  # fmt: skip
        tx.note(Action.INVITE, details)
    return Invited(alumnus.key, request.key, step.rank, mail, proposes)


def need_askable(  # noqa: PLR0917 - a pair, the data, and how the asker names the alumnus
    tx: Transaction,
    app: App,
    asker: Asker,
    request: Request,
    alumnus: Alumnus,
    name: str,
    *,
    whole: Pool | None = None,
) -> None:
    """Looks at everything an ask rests on, in the transaction that asks. `whole`: as in `failed_rule`.

    Raises InvalidValue: `invited_already`, `changed_` with the code of a rule; for an asker who sees cards UnknownId
    stands for the rules about the alumnus.
    """
    if _is_asked(tx, alumnus.key, request.key):
        raise InvalidValue("invited_already")
    failed = failed_rule(tx, app.terms, request, alumnus, tx.today, whole=whole)
    failed = failed or subscriptions.refusal_to_invite(tx, alumnus.key, request)
    if failed is None:
        return
    if sees_cards(asker) and failed in _NOT_TOLD:
        raise UnknownId("unknown_pair", id=request.request_id, candidate=name)
    code = f"changed_{failed}"
    raise InvalidValue(code)


def asks_at_once(app: App, asker: Asker, request: Request) -> bool:
    """Whether the asker's invitation goes out without somebody else's approval."""
    with app.store.read() as records:
        return _at_once(decider(records, app, request), asker)


def _at_once(mode: Approval, asker: Asker) -> bool:
    """That of a partner does: the setting is of a school, and no coordinator sees requests of an employer."""
    return asker.role is Role.PARTNER or may_ask_at_once(mode, coordinates=asker.may(Action.INVITE_APPROVE))


def _queue(tx: Transaction, request_key: int, alumnus_key: int, step: _Step, *, proposes: bool) -> None:
    """Adds an alumnus at the end of the waiting list, or to what is to be approved; `place`: one of the list to be.

    Raises InvalidValue: `waiting_list_full`.
    """
    waiting = [one for one in tx.invitations.of_request(request_key) if one.state in NOT_ASKED]
    if len(waiting) >= MOST_QUEUED:
        raise InvalidValue("waiting_list_full", most=MOST_QUEUED)
    last = max((one.place or 0 for one in waiting), default=0)
    values = {"rank": step.rank, "words": step.words, "reason": step.reason}
    values |= {"place": last + 1} if step.waits else {}
    state = InvitationState.PROPOSED if proposes else InvitationState.QUEUED
    tx.invitations.add(alumnus_key, request_key, state, **values)


def _pair_now(records: Records, step: _Step) -> tuple[Request, Alumnus]:
    """The current records of a pair: those that were read, unless the data changed. Raises UnknownId if one is gone."""
    if records.changes.origin() == step.place.origin:
        return step.place.request, step.place.alumnus
    query, candidate = step.place.request.key, step.place.alumnus.key
    request = records.records.by_key(RecordKind.REQUESTS, [query]).get(query)
    alumnus = records.records.by_key(RecordKind.ALUMNI, [candidate]).get(candidate)
    if request is None or alumnus is None:
        raise UnknownId("unknown_pair", id=step.request_id, candidate=step.alumnus_id)
    return cast("Request", request), cast("Alumnus", alumnus)


def _is_asked(records: Records, alumnus_key: int, request_key: int) -> bool:
    """Whether an alumnus was asked, and did not say to ask again later; an ask that was released is none."""
    lines = [line for line in told(records.ledger.entries(alumnus_key)) if line.request_key == request_key]
    asked = any(line.event is LedgerEvent.ASKED for line in lines)
    return asked and demands.replies_of(lines).get(alumnus_key) not in {None, LedgerEvent.LATER}


def _reply_now(records: Records, alumnus_key: int, request_key: int) -> LedgerEvent | None:
    """Where an alumnus stands with a request."""
    lines = [line for line in told(records.ledger.entries(alumnus_key)) if line.request_key == request_key]
    return demands.replies_of(lines).get(alumnus_key)


def take_back(
    app: App, asker: Asker, request_id: str, alumnus_id: str, *, school: str | None = None, unheard: bool = False
) -> bool:
    """Takes an ask back: within ten minutes as if it was never made, later with a word to the alumnus.

    Or takes somebody off the waiting list. Either way the ask does not count, and the next of the waiting list is
    asked, except after an undo. `alumnus_id`: as `outline` names them. Returns whether it was undone in time. Raises
    Forbidden, UnknownId, AmbiguousId, InvalidValue('nothing_to_take_back'). `unheard`: only if the alumnus has not
    heard of it; else InvalidValue('mail_is_out').
    """

    def work(tx: Transaction) -> bool:
        request = lookup.request(tx, asker, Action.INVITE, request_id, school)
        one = named(tx, asker, request, alumnus_id, {InvitationState.ASKED, *NOT_ASKED})
        if one is None:
            raise InvalidValue("nothing_to_take_back")
        if unheard and one.state not in NOT_ASKED and not _can_undo(tx, one):
            raise InvalidValue("mail_is_out")
        details = {"query": request.key, "alumnus": one.alumnus_key, "undone": _can_undo(tx, one)}
        tx.note("invite.back", details)
        if one.state in NOT_ASKED or _can_undo(tx, one):
            asks.end(tx, one, InvitationState.UNDONE)
            return True
        asks.end(tx, one, InvitationState.RELEASED, message="released", released=True)
        asks.end_others(tx, one.alumnus_key, request.key, InvitationState.RELEASED, released=True)
        asks.fill_places(tx, app.answer_terms, app.terms, request.key)
        return False

    return app.store.write(work, by=asker)


def remind(app: App, asker: Asker, request_id: str, alumnus_id: str, *, school: str | None = None) -> None:
    """Reminds an alumnus who may still answer, now: the one reminder that there is, in place of the one by the clock.

    `alumnus_id`: as `outline` names them. Raises Forbidden, UnknownId, AmbiguousId, InvalidValue('no_reminder_now'):
    nobody of that name was asked, was reminded before, hears of it today for the first or the last time.
    """

    def work(tx: Transaction) -> None:
        request = lookup.request(tx, asker, Action.INVITE, request_id, school)
        one = named(tx, asker, request, alumnus_id, {InvitationState.ASKED})
        if one is None or not _can_remind(tx, one) or not asks.remind(tx, one):
            raise InvalidValue("no_reminder_now")
        tx.note("invite.remind", {"query": request.key, "alumnus": one.alumnus_key, "count": 1})

    app.store.write(work, by=asker)


def _can_remind(records: Records, one: Invitation) -> bool:
    """Whether a person may send the one reminder of an ask today."""
    if one.state is not InvitationState.ASKED or one.reminded_at is not None or one.asked_at is None:
        return False
    is_out = not _can_undo(records, one) and not asks.reached_nobody(records, one)
    return is_out and may_remind(day_in_netherlands(aware(one.asked_at)), one.deadline, records.today)


def _can_undo(records: Records, one: Invitation) -> bool:
    """Whether the mail of an ask is not out, and its ten minutes are not over."""
    if one.state is not InvitationState.ASKED or one.undo_until is None or aware(one.undo_until) <= records.now:
        return False
    mails = records.outbox.page(key=one.mail) if one.mail is not None else []
    return any(mail.state == "waiting" and mail.attempts == 0 for mail in mails)


def named(
    records: Records, asker: Asker, request: Request, alumnus_id: str, states: Collection[InvitationState]
) -> Invitation | None:
    """The newest invitation in these states for a request of the alumnus with this handle or number; None for none.

    Of a number that alumni of two schools have, the school stands behind it, as `outline` names them.
    """
    invitations = records.invitations.of_request(request.key)
    listed = [one for one in reversed(invitations) if one.state in states]
    if sees_cards(asker):
        key = cards.alumnus_key(records, request.key, alumnus_id)
        return next((one for one in listed if one.alumnus_key == key), None)
    names = _names(records, asker, request.key, [one.alumnus_key for one in invitations])
    return next((one for one in listed if names.get(one.alumnus_key) == alumnus_id.strip()), None)


def outline(app: App, asker: Asker, request_id: str, *, school: str | None = None) -> list[Asked]:
    """Everyone who was asked for a request or waits to be, the oldest first. Raises as `lookup.request`."""
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.INVITE, request_id, school)
        invitations = records.invitations.of_request(request.key)
        replies = demands.replies_of(told(records.ledger.entries(request=request.key)))
        names = _names(records, asker, request.key, [one.alumnus_key for one in invitations])
        return [
            Asked(
                one,
                names[one.alumnus_key],
                replies.get(one.alumnus_key),
                _can_undo(records, one),
                _can_remind(records, one),
            )
            for one in invitations
            if one.alumnus_key in names
        ]


def _names(records: Records, asker: Asker, request_key: int, keys: Sequence[int]) -> dict[int, str]:
    """What an asker calls alumni: by handle, or by number, with the school where two have it."""
    if sees_cards(asker):
        handles = cards.known_handles(records, request_key)
        return {key: handles.of(key) for key in keys} if handles else {}
    alumni = records.records.by_key(RecordKind.ALUMNI, list(dict.fromkeys(keys)), consents=False)
    found = cast("dict[int, Alumnus]", alumni)
    count = Counter(alumnus.alumnus_id for alumnus in found.values())
    return {
        key: one.alumnus_id if count[one.alumnus_id] == 1 else f"{one.alumnus_id} ({one.school})"
        for key, one in found.items()
    }


def states(app: App, asker: Asker, request_id: str, *, school: str | None = None) -> Mapping[int, LedgerEvent]:
    """The alumni who were asked for a request, by random key, and the last step of each. Raises as `lookup.request`."""
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.MATCH, request_id, school)
        lines = told(records.ledger.entries(request=request.key))
    return demands.replies_of(lines)


# ---- replying


def questions(app: App, asker: Asker, *, unanswered: bool = False) -> list[Question]:
    """The questions put to the asking alumnus, or of those the `unanswered`, the newest first. Raises Forbidden."""
    key = asker.own_key(Action.REPLY)
    with app.store.read() as records:
        return _questions(records, key, unanswered=unanswered)


def question(app: App, asker: Asker, request_key: int) -> Question:
    """One question put to the asking alumnus. Raises Forbidden, UnknownId if it was never asked."""
    key = asker.own_key(Action.REPLY)
    with app.store.read() as records:
        return _question(records, key, request_key)


def question_of_link(app: App, secret: str) -> Question:
    """The question of a link by mail, also once it is answered. Raises NotLoggedIn for a link that does not work."""
    with app.store.read() as records:
        asker, request_key = _asker_of_link(records, secret)
        return _question(records, asker.own_key(Action.REPLY), request_key)


def reply(
    app: App, asker: Asker, request_key: int, *, answer: Answer | None = None, accepts: bool | None = None
) -> Question:
    """An answer to a question that was asked; a no takes an earlier yes back. Returns the question as it is then.

    `accepts`: a plain yes or no, in place of `answer`. A yes needs a place that is free, and a request that still is;
    what else an answer changes: `learning`. Raises Forbidden, UnknownId if it was not asked, InvalidValue:
    `replied_already`, `request_withdrawn`, `request_over`, `request_full`, `no_such_moment`, `pause_is_over`,
    `say_what`, `text_too_long`.
    """
    key, said = asker.own_key(Action.REPLY), _answer_of(answer, accepts=accepts)
    question = app.store.write(lambda tx: _reply(tx, key, request_key, said), by=asker)
    _ask_next(app, request_key)
    return question


def reply_by_link(app: App, secret: str, *, answer: Answer | None = None, accepts: bool | None = None) -> Question:
    """`reply` by the link of a mail, which goes on showing how it stands.

    Raises NotLoggedIn for a link that does not work, and what `reply` raises.
    """
    said = _answer_of(answer, accepts=accepts)
    with app.store.read() as records:
        asker, _ = _asker_of_link(records, secret)

    def work(tx: Transaction) -> Question:
        now, request_key = _asker_of_link(tx, secret)
        if now.alumnus_key != asker.alumnus_key:
            raise NotLoggedIn("reply_spent")
        return _reply(tx, now.own_key(Action.REPLY), request_key, said)

    question = app.store.write(work, by=asker)
    _ask_next(app, question.request.key)
    return question


def _ask_next(app: App, request_key: int) -> None:
    """Asks the next of the waiting list, if an answer freed a place: not in the name of whoever answered.

    If this process stops before it, `waiting.advance` does it.
    """
    with app.store.read() as records:
        there = asks.situation(records, request_key)
    if there is not None and there.queue and there.free:
        app.store.write(lambda tx: asks.fill_places(tx, app.answer_terms, app.terms, request_key), by=JOB)


def reply_within(tx: Transaction, alumnus_key: int, request_key: int, answer: Answer) -> Question:
    """`reply` of this alumnus inside the transaction of another use case, which has asked for the right to it.

    A place that it frees is filled by `waiting.advance`. Raises UnknownId if it was not asked, InvalidValue as `reply`.
    """
    return _reply(tx, alumnus_key, request_key, answer)


def another_by_link(app: App, secret: str) -> Request | None:
    """Another open request that fits the alumnus of a link, for one whose own was withdrawn; None for none.

    It is ranked and logged as when the alumnus looks for roles. Raises NotLoggedIn.
    """
    with app.store.read() as records:
        asker, request_key = _asker_of_link(records, secret)
    found = recommend(app, asker, None, "requests", top=2)
    others = [match.key for match in found.matches if match.key != request_key]
    with app.store.read() as records:
        requests = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, others[:1]))
    return next(iter(requests.values()), None)


def shorten_distance(app: App, asker: Asker, request_key: int) -> Question:
    """Takes the maximum distance over that was proposed after "too far". Returns the question as it is then.

    Raises Forbidden, UnknownId, InvalidValue('nothing_proposed').
    """
    key = asker.own_key(Action.REPLY)
    return app.store.write(lambda tx: _shorten(tx, key, request_key), by=asker)


def shorten_distance_by_link(app: App, secret: str) -> Question:
    """The same by the link of a mail. Raises NotLoggedIn, InvalidValue('nothing_proposed')."""
    with app.store.read() as records:
        asker, request_key = _asker_of_link(records, secret)
    key = asker.own_key(Action.REPLY)
    return app.store.write(lambda tx: _shorten(tx, key, request_key), by=asker)


def _shorten(tx: Transaction, alumnus_key: int, request_key: int) -> Question:
    asked = _question(tx, alumnus_key, request_key)
    one = tx.invitations.newest(alumnus_key, request_key)
    km = proposal(tx, _alumnus(tx, alumnus_key), asked.request)
    if one is None or one.why_not is not Reason.TOO_FAR or km is None:
        raise InvalidValue("nothing_proposed")
    tx.people.correct(alumnus_key, "max_distance_km", float(km))
    tx.note(Action.PERSON_CORRECT, {"alumnus": alumnus_key, "field": "max_distance_km"})
    return _question(tx, alumnus_key, request_key)


def _answer_of(answer: Answer | None, *, accepts: bool | None) -> Answer:
    if answer is None:
        return Answer.of(accepts=bool(accepts))
    if len(answer.text) > MOST_TEXT:
        raise InvalidValue("text_too_long", most=MOST_TEXT)
    if answer.kind in {AnswerKind.QUESTION, AnswerKind.OTHER_DAY} and not answer.text.strip():
        raise InvalidValue("say_what")
    return answer


def _reply(tx: Transaction, alumnus_key: int, request_key: int, answer: Answer) -> Question:
    asked = _question(tx, alumnus_key, request_key)
    before = _reply_now(tx, alumnus_key, request_key)
    if answer.kind is AnswerKind.QUESTION:
        _ask_back(tx, alumnus_key, asked, answer)
        return _question(tx, alumnus_key, request_key)
    takes_back = before is LedgerEvent.ACCEPTED and answer.kind is AnswerKind.NO
    if before in _FINAL or (before is LedgerEvent.ACCEPTED and not takes_back):
        raise InvalidValue("replied_already")
    if answer.kind is AnswerKind.YES:
        _need_place(asked, answer)
    learn(tx, alumnus_key, asked.request, answer)
    if takes_back:
        tx.ledger.add(LedgerLine(alumnus_key, request_key, LedgerEvent.RETRACTED, tx.today))
    elif answer.kind is AnswerKind.YES and not _ask_counts(tx, alumnus_key, request_key):
        tx.ledger.add(LedgerLine(alumnus_key, request_key, LedgerEvent.ASKED, asked.asked_on))
    tx.ledger.add(LedgerLine(alumnus_key, request_key, EVENT_OF[answer.kind], tx.today))
    state = InvitationState.RETRACTED if takes_back else STATE_OF[answer.kind]
    _keep_answer(tx, alumnus_key, request_key, answer, state)
    asks.end_others(tx, alumnus_key, request_key, InvitationState.SKIPPED)
    details: dict[str, object] = {"query": request_key, "alumnus": alumnus_key}
    details["accepts"] = answer.kind is AnswerKind.YES
    if answer.kind not in {AnswerKind.YES, AnswerKind.NO}:
        details["answer"] = answer.kind.value
    if answer.reason is not None:
        details["why_not"] = answer.reason.value
    if takes_back:
        details["takes_back"] = True
    tx.note(Action.REPLY, details)
    agreed = answer.kind is AnswerKind.YES
    is_told = agreements.tell_reply(
        tx, asked.request, alumnus_key, accepts=agreed, had_agreed=takes_back, at=answer.moment or asked.moment
    )
    if agreed:
        asks.tell_others(tx, request_key)
    else:
        _tell(tx, request_key, answer, takes_back=takes_back and not is_told)
    return _question(tx, alumnus_key, request_key)


def _need_place(asked: Question, answer: Answer) -> None:
    """Raises InvalidValue where a yes is too late, or names a moment that the request does not have."""
    if asked.withdrawn:
        raise InvalidValue("request_withdrawn")
    if asked.is_over:
        raise InvalidValue("request_over")
    if asked.is_full:
        raise InvalidValue("request_full")
    if answer.moment is not None and answer.moment not in {one.start for one in asked.request.moments}:
        raise InvalidValue("no_such_moment")


def _ask_counts(records: Records, alumnus_key: int, request_key: int) -> bool:
    """Whether an ask of this alumnus for a request counts: none does that was given back."""
    lines = records.ledger.of(alumnus_key)
    return any(line.event is LedgerEvent.ASKED and line.request_key == request_key for line in lines)


def _keep_answer(tx: Transaction, alumnus_key: int, request_key: int, answer: Answer, state: InvitationState) -> None:
    made = [one for one in tx.invitations.of(alumnus_key) if one.request_key == request_key and one.was_made]
    if not made:
        return
    one = made[-1]
    moments = tx.records.by_key(RecordKind.REQUESTS, [request_key])
    request = cast("Request", moments[request_key])
    only = request.moments[0].start if answer.kind is AnswerKind.YES and len(request.moments) == 1 else None
    values: dict[str, object] = {"state": state, "answer": answer.kind, "why_not": answer.reason, "until": answer.until}
    values |= {"moment": answer.moment or only, "said": answer.text.strip() or None}
    tx.invitations.change(one.key, one.state, {**values, "answered_at": stored(tx.now)})
    asks.drop_answered(tx, one)


def _ask_back(tx: Transaction, alumnus_key: int, asked: Question, answer: Answer) -> None:
    """A question of the alumnus: kept with the invitation, and mailed to whoever made the request."""
    request_key = asked.request.key
    one = tx.invitations.newest(alumnus_key, request_key)
    if one is not None:
        tx.invitations.change(one.key, one.state, {"said": answer.text.strip()})
        asks.tell_requester(tx, request_key, "question_asked", invitation=str(one.key))
    tx.note(Action.REPLY, {"query": request_key, "alumnus": alumnus_key, "answer": answer.kind.value, "accepts": None})


def _tell(tx: Transaction, request_key: int, answer: Answer, *, takes_back: bool) -> None:
    """Mails whoever made the request what cannot wait: a yes that is taken back, and another day."""
    if takes_back:
        asks.tell_requester(tx, request_key, "taken_back")
    elif answer.kind is AnswerKind.OTHER_DAY:
        asks.tell_requester(tx, request_key, "other_day")


def _asker_of_link(records: Records, secret: str) -> tuple[Asker, int]:
    """The alumnus whom a link was sent to, as an asker without an account, and the request's key.

    Raises NotLoggedIn.
    """
    link = records.links.find(secret)
    request_key = messages.request_of(link.purpose) if link else None
    if link is None or request_key is None:
        raise NotLoggedIn("reply_spent")
    alumnus = _alumnus(records, link.alumnus_key)
    return Asker(0, Role.ALUMNUS, alumnus.school, alumnus.key), request_key


def _alumnus(records: Records, key: int) -> Alumnus:
    return cast("Alumnus", records.records.by_key(RecordKind.ALUMNI, [key])[key])


def _questions(
    records: Records, alumnus_key: int, only: int | None = None, *, unanswered: bool = False
) -> list[Question]:
    entries = told(records.ledger.entries(alumnus_key))
    lines = [line for line in entries if only is None or line.request_key == only]
    asked_on = {line.request_key: line.on for line in lines if line.event is LedgerEvent.ASKED and line.request_key}
    requests = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, list(asked_on)))
    made = {one.request_key: one for one in records.invitations.of(alumnus_key) if one.was_made}
    alumnus = _alumnus(records, alumnus_key) if asked_on else None
    rows = []
    for key, day in asked_on.items():
        one = made.get(key)
        reply = demands.replies_of([line for line in lines if line.request_key == key]).get(alumnus_key)
        if key not in requests or alumnus is None or (reply is None and (one is None or one.state in _NEVER_READ)):
            continue
        if unanswered and reply in _REPLIES:
            continue
        rows.append(_question_of(records, alumnus, requests[key], day, reply, one))
    return sorted(rows, key=lambda row: (row.asked_on, row.request.request_id), reverse=True)


_NEVER_READ = {InvitationState.UNDONE, InvitationState.UNREACHED}


def _question_of(  # noqa: PLR0917 - a question, and all that is known of it
    records: Records,
    alumnus: Alumnus,
    request: Request,
    asked_on: date,
    reply: LedgerEvent | None,
    one: Invitation | None,
) -> Question:
    phase = records.demands.state(request.key).phase
    last, agrees = own_days(request)[1], reply is LedgerEvent.ACCEPTED
    yes = sum(
        event is LedgerEvent.ACCEPTED
        for event in demands.replies_of(told(records.ledger.entries(request=request.key))).values()
    )
    return Question(
        request,
        asked_on,
        reply if reply in _REPLIES else None,
        state=one.state if one else None,
        deadline=one.deadline if one else None,
        moment=one.moment if one and agrees else None,
        contact=records.people.requester(request.key) if agrees else None,
        learned=learned(records, alumnus, request, one),
        is_full=not agrees and yes >= request.people,
        is_over=phase in STOPPED or (last is not None and last < records.today),
        withdrawn=phase is Phase.WITHDRAWN,
    )


def _question(records: Records, alumnus_key: int, request_key: int) -> Question:
    for row in _questions(records, alumnus_key, request_key):
        return row
    raise UnknownId("no_such_question")


# ---- after a yes


def with_yes(app: App, asker: Asker, most: int) -> list[Request]:
    """The asker's requests that an alumnus accepted and that are not over, at most `most`, the last yes first.

    Also those that are full. Of the last hundred that were accepted.
    """
    owner = asker.owner(Action.CONTACT)
    with app.store.read() as records:
        keys = records.ledger.requests_with_yes(owner, asker.kinds(), _LOOKED_AT)
        found = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, keys))
        states, today = records.demands.states(list(found)), records.today
    accepted = [found[key] for key in keys if key in found and states[key].phase is Phase.OPEN]
    return [one for one in accepted if (own_days(one)[1] or today) >= today][:most]


def helpers(app: App, asker: Asker, request_id: str, *, school: str | None = None) -> list[Helper]:
    """The alumni who said yes to a request and whose consent is in force, with name and address.

    Showing them is logged. Raises Forbidden, UnknownId, AmbiguousId.
    """

    def work(tx: Transaction) -> list[Helper]:
        request = lookup.request(tx, asker, Action.CONTACT, request_id, school)
        since = _accepted(tx.ledger.of_request(request.key))
        agreed = coming(tx, app, request)
        if agreed:
            tx.note(Action.CONTACT, {"query": request.key, "alumni": sorted(alumnus.key for alumnus in agreed)})
        return [_helper(tx, alumnus, since[alumnus.key]) for alumnus in agreed]

    return app.store.write(work, by=asker)


def coming(records: Records, app: App, request: Request) -> list[Alumnus]:
    """The alumni who said yes to a request, did not take it back, and whose consent is in force."""
    since = _accepted(records.ledger.of_request(request.key))
    alumni = cast("dict[int, Alumnus]", records.records.by_key(RecordKind.ALUMNI, list(since)))
    return [alumnus for alumnus in alumni.values() if _agrees(app, alumnus, request, records.today)]


def _accepted(lines: Iterable[LedgerLine]) -> dict[int, date]:
    """The alumni who said yes and did not take it back, by random key, and when."""
    lines = list(lines)
    agree = {key for key, event in demands.replies_of(lines).items() if event is LedgerEvent.ACCEPTED}
    return {
        line.alumnus_key: line.on for line in lines if line.event is LedgerEvent.ACCEPTED and line.alumnus_key in agree
    }


def _agrees(app: App, alumnus: Alumnus, request: Request, on: date) -> bool:
    """Whether consent for what is asked is in force on a day."""
    return app.terms.agrees(alumnus.consents, KINDS[request.kind].purpose, on)


def _helper(records: Records, alumnus: Alumnus, since: date) -> Helper:
    return Helper(alumnus, records.people.contact(alumnus.key) or Contact(), since)
