"""Moments as the tables store them, and days in the Netherlands."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Amsterdam")


def day_in_netherlands(moment: datetime) -> date:
    """The calendar day in the Netherlands at `moment`, a timezone-aware datetime."""
    return moment.astimezone(ZONE).date()


def stored(moment: datetime) -> datetime:
    """A moment as the tables store it: UTC, without a zone. One without a zone is in UTC already."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def aware(moment: datetime) -> datetime:
    """A moment of the tables, with its zone: UTC."""
    return moment.replace(tzinfo=UTC)
