"""The life of a request: made, changed, copied, opened, withdrawn, and closed with what came of it.

Each step is kept with who took it, when and why. What follows from a step for the alumni who were asked is written in
the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, cast

from matcher.domain import demands
from matcher.domain.demands import MOST_STUDENTS, Experience, Next, Phase, Standing, Step, Why, capped, own_days
from matcher.domain.invitations import InvitationState
from matcher.domain.kinds import KINDS
from matcher.domain.ledger import LedgerEvent, LedgerLine, told
from matcher.domain.records import Alumnus, Moment, RecordKind, Request, cells_of
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.demands import Invitation, KeptState, KeptStep
from matcher.repositories.values import FROM_FORM, Upsert
from matcher.services import agreements, asks, locating, lookup, messages
from matcher.services.app import StoreApp

Whose = Literal["mine", "team", "school"]
A_YEAR = timedelta(weeks=52)
"""Last year's request is copied to the same day of the week."""
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """A request and where it stands."""

    request: Request
    standing: Standing
    state: KeptState
    waits_for: Next


@dataclass(frozen=True, slots=True)
class Overview:
    """A request, where it stands, and every step that was taken."""

    request: Request
    standing: Standing
    state: KeptState
    steps: list[KeptStep]
    can_close: bool
    waits_for: Next


# ---- made


def create(app: StoreApp, asker: Asker, wish: Request, *, concept: bool = False) -> str:
    """Makes a request of the asker's school, open or as a concept; returns its id.

    It closes on its own last day at the latest. Raises Forbidden, UnknownId, InvalidValue.
    """
    school = asker.owner(Action.REQUESTS_SAVE, wish.school)
    if wish.kind not in asker.kinds():
        raise asker.refusal(Action.REQUESTS_SAVE)
    if not school:
        raise InvalidValue("school_for_request")
    made = _checked(replace(wish, school=school))
    phase = Phase.CONCEPT if concept else Phase.OPEN
    return app.store.write(lambda tx: _create(tx, asker, made, Step.CREATED, phase), by=asker)


def copy(app: StoreApp, asker: Asker, request_id: str, *, school: str | None = None) -> str:
    """Makes a concept from an earlier request, a year later; returns its id. Raises Forbidden, UnknownId, AmbiguousId.

    Days are moved by whole years of 52 weeks until none has passed, so that the day of the week stays.
    """

    def work(tx: Transaction) -> str:
        earlier = lookup.request(tx, asker, Action.REQUESTS_SAVE, request_id, school)
        later = replace(_later(earlier, tx.today), requester=tx.people.requester(earlier.key))
        return _create(tx, asker, later, Step.COPIED, Phase.CONCEPT)

    return app.store.write(work, by=asker)


def _later(earlier: Request, today: date) -> Request:
    """The same a year later, or as many years as it takes for its first day to be ahead."""
    days = [day for day in (own_days(earlier)[0], earlier.closes_on) if day is not None]
    shift = A_YEAR
    while days and min(days) + shift < today:
        shift += A_YEAR

    def moved(day: date | None) -> date | None:
        return None if day is None else day + shift

    return replace(
        earlier,
        moments=tuple(Moment(one.start + shift, one.end + shift) for one in earlier.moments),
        period_from=moved(earlier.period_from),
        period_to=moved(earlier.period_to),
        closes_on=moved(earlier.closes_on),
    )


def _create(tx: Transaction, asker: Asker, made: Request, step: Step, phase: Phase) -> str:
    _need_open(tx, made)
    locating.store_towns(tx, made)
    owner = made.school or ""
    import_id = tx.imports.begin(RecordKind.REQUESTS, owner, FROM_FORM)
    row = Upsert(row=1, id=tx.demands.new_id(), owner=owner, values=cells_of(made))
    (result,) = tx.imports.upsert(RecordKind.REQUESTS, [row], import_id=import_id, alike=False)
    (stored,) = tx.records.find(RecordKind.REQUESTS, result.id, owner)
    asks.begin(tx, asker, stored.key, step, phase)
    tx.note(Action.REQUESTS_SAVE, {"request": stored.key, "purpose": made.kind.value, "step": step.value})
    return result.id


def _need_open(tx: Transaction, request: Request) -> None:
    """Raises InvalidValue('kind_closed') where the school does not work on the area of a request."""
    if KINDS[request.kind].purpose in tx.school_settings.closed().get(request.school or "", ()):
        raise InvalidValue("kind_closed")


def _checked(wish: Request) -> Request:
    """A request whose days are in order. Raises InvalidValue."""
    first, last = wish.period_from, wish.period_to
    if first is not None and last is not None and last < first:
        raise InvalidValue("period_order")
    if not wish.title.strip():
        raise InvalidValue("title_needed")
    return replace(wish, title=wish.title.strip(), closes_on=capped(wish.closes_on, own_days(wish)[1]))


