"""What a trial of other settings reads: which lists were logged, and who said how often they may be asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from matcher.repositories.values import LogEntry


@dataclass(frozen=True, slots=True)
class LoggedList:
    """An entry of the log by number that is a list, and the random key of its query; None where that was not saved.

    `school`: of the asker; None for all schools.
    """

    number: int
    action: str
    school: str | None
    query: int | None


class Trials(Protocol):
    """The logged lists of a period, without the alumni in them until they are opened."""

    def listed(self, since: datetime, until: datetime, actions: Collection[str]) -> list[LoggedList]:
        """The entries with these actions from a moment up to another (UTC, the last not counted), the oldest first."""
        ...

    def opened(self, numbers: Sequence[int]) -> list[LogEntry]:
        """These entries, the oldest first, with the keys that alumni had before they were merged."""
        ...

    def stated(self) -> frozenset[int]:
        """The keys of the alumni who said how often they may be asked in a year."""
        ...
