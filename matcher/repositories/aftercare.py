"""The register of aftercare: contacts with alumni who left, and their objections to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Protocol

from matcher.domain.aftercare import AftercareCase, AftercareContact, CaseState
from matcher.domain.records import Alumnus


class Aftercare(Protocol):
    """Who may have left, and the contacts with them. No data revision: no ranking reads any of it."""

    def leavers(self, since: date, school: str | None = None) -> Mapping[int, Alumnus]:
        """The alumni of a school or of all who may have left since a day, without consents, by random key.

        By the day of the list, else by the year of a course; `matcher.domain.aftercare` decides.
        """
        ...

    def contacts(self, *keys: int) -> list[AftercareContact]:
        """The lines of these alumni, corrections too, the oldest first."""
        ...

    def add(self, contact: AftercareContact) -> int:
        """Adds a line, by the asker of the transaction and of now; returns its key. Raises KeyError."""
        ...

    def people(self) -> list[int]:
        """Random keys of the alumni of whom there is a contact or an objection, by key."""
        ...

    def forget(self, keys: Collection[int], *, cases: bool) -> int:
        """Removes the contacts of these alumni, and with `cases` their objections too; returns how many rows."""
        ...


class AftercareCases(Protocol):
    """Objections to the register. Of one alumnus at most one is open or upheld, or one of each half of a merge."""

    def of(self, *keys: int) -> list[AftercareCase]:
        """Those of these alumni, the oldest first."""
        ...

    def open(self, school: str | None = None) -> list[AftercareCase]:
        """Those of the alumni of a school or of all that wait for a decision, the oldest first."""
        ...

    def object(self, alumnus_key: int, said: str | None = None) -> bool:
        """The alumnus objects; False where an objection is open or upheld already. Raises KeyError."""
        ...

    def settle(self, alumnus_key: int, state: CaseState, because: str | None = None) -> bool:
        """An open objection is upheld or rejected, by the asker; or one that stands is withdrawn.

        False where there is none.
        """
        ...
