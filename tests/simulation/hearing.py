"""What the log says of mail that comes in: replies, those that a person reads, and mail that came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation.giving import Bounced
from tests.simulation.known import person_of

if TYPE_CHECKING:
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
DOUBTS, CLOSED = "inbox_doubts", "closed_addresses"
_DAYS = timedelta(days=30)


@dataclass
class Doubt:
    """A reply that waits for a person to read it."""

    request: int | None
    at: datetime


def _doubt(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = person_of(world, details["alumnus"])
    rows = world.database.rows(f"select key, alumnus_key, request_key from {DOUBTS}")  # noqa: S608 - our own table
    new = [row for row in rows if row[0] not in world.model.doubts]
    right = len(new) == 1 and new[0][1:] == (person.key, details["query"])
    world.need(right, "a reply that nobody is sure of is not kept for a person", (new, details))
    world.model.doubts[new[0][0]] = Doubt(details["query"], world.now)
    world.model.held[DOUBTS, new[0][0]] = person.key


def _bounce(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, person_of(world, details["alumnus"])
    if isinstance(frame.value, Bounced):
        frame.value.apply(world)
    rows = world.database.rows(f"select key, alumnus_key from {CLOSED}")  # noqa: S608 - our own table
    new = {key: who for key, who in rows if key not in model.closed}
    email = (person.email or "").lower()
    same = {one.key for one in model.people.values() if email and (one.email or "").lower() == email}
    expected = same if details["closed"] else set()
    world.need(set(new.values()) == expected, "an address is closed of others than have it", (new, person))
    for key, who in new.items():
        model.closed[key], model.held[CLOSED, key] = email, who


def reopen(world: World, key: int) -> None:
    """Mail arrived at the address that somebody has: it is open again, for everybody who has it."""
    model, person = world.model, world.model.people.get(key)
    for row in [row for row, email in model.closed.items() if person and email == (person.email or "").lower()]:
        del model.closed[row], model.held[CLOSED, row]


def _decide(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    key: Any = frame.value
    doubt = world.model.doubts.pop(key, None)
    world.need(doubt is not None, "a reply is read that is not there", details)
    del world.model.held[DOUBTS, key]


def _forget(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    old = [key for key, doubt in model.doubts.items() if doubt.at < world.now - _DAYS]
    world.need(len(old) == details["replies"], "other replies are forgotten than are old", (old, details))
    for key in old:
        del model.doubts[key], model.held[DOUBTS, key]


MEANING: Mapping[str, Any] = {
    "inbox.doubt": _doubt,
    "inbox.bounce": _bounce,
    "inbox.forget": _forget,
    "replies.decide": _decide,
}
