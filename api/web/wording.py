"""Days, day parts, money and numbers in words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from matcher.domain.day_parts import DAYS, PARTS, within
from matcher.domain.moments import ZONE, aware
from matcher.domain.records import Moment, Offering, Request
from matcher.locale import Language, lookup, say, written

ALL_PARTS = 0b111


def short_day(language: Language, value: date) -> str:
    """16 mrt 2027."""
    from babel.dates import format_date

    return format_date(value, "d MMM y", locale=language).replace(".", "")


def month(language: Language, value: date) -> str:
    """A month by its name, with the year."""
    from babel.dates import format_date

    return str(format_date(value, "MMMM y", locale=language))


def stamp(language: Language, value: datetime | str) -> str:
    """16 mrt 2027, 13:05, in Dutch local time; `value` is naive UTC, as in the database."""
    then = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = aware(then).astimezone(ZONE)
    return f"{short_day(language, local.date())}, {local:%H:%M}"


def clock(value: datetime) -> str:
    """13:05, in Dutch local time; `value` is aware."""
    return f"{value.astimezone(ZONE):%H:%M}"


def euro(language: Language, value: float) -> str:
    """€ 1.250 or € 99,50."""
    from babel.numbers import format_currency

    is_whole = float(value).is_integer()
    text = format_currency(
        value, "EUR", locale=language, format="¤\u00a0#,##0" if is_whole else None, currency_digits=not is_whole
    )
    return str(text)


def day_parts(language: Language, mask: int) -> list[str]:
    """dinsdagmiddag, donderdag (hele dag) ..."""
    names = []
    for position, code in enumerate(DAYS):
        parts = mask >> (3 * position) & ALL_PARTS
        name = say(language, f"words.day.{code}")
        if parts == ALL_PARTS:
            names.append(say(language, "pages.when.whole_day", day=name))
            continue
        for bit, part in enumerate(PARTS):
            if parts >> bit & 1:
                names.append(say(language, "pages.when.day_part", day=name, part=say(language, f"words.part.{part}")))
    return names


def course_parts(language: Language, offering: Offering) -> str:
    """The day parts of a course, on the days that it has; empty for none."""
    return ", ".join(day_parts(language, within(offering.day_parts or 0, offering.start, offering.end)))


def moment(language: Language, value: Moment) -> str:
    """Di 16 mrt 2027, 13:00-15:00."""
    from babel.dates import format_date

    day = format_date(value.start, "EEE d MMM y", locale=language).replace(".", "")
    return f"{day}, {value.start:%H:%M}\u2013{value.end:%H:%M}"


def field_value(language: Language, field: str, value: Any) -> str:
    """The value of a field in words."""
    match value:
        case bool():
            return say(language, f"pages.me.{'yes' if value else 'no'}")
        case int() if field == "day_parts":
            return ", ".join(day_parts(language, value))
        case list():
            group = {"offers": "kind", "need_kinds": "need", "languages": "language"}.get(field)
            return ", ".join(say(language, f"words.{group}.{item}") if group else _item(item) for item in value)
        case float() | int() if field == "max_price":
            return euro(language, value)
        case float() | int():
            return written(language, value)
        case _:
            return str(value)


def _item(value: object) -> str:
    """An item of a list: a word, or the known parts of a qualification."""
    return " ".join(str(item) for item in value.values() if item is not None) if isinstance(value, dict) else str(value)


def when(language: Language, request: Request) -> str:
    """When a request takes place: its moments, else its day parts and period."""
    if request.moments:
        shown = [moment(language, item) for item in request.moments[:3]]
        more = len(request.moments) - len(shown)
        return "; ".join([*shown, *([say(language, "pages.when.more", count=more)] if more else [])])
    parts = [", ".join(day_parts(language, request.day_parts))] if request.day_parts else []
    if dates_between := period(language, request.period_from, request.period_to):
        parts.append(dates_between)
    return "; ".join(parts)


def period(language: Language, start: date | None, end: date | None) -> str:
    """From, until, or both."""
    if start and end:
        key = "on" if start == end else "between"
        return say(language, f"pages.when.{key}", start=short_day(language, start), end=short_day(language, end))
    if start:
        return say(language, "pages.when.from", start=short_day(language, start))
    return say(language, "pages.when.until", end=short_day(language, end)) if end else ""


def dates(language: Language, offering: Offering) -> str:
    """The first and last day of a course."""
    return period(language, offering.start, offering.end)


def weights(language: Language, names: str) -> str:
    """Weights by name, `guest_lesson@3, ...`, in words; a name that has none as it stands."""
    told = []
    for name in names.split(", "):
        kind, _, version = name.partition("@")
        key = f"words.kind.{kind}"
        known = version.isdigit() and lookup(language, key) is not None
        told.append(say(language, "words.weights.version", kind=say(language, key), version=version) if known else name)
    return ", ".join(told)


def funding(language: Language, text: str | None) -> str:
    """How a course can be paid for; an abbreviation that we know with what it stands for."""
    return (text and lookup(language, f"words.funding.{text}")) or text or ""
