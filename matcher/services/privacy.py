"""The rights of an alumnus: access to the data and their use, consent, objection, correction.

Each use case checks the table of rights and is logged in its own transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from matcher.domain.aftercare import AftercareCase, AftercareContact
from matcher.domain.concepts import OwnMeaning
from matcher.domain.first_yes import NEWCOMER_LASTS
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerLine
from matcher.domain.own_fields import own_name
from matcher.domain.own_list import Dispute, Refusal
from matcher.domain.records import Alumnus, Contact
from matcher.domain.talks import Appointment, Choice, Talk
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.demands import Invitation
from matcher.repositories.segments import Recipient
from matcher.repositories.values import MAIL_STATES, LogEntry
from matcher.services import lookup
from matcher.services.app import App
from matcher.services.calendars import forget_without_consent
from matcher.services.retention import KEEP
from matcher.spreadsheets.forms import column_of

CONSENT_TEXT = "2026-11"
"""Version of the consent text on the pages; stored with each consent."""
_UNSENT = frozenset(MAIL_STATES) - {"sent"}


def known(
    app: App,
    asker: Asker,
    alumnus_id: str | None = None,
    *,
    school: str | None = None,
    newest: int | None = None,
) -> dict[str, Any]:
    """Everything that is stored about a person, where it comes from, and what it was used for. Plain values, for JSON.

    `newest`: only this many of the newest log entries, and what follows from them; None for all.

    AVG 13-15: `record` with the source of each field, `own_fields` of the school in the same way, `own_fields_empty`
    of which nothing is kept, `contact`, `consents`, `objects_since`, `derived`, `ledger`, `first_places` (requests in
    whose saved list the person stands first), `shown` (each ranking that listed the person, to which role, with which
    score and versions), `messages`, unsent `mail`, `mail_stopped`, `addresses_closed`, `replies_unread` (by mail, that
    a person has to read), `imports` and `merges` (the values before each that can be taken back), `grades` (how well
    staff found the person to fit a request), `invitations` (to which requests, how that stands, and what the person
    wrote), `segment_messages` (to a group that the person was of; whether its questions were answered is known, and not
    what), `plans` (what the person was planned for), `aftercare` (contacts after leaving, and objections to them),
    `talks`, `appointments`, `shortlist` (with advisers), `not_for_me` and `disputes` (what the person said of lists),
    `own_meanings` (what the person said that words of the own skills mean),
    `former_numbers`, `logins` (identities of login services that were linked), `first_yes` (when it was asked and
    answered), `facts` (when they were last confirmed), `files` (that the school sent) and `log`.
    Raises Forbidden, UnknownId, AmbiguousId.
    """

    def work(tx: Transaction) -> dict[str, Any]:
        alumnus = lookup.alumnus(tx, asker, Action.PERSON_READ, alumnus_id, school)
        tx.note(Action.PERSON_READ, {"alumnus": alumnus.key})
        return _known(tx, alumnus, newest)

    return app.store.write(work, by=asker)


def _known(records: Records, alumnus: Alumnus, newest: int | None) -> dict[str, Any]:
    key = alumnus.key
    stated = records.people.stated_fields(key)
    entries = records.audit.about(key, limit=newest)
    contact = filled(records.people.contact(key))
    own_fields = records.own_fields.of(alumnus.school)
    own = records.own_fields.values([key]).get(key, {})
    weekly, since = records.digests.chosen(key) or (False, None)
    return {
        "id": alumnus.alumnus_id,
        "school": alumnus.school,
        "record": [
            {"field": name, "value": plain(value), "source": _source(name, stated)} for name, value in _record(alumnus)
        ],
        "own_fields": [
            {"field": field.name, "value": own[field.key], "source": _source(own_name(field.key), stated)}
            for field in own_fields
            if field.key in own
        ],
        "own_fields_empty": [field.name for field in own_fields if field.key not in own],
        "contact": contact,
        "contact_source": {name: _source(name, stated) for name in contact},
        "consents": [plain(asdict(consent)) for consent in records.consents.of(key)],
        "objects_since": plain(records.consents.objects_since(key)),
        "derived": ["text_vectors", "skill_codes", "place_coordinates"],
        "ledger": [entry_of(line) for line in records.ledger.entries(key)],
        "first_places": [request for request, _ in records.exposures.among([key], [])],
        "shown": list(_shown(key, entries)),
        "messages": [
            {"at": entry.at.isoformat(), "message": entry.details["message"]}
            for entry in entries
            if entry.action == "message"
        ],
        "mail": [
            {"at": mail.created_at.isoformat(), "message": mail.message, "state": mail.state}
            for mail in records.outbox.page(alumnus_key=key, states=_UNSENT, limit=None)
        ],
        "mail_stopped": [
            {"what": scope, "since": since.isoformat()} for scope, since in records.mail_stops.of(key).items()
        ],
        "mail_weekly": since.isoformat() if weekly and since else None,
        "mail_each": None if weekly or since is None else since.isoformat(),
        "addresses_closed": [plain(asdict(one)) for one in records.closed_addresses.of(key)],
        "replies_unread": [
            {"at": one.at.isoformat(), "request": one.request_key, "reading": one.reading, "text": one.text}
            for one in records.inbox.page(alumnus_key=key, limit=1000)
        ],
        "imports": [
            {"import": trace.import_id, "at": trace.at.isoformat(), "before": trace.before}
            for trace in records.imports.about(key)
        ],
        "merges": [
            {"merge": trace.merge_id, "at": trace.at.isoformat(), "before": trace.before}
            for trace in records.merges.about(key)
        ],
        "grades": [
            {
                "request": pair.request_key,
                "grade": pair.grade,
                "drawn_at": pair.drawn_at.isoformat(),
                "at": None if pair.done_at is None else pair.done_at.isoformat(),
            }
            for pair in records.grades.about(key)
        ],
        "plans": [
            {
                "at": plan.made_at.isoformat(),
                "request": line.request_key,
                "state": line.state,
                "begins": None if line.begins is None else line.begins.isoformat(),
            }
            for plan, line in records.plans.about(key)
        ],
        "segment_messages": [_sent(records, one) for one in records.segment_messages.people(alumnus_key=key)],
        "invitations": [_invited(one) for one in records.invitations.of(key)],
        "calendars": [
            {
                "kind": calendar.kind,
                "address": calendar.url,
                "added_at": calendar.added_at.isoformat(),
                "read_at": None if calendar.fetched_at is None else calendar.fetched_at.isoformat(),
                "events": calendar.events,
            }
            for calendar in records.calendars.of(key)
        ],
        "busy": [
            {"from": start.isoformat(), "to": end.isoformat()}
            for start, end in records.calendars.busy([key]).get(key, ())
        ],
        "aftercare": _aftercare(records, key),
        "talks": [_told(one) for one in records.talks.of(key)],
        "appointments": [_told(one) for one in records.appointments.of(key)],
        "shortlist": [_told(one) for one in records.shortlists.of(key)],
        "not_for_me": [_told(one) for one in records.not_for_me.of(key)],
        "disputes": [_told(one) for one in records.disputes.of(key)],
        "own_meanings": [_told(one) for one in records.own_meanings.of([key]).get(key, ())],
        "former_numbers": records.merges.former_numbers(key),
        "logins": [asdict(one) for one in records.accounts.identities(key) if "://" in one.issuer],
        "first_yes": _first_yes(records, key, contact.get("email")),
        "facts": _facts(records, key),
        "files": [
            {"at": upload.created_at.isoformat(), "kind": upload.kind}
            for upload in records.uploads.page(schools=("", alumnus.school), limit=None)
        ],
        "log": [
            {"entry": entry.id, "at": entry.at.isoformat(), "role": entry.role, "action": entry.action}
            for entry in entries
        ],
    }


def _first_yes(records: Records, key: int, email: str | None) -> dict[str, Any]:
    """When the alumnus was asked for a first yes, and answered, and how often the address waits at a door.

    Empty where neither is so.
    """
    ask = records.campaigns.of(key)
    waiting = records.newcomers.waiting(records.now - NEWCOMER_LASTS, email=email) if email else 0
    door = {"at_the_door": waiting} if waiting else {}
    if ask is None:
        return door
    days = {"asked_on": ask.sent_on, "reminded_on": ask.reminded_on, "answered_on": ask.answered_on}
    return {name: plain(day) for name, day in days.items()} | door


def _aftercare(records: Records, key: int) -> dict[str, Any]:
    """The contacts of the register of aftercare, corrections too, and objections; not which account it was."""
    contacts, cases = records.aftercare.contacts(key), records.aftercare_cases.of(key)
    if not contacts and not cases:
        return {}
    return {"contacts": [_told(one) for one in contacts], "objections": [_told(one) for one in cases]}


def _told(
    one: AftercareContact | AftercareCase | Talk | Appointment | Choice | Refusal | Dispute | OwnMeaning,
) -> dict[str, Any]:
    """What an alumnus may know of a line about them: not which account it was."""
    hidden = {"alumnus_key", "account", "actor"}
    return {name: plain(value) for name, value in asdict(one).items() if name not in hidden and value is not None}


def _facts(records: Records, key: int) -> dict[str, Any]:
    """When the alumnus last said that each fact is right, was asked that, and since when mail bounces."""
    known = records.facts.of(key)
    if known is None:
        return {}
    told: dict[str, Any] = {"said_on": dict(known.days), "asked_on": known.asked_on, "bounced_on": known.bounced_on}
    return {name: plain(value) for name, value in told.items()}


def _sent(records: Records, one: Recipient) -> dict[str, Any]:
    """A message to a segment that the alumnus was of, and whether its questions were answered: not what."""
    (message,) = records.segment_messages.listed(key=one.message_key)
    told: dict[str, Any] = {
        "on": message.approved_on,
        "segment": message.segment,
        "purpose": message.purpose,
        "subject": message.subject,
        "text": message.text,
        "state": one.state,
    }
    if message.questions:
        told |= {"questions": [question["text"] for question in message.questions], "answered": one.answered}
    return {name: plain(value) for name, value in told.items()}


def _invited(one: Invitation) -> dict[str, Any]:
    """An invitation as the alumnus may know it: all that is said of them, and not which account decided it."""
    told = asdict(one)
    for name in ("key", "alumnus_key", "mail", "approved_by", "words"):
        del told[name]
    told["request"] = told.pop("request_key")
    words = json.loads(one.words) if one.words else {}
    return {**{name: plain(value) for name, value in told.items() if value is not None}, "words": words}


def entry_of(line: LedgerLine) -> dict[str, Any]:
    """An entry of the ledger as JSON; what it does not say is left out, but for the request."""
    said = {
        "entry": line.key,
        "school": line.school,
        "kind": line.kind and line.kind.value,
        "team": line.team,
        "benefit": line.benefit and line.benefit.value,
        "hours": line.hours,
        "students": line.students,
        "corrects": line.corrects,
    }
    known = {name: value for name, value in said.items() if value is not None}
    return {"event": line.event.value, "on": line.on.isoformat(), "request": line.request_key, **known}


def filled(contact: Contact | None) -> dict[str, str]:
    """The contact details that are filled in, by field."""
    return {name: value for name, value in asdict(contact or Contact()).items() if value is not None}


def _source(field: str, stated: frozenset[str]) -> str:
    return "person" if field in stated else "import"


def _record(alumnus: Alumnus) -> Iterator[tuple[str, Any]]:
    for field in fields(alumnus):
        value = getattr(alumnus, field.name)
        if field.name not in {"alumnus_id", "school", "key", "contact", "consents"} and value not in (None, ()):
            yield field.name, value


def _shown(key: int, entries: Iterable[LogEntry]) -> Iterator[Mapping[str, Any]]:
    for entry in entries:
        for rank, (shown, score) in enumerate(entry.details.get("shown", []), 1):
            if shown == key:
                versions = {name: entry.details[name] for name in ("purpose", "as_of", "weights", "revision")}
                position = {"rank": entry.details.get("rank", rank), "score": score}
                yield {"entry": entry.id, "at": entry.at.isoformat(), "to": entry.role, **versions, **position}


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dates as text, sets sorted, parts of a qualification by name."""
    match value:
        case date():
            return value.isoformat()
        case dict():
            return {str(name): plain(item) for name, item in value.items()}
        case tuple() | list():
            return [plain(item) for item in value]
        case frozenset():
            return sorted(plain(item) for item in value)
        case _ if hasattr(value, "__dataclass_fields__"):
            return plain(asdict(value))
        case _:
            return value


