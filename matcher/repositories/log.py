"""Repositories of the log, outgoing mail, and values of the installation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from matcher.repositories.values import (
    LogEntry,
    Mail,
    Verdict,
)


class AuditLog(Protocol):
    """The append-only log. Entries are added by `Transaction.note`."""

    def page(
        self, school: str | None = None, *, before: int | None = None, limit: int = 100, people: bool = False
    ) -> list[LogEntry]:
        """The newest entries first; `before`: only those with a lower number; `people`: with the alumni of each.

        With a school: what its people did, what anyone did with its alumni, and what was done to the whole
        installation. Entries by others include only the alumni of this school.
        """
        ...

    def stream(self, school: str | None = None, actions: Collection[str] | None = None) -> Iterator[LogEntry]:
        """All entries, the oldest first, of one school or all, and of these actions or all."""
        ...

    def count_actions(self) -> dict[str, int]:
        """How many entries there are of each action, by its name."""
        ...

    def entry(self, number: int, *, as_written: bool = False) -> LogEntry | None:
        """One entry; None where there is none. `as_written`: with the keys that alumni had before they were merged."""
        ...

    def about(self, key: int, *, actions: Collection[str] | None = None, limit: int | None = None) -> list[LogEntry]:
        """The entries about this alumnus, with one of these actions or any, the newest first; the last `limit`, or all.

        An entry about thousands of alumni is read whole, so name the actions where they are known.
        """
        ...

    def has_seen(self, actor: int, query: int, least: int) -> bool:
        """Whether this account ranked for this request and was shown at least `least` candidates."""
        ...

    def verify(self, known: tuple[int, str] | None = None) -> Verdict:
        """Recomputes every seal: what, if anything, was changed, added, removed or cut off.

        `known`: number and digest (or its beginning) of an entry as it was kept elsewhere.
        """
        ...

    def forget(self, before: datetime) -> int:
        """Removes the entries from before a moment (UTC), and adds an entry that says so; returns how many."""
        ...


class Outbox(Protocol):
    """Mail that is written in the transaction of what causes it, and sent afterwards."""

    def add(
        self,
        alumnus_key: int | None,
        message: str,
        *,
        values: Mapping[str, str] | None = None,
        link: str = "",
        address: str | None = None,
        delay: timedelta = timedelta(0),
        request_key: int | None = None,
        school: str | None = None,
    ) -> int:
        """Adds a message, to be sent after `delay`; it can be dropped until then. Returns its key.

        Without an alumnus it goes to who made the request of `request_key`, or else to `address` on behalf of `school`.
        `values`: no personal data. Raises KeyError, and ValueError for no recipient.
        """
        ...

    def waiting(self, alumnus_key: int, message: str, *, since: datetime | None = None) -> int:
        """How many messages of this kind to an alumnus are waiting or being sent, or were written since a moment."""
        ...

    def page(
        self,
        *,
        key: int | None = None,
        alumnus_key: int | None = None,
        states: Collection[str] = (),
        school: str | None = None,
        link: str | None = None,
        limit: int | None = 100,
    ) -> list[Mail]:
        """Messages, the newest first: with this key, to an alumnus, in these states, to a school's alumni, with a link.

        Filters that are left out do not apply. `limit` None: all of them.
        """
        ...

    def retry(self, key: int) -> bool:
        """Makes the message due now, as if it were new. False if it was sent, is being sent, or is gone.

        False also if it has ended and had an address of its own, which is then cleared.
        """
        ...

    def drop(self, key: int, *, problem: str = "") -> bool:
        """Drops the message: it will not be sent. False if it is being sent, was sent or dropped, or is gone.

        `problem`: why; empty for none.
        """
        ...

    def hold(self) -> int:
        """Holds every message that waits or is being sent: it may have been sent already. Returns how many."""
        ...

    def count(self) -> Mapping[str, int]:
        """How many messages there are in each of `MAIL_STATES`."""
        ...

    def remove(self, before: datetime) -> int:
        """Removes messages that ended, or became due, before a moment; returns how many."""
        ...


class Deliveries(Protocol):
    """The outbox as the senders of mail see it: many processes may send, but each message has one sender at a time."""

    def take(self) -> Mail | None:
        """Takes the first message that is due: its state is `sending`, one attempt more. None where none is due.

        A message that was taken and never finished is due again after a while, marked `perhaps_twice`.
        """
        ...

    def finish(
        self,
        mail: Mail,
        state: str,
        *,
        problem: str = "",
        retry_after: timedelta = timedelta(0),
        uncertain: bool = False,
    ) -> int | None:
        """Records how an attempt ended. `state`: `sent`, `refused`, or `waiting` until `retry_after` is over.

        Returns the random key of the alumnus whose message it is now (another than when it was taken, if the two were
        merged meanwhile), 0 where it is not to an alumnus. `uncertain`: the server may have accepted the message all
        the same. Records nothing and returns None if the message is gone or another sender has claimed it since.
        """
        ...

    def next_due(self) -> datetime | None:
        """When the first message is due (aware, UTC), possibly in the past; None if none waits."""
        ...


class Installation(Protocol):
    """Values that this database stores about itself, by name."""

    def get(self, name: str) -> str | None:
        """The value; None where there is none."""
        ...

    def set_once(self, name: str, value: str) -> str:
        """Stores the value, unless there is one already; returns the stored value."""
        ...

    def replace(self, name: str, value: str) -> None:
        """Stores the value, replacing any other."""
        ...
