"""Moments and days in the Netherlands."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Amsterdam")


def day_in_netherlands(moment: datetime) -> date:
    """The calendar day in the Netherlands at `moment`, a timezone-aware datetime."""
    return moment.astimezone(ZONE).date()