def asked_to_stay(app: App, asker: Asker) -> date | None:
    """The day on which the asking alumnus was asked whether the data may stay; None without an open question.

    Raises Forbidden.
    """
    key = asker.own_key(Action.PERSON_READ)
    with app.store.read() as records:
        question = records.retention.of(key)
    return question[0] if question else None


def give(
    app: App,
    asker: Asker,
    purpose: Purpose,
    *,
    given: bool,
    alumnus_id: str | None = None,
    school: str | None = None,
) -> None:
    """Gives or withdraws consent for one purpose, with effect from the next ranking in every process.

    Giving consent also answers the question whether the data may stay. Raises Forbidden, UnknownId, AmbiguousId.
    """

    def work(tx: Transaction) -> None:
        key = lookup.alumnus(tx, asker, Action.CONSENT_WRITE, alumnus_id, school).key
        tx.consents.state(key, purpose, given=given, version=CONSENT_TEXT)
        if given:
            tx.retention.clear(key)
        else:
            forget_without_consent(tx, app.terms, key)
        tx.note(Action.CONSENT_WRITE, {"alumnus": key, "purpose": purpose.value, "given": given})

    app.store.write(work, by=asker)


def correct(
    app: App,
    asker: Asker,
    field: str,
    value: object,
    *,
    alumnus_id: str | None = None,
    school: str | None = None,
) -> None:
    """Sets a field as the alumnus says it is; None clears. It survives the next import.

    A replaced e-mail address is notified. Raises InvalidValue('not_a_field'), Forbidden,
    UnknownId, AmbiguousId.
    """
    column_of(field)

    def work(tx: Transaction) -> None:
        alumnus = lookup.alumnus(tx, asker, Action.PERSON_CORRECT, alumnus_id, school)
        if field == "email":
            _tell_old_address(tx, alumnus, value)
        tx.people.correct(alumnus.key, field, value)
        tx.note(Action.PERSON_CORRECT, {"alumnus": alumnus.key, "field": field})

    app.store.write(work, by=asker)


