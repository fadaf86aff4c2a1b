"""What was taken back, as one cell: `gastles 2027-02-03; bezwaar 2027-02-10`.

Each part is a purpose (as under `toestemming`), `alles` for every purpose, or `bezwaar` for an objection to being
ranked at all, and the day on which it was said. Written in the order of the purposes, the objection last.
"""

from __future__ import annotations

import re
from datetime import date

from matcher.domain.consent import Withdrawals
from matcher.domain.kinds import PURPOSES, Purpose
from matcher.spreadsheets.cells import CellProblem
from matcher.spreadsheets.columns import word_key

OBJECTION, EVERYTHING = "bezwaar", "alles"
_BETWEEN = re.compile(r"[;,\n]+")
_PART = re.compile(r"(.*?)[\s:]*(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})-(\d{1,2})-(\d{4}))")
_WORDS = {word_key(line.word): purpose for purpose, line in PURPOSES.items()}


def read(text: str) -> Withdrawals:
    """The withdrawals of a cell that is not empty. Of a purpose that stands in it twice the last day counts.

    Raises CellProblem: `not_a_date`, `no_such_day`, `unknown_word`.
    """
    days: dict[Purpose, date] = {}
    objects_since: date | None = None
    for part in filter(None, map(str.strip, _BETWEEN.split(text))):
        found = _PART.fullmatch(part)
        if found is None:
            raise CellProblem("not_a_date")
        word, year, month, of_month, day, month_too, year_too = found.groups()
        try:
            on = date(int(year or year_too), int(month or month_too), int(of_month or day))
        except ValueError:
            raise CellProblem("no_such_day") from None
        key = word_key(word)
        if key == OBJECTION:
            objects_since = max(on, objects_since or on)
        elif key == EVERYTHING:
            days |= {purpose: max(on, days.get(purpose, on)) for purpose in Purpose}
        elif key in _WORDS:
            days[_WORDS[key]] = max(on, days.get(_WORDS[key], on))
        else:
            choices = "; ".join([*(line.word for line in PURPOSES.values()), EVERYTHING, OBJECTION])
            raise CellProblem("unknown_word", choices=choices)
    return Withdrawals(days, objects_since)


def written(withdrawals: Withdrawals) -> str | None:
    """The cell that `read` reads back; None where nothing was taken back."""
    parts = [f"{PURPOSES[one].word} {withdrawals.days[one]}" for one in Purpose if one in withdrawals.days]
    parts += [] if withdrawals.objects_since is None else [f"{OBJECTION} {withdrawals.objects_since}"]
    return "; ".join(parts) or None