# ---- changed


def edit(app: StoreApp, asker: Asker, request_id: str, changed: Request, *, school: str | None = None) -> None:
    """Changes a request to these fields, but for its id and school; kind and days stay once somebody was asked.

    Where all who were asked have agreed it can be moved to one other moment, which they hear with their calendars.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `not_this_step`, `asked_already`.
    """

    def work(tx: Transaction) -> None:
        now = lookup.request(tx, asker, Action.REQUESTS_SAVE, request_id, school)
        wish = _checked(replace(changed, request_id=now.request_id, school=now.school, key=now.key))
        wish = replace(wish, requester=wish.requester or tx.people.requester(now.key))
        _change(tx, now, wish)
        details = {"request": now.key, "purpose": wish.kind.value, "step": Step.CHANGED.value}
        tx.note(Action.REQUESTS_SAVE, details)

    app.store.write(work, by=asker)


def move(app: StoreApp, asker: Asker, request_id: str, moment: Moment, *, school: str | None = None) -> int:
    """Moves a request that did not take place then to one moment still to come; returns how many hear it.

    Whoever agreed comes then, and is told with the new moment for the calendar. Raises Forbidden, UnknownId,
    AmbiguousId, InvalidValue: `not_this_step`, `moment_is_over`, `meeting_order`, and `asked_already` where somebody is
    thinking it over, or it never had a moment.
    """

    def work(tx: Transaction) -> int:
        now = lookup.request(tx, asker, Action.REQUESTS_CLOSE, request_id, school)
        if moment.start.date() < tx.today:
            raise InvalidValue("moment_is_over")
        if moment.end <= moment.start:
            raise InvalidValue("meeting_order")
        closes_on = None if now.closes_on is not None and now.closes_on < tx.today else now.closes_on
        wish = replace(now, moments=(moment,), closes_on=closes_on, requester=tx.people.requester(now.key))
        moved = _change(tx, now, _checked(wish))
        tx.note(Action.REQUESTS_CLOSE, {"request": now.key, "step": "moved", "alumni": len(moved)})
        return len(moved)

    return app.store.write(work, by=asker)


def _change(tx: Transaction, now: Request, wish: Request) -> list[Invitation]:
    """Writes what a request has become; returns the invitations of those who are moved with it, and are told."""
    changes = _what_was_asked(wish) != _what_was_asked(now)
    moved = _who_move(tx, now, wish) if changes and _has_asks(tx, now.key) else []
    _take(tx, now, Step.CHANGED)
    locating.store_towns(tx, wish)
    row = Upsert(row=1, id=now.request_id, owner=now.school or "", values=cells_of(wish, clears=True))
    tx.imports.upsert(RecordKind.REQUESTS, [row], alike=False)
    for one in moved:
        tx.invitations.change(one.key, one.state, {"moment": wish.moments[0].start})
        agreements.tell(tx, wish, one.alumnus_key, agreements.Step.MOVED)
    return moved


def _what_was_asked(request: Request) -> tuple[object, ...]:
    return request.kind, request.moments, request.period_from, request.period_to


def _who_move(records: Records, now: Request, wish: Request) -> list[Invitation]:
    """The invitations of those who agreed, where another moment is all that changes, and nobody is thinking it over.

    Raises InvalidValue('asked_already') for any other change.
    """
    same = replace(wish, moments=now.moments, period_from=now.period_from, period_to=now.period_to)
    there = asks.situation(records, now.key)
    if there is None or there.open_asks or len(wish.moments) != 1 or not now.moments:
        raise InvalidValue("asked_already")
    if _what_was_asked(same) != _what_was_asked(now):
        raise InvalidValue("asked_already")
    agreed = {key for key, event in there.replies.items() if event is LedgerEvent.ACCEPTED}
    if LedgerEvent.ASKED in there.replies.values():
        raise InvalidValue("asked_already")
    return [one for one in there.invitations if one.alumnus_key in agreed and one.state is InvitationState.ACCEPTED]


def _has_asks(records: Records, request_key: int) -> bool:
    """Whether somebody who was asked may still come."""
    replies = demands.replies_of(told(records.ledger.entries(request=request_key)))
    return any(event in {LedgerEvent.ASKED, LedgerEvent.ACCEPTED} for event in replies.values())


