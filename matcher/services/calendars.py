"""When alumni are busy, by a calendar that they give: imported once, or subscribed to and read again every day.

Of a calendar only busy times are kept, for 400 days ahead. They go when the alumnus takes the calendar away, objects,
or has no consent left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from matcher.calendars.feed import Appointment, written
from matcher.calendars.reading import AHEAD, read_bounded, window_from
from matcher.calendars.values import BusyTimes
from matcher.domain.consent import Terms
from matcher.domain.demands import replies_of
from matcher.domain.ledger import LedgerEvent, told
from matcher.domain.records import OnlineMode, RecordKind, Request
from matcher.errors import InputError, InvalidValue, JobRefused, NotLoggedIn
from matcher.policy import Action, Asker
from matcher.ports import CalendarSource
from matcher.repositories import Records, Transaction
from matcher.repositories.calendars import FILE, SUBSCRIPTION, KeptCalendar
from matcher.repositories.demands import Invitation
from matcher.services import jobs, lookup
from matcher.services.app import App, StoreApp

MOST = 5
"""Calendars of one alumnus."""
FEED, FEED_LASTS = "feed", timedelta(days=2 * 365)
"""The purpose of the link to an alumnus' own agreed moments, and how long it works."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What the daily job did: how many calendars were read, could not be read, and were removed."""

    read: int
    failed: int
    removed: int


def mine(app: StoreApp, asker: Asker) -> list[KeptCalendar]:
    """The calendars of the asking alumnus, the oldest first. Raises Forbidden."""
    key = asker.own_key(Action.CALENDAR_WRITE)
    with app.store.read() as records:
        return records.calendars.of(key)


def import_file(app: StoreApp, asker: Asker, data: bytes) -> KeptCalendar:
    """Reads a file and keeps its busy times. Raises Forbidden, UnreadableFile, InvalidValue('calendars_full')."""
    key = asker.own_key(Action.CALENDAR_WRITE)
    times = read_bounded(data, window_from(app.clock.today()))
    return app.store.write(lambda tx: _add(tx, app.terms, key, times), by=asker)


def subscribe(app: StoreApp, asker: Asker, url: str, source: CalendarSource) -> KeptCalendar:
    """Reads the calendar at an address, keeps its busy times, and has it read again every day.

    Raises Forbidden, UnreadableFile, InvalidValue('calendars_full'), and what `source` raises.
    """
    key = asker.own_key(Action.CALENDAR_WRITE)
    times = read_bounded(source.fetch(url), window_from(app.clock.today()))
    return app.store.write(lambda tx: _add(tx, app.terms, key, times, url), by=asker)


def remove(app: StoreApp, asker: Asker, calendar_key: int) -> bool:
    """Removes a calendar of the asking alumnus with its busy times; False if there is none. Raises Forbidden."""
    key = asker.own_key(Action.CALENDAR_WRITE)

    def work(tx: Transaction) -> bool:
        removed = tx.calendars.remove(key, calendar_key)
        if removed:
            tx.note(Action.CALENDAR_WRITE, {"alumnus": key, "removed": removed})
        return removed > 0

    return app.store.write(work, by=asker)


def new_feed(app: StoreApp, asker: Asker) -> str:
    """A secret by which the agreed moments of the asking alumnus can be read; ends an earlier one. Raises Forbidden."""
    key = asker.own_key(Action.CALENDAR_WRITE)

    def work(tx: Transaction) -> str:
        tx.links.end(key, FEED)
        tx.note(Action.CALENDAR_WRITE, {"alumnus": key, "feed": True})
        return tx.links.new(key, FEED, FEED_LASTS)

    return app.store.write(work, by=asker)


def has_feed(app: StoreApp, asker: Asker) -> bool:
    """Whether the asking alumnus has a secret of `new_feed` that still works. Raises Forbidden."""
    key = asker.own_key(Action.CALENDAR_WRITE)
    with app.store.read() as records:
        return records.links.lasts(key, FEED)


def end_feed(app: StoreApp, asker: Asker) -> bool:
    """Ends the secret of `new_feed`; False if there is none. Raises Forbidden."""
    key = asker.own_key(Action.CALENDAR_WRITE)

    def work(tx: Transaction) -> bool:
        ended = tx.links.end(key, FEED)
        if ended:
            tx.note(Action.CALENDAR_WRITE, {"alumnus": key, "feed": False})
        return ended > 0

    return app.store.write(work, by=asker)


def feed_of_link(app: StoreApp, secret: str) -> bytes:
    """The agreed moments of an alumnus as a calendar, by the secret of `new_feed`. Raises NotLoggedIn."""
    with app.store.read() as records:
        link = records.links.find(secret)
        if link is None or link.purpose != FEED:
            raise NotLoggedIn("feed_spent")
        events = (line for line in records.ledger.of(link.alumnus_key) if line.event is LedgerEvent.ACCEPTED)
        keys = [line.request_key for line in events if line.request_key is not None]
        requests = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, keys))
        agreed = [
            appointment
            for key, one in requests.items()
            for appointment in _agreed(one, records.invitations.newest(link.alumnus_key, key))
        ]
        return written(agreed, records.now)


