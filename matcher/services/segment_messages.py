"""Messages to a segment: written, looked at, approved by another person, sent, and what came of them.

A message has a purpose, and whether somebody agrees to that is looked at in the transaction that writes the mail, and
again where it is sent. It counts as an ask of everybody who gets it (`matcher.services.segment_asks`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from matcher.domain.feedback import OPEN, link_of, published, too_few
from matcher.domain.kinds import Purpose
from matcher.domain.moments import aware, stored
from matcher.domain.segments import LONGEST_SUBJECT, LONGEST_TEXT, PURPOSES, read_criteria
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker, Role
from matcher.repositories import Records, Transaction
from matcher.repositories.segments import (
    APPROVED,
    ASKED,
    CLOSED,
    DRAFT,
    REACHED,
    RELEASED,
    SENT,
    UNDONE,
    KeptMessage,
)
from matcher.repositories.values import Mail
from matcher.services.app import App, StoreApp
from matcher.services.segment_asks import Look, ask, look_at, members, name_of, release, still_of, words_of

CHUNK = 200
"""Alumni in one transaction, so that a large message does not keep other writers waiting."""
KEPT = timedelta(days=3 * 365)
"""How long a message is kept, with its recipients and what was answered: so that last year's answers are there."""
UNSENT = timedelta(days=90)
"""How long a message that nobody approved is kept."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it is written. `segment` and `form`: ids; `form` is empty for one without questions."""

    segment: str
    purpose: Purpose
    subject: str
    text: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of a message: `asked` is `sent`, `waiting` and `released`; `answered` is of those with questions."""

    asked: int
    sent: int
    waiting: int
    released: int
    answered: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A message, what came of it (None before it was approved), and until when it can be taken back (UTC)."""

    message: KeptMessage
    figures: Figures | None
    undo_until: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A message before it goes out: whom it may go to, its mail word for word, and whether the asker may approve it.

    `alone`: the asker wrote it, and may approve it since the school has no other coordinator.
    """

    standing: Standing
    look: Look | None
    mail: Mail
    may_approve: bool
    alone: bool


def write(app: StoreApp, asker: Asker, draft: Draft, *, school: str | None = None) -> KeptMessage:
    """Writes a message to a segment, which nobody gets before it is approved.

    Raises Forbidden, UnknownId: 'unknown_segment', 'unknown_form'; InvalidValue: 'segment_purpose', 'segment_text'.
    """
    owner = asker.owner(Action.SEGMENT, school)
    subject, text = " ".join(draft.subject.split()), draft.text.strip().replace("\r\n", "\n")
    if draft.purpose not in PURPOSES or (draft.form and draft.purpose is not Purpose.FEEDBACK):
        raise InvalidValue("segment_purpose", value=draft.purpose.value)
    if not (0 < len(subject) <= LONGEST_SUBJECT and 0 < len(text) <= LONGEST_TEXT):
        raise InvalidValue("segment_text", subject=LONGEST_SUBJECT, text=LONGEST_TEXT)

    def work(tx: Transaction) -> KeptMessage:
        segments = tx.segments.listed(owner, draft.segment.strip().upper())
        if not segments:
            raise UnknownId("unknown_segment", id=draft.segment)
        (segment, *_) = segments
        forms = tx.feedback.forms(segment.school, draft.form.strip().upper()) if draft.form else []
        if draft.form and not forms:
            raise UnknownId("unknown_form", id=draft.form)
        message = KeptMessage(
            key=0,
            id="",
            school=segment.school,
            segment=segment.name,
            criteria=segment.criteria,
            purpose=draft.purpose.value,
            subject=subject,
            text=text,
            questions=forms[0].questions if forms else (),
            state=DRAFT,
            written_at=stored(tx.now),
            actor=None,
            role="",
        )
        made = tx.segment_messages.add(message)
        tx.note("segment.write", {"segment": segment.key, "message": made.key, "purpose": made.purpose})
        return made

    return app.store.write(work, by=asker)


def listed(app: StoreApp, asker: Asker, school: str | None = None) -> list[Standing]:
    """The messages of the school, the newest first, with what came of each. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.SEGMENT, school)
    with app.store.read() as records:
        return [_standing(records, one) for one in records.segment_messages.listed(owner)]


def shown(app: App, asker: Asker, id_: str, *, school: str | None = None) -> Shown:
    """A message as it goes out, and to how many. Changes nothing. Raises Forbidden, UnknownId('unknown_message')."""
    owner = asker.owner(Action.SEGMENT, school)
    with app.store.read() as records:
        message = _message(records, id_, owner)
        alone = _alone(records, asker, message)
        may = asker.may(Action.SEGMENT_APPROVE) and (alone or not app.second_approves or not _wrote(asker, message))
        look = _look(app, records, message) if message.state == DRAFT else None
        last = message.closes_on or records.today + OPEN
        return Shown(_standing(records, message), look, _mail(message, last), may, alone and app.second_approves)


