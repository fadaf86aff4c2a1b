"""When mail goes out once a week, and which mail cannot wait for that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from matcher.domain.moments import ZONE, day_in_netherlands

FOLDED = "folded"
"""Why a reminder is not sent: its question is in the letter, or its term is over before the next."""
LETTER = "digest"
"""The message that has the others of a week in it."""
LEAST_DAYS = 2
"""The days that an alumnus must have to answer after the weekly letter; with fewer, the question goes at once."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """When the letter of the week goes: a setting. `weekday`: from 0, Monday; `at`: the time in the Netherlands."""

    weekday: int = 0
    at: time = time(8)

    def following(self, now: datetime) -> datetime:
        """The first such moment after `now`. Both aware.

        The time of the clock stays the same over a change of the clocks.
        """
        today = day_in_netherlands(now)
        day = today + timedelta(days=(self.weekday - today.weekday()) % 7)
        moment = datetime.combine(day, self.at, ZONE)
        return moment if moment > now else datetime.combine(day + timedelta(weeks=1), self.at, ZONE)


def may_wait(deadline: date | None, until: datetime) -> bool:
    """Whether a question may wait until the letter of `until` (aware): enough days are left then to answer it."""
    return deadline is not None and (deadline - day_in_netherlands(until)).days >= LEAST_DAYS
