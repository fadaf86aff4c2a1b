"""Repositories of what alumni say of their lists. No data revision: no ranking of others reads any of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from matcher.domain.own_list import Dispute, Reason, Refusal


class NotForMe(Protocol):
    """What alumni do not want in the own list."""

    def of(self, alumnus_key: int) -> list[Refusal]:
        """What is not for an alumnus, the oldest first."""
        ...

    def add(
        self, alumnus_key: int, reason: Reason, *, offering_key: int | None = None, request_key: int | None = None
    ) -> bool:
        """A course or a role is not for an alumnus; False where that is known. Raises KeyError."""
        ...

    def remove(self, alumnus_key: int, key: int) -> bool:
        """It may be in the list again; False where it was not out of it."""
        ...

    def forget(self, before: date) -> int:
        """Removes what was said before a day; returns how many."""
        ...


class Disputes(Protocol):
    """Lists that alumni find wrong. Of one list at most one is open, or one of each half of a merge."""

    def of(self, alumnus_key: int) -> list[Dispute]:
        """Those of an alumnus, the oldest first."""
        ...

    def waiting(self, school: str | None = None) -> list[Dispute]:
        """Those of the alumni of a school or of all that wait for an answer, the oldest first."""
        ...

    def at(self, key: int) -> Dispute | None:
        """One by key; None where there is none."""
        ...

    def open(self, alumnus_key: int, request_key: int | None, entry: int | None, said: str | None) -> bool:
        """An alumnus asks about a list; False where that is asked and not answered. Raises KeyError."""
        ...

    def answer(self, key: int, answer: str) -> bool:
        """The asker of the transaction answers; False where it waits for none."""
        ...

    def withdraw(self, key: int, alumnus_key: int) -> bool:
        """The alumnus needs no answer any more; False where it waits for none."""
        ...

    def forget(self, before: datetime) -> int:
        """Removes those that ended before a moment (aware); returns how many."""
        ...
