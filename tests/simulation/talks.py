"""Talks, appointments, chosen courses, and what alumni say of their own lists, by the rules.

A code opens one talk, once, within the hour, for an adviser of the same school; a talk lasts an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import Purpose
from tests.simulation.database import day, moment
from tests.simulation.known import person_of

if TYPE_CHECKING:
    from tests.simulation.model import Model, Person
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
HOUR = timedelta(hours=1)
MISSES = 5
_KEPT, _LIST_KEPT, _SAID_KEPT = timedelta(days=30), timedelta(days=180), timedelta(days=365)


@dataclass
class Talk:
    """A code that waits, or the talk of an adviser (`account`)."""

    until: datetime
    account: int | None = None

    def goes_on(self, account: int, now: datetime) -> bool:
        """Whether this adviser talks now."""
        return self.account == account and self.until > now


@dataclass
class Meeting:
    """An appointment with an adviser."""

    account: int
    at: datetime


@dataclass
class Chosen:
    """A course on somebody's list, with a note of the adviser."""

    course: int
    note: str | None
    on: datetime


@dataclass
class Declined:
    """A course or a request that is not for somebody."""

    course: int | None
    request: int | None
    since: date


@dataclass
class Dispute:
    """A question of somebody about a list."""

    request: int | None
    entry: int | None
    state: str = "open"
    ended: datetime | None = None


def talks_now(model: Model, person: Person, account: int, now: datetime) -> bool:
    """Whether an adviser talks with somebody now."""
    return any(one.goes_on(account, now) for one in model.own("talks", person).values())


def may_advise(model: Model, person: Person, account: int, now: datetime, today: date) -> bool:
    """Whether an adviser of the school may open the advice of somebody."""
    return model.agrees(person, Purpose.LLO_ADVICE, today) or talks_now(model, person, account, now)


def misses(model: Model, account: int, now: datetime) -> int:
    """How many codes of an adviser opened nothing in the last hour."""
    return sum(by == account and at > now - HOUR for by, at in model.misses)


def declined(model: Model, person: Person) -> set[int]:
    """The courses and requests that are not for somebody."""
    return {one.course or one.request or 0 for one in model.own("not_for_me", person).values()}


def missed(world: World, details: Details, actor: int | None) -> None:
    """A code opened nothing; one too many is not even looked at."""
    model = world.model
    too_many = misses(model, actor or 0, world.now) >= MISSES
    world.need(too_many == bool(details.get("too_many")), "a wrong code that is one too many, or is not", details)
    if not too_many:
        model.misses.append((actor or 0, world.now))


def end_all(model: Model, now: datetime) -> None:
    """A restore ends every code and talk."""
    for one in model.talks.values():
        one.until = min(one.until, now)


# ---- what the log says


