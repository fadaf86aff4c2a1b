"""Repositories of mail that alumni stopped, of addresses that mail came back from, and of mail that comes in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ClosedAddress:
    """An address of an alumnus from which mail came back for good: since when, and the status of the mail server."""

    since: date
    status: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reply by mail that a person has to read. UTC.

    `reading`: what was read in it. `text`: its own words, without what it quotes. `request_key`: the request that it is
    about, if any.
    """

    key: int
    alumnus_key: int
    request_key: int | None
    reading: str
    text: str
    at: datetime


class MailStops(Protocol):
    """What alumni want no mail about. A scope is `everything`, `kind` with a code, or `request` with a random key."""

    def of(self, alumnus_key: int) -> dict[str, date]:
        """Since when, by scope."""
        ...

    def add(self, alumnus_key: int, scope: str) -> bool:
        """Stops it; False if it was stopped. Raises KeyError for no such alumnus."""
        ...

    def remove(self, alumnus_key: int, scope: str) -> bool:
        """Ends it; False if it was not stopped."""
        ...

    def having(self, scope: str) -> frozenset[int]:
        """Random keys of the alumni who stopped mail of this scope."""
        ...


class ClosedAddresses(Protocol):
    """Addresses that mail came back from for good. An address is closed for everybody who has it."""

    def close(self, email: str, status: str) -> int:
        """Closes an address; returns for how many alumni who have it today, 0 if it was closed or nobody has it."""
        ...

    def reopen(self, alumnus_key: int) -> bool:
        """Opens the address that an alumnus has today, for everybody who has it; False if it was not closed."""
        ...

    def has(self, email: str) -> bool:
        """Whether an address is closed. For a transaction."""
        ...

    def unreachable(self, among: Collection[int] | None = None) -> frozenset[int]:
        """Random keys of the alumni, of all or `among` these, whose address of today is closed, whoever had it then."""
        ...

    def of(self, alumnus_key: int) -> list[ClosedAddress]:
        """Those that an alumnus has or had, the newest first."""
        ...


class Inbox(Protocol):
    """Mail that came in: which messages were dealt with, and which a person has to read."""

    def take(self, digest: str) -> bool:
        """Records a message by the digest of what identifies it; False if it was dealt with before."""
        ...

    def doubt(self, alumnus_key: int, request_key: int | None, reading: str, text: str) -> int:
        """Keeps a reply for a person; returns its key. Raises KeyError for no such alumnus."""
        ...

    def page(
        self, *, key: int | None = None, alumnus_key: int | None = None, school: str | None = None, limit: int = 100
    ) -> list[Doubt]:
        """Replies that a person has to read, the oldest first: with this key, of an alumnus, of a school's alumni."""
        ...

    def done(self, key: int) -> bool:
        """Removes a reply that was read; False if it is gone."""
        ...

    def is_over(self, doubts: datetime, seen: datetime) -> bool:
        """Whether `forget` would remove anything."""
        ...

    def forget(self, doubts: datetime, seen: datetime) -> int:
        """Removes replies from before a moment, and records of messages from before another; how many replies."""
        ...
