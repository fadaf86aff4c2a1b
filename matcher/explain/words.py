"""Names of day parts, languages and spans of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matcher.domain.consent import MONTH
from matcher.domain.day_parts import PARTS
from matcher.locale import Language, say

Perspective = Literal["asker", "alumnus"]
"""The reader: an asker who considers an alumnus, or an alumnus (or adviser) who considers courses and roles."""


def day_part_name(language: Language, code: str) -> str:
    """`tue-afternoon` as dinsdagmiddag, Tuesday afternoon; `tue` as dinsdag."""
    day, _, part = code.partition("-")
    if not part:
        return say(language, f"words.day.{day}")
    return say(
        language, "reasons.day_part", day=say(language, f"words.day.{day}"), part=say(language, f"words.part.{part}")
    )


def whole_days(codes: Sequence[str]) -> list[str]:
    """Day parts with the day alone where all parts of it are there: `fri` for its morning, afternoon and evening."""
    by_day: dict[str, list[str]] = {}
    for code in codes:
        by_day.setdefault(code.split("-")[0], []).append(code)
    return [code for day, parts in by_day.items() for code in ([day] if len(set(parts)) == len(PARTS) else parts)]


def language_name(language: Language, code: str) -> str:
    """The name of a language; its code where the name is not known."""
    from babel import Locale

    return str(Locale(language).languages.get(code, code))


def span(days: int) -> tuple[str, int]:
    """A number of days in its natural unit (`days`, `weeks`, `months` or `years`), and the number of that unit."""
    if days < 14:
        return "days", days
    if days < 61:
        return "weeks", round(days / 7)
    if days < 730:
        return "months", round(days / MONTH)
    return "years", round(days / 365.25)
