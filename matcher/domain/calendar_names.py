"""Names of days and months, Dutch and English, whole and short, folded (`matcher.text.fold`)."""

from __future__ import annotations

_MONTH_NAMES = (
    ("jan", "januari", "january"), ("feb", "febr", "februari", "february"), ("mrt", "maart", "mar", "maa", "march"),
    ("apr", "april"), ("mei", "may"), ("jun", "juni", "june"), ("jul", "juli", "july"), ("aug", "augustus", "august"),
    ("sep", "sept", "september"), ("okt", "oktober", "oct", "october"), ("nov", "november"), ("dec", "december"),
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names}
"""The number of a month, 1-12, by each of its names."""
DAY_NAMES = (
    ("ma", "maandag", "mon", "monday"), ("di", "dinsdag", "tue", "tues", "tuesday"),
    ("wo", "woensdag", "wed", "wednesday"), ("do", "donderdag", "thu", "thur", "thurs", "thursday"),
    ("vr", "vrijdag", "fri", "friday"), ("za", "zaterdag", "sat", "saturday"), ("zo", "zondag", "sun", "sunday"),
)  # fmt: skip
"""The names of each day, Monday first; the first is the Dutch short one."""
WEEKDAYS = {name: number for number, names in enumerate(DAY_NAMES) for name in names}
"""The number of a day, Monday 0, by each of its names."""
