"""Mail to alumni and those who ask them: sending what is due, and managing messages that wait or were refused.

A message is claimed in one transaction, sent outside any, and its outcome is recorded in another. So every process may
send, no page waits for a mail server, and a process that stops in between loses nothing: what it had claimed is claimed
again later, with the same Message-ID.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from matcher.domain.consent import Terms
from matcher.domain.demands import Phase, own_days
from matcher.domain.feedback import OPEN as FEEDBACK_LASTS
from matcher.domain.feedback import message_of
from matcher.domain.first_yes import FACTS, FACTS_LASTS, FIRST, FIRST_LASTS, newcomer_of
from matcher.domain.invitations import InvitationState
from matcher.domain.kinds import KINDS
from matcher.domain.moments import aware
from matcher.domain.records import Alumnus, RecordKind
from matcher.domain.school_settings import contact_in
from matcher.domain.weekly import FOLDED, LETTER
from matcher.errors import InvalidValue, MailError, MailRefused, MailUncertain, MailUnreachable, UnknownId
from matcher.matching.rules import RULES, conflict, no_consent, paused
from matcher.policy import Action, Asker
from matcher.ports import Letter, Mailer
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Beside, Mail, Whom
from matcher.services import digest, first_asks, lookup, retention, segment_asks, subscriptions
from matcher.services.app import App, StoreApp
from matcher.services.eligibility import failed_rule
from matcher.spreadsheets import forms

log = logging.getLogger("alumnimatch")

LOGIN = "login"
"""The message with a login link, and the purpose of that link."""
MOST_LINKS = 3
"""The most login links that an alumnus may have unexpired, and the most that may wait to be sent."""
LOGIN_LASTS = timedelta(minutes=15)
REPLY_LASTS = timedelta(days=14)
LONGEST_REPLY = timedelta(days=180)
INVITED, REMINDED, TO_ALL, QUESTION_ASKED = digest.INVITED, digest.REMINDED, digest.TO_ALL, "question_asked"
"""The messages that say what a question is about."""
_REPLY = "reply"
_OVER = frozenset({"released", "filled"})
"""The messages that an ask is over; not of a request that was withdrawn, which whoever comes hears too."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 360, 720, 720, 720))
"""How long a message waits after each failed attempt: about two days in all, then it is refused."""
_LOGIN_PAUSES = PAUSES[:3]
"""The same for a login link: the alumnus is waiting for it, and can ask again once it is given up."""
TEST = "test"
"""The message that an administrator sends to see whether mail arrives."""
MOST_TESTS = 3
_ON_THE_WAY = ("waiting", "sending")
_LATEST = {LOGIN: timedelta(hours=1)}
_LATEST_OTHER = timedelta(days=14)
"""A message that has been due for longer, for lack of a mail server, is no longer of use."""
_STOPS = tuple(rule for rule in RULES if rule.CODE in {no_consent.CODE, paused.CODE, conflict.CODE})
"""The rules that stop a waiting invitation; others, such as the budget, count that very invitation."""
_LASTS = {FIRST: FIRST_LASTS, FACTS: FACTS_LASTS}
"""How long links work that are neither for logging in nor for a reply."""
_RETENTION_STEPS = {message: step for step, message in retention.MESSAGES.items()}