def open_(app: StoreApp, asker: Asker, request_id: str, *, school: str | None = None) -> None:
    """Opens a concept: from then on alumni are ranked for it. Raises as `edit`, and InvalidValue('request_over')."""

    def work(tx: Transaction) -> None:
        request = lookup.request(tx, asker, Action.REQUESTS_SAVE, request_id, school)
        closes = demands.closing_day(request)
        if closes is not None and closes < tx.today:
            raise InvalidValue("request_over")
        _need_open(tx, request)
        _take(tx, request, Step.OPENED)
        details = {"request": request.key, "purpose": request.kind.value, "step": Step.OPENED.value}
        tx.note(Action.REQUESTS_SAVE, details)

    app.store.write(work, by=asker)


def _take(tx: Transaction, request: Request, step: Step, **more: object) -> None:
    """Takes a step. Raises InvalidValue('not_this_step') where it is not possible."""
    phase = demands.after(tx.demands.state(request.key).phase, step)
    if phase is None:
        raise InvalidValue("not_this_step", step=step.value)
    tx.demands.take(request.key, step, phase, **more)  # type: ignore[arg-type]


# ---- over


def withdraw(app: StoreApp, asker: Asker, request_id: str, reason: Why, *, school: str | None = None) -> None:
    """Withdraws a request. Whoever was asked, or said yes, hears it; those asks do not count.

    An alumnus who is writing an answer keeps it: the answer is refused with `request_withdrawn`, and nothing is lost.
    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue('not_this_step').
    """

    def work(tx: Transaction) -> None:
        request = lookup.request(tx, asker, Action.REQUESTS_CLOSE, request_id, school)
        _take(tx, request, Step.WITHDRAWN, reason=reason)
        _call_off(tx, request, agreed=True)
        details = {"request": request.key, "step": Step.WITHDRAWN.value, "reason": reason.value}
        tx.note(Action.REQUESTS_CLOSE, details)

    app.store.write(work, by=asker)


def _call_off(tx: Transaction, request: Request, *, agreed: bool) -> None:
    """Ends all asks of a request; `agreed`: those who said yes hear it too."""
    there = asks.situation(tx, request.key)
    if there is None:
        return
    for one in [*there.open_asks, *there.queue, *there.proposed]:
        asks.end(tx, one, InvitationState.CANCELLED, message="called_off", released=one.state is InvitationState.ASKED)
    known = {one.alumnus_key for one in there.open_asks}
    for key, event in there.replies.items():
        if event is LedgerEvent.ASKED and key not in known:  # asked before invitations were kept, or too late to answer
            _release_old(tx, there, key)
        elif (
            event is LedgerEvent.ACCEPTED
            and agreed
            and not agreements.tell(
                tx, request, key, agreements.Step.OFF, agreements.chosen(request, _moment_of(there, key))
            )
        ):
            tx.outbox.add(key, "called_off", link=messages.reply_purpose(request.key))


def _moment_of(there: asks.Situation, alumnus_key: int) -> datetime | None:
    """The beginning of the moment that an alumnus chose; None for none."""
    found = [one.moment for one in there.invitations if one.alumnus_key == alumnus_key and one.moment is not None]
    return found[-1] if found else None


def _release_old(tx: Transaction, there: asks.Situation, alumnus_key: int) -> None:
    """Tells an alumnus whose ask has no invitation."""
    if all(one.alumnus_key != alumnus_key for one in there.invitations):
        tx.ledger.add(LedgerLine(alumnus_key, there.request.key, LedgerEvent.RELEASED, tx.today))
        tx.outbox.add(alumnus_key, "called_off", link=messages.reply_purpose(there.request.key))


def close(
    app: StoreApp,
    asker: Asker,
    request_id: str,
    *,
    held: bool,
    students: int | None = None,
    experience: Experience | None = None,
    reason: Why | None = None,
    absent: Collection[tuple[str, str]] = (),
    school: str | None = None,
) -> int:
    """Closes a request with two questions: did it happen, and if so for how many students and how it was.

    What happened is a contribution in the ledger of each alumnus who agreed and was there, who is thanked. `absent`:
    school and number of alumni who agreed and were not. Returns how many came.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `not_this_step`, `not_yet`, `students_out_of_range`,
    `nobody_came`.
    """
    if students is not None and not 0 <= students <= MOST_STUDENTS:
        raise InvalidValue("students_out_of_range", most=MOST_STUDENTS)

    def work(tx: Transaction) -> int:
        request = lookup.request(tx, asker, Action.REQUESTS_CLOSE, request_id, school)
        if not demands.may_close(request, tx.today):
            raise InvalidValue("not_yet")
        step = Step.HELD if held else Step.NOT_HELD
        there = asks.situation(tx, request.key)
        came = [key for key, event in (there.replies if there else {}).items() if event is LedgerEvent.ACCEPTED]
        came = _without(tx, came, absent) if absent else came
        if held and not came:
            raise InvalidValue("nobody_came")
        _take(tx, request, step, **({"students": students, "experience": experience} if held else {"reason": reason}))
        _call_off(tx, request, agreed=not held)
        for key in came if held else ():
            on = _day_of(tx, request, key)
            tx.ledger.add(LedgerLine(key, request.key, LedgerEvent.CONTRIBUTED, on, students=students))
            tx.outbox.add(key, "thanks", link=messages.reply_purpose(request.key), values={"count": str(students or 0)})
        details: dict[str, object] = {
            "request": request.key,
            "step": step.value,
            "alumni": sorted(came) if held else [],
        }
        details |= {"reason": reason.value} if reason and not held else {}
        tx.note(Action.REQUESTS_CLOSE, details)
        return len(came) if held else 0

    return app.store.write(work, by=asker)


