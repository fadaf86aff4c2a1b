"""What mail an alumnus gets: the levels at which it can be stopped, and addresses that it came back from.

Every mail to an alumnus can be stopped but for those that are asked for (a link to log in), that the law asks for, and
the answer to a reply. A link of the mail itself stops it, for this request, for this kind, or all of it; whoever has
the mail may do so, without logging in. It counts from the transaction on in which it is stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import cast

from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.domain.weekly import LETTER, Weekly
from matcher.errors import NotLoggedIn
from matcher.policy import Action, Asker, Role
from matcher.repositories import Records, Transaction
from matcher.services.app import App, StoreApp
from matcher.services.deciding import rhythm_of

LASTS = timedelta(days=180)
"""How long the link of a mail stops mail, and a reply to it is recognised."""
EVERYTHING = "everything"
_MAIL = "mail"
OFF = frozenset({"agreed_moved", "agreed_off"})
"""Mail that changes what is agreed already: it comes until the alumnus says no."""
NEEDED = frozenset(
    {"login", "retention_ask", "retention_remind", "email_changed", "aftercare_decided", "dispute_answered"}
)
"""Mail without a link to stop it: it was asked for, or the law asks for it."""
ANSWERS = frozenset({"heard_yes", "heard_no", "heard_later", "heard_stop", "heard_doubt"})
"""Mail that answers a reply, also of whoever stopped mail, and to an address that is open again by that reply."""
ADDRESS_CLOSED, MAIL_STOPPED = "address_closed", "mail_stopped"


class Level(StrEnum):
    """How much mail is stopped."""

    REQUEST = "request"
    KIND = "kind"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a mail is about: the message, and the request, if any."""

    message: str
    request: Request | None = None

    @property
    def kind(self) -> str:
        """The kind of mail: the kind of the request, else the message."""
        return self.request.kind.value if self.request else self.message

    def scope(self, level: Level) -> str:
        """What is stored of a level that is stopped."""
        if level is Level.REQUEST and self.request is not None:
            return f"request {self.request.key}"
        return EVERYTHING if level is Level.EVERYTHING else f"kind {self.kind}"


@dataclass(frozen=True, slots=True)
class Levels:
    """What the mail of a link is about, at which school, and the levels at which it is stopped.

    `weekly`: whether mail goes once a week.
    """

    subject: Subject
    school: str
    stopped: frozenset[Level]
    weekly: bool = False

    @property
    def choices(self) -> tuple[Level, ...]:
        """The levels that there are for this mail."""
        return _levels(self.subject)


def _levels(subject: Subject) -> tuple[Level, ...]:
    """The levels that there are for a mail: a weekly letter has mail about several requests and kinds."""
    if subject.message == LETTER:
        return (Level.EVERYTHING,)
    return tuple(level for level in Level if level is not Level.REQUEST or subject.request is not None)


def purpose_of(message: str, about: int | None) -> str:
    """The purpose of the link by which a mail is stopped and replies to it are recognised.

    `about`: the random key of the request, or of a weekly letter.
    """
    return f"{_MAIL} {message} {about or 0}"


def mail_of(purpose: str) -> tuple[str, int | None] | None:
    """The message and the request of such a purpose, or the letter of a weekly one; None for another purpose."""
    kind, _, rest = purpose.partition(" ")
    message, _, key = rest.partition(" ")
    return (message, int(key) or None) if kind == _MAIL and key.isdigit() else None


def subject_of(records: Records, message: str, request_key: int | None) -> Subject:
    """What a mail is about; without its request where that is gone."""
    found = {} if request_key is None else records.records.by_key(RecordKind.REQUESTS, [request_key])
    return Subject(message, cast("Request | None", found.get(request_key or 0)))


def refusal(records: Transaction, alumnus_key: int, subject: Subject, email: str | None) -> str | None:
    """Why a mail may not go to an alumnus: MAIL_STOPPED, ADDRESS_CLOSED, or None where it may.

    `email`: the address that it would go to.
    """
    if subject.message not in NEEDED | ANSWERS | OFF and _stopped(records, alumnus_key, subject):
        return MAIL_STOPPED
    closed = email is not None and subject.message not in {"login", *ANSWERS} and records.closed_addresses.has(email)
    return ADDRESS_CLOSED if closed else None


def refusal_to_invite(tx: Transaction, alumnus_key: int, request: Request) -> str | None:
    """Why an alumnus cannot be invited for a request by mail."""
    contact = tx.people.contact(alumnus_key)
    return refusal(tx, alumnus_key, Subject("invited", request), contact.email if contact else None)


def _stopped(records: Records, alumnus_key: int, subject: Subject) -> frozenset[Level]:
    stops = records.mail_stops.of(alumnus_key)
    return frozenset(level for level in _levels(subject) if subject.scope(level) in stops)


def levels_of_link(app: StoreApp, secret: str) -> Levels:
    """What the mail of a link is about, and what is stopped. Changes nothing.

    Raises NotLoggedIn('stop_spent') for a link that does not work.
    """
    with app.store.read() as records:
        alumnus, subject = _of_link(records, secret)
        return _levels_of(records, alumnus, subject)


