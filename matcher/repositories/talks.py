"""Repositories of talks with advisers. No data revision: no ranking of others reads any of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from matcher.domain.talks import Appointment, Choice, Talk


class Talks(Protocol):
    """Codes and talks. Only a keyed digest of a code is kept."""

    def new(self, alumnus_key: int) -> tuple[str, Talk]:
        """A new code of an alumnus, which ends any other that was not used. Raises KeyError."""
        ...

    def of(self, alumnus_key: int) -> list[Talk]:
        """The codes and talks of an alumnus, ended ones too, the oldest first."""
        ...

    def open_with(self, account: int) -> dict[int, Talk]:
        """The talks of an adviser that are going on now, by random key of the alumnus."""
        ...

    def use(self, code: str, account: int, among: str | None) -> Talk | None:
        """Uses a code, once; None where it opens nothing: unknown, over, used, or of an alumnus of another school."""
        ...

    def misses(self, account: int, since: datetime) -> int:
        """How many codes of this adviser opened nothing since a moment (aware)."""
        ...

    def miss(self, account: int) -> None:
        """Remembers that a code opened nothing."""
        ...

    def end(self, alumnus_key: int | None) -> bool:
        """Ends the codes and the talks of an alumnus, or of all, as after a restore: some may have been ended since.

        False where there was nothing to end.
        """
        ...

    def forget(self, before: datetime) -> int:
        """Removes what ended before a moment (aware); returns how many."""
        ...


class Appointments(Protocol):
    """When advisers see alumni."""

    def add(self, appointment: Appointment) -> int:
        """Adds one; returns its key (that of the value does not count). Raises KeyError."""
        ...

    def of(self, alumnus_key: int) -> list[Appointment]:
        """Those of an alumnus, by moment."""
        ...

    def by(self, account: int, since: datetime) -> list[Appointment]:
        """Those of an adviser from a moment (aware) on, by moment."""
        ...

    def remove(self, key: int, account: int) -> bool:
        """Removes one of an adviser; False where there is none."""
        ...

    def forget(self, before: datetime) -> int:
        """Removes those from before a moment (aware); returns how many."""
        ...


class Shortlists(Protocol):
    """Courses that were chosen for alumni."""

    def of(self, *keys: int) -> list[Choice]:
        """Those of these alumni, in the order in which they were chosen."""
        ...

    def put(self, alumnus_key: int, offering_key: int, note: str | None) -> bool:
        """Adds a course, or changes its note; False where nothing changes. Raises KeyError."""
        ...

    def remove(self, alumnus_key: int, offerings: Collection[int]) -> int:
        """Takes courses from the list; returns how many were on it."""
        ...

    def forget(self, before: datetime) -> int:
        """Removes those that were changed last before a moment (aware); returns how many."""
        ...
