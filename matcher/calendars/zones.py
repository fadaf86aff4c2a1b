"""What a time in a calendar means: its zone by name, by the calendar's own definition, or assumed.

A zone that the world knows by name (IANA, or as Windows calls it) has its real rules, whatever the file says of it:
many files carry rules of years ago. A zone of a file's own is as the file defines it. Of any other we know nothing:
then, and where a time has no zone, it is the time in the Netherlands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

from matcher.calendars.blocks import Block
from matcher.domain.moments import ZONE

_FIXED = re.compile(r"(?:UTC|GMT)?([+-])(\d\d):?(\d\d)")


@dataclass(slots=True)
class Zones:
    """The zones of one calendar."""

    own: Mapping[str, Block]
    """The definitions in the file, by their name."""
    remarks: Counter[str]
    calendar: tzinfo | None = None
    """The zone of the whole calendar (X-WR-TIMEZONE), by which what is given in UTC repeats."""
    _known: dict[str, tzinfo] = field(default_factory=dict)

    def named(self, name: str) -> tzinfo:
        """The zone of this name; one that is not known is that of the Netherlands, with a remark."""
        if name not in self._known:
            zone = known(name) or self._defined(name)
            if zone is None:
                self.remarks["unknown_zone"] += 1
            self._known[name] = zone or ZONE
        return self._known[name]

    def moment(self, value: datetime, zone: str | None) -> datetime:
        """A time with its zone: that named, else UTC where it is stated so, else the Netherlands."""
        if zone:
            return value.replace(tzinfo=self.named(zone))
        if value.tzinfo is None:
            return value.replace(tzinfo=ZONE)
        utc = value.astimezone(UTC)
        return utc.astimezone(self.calendar) if self.calendar else utc

    def _defined(self, name: str) -> tzinfo | None:
        block = self.own.get(name)
        if block is None or not block.whole:
            return None
        from icalendar import Timezone

        try:
            zone: tzinfo = cast("Timezone", Timezone.from_ical(block.source(nested=True))).to_tz()
            datetime(2027, 1, 1, tzinfo=zone).utcoffset()
        except Exception:  # noqa: BLE001 - a definition can be wrong in any way, and then says nothing
            return None
        return zone


@cache
def known(name: str) -> tzinfo | None:
    """The zone that the world knows by this name: IANA, Windows, an offset from UTC; None for any other."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    plain = name.strip().strip('"')
    for candidate in (plain, "/".join(plain.split("/")[-2:]), "/".join(plain.split("/")[-3:])):
        if candidate in available_timezones():
            return ZoneInfo(candidate)
    if plain in WINDOWS_TO_OLSON:
        return ZoneInfo(WINDOWS_TO_OLSON[plain])
    if match := _FIXED.fullmatch(plain):
        hours, minutes = int(match[2]), int(match[3])
        if hours < 15 and minutes < 60:
            offset = timedelta(hours=hours, minutes=minutes)
            return timezone(offset if match[1] == "+" else -offset)
    return None


def midnight(day: date) -> datetime:
    """When a day begins in the Netherlands, in UTC."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
