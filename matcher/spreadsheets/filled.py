"""The fields of all records of a table, by column, and what the fields of one person tell of each other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final, Literal

from matcher.spreadsheets import cells
from matcher.spreadsheets.cells import CellProblem
from matcher.spreadsheets.columns import Column
from matcher.spreadsheets.report import Report
from matcher.spreadsheets.targets import Guess, Target


class Mark(Enum):
    """What a row says of a field besides a value."""

    ABSENT = "absent"
    """Nothing that counts: the field stays as it was."""
    EMPTY = "empty"
    """The cell is empty in a column that has values: the field becomes empty."""


ABSENT: Final[Literal[Mark.ABSENT]] = Mark.ABSENT
EMPTY: Final[Literal[Mark.EMPTY]] = Mark.EMPTY
_WORK = re.compile(r"([A-Z0-9][^,(]*(?:,[^,(]+)*?)(?:, ([a-z][^,()\d]{2,40})| \(([a-z][^,()\d]{2,40})\))")
_AT_WORK = re.compile(r"([a-z][^,\d]{2,40}) bij ((?:de |het )?[A-Z0-9].*)")
_FEWEST_TAILS = 5
_NAMES = ("voornaam", "tussenvoegsel", "achternaam")


@dataclass
class Filled:
    """The fields of all records: by Dutch header, one value or mark for each row, in order.

    `consent_answers`: of each row what a yes or a no without purposes says, None for nothing; of all columns together.
    `partly`: rows (by position) with a list of consents of which a part is not understood.
    `consent_days`: by row, the day that stands with a yes; `undated`: rows with a yes and a day that cannot be used.
    `own`: the columns of own fields, by header.
    `wrong`: by header, the rows (by position) whose cell was left out whole.
    """

    consent_answers: list[bool | None]
    values: dict[str, list[object]] = field(default_factory=dict)
    consent_header: str = ""
    consent_texts: list[str] = field(default_factory=list)
    consent_days: dict[int, date] = field(default_factory=dict)
    partly: set[int] = field(default_factory=set)
    undated: set[int] = field(default_factory=set)
    own: dict[str, Column] = field(default_factory=dict)
    wrong: dict[str, dict[int, CellProblem]] = field(default_factory=lambda: defaultdict(dict))


def split_work(values: dict[str, list[object]], used: Sequence[Guess], report: Report) -> None:
    """Employer and function from one column of both, where the file has no column for the function.

    `verkoper bij Winkel Proef` says it itself; `Winkel Proef, verkoper` is only taken apart where the column shows
    the pattern: most of what stands behind a comma or in brackets, in small letters, stands there in several rows.
    """
    stated = values.get("werkgever")
    if stated is None or any(guess.target == Target("functie") for guess in used):
        return
    tails = Counter(
        match[2] or match[3] for value in stated if isinstance(value, str) and (match := _WORK.fullmatch(value))
    )
    again = sum(times for times in tails.values() if times > 1)
    by_comma = sum(tails.values()) >= _FEWEST_TAILS and 2 * again > sum(tails.values())
    functions: list[object] = [ABSENT] * len(stated)
    employers = list(stated)
    for place, value in enumerate(stated):
        if isinstance(value, str) and (match := _AT_WORK.fullmatch(value)):
            functions[place], employers[place] = match[1], match[2]
        elif by_comma and isinstance(value, str) and (match := _WORK.fullmatch(value)):
            employers[place], functions[place] = match[1], match[2] or match[3]
    count = sum(value is not ABSENT for value in functions)
    if count:
        values |= {"werkgever": employers, "functie": functions}
        header = next(g.header for g in used if g.target == Target("werkgever"))
        report.add_note("importing.notes.work_split", count=count, column_name=header)


def tidy_names(values: dict[str, list[object]]) -> None:
    """First name, tussenvoegsel and last name, each without what belongs to another one."""
    lists = [values.get(name) for name in _NAMES]
    if lists[2] is None or not any(isinstance(value, str) for value in lists[2]):
        return
    first, infix, last = (stated or [ABSENT] * len(lists[2]) for stated in lists)
    known: dict[tuple[object, object, object], tuple[object, ...]] = {}
    found: list[tuple[object, ...]] = []
    for names in zip(first, infix, last, strict=True):
        if names not in known:
            known[names] = _tidied(names)
        found.append(known[names])
    for name, texts in zip(_NAMES, zip(*found, strict=True), strict=True):
        if any(text is not ABSENT for text in texts):
            values[name] = list(texts)


def _tidied(names: tuple[object, object, object]) -> tuple[object, ...]:
    texts = cells.tidied(*(name if isinstance(name, str) else None for name in names))
    return tuple(text if text is not None else name for text, name in zip(texts, names, strict=True))
