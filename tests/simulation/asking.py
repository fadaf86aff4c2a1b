"""What alumni are asked, by the rules: invitations, waiting lists, proposals, and what of it counts.

Told without a look at the product: nobody is asked twice at a time for one request, the next of a waiting list is asked
once a place is free, and an ask that nobody read, or that was given back, does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.model import Demand, Model, Person

TABLE = "invitations"
NOT_ASKED = frozenset({"queued", "proposed"})
OPEN = frozenset({"asked", *NOT_ASKED})
OVER = frozenset({"lapsed", "filled", "cancelled", "released"})
"""Ended without an answer, after the mail may have been read."""
UNREAD = frozenset({"undone", "unreached"})
STOPPED = frozenset({"concept", "withdrawn", "held", "not_held"})
ANSWER_DAYS = 7
SOON, SOON_DAYS = timedelta(weeks=3), 3


@dataclass
class Ask:
    """An invitation, by the key of its row. `on`, `deadline`, `remind_on`: once it is made; `mail`: that of it.

    `counts`: whether it is an ask that counts. `later`: whether the answer was to ask again another time.
    """

    key: int
    request: int
    state: str
    made: datetime
    place: int | None = None
    on: date | None = None
    deadline: date | None = None
    remind_on: date | None = None
    mail: int | None = None
    reminded: bool = False
    counts: bool = False
    later: bool = False
    moment: datetime | None = None
    """The one that was agreed, in local time."""
    by: int = 0
    """The account that proposed it."""

    @property
    def name(self) -> tuple[str, int]:
        """As `Model.held` knows it."""
        return TABLE, self.key

    def is_made(self, today: date, needed: date | None, mail: int | None) -> None:
        """The alumnus is asked: the terms begin. `needed`: the day that an answer must come before."""
        soon = needed is not None and needed - today <= SOON
        last = today + timedelta(days=SOON_DAYS if soon else ANSWER_DAYS)
        if needed is not None:
            last = min(last, needed - timedelta(days=1))
        self.deadline = max(last, today)
        days = (self.deadline - today).days
        self.remind_on = today + timedelta(days=(days + 1) // 2) if days > 1 else None
        self.state, self.on, self.mail, self.counts = "asked", today, mail, True


def owner(model: Model, ask: Ask) -> Person:
    """Whose it is."""
    return model.people[model.held[ask.name]]


def of_request(model: Model, request: int) -> list[Ask]:
    """All of a request, in the order in which they were made."""
    return sorted((one for one in model.asks.values() if one.request == request), key=_order)


def _order(ask: Ask) -> tuple[datetime, int, int]:
    return ask.made, ask.place or 0, ask.key


def of_pair(model: Model, person: Person, request: int) -> list[Ask]:
    """Those of an alumnus for a request, the oldest first."""
    return [one for one in of_request(model, request) if model.held[one.name] == person.key]


def queue(model: Model, request: int) -> list[Ask]:
    """The waiting list of a request, in its order."""
    waiting = [one for one in of_request(model, request) if one.state == "queued"]
    return sorted(waiting, key=lambda one: (one.place or 0, one.made, one.key))


def stands(model: Model, person: Person, request: int) -> str:
    """Where an alumnus stands with a request: accepted, declined, later, asked, or nothing."""
    reply = person.replies.get(request)
    if reply is not None:
        return reply
    last = ""
    for one in of_pair(model, person, request):
        if one.counts:
            last = "asked"
        if one.later:
            last = "later"
    return last


def may_hear(model: Model, person: Person, request: int) -> bool:
    """Whether nothing was asked of an alumnus for a request, or the answer was to ask again another time."""
    return stands(model, person, request) in {"", "later"}


def is_waiting(model: Model, person: Person, request: int) -> bool:
    """Whether an alumnus is proposed for a request, or is on its waiting list."""
    return any(one.state in NOT_ASKED for one in of_pair(model, person, request)[-1:])


def free(model: Model, demand: Demand, today: date) -> int:
    """Places for which no one agreed and no one is thinking it over; 0 where nothing is asked any more."""
    agreed = model.accepted(demand.key)
    closes = demand.closes
    if model.phases.get(demand.key) in STOPPED or (not agreed and closes is not None and closes < today):
        return 0
    last: dict[int, str] = {}
    for one in of_request(model, demand.key):
        if one.on:
            last[model.held[one.name]] = one.state
    thinking = sum(
        stands(model, model.people[key], demand.key) == "asked" and state not in OVER for key, state in last.items()
    )
    return max(demand.wanted.people - agreed - thinking, 0)


def may_be_asked(model: Model, person: Person, demand: Demand, today: date) -> bool:
    """Whether whoever waits may be asked now."""
    return (
        model.fits(person, demand, today) and may_hear(model, person, demand.key) and model.is_reached(person, demand)
    )


def has_begun(model: Model, request: int) -> bool:
    """Whether somebody was asked: before that a waiting list does nothing."""
    return any(one.on for one in of_request(model, request))


def is_due(model: Model, demand: Demand, today: date) -> bool:
    """Whether the next of the waiting list is to be asked now."""
    waits = queue(model, demand.key)
    if not waits or not has_begun(model, demand.key) or not free(model, demand, today):
        return False
    return any(may_be_asked(model, owner(model, one), demand, today) for one in waits)


def shown(model: Model, person: Person) -> Iterator[tuple[int, str]]:
    """The questions that an alumnus sees, each with the reply; an ask that nobody read is none."""
    for request in {one.request for one in model.asks.values() if model.held[one.name] == person.key}:
        made = [one for one in of_pair(model, person, request) if one.on]
        reply = stands(model, person, request)
        if made and (reply or made[-1].state not in UNREAD):
            yield request, reply


def release(model: Model, ask: Ask) -> None:
    """The ask does not count: neither now nor for whoever becomes two again."""
    if not ask.counts or ask.on is None:
        return
    ask.counts = False
    one, line = owner(model, ask), (ask.request, ask.on)
    one.asks.remove(line)
    for merged in model.merges.values():
        if merged.holder == one.key:
            side = merged.other if ask.name in merged.rows else merged.kept
            if line in side.asks:
                side.asks.remove(line)
