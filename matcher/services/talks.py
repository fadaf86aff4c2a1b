"""Talks of an alumnus with an adviser: a code opens one, and is the consent for it; appointments; what was chosen.

The alumnus asks for a code on the own page and shows it. An adviser of the same school types it, once, within the hour:
then that adviser may open the advice of this alumnus for an hour, whatever else the alumnus agreed to. The alumnus can
end it at any moment. Five wrong codes in an hour, and an adviser has to wait; each is in the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import cast

from matcher.domain.moments import ZONE
from matcher.domain.records import Alumnus, Offering, RecordKind
from matcher.domain.talks import (
    LONGEST_LABEL,
    LONGEST_NOTE,
    MISSES,
    MISSES_WITHIN,
    MOST_APPOINTMENTS,
    MOST_CHOSEN,
    Appointment,
    Choice,
    Talk,
    code_in,
)
from matcher.errors import InvalidValue, RateLimited, UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.services import admission, lookup
from matcher.services.app import StoreApp
from matcher.services.words import kept

CHOSEN = "shortlist"
"""The mail with the courses that were chosen."""
AHEAD = timedelta(days=365)
"""How far ahead an appointment can be."""


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code as the alumnus shows it, and until when it can be used (aware, UTC)."""

    code: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Own:
    """How talks stand for an alumnus (aware, UTC): until when a code waits, a talk goes on; None for neither.

    `objects`: an alumnus who objects to being ranked can show no code. `coming`: appointments, by moment.
    """

    waits_until: datetime | None
    goes_on_until: datetime | None
    objects: bool
    coming: Sequence[Appointment] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """An alumnus with whom a talk goes on, until when (aware, UTC)."""

    alumnus: Alumnus
    until: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """An appointment with an alumnus; `may_open`: whether the asker may open the advice without a code."""

    alumnus: Alumnus
    appointment: Appointment
    may_open: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What an adviser has now: talks that go on, appointments of today, and those of later days, by moment."""

    talks: Sequence[Visit]
    today: Sequence[Meeting]
    later: Sequence[Meeting]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A course that was chosen for an alumnus, with the note."""

    choice: Choice
    offering: Offering


# ---- the alumnus


def new_code(app: StoreApp, asker: Asker) -> NewCode:
    """A new code of the asking alumnus; an earlier one that nobody used ends.

    Raises Forbidden, UnknownId, InvalidValue('talk_objects') for those who object to being ranked.
    """

    def work(tx: Transaction) -> NewCode:
        alumnus = lookup.alumnus(tx, asker, Action.TALK_OFFER, None)
        if tx.consents.objects_since(alumnus.key) is not None:
            raise InvalidValue("talk_objects")
        code, talk = tx.talks.new(alumnus.key)
        tx.note(Action.TALK_OFFER, {"alumnus": alumnus.key, "talk": talk.key})
        return NewCode(code, talk.until)

    return app.store.write(work, by=asker)


def mine(app: StoreApp, asker: Asker) -> Own:
    """How talks stand for the asking alumnus. Raises Forbidden."""
    key = asker.own_key(Action.TALK_OFFER)
    with app.store.read() as records:
        now = [talk for talk in records.talks.of(key) if talk.until > records.now]
        objects = records.consents.objects_since(key) is not None
        coming = [one for one in records.appointments.of(key) if one.at >= records.now]
    return Own(
        max((talk.until for talk in now if talk.opened_at is None), default=None),
        max((talk.until for talk in now if talk.opened_at is not None), default=None),
        objects,
        coming,
    )


def end(app: StoreApp, asker: Asker) -> None:
    """Ends the codes and the talks of the asking alumnus; nothing is written if there are none. Raises Forbidden."""

    def work(tx: Transaction) -> None:
        key = asker.own_key(Action.TALK_OFFER)
        if tx.talks.end(key):
            tx.note(Action.TALK_OFFER, {"alumnus": key, "ended": True})

    app.store.write(work, by=asker)


# ---- the adviser


