"""Repositories of what was done, what is to be sent, and what the installation keeps about itself."""

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

    def page(self, school: str | None = None, *, before: int | None = None, limit: int = 100) -> list[LogEntry]:
        """The newest entries first; `before`: only those with a lower number.

        With a school: what its people did, what anyone did with its alumni, and what was done to the whole
        installation. Of what others did only the alumni of this school are included.
        """
        ...

    def stream(self, school: str | None = None, actions: Collection[str] | None = None) -> Iterator[LogEntry]:
        """All entries, the oldest first, of one school or all, and of these actions or all."""
        ...

    def count_actions(self) -> dict[str, int]:
        """How many entries there are of each action, by its name."""
        ...

    def entry(self, number: int) -> LogEntry | None:
        """One entry; None where there is none."""
        ...

    def about(self, key: int, *, actions: Collection[str] | None = None, limit: int | None = None) -> list[LogEntry]:
        """The entries about this alumnus, with one of these actions or any, the newest first; the last `limit`, or all.

        An entry about thousands of alumni is read whole, so name the actions where they are known.
        """
        ...

    def has_seen(self, actor: int, action: str, query: int, least: int) -> bool:
        """Whether this account ranked for this query and was shown at least `least` candidates."""
        ...

    def verify(self) -> Verdict:
        """Computes every seal again: which entry, if any, was changed, added or removed."""
        ...

    def forget(self, before: datetime) -> int:
        """Removes the entries from before a moment (UTC), which a new entry says; returns how many."""
        ...


class Outbox(Protocol):
    """Mail that is written in the transaction of what causes it, and sent afterwards."""

    def add(
        self,
        alumnus_key: int,
        message: str,
        *,
        values: Mapping[str, str] | None = None,
        link: str = "",
        address: str | None = None,
        delay: timedelta = timedelta(0),
    ) -> int:
        """Adds a message, to be sent after `delay`, until when it can be dropped; returns its key. Raises KeyError.

        `values`: no personal data.
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
        limit: int = 100,
    ) -> list[Mail]:
        """Messages, the newest first: with this key, to an alumnus, in these states, to a school's alumni, with a link.

        What is left out is not asked for.
        """
        ...

    def retry(self, key: int) -> bool:
        """The message is due now, as if it were new. False where it was sent, is being sent, or is gone.

        False also where it has ended and was written with an address of its own, which is no longer there.
        """
        ...

    def drop(self, key: int) -> bool:
        """The message will not be sent. False where it is being sent, was sent or dropped, or is gone."""
        ...

    def count(self) -> Mapping[str, int]:
        """How many messages there are in each of `MAIL_STATES`."""
        ...

    def remove(self, before: datetime) -> int:
        """Removes messages that were sent, refused or dropped before a moment, or are due since; returns how many."""
        ...


class Deliveries(Protocol):
    """The outbox as the senders of mail see it: many processes, and no message in two hands."""

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
    ) -> bool:
        """Records how an attempt ended. `state`: `sent`, `refused`, or `waiting` until `retry_after` is over.

        `uncertain`: the server may have taken the message all the same. False, and nothing is recorded, where the
        message is gone or another sender has taken it since.
        """
        ...

    def next_due(self) -> datetime | None:
        """When the first message is due (aware, UTC), which may be past; None where none waits."""
        ...


class Installation(Protocol):
    """Values that this database keeps about itself, by name."""

    def get(self, name: str) -> str | None:
        """The value; None where there is none."""
        ...

    def set_once(self, name: str, value: str) -> str:
        """Keeps the value, unless there is one already; returns what is kept."""
        ...

    def replace(self, name: str, value: str) -> None:
        """Keeps the value in place of another."""
        ...