def _levels_of(records: Records, alumnus: Alumnus, subject: Subject) -> Levels:
    weekly, _ = rhythm_of(records, alumnus.key, alumnus.school)
    return Levels(subject, alumnus.school, _stopped(records, alumnus.key, subject), weekly)


def stop_by_link(app: StoreApp, secret: str, level: Level | None, *, weekly: bool | None = None) -> Levels:
    """Stops mail at one level, and at none of the others of this mail; None: at none of them. Again changes nothing.

    `weekly`: whether mail goes once a week; None: as it was. Raises NotLoggedIn('stop_spent') for a link that does not
    work.
    """
    with app.store.read() as records:
        alumnus, _ = _of_link(records, secret)
    asker = Asker(0, Role.ALUMNUS, alumnus.school, alumnus.key)
    key = asker.own_key(Action.CONSENT_WRITE)

    def work(tx: Transaction) -> Levels:
        now, subject = _of_link(tx, secret)
        if now.key != key:  # merged since
            raise NotLoggedIn("stop_spent")
        for one in _levels(subject):
            if one is level:
                stop(tx, key, subject.scope(one))
            elif tx.mail_stops.remove(key, subject.scope(one)):
                tx.note(Action.CONSENT_WRITE, {"alumnus": key, "mail": one.value, "stopped": False})
        if weekly is not None:
            _choose(tx, key, weekly=weekly)
        return _levels_of(tx, now, subject)

    return app.store.write(work, by=asker)


def stop(tx: Transaction, alumnus_key: int, scope: str) -> bool:
    """Stops mail to an alumnus of this scope; False if it was stopped. Waiting mail is dropped when it is due."""
    stopped = tx.mail_stops.add(alumnus_key, scope)
    if stopped:
        level = scope.partition(" ")[0]
        tx.note(Action.CONSENT_WRITE, {"alumnus": alumnus_key, "mail": level, "stopped": True})
    return stopped


def _of_link(records: Records, secret: str) -> tuple[Alumnus, Subject]:
    link = records.links.find(secret.lower())
    mail = mail_of(link.purpose) if link else None
    if link is None or mail is None:
        raise NotLoggedIn("stop_spent")
    alumnus = records.records.by_key(RecordKind.ALUMNI, [link.alumnus_key])[link.alumnus_key]
    return cast("Alumnus", alumnus), subject_of(records, *mail)


def stops(app: StoreApp, asker: Asker) -> list[str]:
    """The scopes of the mail that the asking alumnus stopped. Raises Forbidden."""
    key = asker.own_key(Action.CONSENT_WRITE)
    with app.store.read() as records:
        return sorted(records.mail_stops.of(key))


def resume(app: StoreApp, asker: Asker) -> None:
    """All mail comes again to the asking alumnus. Raises Forbidden."""
    key = asker.own_key(Action.CONSENT_WRITE)

    def work(tx: Transaction) -> None:
        for scope in tx.mail_stops.of(key):
            tx.mail_stops.remove(key, scope)
        tx.note(Action.CONSENT_WRITE, {"alumnus": key, "mail": EVERYTHING, "stopped": False})

    app.store.write(work, by=asker)


def choose_weekly(app: StoreApp, asker: Asker, *, weekly: bool) -> bool:
    """Mail goes to the asking alumnus once a week, in one letter, or each by itself, and what waits at once.

    Mail that cannot wait goes at once all the same. Returns whether that changes anything. Raises Forbidden, and
    NotLoggedIn where the alumnus was erased or merged meanwhile.
    """
    key = asker.own_key(Action.CONSENT_WRITE)
    return app.store.write(lambda tx: _choose(tx, key, weekly=weekly), by=asker)


def _choose(tx: Transaction, alumnus_key: int, *, weekly: bool) -> bool:
    alumnus = cast("Alumnus | None", tx.records.by_key(RecordKind.ALUMNI, [alumnus_key]).get(alumnus_key))
    if alumnus is None:
        raise NotLoggedIn("not_logged_in")
    if rhythm_of(tx, alumnus_key, alumnus.school)[0] is weekly:
        return False
    if weekly:
        tx.digests.choose(alumnus_key)
    else:
        tx.digests.end(alumnus_key)
    tx.note(Action.CONSENT_WRITE, {"alumnus": alumnus_key, "mail": "weekly", "weekly": weekly})
    return True


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Whether mail goes once a week, whether the alumnus chose that, and when the letter goes."""

    weekly: bool
    own: bool
    when: Weekly


def rhythm(app: App, asker: Asker) -> Rhythm:
    """How mail goes to the asking alumnus. Raises Forbidden."""
    key = asker.own_key(Action.CONSENT_WRITE)
    with app.store.read() as records:
        weekly, when = rhythm_of(records, key, asker.school or "", app.weekly)
        return Rhythm(weekly, records.digests.chosen(key) is not None, when)