def _offer(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, person_of(world, details["alumnus"])
    if details.get("ended"):
        for one in model.own("talks", person).values():
            one.until = min(one.until, world.now)
        return
    world.need(not person.objects, "somebody who objects shows a code", person)
    for key, one in model.own("talks", person).items():
        if one.account is None:
            del model.talks[key], model.held["talks", key]
    model.talks[details["talk"]] = Talk(world.now + HOUR)
    model.held["talks", details["talk"]] = person.key


def _open(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    if "talk" in details:
        talk, person = model.talks[details["talk"]], person_of(world, details["alumnus"])
        right = talk.account is None and talk.until > world.now and model.held["talks", details["talk"]] == person.key
        world.need(right, "a code opens a talk twice, too late, or with another", (talk, person))
        many = misses(model, actor or 0, world.now)
        world.need(many < MISSES, "a code opens a talk after too many wrong ones", details)
        talk.account, talk.until = actor, world.now + HOUR
    elif details.get("cancelled"):
        key = details["appointment"]
        world.need(model.meetings[key].account == actor, "an appointment of somebody else is off", details)
        del model.meetings[key], model.held["appointments", key]
    else:
        person = person_of(world, details["alumnus"])
        may = may_advise(model, person, actor or 0, world.now, world.today)
        world.need(may, "an appointment with somebody who did not agree to advice", person)
        ((at,),) = world.database.rows("select at from appointments where key = ?", details["appointment"])
        model.meetings[details["appointment"]] = Meeting(actor or 0, moment(at))
        model.held["appointments", details["appointment"]] = person.key


def _shortlist(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, person_of(world, details["alumnus"])
    may = may_advise(model, person, actor or 0, world.now, world.today)
    world.need(may, "a course is chosen for somebody who did not agree to advice", person)
    if "mailed" in details:
        there = len(model.own("shortlist", person))
        world.need(there == details["mailed"], "another list is mailed", (details, there))
        return
    note: Any = frame.value
    course = details["offering"]
    own = {key: one for key, one in model.own("shortlist", person).items() if one.course == course}
    if not details["kept"]:
        world.need(own, "a course is taken off a list that it is not on", details)
        for key in own:
            del model.shortlist[key], model.held["shortlist", key]
        return
    for one in own.values():
        one.note = note
    if own:
        return
    rows = world.database.rows(
        "select key from shortlist where alumnus_key = ? and offering_key = ?", person.key, course
    )
    world.need(len(rows) == 1, "a course is on a list twice, or not", rows)
    model.shortlist[rows[0][0]] = Chosen(course, note, world.now)
    model.held["shortlist", rows[0][0]] = person.key


def _decline(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, person_of(world, details["alumnus"])
    rows = {key for (key,) in world.database.rows("select key from not_for_me")}
    if details.get("taken_back"):
        gone = [key for key in model.own("not_for_me", person) if key not in rows]
        world.need(len(gone) == 1, "something else is taken back than was said", (gone, details))
        del model.declined[gone[0]], model.held["not_for_me", gone[0]]
        return
    course, request = details.get("offering"), details.get("request")
    world.need((course or request) not in declined(model, person), "something is not for somebody twice", details)
    new = rows - set(model.declined)
    world.need(len(new) == 1, "what is not for somebody is not kept", new)
    model.declined[min(new)] = Declined(course, request, world.today)
    model.held["not_for_me", min(new)] = person.key


def _dispute(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, person_of(world, details["alumnus"])
    own = model.own("disputes", person)
    if details.get("withdrawn"):
        key: Any = frame.value
        world.need(key in own and own[key].state == "open", "a question is withdrawn that does not wait", details)
        own[key].state, own[key].ended = "withdrawn", world.now
    elif "request" in details:
        pair = details["request"], details["entry"]
        same = [one for one in own.values() if one.state == "open" and (one.request, one.entry) == pair]
        world.need(not same, "a question about a list waits twice", (details, same))
        rows = world.database.rows("select key, alumnus_key from disputes")
        new = [row for row in rows if row[0] not in model.disputes]
        world.need(len(new) == 1 and new[0][1] == person.key, "a question about a list is not kept", new)
        model.disputes[new[0][0]] = Dispute(*pair)
        model.held["disputes", new[0][0]] = person.key


def _answer(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    one = model.disputes[details["dispute"]]
    right = one.state == "open" and model.held["disputes", details["dispute"]] == details["alumnus"]
    world.need(right, "a question about a list is answered twice, or for another", (one, details))
    one.state, one.ended = "answered", world.now


def forget(world: World) -> None:
    """The daily job forgets what is too old."""
    model, now, today = world.model, world.now, world.today
    old = [("talks", key) for key, talk in model.talks.items() if talk.until < now - _KEPT]
    old += [("appointments", key) for key, one in model.meetings.items() if one.at < now - _KEPT]
    old += [("shortlist", key) for key, chosen in model.shortlist.items() if chosen.on < now - _LIST_KEPT]
    old += [("not_for_me", key) for key, said in model.declined.items() if said.since < today - _SAID_KEPT]
    old += [
        ("disputes", key) for key, asked in model.disputes.items() if asked.ended and asked.ended < now - _SAID_KEPT
    ]
    for table, key in old:
        del model.by_row[table][key], model.held[table, key]
    model.misses = [(by, at) for by, at in model.misses if at >= now - _KEPT]


def need_tables(world: World) -> None:
    """Each table is what happened, and no code that was used, or is over, can be found again."""
    model, rows = world.model, world.database.rows

    def same(table: str, there: set[Any], known: set[Any]) -> None:
        world.need(there == known, f"a table is not what happened: {table}", there ^ known)

    found = rows("select key, until, account, digest from talks")
    same(
        "talks",
        {(key, moment(until), account) for key, until, account, _ in found},
        {(key, one.until, one.account) for key, one in model.talks.items()},
    )
    used = [key for key, _, account, digest in found if account is not None and digest]
    world.need(not used, "a code that was used is kept", used)
    same(
        "appointments",
        {(key, account, moment(at)) for key, account, at in rows("select key, account, at from appointments")},
        {(key, one.account, one.at) for key, one in model.meetings.items()},
    )
    notes = world.database.opened(world.keys, "select key, offering_key, note from shortlist")
    same("shortlist", set(notes), {(key, one.course, one.note) for key, one in model.shortlist.items()})
    same(
        "not_for_me",
        {
            (key, *ids, day(on))
            for key, *ids, on in rows("select key, offering_key, request_key, since from not_for_me")
        },
        {(key, one.course, one.request, one.since) for key, one in model.declined.items()},
    )
    same(
        "disputes",
        set(map(tuple, rows("select key, request_key, entry, state from disputes"))),
        {(key, one.request, one.entry, one.state) for key, one in model.disputes.items()},
    )
    same(
        "talk_misses",
        {(by, moment(at)) for by, at in rows("select account, at from talk_misses")},
        set(model.misses),
    )


MEANING: Mapping[str, Any] = {
    "talk.offer": _offer,
    "talk.open": _open,
    "shortlist": _shortlist,
    "list.decline": _decline,
    "dispute": _dispute,
    "dispute.answer": _answer,
}