def of_request(app: StoreApp, asker: Asker, request_id: str, *, school: str | None = None) -> bytes:
    """The moments of a request to which alumni said yes, as a calendar for whoever asks; nobody is named in it.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue('nothing_agreed').
    """
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.CONTACT, request_id, school)
        replies = replies_of(told(records.ledger.entries(request=request.key)))
        keys = [key for key, event in replies.items() if event is LedgerEvent.ACCEPTED]
        found = [one for key in keys for one in _agreed(request, records.invitations.newest(key, request.key))]
        if not found:
            raise InvalidValue("nothing_agreed")
        return written({one.uid: one for one in found}.values(), records.now)


def _agreed(request: Request, asked: Invitation | None) -> list[Appointment]:
    """The moments of a request to which an alumnus said yes: certain where there is only one, or one was chosen."""
    only = None if asked is None else asked.moment
    moments = [one for one in request.moments if one.start == only] or request.moments
    return [
        Appointment(
            uid=f"{request.key}-{moment.start:%Y%m%dT%H%M}",
            start=moment.start,
            end=moment.end,
            title=request.title,
            place="Online" if request.online is OnlineMode.YES else request.town,
            certain=len(moments) == 1,
        )
        for moment in moments
    ]


def refresh(app: App, asker: Asker, source: CalendarSource, *, even_so: bool = False) -> Refreshed:
    """Reads subscriptions again, and removes calendars of alumni without a consent, and files that are over.

    A subscription that cannot be read keeps its busy times, with the problem beside it. Raises Forbidden, and
    JobRefused where the day or the number of alumni to touch looks wrong, unless `even_so`.
    """
    asker.need_all(Action.CALENDAR_WRITE)
    with app.store.read() as records:
        calendars = records.calendars.all()
        ending = [calendar for calendar in calendars if _is_over(records, app.terms, calendar)]
        refusals = jobs.refusals(records, app.job_limits, len({calendar.alumnus_key for calendar in ending}))
    if refusals and not even_so:
        raise refusals[0]
    removed = sum(_end(app, asker, calendar) for calendar in ending)
    gone = {calendar.key for calendar in ending}
    read = failed = 0
    for calendar in calendars:
        if calendar.kind == SUBSCRIPTION and calendar.url and calendar.key not in gone:
            if _read_again(app, asker, calendar, calendar.url, source):
                read += 1
            else:
                failed += 1
    return Refreshed(read, failed, removed)


def forget_without_consent(tx: Transaction, terms: Terms, key: int) -> None:
    """Removes the calendars of an alumnus who may not be ranked for anything any more."""
    if not _may_be_asked(tx, terms, key):
        tx.calendars.remove(key)


def _add(tx: Transaction, terms: Terms, key: int, times: BusyTimes, url: str | None = None) -> KeptCalendar:
    if not _may_be_asked(tx, terms, key):
        raise InvalidValue("calendar_without_consent")
    kept = tx.calendars.of(key)
    if len(kept) >= MOST:
        raise InvalidValue("calendars_full", most=MOST)
    if url is not None and any(calendar.url == url for calendar in kept):
        raise InvalidValue("calendar_twice")
    kind = FILE if url is None else SUBSCRIPTION
    calendar_key = tx.calendars.add(key, kind, url)
    tx.calendars.put(calendar_key, times.intervals, events=times.events, remarks=times.remarks)
    tx.note(Action.CALENDAR_WRITE, {"alumnus": key, "kind": kind})
    return next(calendar for calendar in tx.calendars.of(key) if calendar.key == calendar_key)


def _read_again(app: App, asker: Asker, calendar: KeptCalendar, url: str, source: CalendarSource) -> bool:
    """Whether a subscription was read; nothing is locked while it is fetched."""
    try:
        times = read_bounded(source.fetch(url), window_from(app.clock.today()))
    except JobRefused:
        raise
    except InputError as error:
        code = error.code
        app.store.write(lambda tx: tx.calendars.fail(calendar.key, code), by=asker)
        return False
    return app.store.write(
        lambda tx: tx.calendars.put(calendar.key, times.intervals, events=times.events, remarks=times.remarks),
        by=asker,
    )


def _end(app: App, asker: Asker, calendar: KeptCalendar) -> int:
    def work(tx: Transaction) -> int:
        if not _is_over(tx, app.terms, calendar):
            return 0
        removed = tx.calendars.remove(calendar.alumnus_key, calendar.key)
        if removed:
            tx.note(Action.CALENDAR_WRITE, {"alumnus": calendar.alumnus_key, "removed": removed})
        return removed

    return app.store.write(work, by=asker)


def _is_over(records: Records, terms: Terms, calendar: KeptCalendar) -> bool:
    """Whether a calendar has no purpose any more: no consent is in force, or all of a file is past."""
    if calendar.kind == FILE and calendar.added_at + timedelta(days=AHEAD) < records.now:
        return True
    return not _may_be_asked(records, terms, calendar.alumnus_key)


def _may_be_asked(records: Records, terms: Terms, key: int) -> bool:
    if records.consents.objects_since(key) is not None:
        return False
    return any(terms.in_force(consent, records.today) for consent in records.consents.of(key))
