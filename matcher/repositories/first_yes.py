"""Who was asked for a first yes, who came in by a door, and when facts were last confirmed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

FACTS = ("function", "employer", "town")
"""The facts of an alumnus that change with the years, by field."""


@dataclass(frozen=True, slots=True)
class FirstAsk:
    """An alumnus who was asked for a first yes. `agreed`: the mask of the purposes of the last answer.

    `campaign_key`: None for who came in by a door. `sent_on`: None while the mail waits, or where it never was sent.
    """

    alumnus_key: int
    campaign_key: int | None
    written_on: date
    sent_on: date | None = None
    reminded_on: date | None = None
    answered_on: date | None = None
    agreed: int | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """When a school asked its alumni for a first yes (UTC)."""

    key: int
    school: str
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Door:
    """A page where people of a school enter themselves. `name`: of a class of leavers, which leaves on `left_on`.

    `name` is empty for a door of the whole school. Moments are UTC.
    """

    code: str
    school: str
    name: str
    left_on: date | None
    opened_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who came in by a door and did not confirm the address yet (UTC). `details`: by field."""

    key: int
    door: str
    email: str
    details: Mapping[str, str]
    came_at: datetime


@dataclass(frozen=True, slots=True)
class FactDays:
    """When an alumnus last said that each fact is right, by field; when that was asked; since when mail bounces."""

    alumnus_key: int
    days: Mapping[str, date]
    asked_on: date | None = None
    bounced_on: date | None = None


class Campaigns(Protocol):
    """Campaigns, and the alumni who were asked: each of them once."""

    def begin(self, school: str) -> int:
        """A new campaign of a school; returns its key."""
        ...

    def listed(self, school: str | None = None) -> list[Campaign]:
        """The campaigns of a school or of all, the newest first."""
        ...

    def add(self, campaign_key: int | None, alumni: Collection[int]) -> None:
        """These alumni are asked today. Raises KeyError for one who was asked before, or who there is not."""
        ...

    def of(self, alumnus_key: int) -> FirstAsk | None:
        """How one alumnus was asked; None for who never was."""
        ...

    def all(self, school: str | None = None) -> list[FirstAsk]:
        """Everybody of a school or of all who was asked, by key."""
        ...

    def put(self, alumnus_key: int, **changes: date | int | None) -> None:
        """Changes fields of how an alumnus was asked; nothing where that is gone."""
        ...

    def silent(self, sent_by: date) -> list[int]:
        """Random keys of those whose mail was sent by a day, who did not answer and were not reminded."""
        ...

    def students(self, school: str | None = None) -> int:
        """How many alumni of a school or of all leave on a day after today."""
        ...


class Doors(Protocol):
    """Doors of schools."""

    def open(self, school: str, name: str, left_on: date | None) -> Door:
        """A new door, with a code that nobody can guess."""
        ...

    def find(self, code: str) -> Door | None:
        """The door with this code, closed or not; None where there is none."""
        ...

    def listed(self, school: str | None = None) -> list[Door]:
        """The open doors of a school or of all, by school, the newest first."""
        ...

    def close(self, code: str) -> bool:
        """Closes a door; False where it is closed, or there is none."""
        ...


class Newcomers(Protocol):
    """Who came in by a door and did not confirm the address yet, and whom of the list they may be."""

    def add(self, door: str, email: str, details: Mapping[str, str]) -> int:
        """Somebody came in; returns the key."""
        ...

    def new_secret(self, key: int) -> str | None:
        """The secret of a new link to confirm the address, by which an older one ends; None for who is gone."""
        ...

    def find(self, secret: str, since: datetime) -> Newcomer | None:
        """Who has this link, and came in after a moment; looking changes nothing."""
        ...

    def new_number(self) -> str:
        """A number for somebody who typed none, which nobody has."""
        ...

    def waiting(self, since: datetime, *, email: str | None = None, door: str | None = None) -> int:
        """How many came in after a moment: with an address, in any spelling, by a door, or in all."""
        ...

    def remove(self, *, email: str | None = None, before: datetime | None = None, erased: bool = False) -> int:
        """Removes those with an address, who came before a moment, or with an address of somebody erased; how many."""
        ...

    def was_erased(self, school: str, number: str, email: str) -> bool:
        """Whether an erased person had this number at this school, or this address."""
        ...

    def like(self, school: str, number: str, email: str) -> tuple[list[int], list[int]]:
        """Random keys of the alumni of a school with this address, and of those with this number, in any spelling."""
        ...


@dataclass(frozen=True, slots=True)
class FactAges:
    """Which facts an alumnus has, and when each was last said to be right; None for never."""

    alumnus_id: str
    school: str
    days: Mapping[str, date | None]
    asked_on: date | None
    bounced_on: date | None


class FactTable(Protocol):
    """When alumni last said that facts are right."""

    def of(self, alumnus_key: int) -> FactDays | None:
        """Those of one alumnus; None where nothing is known."""
        ...

    def all(self, school: str | None = None) -> dict[int, FactDays]:
        """Those of the alumni of a school or of all, by random key."""
        ...

    def oldest(self, school: str | None, limit: int, offset: int = 0) -> tuple[list[FactAges], int]:
        """The alumni with any fact, of a school or of all, those whose mail bounces first, then the oldest, by id.

        A part of them, and how many there are.
        """
        ...

    def confirm(self, alumnus_key: int, facts: Iterable[str]) -> None:
        """The alumnus said today that these facts are right. Raises KeyError."""
        ...

    def ask(self, alumnus_key: int) -> None:
        """The alumnus is asked today. Raises KeyError."""
        ...

    def bounced(self, alumnus_key: int) -> None:
        """Mail to the address of the alumnus came back today. Raises KeyError."""
        ...

    def arrived(self, alumnus_key: int) -> bool:
        """Mail reached the address that the alumnus has today; False where none came back from it."""
        ...

    def elsewhere(self) -> frozenset[int]:
        """Random keys of the alumni who have another address since mail bounced."""
        ...