Compose = Callable[[Mail, str], Letter]
"""The letter of a message, with the secret of its link, which is empty if it has none; `mail.beside` says the rest."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of sending did: how many messages the server took, and whether it could be reached."""

    sent: int = 0
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is sent. `shown`: the message that the letter is composed of; `parts`: those that end with `mail`.

    `links`: the secrets that were made for it, with the purpose of each.
    """

    mail: Mail
    shown: Mail
    address: str
    secret: str
    links: tuple[tuple[str, str], ...]
    parts: tuple[Mail, ...] = ()


def deliver(
    app: App, asker: Asker, mailer: Mailer, compose: Compose, *, stopped: Callable[[], bool] = lambda: False
) -> Round:
    """Sends what is due, one message after another, until nothing is, or the server cannot be reached.

    `stopped` is called before each message. Raises Forbidden, StoreUnavailable.
    """
    asker.scope(Action.MAIL_SEND)
    sent = 0
    while not stopped():
        with app.store.read() as records:  # reading first does not block other writers
            due = records.deliveries.next_due()
            if due is None or due > records.now:
                break
        taken = app.store.write(partial(_take, app=app), by=asker)
        if taken is None:
            break
        error = _send(taken, mailer, compose)
        app.store.write(partial(_record, app=app, taken=taken, error=error), by=asker)
        sent += error is None
        if isinstance(error, (MailUnreachable, MailUncertain)):
            return Round(sent, reachable=False)
    return Round(sent)


def _take(tx: Transaction, app: App) -> _Taken | None:
    """The next message that can be sent, with its address and the secret of its link; None if none is due.

    What an alumnus wants once a week, and can wait, is put into the letter of the week in the same transaction.
    """
    while (mail := tx.deliveries.take()) is not None:
        if mail.message == LETTER:
            letter = _take_letter(tx, app, mail)
            if letter is not None:
                return letter
            continue
        address = mail.address or _address_of(tx, mail)
        end = _end_of(tx, app, mail, address)
        if end is not None or not address:
            state, problem = end or ("refused", "no_address")
            tx.deliveries.finish(mail, state, problem=problem)
        elif digest.wait(tx, app.weekly, mail, request_key_of(mail)):
            continue
        elif (secret := _secret(tx, mail)) is None:
            tx.deliveries.finish(mail, "dropped", problem="withdrawn")
        else:
            shown = replace(_worded(tx, mail), beside=_beside(tx, mail, address))
            return _Taken(mail, shown, address, secret, _links(shown, secret))
    return None


def _end_of(tx: Transaction, app: App, mail: Mail, address: str | None) -> tuple[str, str] | None:
    """The state and the problem with which a message ends before it is sent; None where it may be sent."""
    if not address:
        return "refused", "no_address"
    if _is_late(mail, tx.now):
        return "refused", "too_late"
    if _is_answered(tx, app, mail):
        return "dropped", "answered"
    refused = _refusal(tx, mail, address)
    if refused is not None:
        return ("refused" if refused == subscriptions.ADDRESS_CLOSED else "dropped"), refused
    return ("dropped", "withdrawn") if _is_withdrawn(tx, app.terms, mail) else None


def _take_letter(tx: Transaction, app: App, mail: Mail) -> _Taken | None:
    """A weekly letter with those of its parts that may still be sent; None where none may.

    One that is left goes as the mail that it would have been.
    """
    parts, address = tx.digests.take(mail), _address_of(tx, mail)
    ends = {part.key: _end_of(tx, app, part, address) for part in parts}
    left = digest.without_repeats([part for part in parts if ends[part.key] is None])
    kept = {part.key for part in left}
    for part in parts:
        if part.key not in kept:
            state, problem = ends[part.key] or ("dropped", FOLDED)
            tx.deliveries.finish(part, state, problem=problem)
    if not left or not address:
        tx.deliveries.finish(mail, "dropped", problem="empty")
        return None
    told = [(_worded(tx, part), _secret(tx, part) or "") for part in left]
    if len(told) == 1:
        only, secret = told[0]
        shown = replace(only, message_id=mail.message_id, beside=_beside(tx, only, address))
        return _Taken(mail, shown, address, secret, _links(shown, secret), tuple(left))
    shown = replace(mail, beside=replace(_beside(tx, mail, address), parts=tuple(told)))
    links = [(secret, part.link) for part, secret in told if secret]
    return _Taken(mail, shown, address, "", (*links, *_links(shown, "")), tuple(left))


def _links(mail: Mail, secret: str) -> tuple[tuple[str, str], ...]:
    """The secrets of a message, with the purpose of each."""
    links = [(secret, mail.link)] if secret else []
    links += [(mail.beside.token, _purpose_of(mail))] if mail.beside.token else []
    return tuple(links)


def _purpose_of(mail: Mail) -> str:
    """The purpose of the secret by which a message is stopped and answered."""
    return subscriptions.purpose_of(mail.message, mail.key if mail.message == LETTER else request_key_of(mail))


def request_key_of(mail: Mail) -> int | None:
    """The random key of the request that a message is about; None for none."""
    return mail.request_key if mail.request_key is not None else request_of(mail.link)


def _refusal(tx: Transaction, mail: Mail, address: str | None) -> str | None:
    """Why the alumnus may not have this mail any more, by what was stopped or closed since it was written."""
    if mail.alumnus_key is None:
        return None
    subject = subscriptions.subject_of(tx, mail.message, request_key_of(mail))
    return subscriptions.refusal(tx, mail.alumnus_key, subject, address)


def _beside(tx: Transaction, mail: Mail, address: str) -> Beside:
    """What is filled in on sending: the secret that stops mail and marks a reply, and for whom it is."""
    key = mail.alumnus_key
    if key is None:
        return Beside(address=address)
    token = ""
    if mail.message not in subscriptions.NEEDED:
        token = tx.links.new(key, _purpose_of(mail), subscriptions.LASTS, spoken=True)
    contact = contact_in(tx.school_settings.of(mail.school))
    whom = _whom(tx, key, address)
    return Beside(token, whom, address, contact=contact.who, contact_mail=contact.mail)


def _whom(tx: Transaction, key: int, address: str) -> Whom | None:
    """For whom a mail is where several have its address: the school, or that with a diploma, or with the number."""
    keys = [one for one, _ in tx.people.with_email(address)]
    if key not in keys or len(keys) == 1:
        return None
    people = cast("dict[int, Alumnus]", tx.records.by_key(RecordKind.ALUMNI, keys))
    ways = [{one: way(people[one]) for one in keys} for way in _WAYS]
    told = (way[key] for way in ways if list(way.values()).count(way[key]) == 1)
    return next(told, ways[-1][key])


def _by_diploma(alumnus: Alumnus) -> Whom:
    last = max(alumnus.qualifications, key=lambda one: one.year or 0, default=None)
    return Whom(alumnus.school, last.year, last.name or last.crebo or "") if last else Whom(alumnus.school)


_WAYS: tuple[Callable[[Alumnus], Whom], ...] = (
    lambda alumnus: Whom(alumnus.school),
    _by_diploma,
    lambda alumnus: Whom(alumnus.school, number=alumnus.alumnus_id),
)
"""From what says least of somebody to what certainly tells two apart."""


def _secret(tx: Transaction, mail: Mail) -> str | None:
    """The secret of a new link of the message; empty where it has none, None where whom it is for is gone."""
    newcomer = newcomer_of(mail.link)
    if newcomer is not None:
        return tx.newcomers.new_secret(newcomer)
    if not mail.link or mail.alumnus_key is None:
        return ""
    return tx.links.new(mail.alumnus_key, mail.link, _lasts(tx, mail.link))


def _worded(records: Records, mail: Mail) -> Mail:
    """The mail with what stands in it of a question: the lines of an invitation, or what an alumnus asked.

    Both are kept with the invitation, encrypted, and not with the mail; so is what who asks wrote to all who come.
    """
    if mail.message in segment_asks.MAILS:
        message = segment_asks.message_of_mail(records, mail)
        return mail if message is None else replace(mail, values={**mail.values, **segment_asks.words_of(message)})
    if mail.message == TO_ALL:
        return replace(mail, values={**mail.values, "words": records.request_letters.text(int(mail.values["letter"]))})
    if mail.message in {INVITED, REMINDED} and mail.alumnus_key is not None:
        one = records.invitations.newest(mail.alumnus_key, request_of(mail.link) or 0)
        words: dict[str, str] = json.loads(one.words) if one is not None and one.words else {}
        last = {"deadline": one.deadline.isoformat()} if one is not None and one.deadline else {}
        return replace(mail, values={**mail.values, **words, **last})
    if mail.message == QUESTION_ASKED and mail.request_key is not None:
        key = mail.values.get("invitation", "")
        said = [one.said for one in records.invitations.of_request(mail.request_key) if str(one.key) == key]
        return replace(mail, values={**mail.values, "question": (said[0] if said else None) or ""})
    return mail


def _address_of(records: Records, mail: Mail) -> str | None:
    """The address today of the alumnus, or of who made the request."""
    if mail.alumnus_key is not None:
        contact = records.people.contact(mail.alumnus_key)
        return contact.email if contact else None
    return None if mail.request_key is None else records.people.requester(mail.request_key)


def _is_late(mail: Mail, now: datetime) -> bool:
    return now - aware(mail.not_before) > _LATEST.get(mail.message, _LATEST_OTHER)


def _is_answered(records: Records, app: App, mail: Mail) -> bool:
    """Whether what it asks was answered while it waited; or it is for alumni who come, and this one no longer does."""
    step = _RETENTION_STEPS.get(mail.message)
    key = mail.alumnus_key
    if mail.message == TO_ALL and key is not None:
        return not digest.agreed(records, key, request_of(mail.link) or 0)
    if mail.message in _OVER and key is not None:  # said yes meanwhile, and comes
        return digest.agreed(records, key, request_of(mail.link) or 0)
    if mail.message == INVITED and key is not None:  # undone, or answered on the page
        return any(
            one.mail == mail.key and one.state is not InvitationState.ASKED for one in records.invitations.of(key)
        )
    if mail.message == REMINDED and key is not None:
        one = records.invitations.newest(key, request_of(mail.link) or 0)
        return one is None or one.state is not InvitationState.ASKED
    return step is not None and key is not None and retention.next_step(records, app, key) != step


def _is_withdrawn(records: Records, terms: Terms, mail: Mail) -> bool:
    """Whether it asks an alumnus who, since it was written, may no longer be asked, or may not be seen any more."""
    if mail.message in first_asks.MAILS and mail.alumnus_key is not None:
        return first_asks.is_over(records, mail.alumnus_key)
    if mail.message in segment_asks.MAILS:
        return segment_asks.is_over(records, terms, mail)
    request = lookup.request_at(records, request_of(mail.link)) if mail.message in {INVITED, REMINDED, TO_ALL} else None
    if request is None or mail.alumnus_key is None:
        return False
    alumnus = records.records.by_key(RecordKind.ALUMNI, [mail.alumnus_key]).get(mail.alumnus_key)
    if mail.message == TO_ALL and isinstance(alumnus, Alumnus):
        agrees = terms.agrees(alumnus.consents, KINDS[request.kind].purpose, records.today)
        return not agrees or records.demands.state(request.key).phase is Phase.WITHDRAWN
    return (
        isinstance(alumnus, Alumnus)
        and failed_rule(records, terms, request, alumnus, records.today, _STOPS) is not None
    )


def reply_purpose(request_key: int) -> str:
    """The purpose of a link that only answers the question of one request."""
    return f"{_REPLY} {request_key}"


def request_of(purpose: str) -> int | None:
    """The random key of the request whose question a link answers; None for a link with another purpose."""
    kind, _, request_key = purpose.partition(" ")
    return int(request_key) if kind == _REPLY else None


def _lasts(records: Records, purpose: str) -> timedelta:
    """How long a link works: that of a question until two weeks after the last day of the request, at most."""
    if purpose in _LASTS:
        return _LASTS[purpose]
    if message_of(purpose) is not None:
        return FEEDBACK_LASTS
    key = request_of(purpose)
    if key is None:
        return LOGIN_LASTS
    request = lookup.request_at(records, key)
    last = own_days(request)[1] if request is not None else None
    ahead = timedelta(0) if last is None else last - records.today
    return min(max(ahead, timedelta(0)) + REPLY_LASTS, LONGEST_REPLY)


def _send(taken: _Taken, mailer: Mailer, compose: Compose) -> MailError | None:
    """Sends the message; returns the error if that failed."""
    try:
        letter = compose(taken.shown, taken.secret)
    except Exception as error:  # noqa: BLE001 - a message that cannot be composed must not block the others
        log.warning("mail_not_composed %s %s", taken.mail.message, type(error).__name__)
        return MailRefused("mail_not_sent", problem="not_composed")
    try:
        mailer.send(taken.address, letter.subject, letter.text, message_id=taken.mail.message_id, letter=letter)
    except MailError as error:
        log.warning("mail_not_sent %s", error.values.get("problem", ""))
        return error
    return None


def _record(tx: Transaction, app: App, taken: _Taken, error: MailError | None) -> None:
    """Records the outcome, unless the alumnus was erased or another sender claimed the message meanwhile.

    A weekly letter and its parts end alike. A question whether data may stay is not recorded as open if the alumnus
    answered while it was being sent.
    """
    mail = taken.mail
    if error is None:
        for one in (mail, *taken.parts):
            _record_sent(tx, app, one)
        return
    problem = str(error.values.get("problem", ""))
    uncertain = isinstance(error, MailUncertain)
    pauses = _LOGIN_PAUSES if mail.message == LOGIN else PAUSES
    given_up = isinstance(error, MailRefused) or mail.attempts > len(pauses)
    for one in (mail, *taken.parts):
        if given_up:
            tx.deliveries.finish(one, "refused", problem=problem, uncertain=uncertain)
        else:
            pause = pauses[mail.attempts - 1]
            tx.deliveries.finish(one, "waiting", problem=problem, retry_after=pause, uncertain=uncertain)
    for secret, purpose in () if uncertain else taken.links:
        tx.links.use(secret, purpose)  # it reached no one


def _record_sent(tx: Transaction, app: App, mail: Mail) -> None:
    alumnus = tx.deliveries.finish(mail, "sent")
    if alumnus is None:
        return
    tx.note("message", {**_recipient(mail, alumnus), "message": mail.message})
    if mail.message in first_asks.MAILS and alumnus:
        first_asks.record_sent(tx, alumnus, mail.message)
    if mail.message in segment_asks.MAILS and alumnus:
        segment_asks.record_sent(tx, alumnus, mail)
    step = _RETENTION_STEPS.get(mail.message)
    if step is not None and retention.next_step(tx, app, alumnus) == step:
        tx.retention.record(alumnus, step)
        tx.note(f"retention.{step}", {"alumnus": alumnus})


def _recipient(mail: Mail, alumnus_key: int | None) -> dict[str, int]:
    """Whom a message is for, as the log says it: nothing of an address alone."""
    if alumnus_key:
        return {"alumnus": alumnus_key}
    return {"query": mail.request_key} if mail.request_key is not None else {}


def ask_login_link(app: App, asker: Asker, email: str) -> int:
    """Queues a login link for each alumnus with this address; returns how many, which no page may show.

    At most `MOST_LINKS` at a time for each, or anyone could flood someone else's mailbox. Raises Forbidden.
    """
    asker.scope(Action.LOGIN)
    with app.store.read() as records:  # most typed addresses are unknown: those cost no write
        if not _may_have_link(records, email):
            return 0

    def work(tx: Transaction) -> int:
        alumni = _may_have_link(tx, email)
        for key in alumni:
            tx.outbox.add(key, LOGIN, link=LOGIN)
            tx.note("login.link", {"alumnus": key})
        return len(alumni)

    return app.store.write(work, by=asker)


def _may_have_link(records: Records, email: str) -> list[int]:
    alumni = records.people.with_email(email)
    since = records.now - LOGIN_LASTS
    return [key for key, _ in alumni if records.outbox.waiting(key, LOGIN, since=since) < MOST_LINKS]


def send_test(app: StoreApp, asker: Asker, address: str) -> int:
    """A few words to an address, to see whether mail arrives; the key of the message.

    At most MOST_TESTS wait at a time. Raises Forbidden, InvalidValue: `no_address`, `tests_wait`, or
    as what is no address is refused everywhere.
    """
    owner = asker.owner(Action.MAIL_MANAGE)
    to = str(forms.value_of("email", address) or "")
    if not to:
        raise InvalidValue("no_address")

    def work(tx: Transaction) -> int:
        waiting = [one for one in tx.outbox.page(states=_ON_THE_WAY, limit=None) if one.message == TEST]
        if len(waiting) >= MOST_TESTS:
            raise InvalidValue("tests_wait", most=MOST_TESTS)
        tx.note("mail.test", {})
        return tx.outbox.add(None, TEST, address=to, school=owner or "")

    return app.store.write(work, by=asker)


def listed(
    app: App,
    asker: Asker,
    *,
    states: Collection[str] = (),
    school: str | None = None,
    limit: int = 100,
) -> list[Mail]:
    """Messages within what the asker may see, the newest first. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.MAIL_MANAGE, school)
    with app.store.read() as records:
        return records.outbox.page(states=states, school=owner, limit=limit)


