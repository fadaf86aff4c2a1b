"""The repository of what schools chose, and of questions that they parked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from matcher.domain.kinds import Purpose
from matcher.domain.school_settings import KeptSetting, ParkedQuestion


class SchoolSettings(Protocol):
    """Choices per school; earlier ones are kept, so that what was closed at a moment can be told."""

    def of(self, school: str) -> dict[str, KeptSetting]:
        """The choices of a school of today, by name."""
        ...

    def choose(self, school: str, name: str, value: str) -> None:
        """Keeps a choice from now on. What rankings follow is a revision, so that every process follows it.

        Of what may name somebody the values before it go.
        """
        ...

    def closed(self, at: datetime | None = None) -> Mapping[str, frozenset[Purpose]]:
        """By school the purposes whose consents were not used at a moment (UTC), or are not now; none for all areas."""
        ...

    def asks(self, at: datetime | None = None) -> Mapping[str, int]:
        """By school how often a year alumni were asked at a moment (UTC), or are now, who did not say."""
        ...

    def every(self, name: str) -> Mapping[str, str]:
        """The value of one setting of today, by school."""
        ...

    def park(self, school: str, step: str, text: str, who: str, until: date | None) -> int:
        """Parks a question; returns its key."""
        ...

    def parked(self, school: str) -> list[ParkedQuestion]:
        """Those of a school that are open, by day and then as they were parked."""
        ...

    def settle(self, school: str, key: int) -> bool:
        """Takes an open one of a school off the list; False where there is none."""
        ...