def _tell_old_address(tx: Transaction, alumnus: Alumnus, address: object) -> None:
    contact = tx.people.contact(alumnus.key)
    if contact is not None and contact.email and contact.email != address:
        tx.outbox.add(alumnus.key, "email_changed", address=contact.email, values={"school": alumnus.school})


def current(app: App, asker: Asker, field: str, *, alumnus_id: str | None = None, school: str | None = None) -> object:
    """The current value of a field, for an asker who may correct it; None if unknown.

    Showing it is logged. Raises InvalidValue('not_a_field'), Forbidden, UnknownId, AmbiguousId.
    """
    column_of(field)

    def work(tx: Transaction) -> object:
        alumnus = lookup.alumnus(tx, asker, Action.PERSON_CORRECT, alumnus_id, school)
        tx.note(Action.PERSON_READ, {"alumnus": alumnus.key, "field": field})
        contact = tx.people.contact(alumnus.key) or Contact()
        if field == "postcode":
            return contact.postcode or alumnus.pc4
        return getattr(contact if field in Contact.__dataclass_fields__ else alumnus, field)

    return app.store.write(work, by=asker)


def object_to_ranking(
    app: App,
    asker: Asker,
    *,
    objects: bool,
    alumnus_id: str | None = None,
    school: str | None = None,
) -> None:
    """AVG 21: while an alumnus objects, no consent is in force, so no ranking lists them; the consents themselves stay.

    Nothing is written if nothing changes. Raises Forbidden, UnknownId, AmbiguousId.
    """

    def work(tx: Transaction) -> None:
        key = lookup.alumnus(tx, asker, Action.CONSENT_WRITE, alumnus_id, school).key
        if tx.consents.set_objection(key, objects=objects):
            forget_without_consent(tx, app.terms, key)
            if objects:
                tx.talks.end(key)
            tx.note(Action.CONSENT_WRITE, {"alumnus": key, "objects": objects})

    app.store.write(work, by=asker)


def keep(app: App, asker: Asker, alumnus_id: str | None = None, *, school: str | None = None) -> None:
    """Records that the alumnus lets the data stay for another term; a consent whose term is over is not renewed by it.

    Raises Forbidden, UnknownId, AmbiguousId.
    """

    def work(tx: Transaction) -> None:
        key = lookup.alumnus(tx, asker, Action.CONSENT_WRITE, alumnus_id, school).key
        consents = tx.consents.of(key)
        tx.consents.renew(key, [consent.purpose for consent in consents if app.terms.in_force(consent, tx.today)])
        tx.retention.clear(key)
        tx.note(KEEP, {"alumnus": key})

    app.store.write(work, by=asker)
