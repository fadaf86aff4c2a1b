"""Mail that comes in: a reply of an alumnus, a bounce, or something that no person wrote.

Whoever answers is told by the token of the address that a mail went out with, never by the sender. What rules read with
certainty is recorded and confirmed to the address of the record; the rest is kept for a person. Everything that one
message does is one transaction, with the record that it was dealt with, so the same message twice does one thing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from matcher.domain import invitations as invitation
from matcher.domain.invitations import AnswerKind, InvitationState
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.domain.weekly import LETTER
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.replies.incoming import Incoming, Kind, incoming
from matcher.replies.moments import named
from matcher.replies.naming import by_number
from matcher.replies.reading import Answer, Reading, read
from matcher.repositories import Records, Transaction
from matcher.repositories.inbox import Doubt
from matcher.services import agreements, asks, digest, first_asks, invitations, lookup, messages, subscriptions
from matcher.services.app import App, StoreApp

SEEN = timedelta(days=180)
"""How long it is known that a message was dealt with: as long as a reply is recognised."""
LONGEST_TEXT = 4000
"""The most characters that are kept of a reply that a person has to read."""
_ONE_DOUBT = timedelta(days=1)
"""An alumnus is told at most once in this time that a person reads a reply: a program that answers gets no answer."""
_CONFIRMED = {
    Answer.YES: "heard_yes",
    Answer.NO: "heard_no",
    Answer.LATER: "heard_later",
    Answer.STOP: "heard_stop",
    Answer.DOUBT: "heard_doubt",
}
_KINDS = {Answer.YES: AnswerKind.YES, Answer.NO: AnswerKind.NO, Answer.LATER: AnswerKind.LATER}
_OPEN = frozenset({InvitationState.ASKED, InvitationState.LATER, InvitationState.OTHER_DAY})


class Done(StrEnum):
    """What was done with a message."""

    AGAIN = "again"
    """Nothing: it was dealt with before."""
    UNKNOWN = "unknown"
    """Nothing: it is no answer to a mail of ours, or to one that is too old. A person has to look."""
    AUTOMATIC = "automatic"
    """Nothing: no person wrote it."""
    RECORDED = "recorded"
    """What it says was recorded."""
    DOUBT = "doubt"
    """It was kept for a person."""
    BOUNCED = "bounced"
    """A mail came back for now, or for a reason that is not the address."""
    CLOSED = "closed"
    """The address was closed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done with a message, and what was read in a reply."""

    done: Done
    reading: Answer | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reply that a person has to read: who wrote it, and about which request.

    `asked`: the open questions to the alumnus, where it is not known which of them it is about.
    """

    doubt: Doubt
    alumnus: Alumnus
    request: Request | None
    asked: tuple[Request, ...] = ()


def take(app: StoreApp, asker: Asker, raw: bytes, mailbox: str) -> Outcome:
    """Deals with one message that came in for a mailbox. Raises Forbidden, StoreError; never for what is in it."""
    asker.scope(Action.INBOX_TAKE)
    message = incoming(raw, mailbox)
    return app.store.write(lambda tx: _take(tx, app, message), by=asker)


def _take(tx: Transaction, app: StoreApp, message: Incoming) -> Outcome:
    link = tx.links.find(message.token) if message.token else None
    mail = subscriptions.mail_of(link.purpose) if link else None
    if link is None or mail is None:
        return Outcome(Done.UNKNOWN)
    if not tx.inbox.take(message.digest):
        return Outcome(Done.AGAIN)
    about = _requests_of(tx, mail, link.alumnus_key)
    if message.kind is Kind.BOUNCE:
        return _bounced(tx, app, message, link.alumnus_key, about)
    if message.kind is Kind.AUTOMATIC:
        return Outcome(Done.AUTOMATIC)
    if len(about) > 1:
        return _answered_some(tx, message.text, link.alumnus_key, about)
    return _answered(tx, message.text, link.alumnus_key, about[0] if about else None)


def _requests_of(tx: Transaction, mail: tuple[str, int | None], alumnus_key: int) -> list[int]:
    """The requests that a mail is about: of a weekly letter its questions, in the order of their numbers."""
    message, about = mail
    if message == LETTER and about is not None:
        parts = digest.sent_questions(tx, about, alumnus_key)
        return [key for part in parts if (key := messages.request_key_of(part)) is not None]
    return [] if about is None else [about]


# ---- replies