def open_by(app: StoreApp, asker: Asker, code: str) -> Visit:
    """Opens the talk of the alumnus who shows this code, for an hour.

    Raises Forbidden, InvalidValue('talk_code') for a code that opens nothing, and RateLimited after five of those in an
    hour, for any code. Both are in the log.
    """
    asker.scope(Action.TALK_OPEN)
    typed = code_in(code)

    def work(tx: Transaction) -> tuple[Talk, Alumnus] | bool:
        if tx.talks.misses(asker.key, tx.now - MISSES_WITHIN) >= MISSES:
            tx.note(Action.TALK_OPEN, {"refused": [], "too_many": True})
            return False
        talk = tx.talks.use(typed, asker.key, asker.owner(Action.TALK_OPEN)) if typed else None
        if talk is None:
            tx.talks.miss(asker.key)
            tx.note(Action.TALK_OPEN, {"refused": []})
            return True
        tx.note(Action.TALK_OPEN, {"alumnus": talk.alumnus_key, "talk": talk.key})
        return talk, _alumni(tx, [talk.alumnus_key])[talk.alumnus_key]

    found = app.store.write(work, by=asker)
    if found is False:
        raise RateLimited("too_often", seconds=int(MISSES_WITHIN.total_seconds()))
    if found is True:
        raise InvalidValue("talk_code")
    talk, alumnus = found
    return Visit(alumnus, talk.until)


def desk(app: StoreApp, asker: Asker) -> Desk:
    """The talks of an adviser that go on, and the own appointments from today on. Raises Forbidden."""
    asker.scope(Action.TALK_OPEN)
    with app.store.read() as records:
        open_ = records.talks.open_with(asker.key)
        begin = datetime.combine(records.today, time(), ZONE)
        meetings = records.appointments.by(asker.key, begin)
        people = _alumni(records, [*open_, *(one.alumnus_key for one in meetings)])
        may_open = _open_to(app, records, asker, *people.values())
    listed = [
        Meeting(people[one.alumnus_key], one, one.alumnus_key in may_open)
        for one in meetings
        if one.alumnus_key in people
    ]
    tomorrow = begin + timedelta(days=1)
    return Desk(
        [Visit(people[key], talk.until) for key, talk in open_.items() if key in people],
        [one for one in listed if one.appointment.at < tomorrow],
        [one for one in listed if one.appointment.at >= tomorrow],
    )


def going_on(app: StoreApp, asker: Asker, alumnus_key: int) -> datetime | None:
    """Until when the talk of an adviser with this alumnus goes on (aware, UTC); None for none. Raises Forbidden."""
    asker.scope(Action.TALK_OPEN)
    talk = admission.talk_with(app, asker, alumnus_key)
    return talk.until if talk else None


def meet(
    app: StoreApp, asker: Asker, alumnus_id: str, at: datetime, *, school: str | None = None, label: str = ""
) -> int:
    """An appointment of an adviser with an alumnus whom they may advise; returns its key. `at`: aware.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `talk_day` for a moment that has been or is more than a year
    ahead, `talk_label`, `talk_full`.
    """
    asker.scope(Action.TALK_OPEN)
    alumnus, _ = admission.advised(app, asker, alumnus_id, school)
    words = kept(label, LONGEST_LABEL, "talk_label")

    def work(tx: Transaction) -> int:
        asker.scope(Action.TALK_OPEN)
        if not tx.now < at <= tx.now + AHEAD:
            raise InvalidValue("talk_day")
        if len(tx.appointments.by(asker.key, tx.now)) >= MOST_APPOINTMENTS:
            raise InvalidValue("talk_full", most=MOST_APPOINTMENTS)
        if alumnus.key not in _open_to(app, tx, asker, alumnus):
            raise UnknownId("unknown_id", kind="alumnus", id=alumnus_id, owner="")
        key = tx.appointments.add(Appointment(0, alumnus.key, asker.key, at, words))
        tx.note(Action.TALK_OPEN, {"alumnus": alumnus.key, "appointment": key})
        return key

    return app.store.write(work, by=asker)


def cancel(app: StoreApp, asker: Asker, appointment: int) -> None:
    """An own appointment is off; nothing happens if there is none. Raises Forbidden."""

    def work(tx: Transaction) -> None:
        asker.scope(Action.TALK_OPEN)
        if tx.appointments.remove(appointment, asker.key):
            tx.note(Action.TALK_OPEN, {"appointment": appointment, "cancelled": True})

    app.store.write(work, by=asker)


# ---- what was chosen