def approve(app: App, asker: Asker, id_: str, *, expected: int | None = None, school: str | None = None) -> Standing:
    """Approves a message, and writes the mail to everybody who may have it, which can be taken back for a while.

    `expected`: how many `shown` said. Raises Forbidden, UnknownId, and InvalidValue: 'no_mail_server',
    'segment_second' where the writer may not approve it, 'segment_nobody', 'segment_changed' where another number would
    be mailed, 'segment_done' where it was approved already.
    """
    owner = asker.owner(Action.SEGMENT_APPROVE, school)
    if not app.sends_mail:
        raise InvalidValue("no_mail_server")

    def work(tx: Transaction) -> KeptMessage:
        message = _message(tx, id_, owner)
        alone = app.second_approves and _wrote(asker, message)
        if alone and not _alone(tx, asker, message):
            raise InvalidValue("segment_second")
        count = _look(app, tx, message).mailed
        if count == 0:
            raise InvalidValue("segment_nobody")
        if expected is not None and expected != count:
            raise InvalidValue("segment_changed", expected=expected, count=count)
        values = {
            "state": APPROVED,
            "approver": asker.key or None,
            "approver_role": asker.role.value,
            "approved_on": tx.today,
            "alone": alone,
            "undo_until": stored(tx.now + app.answer_terms.undo),
            "closes_on": tx.today + OPEN,
        }
        if not tx.segment_messages.change(message.key, [DRAFT], values):
            raise InvalidValue("segment_done")
        tx.note("segment.approve", {"message": message.key, "purpose": message.purpose, "alone": alone})
        return message

    with app.store.read() as records:  # reading first does not block other writers
        if _message(records, id_, owner).state != DRAFT:
            raise InvalidValue("segment_done")
    message = app.store.write(work, by=asker)
    _fill(app, asker, message.key)
    with app.store.read() as records:
        return _standing(records, _message(records, message.id, owner))


def _fill(app: App, asker: Asker, key: int) -> int:
    """Writes the mail of an approved message to those who may have it; returns to how many. May be called again."""
    with app.store.read() as records:
        message = next(iter(records.segment_messages.listed(key=key, states=[APPROVED])), None)
        if message is None:
            return 0
        (those,) = members(records, app.terms, message.school, [read_criteria(message.criteria)])
    written = 0
    for chunk in _chunks([one.person.key for one in those]):
        written += app.store.write(partial(_write, app, key, chunk), by=asker)
    app.store.write(lambda tx: tx.segment_messages.change(key, [APPROVED], {"state": SENT}), by=asker)
    return written


def _write(app: App, key: int, keys: Sequence[int], tx: Transaction) -> int:
    message = next(iter(tx.segment_messages.listed(key=key, states=[APPROVED])), None)
    if message is None or message.undo_until is None:  # taken back meanwhile
        return 0
    still = still_of(tx, app.terms, message, keys)
    if still:
        delay = max(aware(message.undo_until) - tx.now, timedelta(0))
        ask(tx, message, still, delay, link_of(message.key) if message.questions else "")
        tx.note("segment.send", {"alumni": still, "message": message.key, "purpose": message.purpose})
    return len(still)


def undo(app: StoreApp, asker: Asker, id_: str, *, school: str | None = None) -> int:
    """Takes a message back before its mail goes out: nobody was asked. Returns how many would have been.

    Raises Forbidden, UnknownId('unknown_message'), InvalidValue('segment_too_late').
    """
    owner = asker.owner(Action.SEGMENT_APPROVE, school)

    def work(tx: Transaction) -> int:
        message = _message(tx, id_, owner)
        in_time = message.undo_until is not None and tx.now < aware(message.undo_until)
        if not in_time or not tx.segment_messages.change(message.key, [APPROVED, SENT], {"state": UNDONE}):
            raise InvalidValue("segment_too_late")
        tx.note("segment.undo", {"message": message.key})
        return message.key

    key = app.store.write(work, by=asker)  # from here on no mail of it goes out
    with app.store.read() as records:
        people = [one.key for one in records.segment_messages.people(message_key=key, state=ASKED)]
    return sum(app.store.write(partial(_release, chunk), by=asker) for chunk in _chunks(people))


def discard(app: StoreApp, asker: Asker, id_: str, *, school: str | None = None) -> None:
    """Removes a message that was not approved. Raises Forbidden, UnknownId, InvalidValue('segment_done')."""
    owner = asker.owner(Action.SEGMENT, school)

    def work(tx: Transaction) -> None:
        message = _message(tx, id_, owner)
        if message.state != DRAFT:
            raise InvalidValue("segment_done")
        tx.segment_messages.remove([message.key])
        tx.note("segment.discard", {"message": message.key})

    app.store.write(work, by=asker)


