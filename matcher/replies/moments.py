"""Which moment a yes names, of those that were proposed: by a day of the week, a date or a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from matcher.domain.calendar_names import DAY_NAMES, MONTHS, WEEKDAYS

_DAYS = "|".join(name for names in DAY_NAMES for name in names if name.endswith(("day", "dag")))
_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = re.compile(rf"\b({_DAYS})(?:s|ochtend|morgen|middag|avond)?\b")
_DATES = (
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:e|de|ste|st|nd|rd|th)?(?: of)? (?P<month>{_NAMES})\b"),
    re.compile(rf"\b(?P<month>{_NAMES}) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d)"),
    re.compile(
        r"(?<![\d:.-])(?P<day>\d{1,2})[-/](?P<month>0?[1-9]|1[0-2])(?:[-/](?:20)?\d\d)?\b(?! ?(?:uur|u\b|am|pm))"
    ),
    re.compile(r"\b(?P<day>\d{1,2})(?:e|de|ste|st|nd|rd|th)\b"),
)
_TIMES = (
    re.compile(r"\b(?P<hour>\d{1,2})[:.](?P<minute>\d{2})\b"),
    re.compile(r"\b(?P<hour>\d{1,2}) ?(?:uur|u|am|pm)\b"),
    re.compile(r"\b(?:om|at) (?P<hour>\d{1,2})\b"),
)
_PARTS = (
    (re.compile(r"(?:ochtend|\bmorning)"), range(12)),
    (re.compile(r"(?:middag|\bafternoon)"), range(12, 18)),
    (re.compile(r"(?:avond|\bevening)"), range(17, 24)),
)
_RELATIVE = re.compile(
    r"\b(?:morgen|overmorgen|vandaag|tomorrow|today|tonight)\b"
    rf"|\b(?:komende?|aanstaande|volgende?|deze|next|this|over|in)(?: \w+)? (?:week|weken|weeks|{_DAYS})\b"
)
"""Words that depend on the day on which they are written."""
_AROUND = re.compile(
    r"\b(?:na|vanaf|tot|voor|tussen|after|from|until|till|before|between|behalve|except|liefst|liever|rather|prefer\w*)\b"
)
"""Words beside a day or a time that may mean more or other than that."""


@dataclass(frozen=True, slots=True)
class Named:
    """The moments that fit what a yes names, and whether its words leave no doubt about which are meant."""

    moments: tuple[datetime, ...]
    is_sure: bool

    @property
    def one(self) -> datetime | None:
        """The moment that is named; None where that is not certain."""
        return self.moments[0] if self.is_sure and len(self.moments) == 1 else None

    @property
    def fits(self) -> bool:
        """Whether any of the moments can be meant."""
        return bool(self.moments)


def named(words: str, moments: Sequence[datetime]) -> Named | None:
    """Of these moments (beginnings, in the time of the Netherlands) those that a yes names; None where it names none.

    `words`: the own words of the yes, in small letters, as `reading.read` gives them.
    """
    is_sure = not _RELATIVE.search(words)
    weekdays = {WEEKDAYS[match[1]] for match in _WEEKDAY.finditer(words)}
    dates, rest = _dates(words)
    times = {(int(match["hour"]) % 12, int(match.groupdict().get("minute") or 0)) for match in _found(_TIMES, rest)}
    if not (weekdays or dates or times) and is_sure:
        return None
    is_sure = is_sure and not _AROUND.search(words)
    fitting = [
        one
        for one in moments
        if (not weekdays or one.weekday() in weekdays)
        and (not dates or any(one.day == day and month in {None, one.month} for day, month in dates))
        and (not times or (one.hour % 12, one.minute) in times)
    ]
    hours = [hours for pattern, hours in _PARTS if pattern.search(words)]
    in_part = [one for one in fitting if any(one.hour in span for span in hours)]
    return Named(tuple(in_part or fitting), is_sure)


def _dates(words: str) -> tuple[set[tuple[int, int | None]], str]:
    """The days of a month that are named, each with its month if that is said, and the words that are left."""
    dates: set[tuple[int, int | None]] = set()
    for pattern in _DATES:
        for match in pattern.finditer(words):
            month = match.groupdict().get("month")
            dates.add((int(match["day"]), MONTHS.get(month, 0) or int(month) if month else None))
        words = pattern.sub(" ", words)
    return dates, words


def _found(patterns: Sequence[re.Pattern[str]], words: str) -> list[re.Match[str]]:
    """What each pattern finds in what those before it left."""
    found: list[re.Match[str]] = []
    for pattern in patterns:
        found += pattern.finditer(words)
        words = pattern.sub(" ", words)
    return found