def chosen(app: StoreApp, asker: Asker, alumnus_id: str | None = None, *, school: str | None = None) -> list[Chosen]:
    """The courses that were chosen for an alumnus, in that order; without an id for the asking alumnus.

    Raises Forbidden, UnknownId, AmbiguousId.
    """
    key = _whose(app, asker, alumnus_id, school).key
    with app.store.read() as records:
        return _chosen(records, key)


def choose(
    app: StoreApp,
    asker: Asker,
    alumnus_id: str,
    offering_id: str,
    provider: str | None = None,
    *,
    school: str | None = None,
    keep: bool = True,
    note: str = "",
) -> bool:
    """Puts a course on the list of an alumnus, with a note, or takes it off; False where nothing changes.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `talk_note`, `talk_list_full`.
    """
    alumnus = _whose(app, asker, alumnus_id, school)
    words = kept(note, LONGEST_NOTE, "talk_note")

    def work(tx: Transaction) -> bool:
        _need_adviser(app, tx, asker, alumnus)
        offering = lookup.offering(tx, offering_id, provider)
        there = tx.shortlists.of(alumnus.key)
        if keep and len(there) >= MOST_CHOSEN and all(one.offering_key != offering.key for one in there):
            raise InvalidValue("talk_list_full", most=MOST_CHOSEN)
        shortlists = tx.shortlists
        changed = (
            shortlists.put(alumnus.key, offering.key, words)
            if keep
            else bool(shortlists.remove(alumnus.key, [offering.key]))
        )
        if changed:
            tx.note(Action.SHORTLIST, {"alumnus": alumnus.key, "offering": offering.key, "kept": keep})
        return changed

    return app.store.write(work, by=asker)


def mail(app: StoreApp, asker: Asker, alumnus_id: str, *, school: str | None = None) -> None:
    """Mails an alumnus the list of chosen courses, by the own page: the mail names none.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue('talk_list_empty').
    """
    alumnus = _whose(app, asker, alumnus_id, school)

    def work(tx: Transaction) -> None:
        _need_adviser(app, tx, asker, alumnus)
        courses = _chosen(tx, alumnus.key)
        if not courses:
            raise InvalidValue("talk_list_empty")
        if not tx.outbox.waiting(alumnus.key, CHOSEN):
            tx.outbox.add(alumnus.key, CHOSEN, values={"school": alumnus.school, "count": str(len(courses))})
        tx.note(Action.SHORTLIST, {"alumnus": alumnus.key, "mailed": len(courses)})

    app.store.write(work, by=asker)


def _whose(app: StoreApp, asker: Asker, alumnus_id: str | None, school: str | None) -> Alumnus:
    """The alumnus whose list it is. Raises Forbidden, UnknownId, AmbiguousId."""
    asker.scope(Action.SHORTLIST)
    return admission.advised(app, asker, alumnus_id, school)[0]


def _need_adviser(app: StoreApp, tx: Transaction, asker: Asker, alumnus: Alumnus) -> None:
    """Raises Forbidden for an alumnus, and UnknownId where the talk or the consent has ended meanwhile."""
    if asker.alumnus_key is not None:
        raise asker.refusal(Action.SHORTLIST)
    if alumnus.key not in _open_to(app, tx, asker, alumnus):
        raise UnknownId("unknown_id", kind="alumnus", id=alumnus.alumnus_id, owner="")


def _open_to(app: StoreApp, records: Records, asker: Asker, *alumni: Alumnus) -> set[int]:
    """Random keys of those of these alumni whom the asker may advise; of others with their numbers too."""
    named = [row for alumnus in alumni for row in records.directory.with_id(alumnus.alumnus_id)]
    return set(admission.open_to(app, records, asker, named))


def _chosen(records: Records, key: int) -> list[Chosen]:
    choices = records.shortlists.of(key)
    offerings = records.records.by_key(RecordKind.OFFERINGS, [one.offering_key for one in choices])
    return [
        Chosen(one, cast("Offering", offerings[one.offering_key])) for one in choices if one.offering_key in offerings
    ]


def _alumni(records: Records, keys: Sequence[int]) -> dict[int, Alumnus]:
    return cast("dict[int, Alumnus]", records.records.by_key(RecordKind.ALUMNI, list(dict.fromkeys(keys))))
