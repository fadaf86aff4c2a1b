"""The repository of calendars: when alumni are busy, by calendars that they gave."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from matcher.domain.busy import Interval

FILE, SUBSCRIPTION = "file", "subscription"


@dataclass(frozen=True, slots=True)
class KeptCalendar:
    """A calendar of an alumnus, without its busy times."""

    key: int
    alumnus_key: int
    kind: str
    """`FILE` or `SUBSCRIPTION`."""
    url: str | None
    """The address of a subscription."""
    added_at: datetime
    fetched_at: datetime | None
    """When it was read last without a problem; aware, in UTC."""
    problem: str
    """The code of the problem of the last try, a key under `[errors]`; empty where it was read."""
    events: int
    remarks: Mapping[str, int] = field(default_factory=dict)
    """What was not understood, how often, by code: a key under `[remark]` of `calendars.toml`."""


class Calendars(Protocol):
    """Calendars, and the busy times that were read from them; no title, place or person of any event."""

    def of(self, key: int) -> list[KeptCalendar]:
        """The calendars of an alumnus, the oldest first."""
        ...

    def add(self, key: int, kind: str, url: str | None = None) -> int:
        """Adds a calendar without busy times; returns its random key. Raises KeyError for an unknown alumnus."""
        ...

    def put(self, calendar_key: int, intervals: Sequence[Interval], *, events: int, remarks: Mapping[str, int]) -> bool:
        """Puts what was read now in place of what was read before; False where the calendar is gone.

        It makes no revision where the busy times are the same.
        """
        ...

    def fail(self, calendar_key: int, problem: str) -> None:
        """Records that a subscription could not be read; its busy times stay."""
        ...

    def remove(self, key: int, calendar_key: int | None = None) -> int:
        """Removes a calendar of an alumnus with its busy times, or all of them; returns how many."""
        ...

    def all(self) -> list[KeptCalendar]:
        """All calendars, by the key of the alumnus."""
        ...

    def busy(self, keys: Collection[int] | None = None) -> dict[int, list[Interval]]:
        """The busy times by alumnus, ascending and merged, of these alumni or of all; none where there are none."""
        ...