def _answered_some(tx: Transaction, text: str, alumnus_key: int, about: list[int]) -> Outcome:
    """A reply to a letter with several questions: of each that it names by number; one that names none is a doubt."""
    said = by_number(text)
    if not said or not all(1 <= number <= len(about) for number in said):
        return _answered(tx, text, alumnus_key, None)
    outcomes = [_answered(tx, words, alumnus_key, about[number - 1]) for number, words in said.items()]
    return next((one for one in outcomes if one.done is not Done.RECORDED), outcomes[0])


def _answered(tx: Transaction, text: str, alumnus_key: int, request_key: int | None) -> Outcome:
    reading, moment = _with_moment(tx, request_key, read(text))
    recorded = record(tx, alumnus_key, request_key, reading.answer, moment)
    if recorded:
        _confirm(tx, alumnus_key, request_key, reading, moment)
        tx.note("inbox.reply", {"alumnus": alumnus_key, "query": request_key, "reading": reading.answer.value})
    if recorded and not reading.says_more:
        return Outcome(Done.RECORDED, reading.answer)
    if not recorded and tx.outbox.waiting(alumnus_key, "heard_doubt", since=tx.now - _ONE_DOUBT) == 0:
        _confirm(tx, alumnus_key, request_key, Reading(Answer.DOUBT))
    tx.inbox.doubt(alumnus_key, request_key, reading.answer.value, text[:LONGEST_TEXT])
    tx.note("inbox.doubt", {"alumnus": alumnus_key, "query": request_key, "reading": reading.answer.value})
    return Outcome(Done.RECORDED if recorded else Done.DOUBT, reading.answer)


def _with_moment(records: Records, request_key: int | None, reading: Reading) -> tuple[Reading, datetime | None]:
    """What a reply says, and the moment of the request that a yes names, where it surely names one.

    A yes to a day or time that was not proposed is a doubt. One that names several, or is not sure which, is a yes
    without a moment, and a person reads it.
    """
    request = lookup.request_at(records, request_key)
    if reading.answer is not Answer.YES or request is None or not request.moments:
        return reading, None
    said = named(reading.words, [one.start for one in request.moments])
    if said is None or said.one is not None:
        return reading, said.one if said else None
    return (replace(reading, says_more=True) if said.fits else Reading(Answer.DOUBT)), None


def record(
    tx: Transaction, alumnus_key: int, request_key: int | None, answer: Answer, moment: datetime | None = None
) -> bool:
    """Records what an alumnus answers; False where that cannot be, or says nothing new. `moment`: which a yes names."""
    if answer is Answer.STOP:
        subscriptions.stop(tx, alumnus_key, subscriptions.EVERYTHING)
        _reply_if_open(tx, alumnus_key, request_key, invitation.Answer(AnswerKind.NO))
        return True
    if answer not in _KINDS:
        return False
    return _reply_if_open(tx, alumnus_key, request_key, invitation.Answer(_KINDS[answer], moment=moment))


def _reply_if_open(tx: Transaction, alumnus_key: int, request_key: int | None, answer: invitation.Answer) -> bool:
    if request_key is None:
        return False
    try:
        invitations.reply_within(tx, alumnus_key, request_key, answer)
    except (InvalidValue, UnknownId):  # answered before, or never asked
        return False
    return True


def _confirm(
    tx: Transaction, alumnus_key: int, request_key: int | None, reading: Reading, moment: datetime | None = None
) -> None:
    """Tells the alumnus at the address of the record, whoever sent the mail; what was agreed is told by another."""
    request = lookup.request_at(tx, request_key)
    has_moment = moment is not None or (request is not None and agreements.moment_of(request) is not None)
    if reading.answer is Answer.YES and has_moment:
        return
    tx.outbox.add(alumnus_key, _CONFIRMED[reading.answer], request_key=request_key)


# ---- bounces


def _bounced(tx: Transaction, app: StoreApp, message: Incoming, alumnus_key: int, about: list[int]) -> Outcome:
    """A mail that came back for good did not ask anybody; where it is about the address, no mail goes there any more.

    The address is that of the record today, if the bounce names it, or names nobody. `about`: the requests of the mail.
    """
    bounce = message.bounce
    if bounce is None or not bounce.permanent:
        return Outcome(Done.BOUNCED)
    for request_key in about:
        one = tx.invitations.newest(alumnus_key, request_key)
        if one is not None and one.state is InvitationState.ASKED:
            asks.end(tx, one, InvitationState.UNREACHED, released=True)
            asks.fill_places(tx, app.answer_terms, app.terms, one.request_key)
    contact = tx.people.contact(alumnus_key)
    email = contact.email if contact else None
    is_theirs = email is not None and (not bounce.recipients or email.strip().casefold() in bounce.recipients)
    closed = bool(email and is_theirs and bounce.closes and tx.closed_addresses.close(email, bounce.status))
    details: dict[str, object] = {"alumnus": alumnus_key, "query": about[0] if about else None}
    details |= {"status": bounce.status, "closed": closed}
    tx.note("inbox.bounce", details)
    if closed:
        first_asks.after_bounce(tx, alumnus_key)
    return Outcome(Done.CLOSED if closed else Done.BOUNCED)