def count(app: App, asker: Asker) -> Mapping[str, int]:
    """How many messages there are in each state, of all schools. Raises Forbidden."""
    asker.scope(Action.MAIL_SEND)
    with app.store.read() as records:
        return records.outbox.count()


def seconds_until_due(app: App, asker: Asker) -> float | None:
    """Seconds until the next message is due, at least 0; None if none waits. Raises Forbidden."""
    asker.scope(Action.MAIL_SEND)
    with app.store.read() as records:
        due, now = records.deliveries.next_due(), records.now
    return None if due is None else max((due - now).total_seconds(), 0.0)


def retry(app: App, asker: Asker, key: int) -> None:
    """Makes the message due now, as if it were new. Raises Forbidden, UnknownId, InvalidValue('mail_not_retried')."""
    app.store.write(lambda tx: _change(tx, asker, key, "retry"), by=asker)


def drop(app: App, asker: Asker, key: int) -> None:
    """Drops the message: it will not be sent. Raises Forbidden, UnknownId, InvalidValue('mail_not_dropped')."""
    app.store.write(lambda tx: _change(tx, asker, key, "drop"), by=asker)


def _change(tx: Transaction, asker: Asker, key: int, change: str) -> None:
    owner = asker.owner(Action.MAIL_MANAGE)
    mails = tx.outbox.page(key=key, school=owner)
    if not mails:
        raise UnknownId("unknown_mail", key=str(key))
    if not (tx.outbox.retry(key) if change == "retry" else tx.outbox.drop(key)):
        raise InvalidValue("mail_not_retried" if change == "retry" else "mail_not_dropped")
    recipient = _recipient(mails[0], mails[0].alumnus_key)
    tx.note(Action.MAIL_MANAGE, {**recipient, "mail": key, "message": mails[0].message, "change": change})


def invitations(app: App, asker: Asker, request_id: str, school: str | None = None) -> Mapping[int, Mail]:
    """The newest mail of each invitation for one of the asker's requests, by the random key of the alumnus.

    Raises Forbidden, UnknownId, AmbiguousId.
    """
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.INVITE, request_id, school)
        mails = records.outbox.page(link=reply_purpose(request.key), limit=1000)
    return {mail.alumnus_key: mail for mail in reversed(mails) if mail.alumnus_key is not None}