def _without(records: Records, keys: list[int], absent: Collection[tuple[str, str]]) -> list[int]:
    """These alumni without the absent ones."""
    alumni = records.records.by_key(RecordKind.ALUMNI, keys, consents=False)
    found = cast("Mapping[int, Alumnus]", alumni)
    return [key for key in keys if key not in found or (found[key].school, found[key].alumnus_id) not in set(absent)]


def _day_of(records: Records, request: Request, alumnus_key: int) -> date:
    """The day on which an alumnus came: of the moment chosen, or the last own day, never after today."""
    one = records.invitations.newest(alumnus_key, request.key)
    day = one.moment.date() if one is not None and one.moment is not None else own_days(request)[1]
    return min(day or records.today, records.today)


# ---- looked at


def overview(app: StoreApp, asker: Asker, request_id: str, *, school: str | None = None) -> Overview:
    """A request, where it stands, and its steps. Raises Forbidden, UnknownId, AmbiguousId."""
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.REQUESTS_LIST, request_id, school)
        there = asks.situation(records, request.key)
        if there is None:
            raise UnknownId("unknown_id", kind="request", id=request_id, owner="")
        steps = records.demands.steps(request.key)
        can_close = there.phase is Phase.OPEN and demands.may_close(request, records.today)
        return Overview(request, there.standing, there.kept, steps, can_close, _waits_for(there, records.today))


def listed(app: StoreApp, asker: Asker, whose: Whose, *, limit: int = 50) -> list[Listed]:
    """Requests with where they stand: those that the asker made, those of the same teams, or of the whole school.

    The last ones that were touched first for one's own; else by school and id. Raises Forbidden, InvalidValue.
    """
    owner = asker.owner(Action.REQUESTS_LIST)
    if not 1 <= limit <= MOST_LISTED:
        raise InvalidValue("top_out_of_range", value=limit, most=MOST_LISTED)
    with app.store.read() as records:
        mine = _by_keys(records, records.demands.owned(asker.key, limit) if asker.key else [])
        mine = _listable(asker, owner, mine)
        if whose == "mine":
            return _standings(records, mine)
        table = records.records
        kinds = asker.kinds()
        if whose == "school":
            rows = cast("list[Request]", table.page(RecordKind.REQUESTS, owner, 0, limit, kinds=kinds))
            return _standings(records, rows)
        teams = {one.team for one in mine if one.team}
        count = table.count(RecordKind.REQUESTS, owner, kinds=kinds) if teams else 0
        rows = cast("list[Request]", table.page(RecordKind.REQUESTS, owner, 0, count, kinds=kinds)) if count else []
        return _standings(records, [one for one in rows if one.team in teams][:limit])


def with_keys(app: StoreApp, asker: Asker, keys: Sequence[int]) -> list[Listed]:
    """These requests, as far as the asker may list them, with where they stand, in their order. Raises Forbidden."""
    owner = asker.owner(Action.REQUESTS_LIST)
    with app.store.read() as records:
        return _standings(records, _listable(asker, owner, _by_keys(records, list(keys))))


def _listable(asker: Asker, owner: str | None, requests: list[Request]) -> list[Request]:
    return [one for one in requests if one.kind in asker.kinds() and owner in {None, one.school}]


def _by_keys(records: Records, keys: list[int]) -> list[Request]:
    found = cast("Mapping[int, Request]", records.records.by_key(RecordKind.REQUESTS, keys))
    return [found[key] for key in keys if key in found]


def _standings(records: Records, requests: list[Request]) -> list[Listed]:
    found = asks.situations(records, [one.key for one in requests])
    return [
        Listed(there.request, there.standing, there.kept, _waits_for(there, records.today)) for there in found.values()
    ]


def _waits_for(there: asks.Situation, today: date) -> Next:
    has_been = there.phase is Phase.OPEN and demands.may_close(there.request, today) and any(own_days(there.request))
    return demands.next_of(
        there.standing, taken_back=bool(there.taken_back), asks_back=there.asks_back, has_been=has_been
    )