# ---- what a person has to read


def waiting(app: StoreApp, asker: Asker, *, school: str | None = None) -> list[Waiting]:
    """The replies that a person has to read, the oldest first. Showing them is logged. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.REPLIES_READ, school)

    def work(tx: Transaction) -> list[Waiting]:
        doubts = tx.inbox.page(school=owner)
        alumni = tx.records.by_key(RecordKind.ALUMNI, sorted({doubt.alumnus_key for doubt in doubts}))
        about = tx.records.by_key(RecordKind.REQUESTS, sorted({one.request_key for one in doubts if one.request_key}))
        if doubts:
            tx.note(Action.REPLIES_READ, {"alumni": sorted(alumni)})
        return [
            Waiting(
                doubt,
                cast("Alumnus", alumni[doubt.alumnus_key]),
                cast("Request | None", about.get(doubt.request_key or 0)),
                () if doubt.request_key else tuple(_open_questions(tx, doubt.alumnus_key)),
            )
            for doubt in doubts
        ]

    return app.store.write(work, by=asker)


def _open_questions(records: Records, alumnus_key: int) -> list[Request]:
    """The requests that an alumnus was asked for and can still answer."""
    keys = [one.request_key for one in records.invitations.of(alumnus_key) if one.state in _OPEN]
    found = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, keys))
    return sorted(found.values(), key=lambda request: (request.request_id, request.key))


def decide(app: StoreApp, asker: Asker, key: int, answer: Answer | None, *, request_id: str | None = None) -> bool:
    """Records what a person read in a reply, as the alumnus said it, and removes it; None: nothing is to be recorded.

    `request_id`: which of `Waiting.asked` it is about, of a reply that names none. Returns whether it was recorded: not
    where the alumnus has answered meanwhile. Raises Forbidden, UnknownId, and InvalidValue('which_question') for an
    answer to a question where it is not known to which.
    """
    owner = asker.owner(Action.REPLIES_READ)

    def work(tx: Transaction) -> bool:
        doubts = tx.inbox.page(key=key, school=owner)
        if not doubts:
            raise UnknownId("unknown_reply", key=str(key))
        (doubt,) = doubts
        if doubt.request_key is None and request_id:
            asked = [one for one in _open_questions(tx, doubt.alumnus_key) if one.request_id == request_id.strip()]
            if not asked:
                raise UnknownId("unknown_request", id=request_id)
            doubt = replace(doubt, request_key=asked[0].key)
        if doubt.request_key is None and answer in _KINDS:
            raise InvalidValue("which_question")
        moment = _moment_meant(tx, doubt) if answer is Answer.YES else None
        recorded = answer is not None and record(tx, doubt.alumnus_key, doubt.request_key, answer, moment)
        if recorded and answer is not None:
            _confirm(tx, doubt.alumnus_key, doubt.request_key, Reading(answer), moment)
        tx.inbox.done(key)
        details = {"alumnus": doubt.alumnus_key, "query": doubt.request_key, "recorded": recorded}
        tx.note("replies.decide", {**details, "reading": answer.value if answer else None})
        return recorded

    return app.store.write(work, by=asker)


def _moment_meant(records: Records, doubt: Doubt) -> datetime | None:
    """The one moment that a reply surely names, once a person took it for a yes."""
    request = lookup.request_at(records, doubt.request_key)
    said = named(doubt.text.casefold(), [one.start for one in request.moments]) if request else None
    return said.one if said else None


def advance(app: App, asker: Asker) -> int:
    """Removes replies that nobody read in `inbox_days`, and what is no longer needed; how many. Raises Forbidden."""
    asker.scope(Action.INBOX_TAKE)
    term = timedelta(days=app.inbox_days)
    with app.store.read() as records:
        if not records.inbox.is_over(records.now - term, records.now - SEEN):
            return 0

    def work(tx: Transaction) -> int:
        removed = tx.inbox.forget(tx.now - term, tx.now - SEEN)
        if removed:
            tx.note("inbox.forget", {"replies": removed})
        return removed

    return app.store.write(work, by=asker)
