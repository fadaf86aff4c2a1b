"""The weekly letter, inside a transaction: which mail waits for it, and which questions it had."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.domain.demands import replies_of
from matcher.domain.ledger import LedgerEvent, told
from matcher.domain.moments import aware, day_in_netherlands
from matcher.domain.weekly import FOLDED, Weekly, may_wait
from matcher.repositories import Records, Transaction
from matcher.repositories.demands import Invitation
from matcher.repositories.values import Mail
from matcher.services.agreements import Step
from matcher.services.deciding import rhythm_of
from matcher.services.subscriptions import ANSWERS, NEEDED

INVITED, REMINDED, CALLED_OFF, TO_ALL = "invited", "reminded", "called_off", "to_all"
QUESTIONS = frozenset({INVITED, REMINDED})
"""Parts of a letter that are questions: they have a number, which a reply can name."""
AT_ONCE = NEEDED | ANSWERS | {step.value for step in Step} | {TO_ALL}
"""Mail that does not wait: it was asked for, the law asks for it, or it is about what was agreed."""
_NOT_OUT = frozenset({"waiting", "held"})


def wait(tx: Transaction, weekly: Weekly, mail: Mail, request_key: int | None) -> bool:
    """Puts a message that was taken into the letter of the week, if the alumnus gets mail so and it can wait.

    Also False for one that a mail server may have by now. A reminder never goes by itself: where the letter cannot have
    it in time, it is dropped.
    """
    key = mail.alumnus_key
    if key is None or mail.message in AT_ONCE or mail.attempts > 1 or mail.perhaps_twice:
        return False
    once_a_week, when = rhythm_of(tx, key, mail.school, weekly)
    if not once_a_week:
        return False
    until = tx.digests.due(key) or when.following(aware(mail.not_before))  # which is over after a stop of the sender
    one = None if request_key is None else tx.invitations.newest(key, request_key)
    if mail.message == INVITED and not may_wait(one.deadline if one else None, until):
        return False
    if mail.message == CALLED_OFF and request_key is not None and agreed(tx, key, request_key):
        return False
    last = one.deadline if one else None
    if mail.message == REMINDED and (last is None or day_in_netherlands(until) > last or _waits(tx, one)):
        tx.deliveries.finish(mail, "dropped", problem=FOLDED)
        return True
    tx.digests.wait(mail, until)
    return True


def _waits(records: Records, one: Invitation | None) -> bool:
    """Whether the question itself is not out yet."""
    mails = records.outbox.page(key=one.mail) if one is not None and one.mail is not None else []
    return any(mail.state in _NOT_OUT for mail in mails)


def agreed(records: Records, alumnus_key: int, request_key: int) -> bool:
    """Whether the last word of an alumnus to a request is a yes."""
    lines = [line for line in told(records.ledger.entries(alumnus_key)) if line.request_key == request_key]
    return replies_of(lines).get(alumnus_key) is LedgerEvent.ACCEPTED


def without_repeats(parts: Sequence[Mail]) -> list[Mail]:
    """The parts but for reminders of questions that are among them."""
    asked = {part.link for part in parts if part.message == INVITED}
    return [part for part in parts if part.message != REMINDED or part.link not in asked]


def questions(parts: Sequence[Mail]) -> list[Mail]:
    """The questions among the parts of a letter; the number of each is its place, from 1."""
    return [part for part in parts if part.message in QUESTIONS]


def sent_questions(records: Records, letter_key: int, alumnus_key: int) -> list[Mail]:
    """The questions of a letter that was sent to an alumnus.

    Empty where it may have been sent twice, since the first may have had others.
    """
    if any(letter.perhaps_twice for letter in records.outbox.page(key=letter_key)):
        return []
    return [part for part in questions(records.digests.parts(letter_key)) if part.alumnus_key == alumnus_key]
