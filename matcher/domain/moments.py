"""The day of a moment in the Netherlands."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Amsterdam")


def day_in_netherlands(moment: datetime) -> date:
    """The day there at this moment, which is aware."""
    return moment.astimezone(ZONE).date()