def advance(app: App, asker: Asker) -> int:
    """Finishes messages whose process stopped, releases whom no mail reached, closes what is over, forgets the old.

    Returns how many messages and people that was about. Raises Forbidden.
    """
    asker.scope(Action.SEGMENT)
    with app.store.read() as records:  # reading first does not block other writers
        today = records.today
        every = records.segment_messages.listed()
        unreached = [one.key for one in records.segment_messages.unreached()]
        half = [one.key for one in every if one.state == APPROVED]
        over = [one.key for one in every if one.state == SENT and _is_over(one, today)]
        old = [one.key for one in every if _is_old(one, records.now)]
    done = sum(_fill(app, asker, key) for key in half) if app.sends_mail else 0
    for chunk in _chunks(unreached):
        done += app.store.write(partial(_release, chunk), by=asker)
    for key in over:
        done += app.store.write(partial(_close, key), by=asker)
    if old:
        app.store.write(partial(_forget, old), by=asker)
    return done + len(old)


def _release(keys: Sequence[int], tx: Transaction) -> int:
    released = [one.alumnus_key for one in tx.segment_messages.unreached(keys) if release(tx, one)]
    if released:
        tx.note("segment.release", {"alumni": released})
    return len(released)


def _close(key: int, tx: Transaction) -> int:
    """Ends a message: nobody answers any more, and of the answers is left what may be shown."""
    message = next(iter(tx.segment_messages.listed(key=key, states=[SENT])), None)
    if message is None or not _is_over(message, tx.today):
        return 0
    figures = _figures(tx, message)
    counts = {question: published(groups) for question, groups in tx.feedback.counts(key).items()}
    texts = tx.feedback.texts(key)
    values = {"state": CLOSED, "asked": figures.asked, "sent": figures.sent, "answered": figures.answered}
    if not tx.segment_messages.change(key, [SENT], values):
        return 0
    if message.questions:
        tx.feedback.replace(key, {question: groups for question, groups in counts.items() if groups})
        tx.feedback.forget_texts(key, too_few(texts))
    tx.note("segment.close", {"message": key})
    return 1


def _forget(keys: list[int], tx: Transaction) -> None:
    tx.segment_messages.remove(keys)
    tx.note("segment.forget", {"count": len(keys)})


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _is_over(message: KeptMessage, today: date) -> bool:
    return message.closes_on is not None and message.closes_on < today


def _is_old(message: KeptMessage, now: datetime) -> bool:
    return aware(message.written_at) + (UNSENT if message.state == DRAFT else KEPT) < now


def _message(records: Records, id_: str, owner: str | None) -> KeptMessage:
    found = records.segment_messages.listed(owner, id_=id_.strip().upper())
    if not found:
        raise UnknownId("unknown_message", id=id_)
    return found[0]


def _wrote(asker: Asker, message: KeptMessage) -> bool:
    return (asker.key or None, asker.role.value) == (message.actor, message.role)


def _alone(records: Records, asker: Asker, message: KeptMessage) -> bool:
    """Whether the asker wrote a message that no other coordinator of the school could approve."""
    return _wrote(asker, message) and records.accounts.others(Role.COORDINATOR, message.school, asker.key) == 0


def _look(app: App, records: Records, message: KeptMessage) -> Look:
    purpose, questions = Purpose(message.purpose), bool(message.questions)
    return look_at(records, app.terms, message.school, read_criteria(message.criteria), purpose, questions=questions)


def _figures(records: Records, message: KeptMessage) -> Figures:
    if message.asked is not None and message.sent is not None:  # closed: alumni erased since are counted still
        return Figures(message.asked, message.sent, 0, message.asked - message.sent, message.answered or 0)
    people = records.segment_messages.people(message_key=message.key)
    states: Mapping[str, int] = Counter(one.state for one in people)
    answered = sum(one.answered for one in people)
    return Figures(len(people), states.get(REACHED, 0), states.get(ASKED, 0), states.get(RELEASED, 0), answered)


def _standing(records: Records, message: KeptMessage) -> Standing:
    undo_until = None
    if message.state in {APPROVED, SENT} and message.undo_until and records.now < aware(message.undo_until):
        undo_until = message.undo_until
    return Standing(message, None if message.state == DRAFT else _figures(records, message), undo_until)


def _mail(message: KeptMessage, last: date) -> Mail:
    """The mail of a message to nobody in particular."""
    now = message.written_at
    words = {**words_of(message), "closes": last.isoformat()}
    return Mail(
        key=0,
        alumnus_key=None,
        request_key=None,
        school=message.school,
        message=name_of(message),
        values=words,
        link=link_of(message.key) if message.questions else "",
        address=None,
        own_address=False,
        message_id="",
        state="waiting",
        attempts=0,
        perhaps_twice=False,
        problem="",
        created_at=now,
        not_before=now,
        actor=None,
        role=message.role,
    )
