"""A list of what a school asked and got before it used this program.

One row is one entry of the ledger: who was asked, said yes or no, came, or had something in return.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from matcher.domain.invitations import Reason
from matcher.domain.kinds import KINDS, RequestKind
from matcher.domain.ledger import MOST_HOURS, MOST_STUDENTS, Benefit, LedgerEvent
from matcher.domain.records import RecordKind
from matcher.errors import MissingColumns
from matcher.spreadsheets.bounds import BOUNDS, Bounds
from matcher.spreadsheets.cells import CellProblem, text_of
from matcher.spreadsheets.cells.closed import member_of
from matcher.spreadsheets.cells.dates import date_of
from matcher.spreadsheets.cells.numbers import plain_number
from matcher.spreadsheets.columns import columns_of, word_key
from matcher.spreadsheets.mapping import header_target
from matcher.spreadsheets.report import MOST_ROWS, Remark, Report
from matcher.spreadsheets.tables import find_table

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "alumnus_id": (),
    "datum": ("dag", "wanneer", "op", "date", "day"),
    "wat": ("gebeurtenis", "wat gebeurde er", "status", "uitkomst", "event", "what", "outcome"),
    "school": (),
    "soort": ("rol", "activiteit", "kind", "activity"),
    "aanvraag_id": (),
    "team": ("afdeling", "college", "sector team"),
    "uren": ("uur", "aantal uren", "hours"),
    "studenten": ("aantal studenten", "leerlingen", "aantal leerlingen", "students"),
    "opbrengst": ("kreeg", "wat kreeg de alumnus", "benefit"),
    "reden": ("reden van nee", "waarom niet", "reason"),
}
"""The headers, and other names of each; those of `_OF_LISTS` have the names that lists of alumni and requests know."""
NEEDED = ("alumnus_id", "datum", "wat")
LONGEST_TEAM = 200
_OF_LISTS = {"alumnus_id": RecordKind.ALUMNI, "school": RecordKind.ALUMNI, "aanvraag_id": RecordKind.REQUESTS}
_FIRST_YEAR = 1990
_WHAT = {
    LedgerEvent.ASKED: ("gevraagd", "uitgenodigd", "asked", "invited"),
    LedgerEvent.ACCEPTED: ("ja", "toegezegd", "akkoord", "yes", "accepted"),
    LedgerEvent.DECLINED: ("nee", "afgezegd", "geweigerd", "no", "declined"),
    LedgerEvent.LATER: ("later", "niet nu", "not now"),
    LedgerEvent.CONTRIBUTED: ("gegeven", "geweest", "gaf", "gehouden", "given", "held", "contributed"),
    LedgerEvent.BENEFITED: ("gekregen", "kreeg", "received", "benefited"),
}
_BENEFIT = {
    Benefit.ADVICE: ("advies", "advice"),
    Benefit.COURSE: ("cursus", "course"),
    Benefit.COACHING: ("begeleiding", "coaching"),
    Benefit.EVENT: ("bijeenkomst", "evenement", "event"),
    Benefit.WORK: ("werk", "hulp bij werk", "work"),
    Benefit.THANKS: ("bedankt", "dank", "bedankje", "thanks"),
}
_REASON = {
    Reason.NOT_NOW: ("nu niet", "niet nu", "not now"),
    Reason.TOO_FAR: ("te ver", "too far"),
    Reason.NOT_MY_FIELD: ("niet mijn vak", "ander vak", "not my field"),
    Reason.NO_TIME: ("geen tijd", "no time"),
    Reason.NEVER_THIS: ("dit nooit", "nooit", "never this", "never"),
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PastLine:
    """One row: an alumnus by the number of the school, what happened, when, and what is known of it besides."""

    row: int
    alumnus_id: str
    on: date
    event: LedgerEvent
    school: str | None = None
    kind: RequestKind | None = None
    request_id: str | None = None
    team: str | None = None
    hours: float | None = None
    students: int | None = None
    benefit: Benefit | None = None
    reason: Reason | None = None


def read_history(
    path: Path, *, today: date, sheet: str | None = None, bounds: Bounds = BOUNDS
) -> tuple[list[PastLine], Report]:
    """The rows of a file that can be used, and a report with what refuses the others.

    A row is refused whole: half an entry would be an untrue one. Raises UnreadableFile, MissingColumns.
    """
    block = find_table(path, lambda cells: len(_positions(cells)), sheet=sheet, bounds=bounds)
    columns = _positions(block.headers)
    lacking = [name for name in NEEDED if name not in columns]
    if lacking:
        raise MissingColumns("history_columns", file=block.file, columns=", ".join(lacking))
    report = Report(block.file, "history", block.sheet)
    unknown = [header for at, header in enumerate(block.headers) if header and at not in columns.values()]
    if unknown:
        report.add_note("importing.notes.unknown_columns", columns=", ".join(unknown), count=len(unknown))
    left = [row.number for row in block.rows if row.hidden or row.struck]
    if left:
        report.add_note("importing.notes.history_hidden", count=len(left), rows=", ".join(map(str, left[:MOST_ROWS])))
    lines = []
    for row in block.rows:
        if row.hidden or row.struck:
            continue
        cells = {name: row.cells[at] if at < len(row.cells) else None for name, at in columns.items()}
        try:
            lines.append(_line(row.number, cells, today))
        except _Refused as refused:
            header = block.headers[columns[refused.column]]
            shown = None if refused.column == "alumnus_id" else refused.shown
            key = f"importing.problems.{refused.problem.code}"
            report.problems.append(Remark(key, refused.problem.values, row.number, header, shown))
    if not lines and not report.problems:
        report.add_note("importing.notes.no_rows")
    return lines, report


def cells_of(line: PastLine) -> list[object]:
    """The cells of a row with this entry, in the order of `COLUMNS`: the inverse of `read_history`."""
    kind = None if line.kind is None else KINDS[line.kind].word
    hours = int(line.hours) if line.hours is not None and line.hours.is_integer() else line.hours
    cells: dict[str, object] = {
        "alumnus_id": line.alumnus_id,
        "datum": line.on,
        "wat": _WHAT[line.event][0],
        "school": line.school,
        "soort": kind,
        "aanvraag_id": line.request_id,
        "team": line.team,
        "uren": hours,
        "studenten": line.students,
        "opbrengst": None if line.benefit is None else _BENEFIT[line.benefit][0],
        "reden": None if line.reason is None else _REASON[line.reason][0],
    }
    return [cells[name] for name in COLUMNS]


class _Refused(Exception):
    """A cell that cannot be used, in the column of this name."""

    def __init__(self, column: str, problem: CellProblem, shown: str | None) -> None:
        super().__init__(column)
        self.column, self.problem, self.shown = column, problem, shown


def _positions(cells: Sequence[object]) -> dict[str, int]:
    """The position of each known header."""
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        name = _name(cell) if isinstance(cell, str) else None
        if name is not None and name not in found:
            found[name] = at
    return found


@cache
def _name(header: str) -> str | None:
    key = word_key(header)
    for name, others in COLUMNS.items():
        if key in {word_key(name), *map(word_key, others)}:
            return name
    for name, kind in _OF_LISTS.items():
        target = header_target(kind, header)
        if target is not None and target.field == name:
            return name
    return None


def _line(row: int, cells: Mapping[str, object], today: date) -> PastLine:
    """The entry of a row. Raises _Refused."""

    def read(name: str, parse: Callable[[str], T], *, needed: bool = False) -> T | None:
        raw = cells.get(name)
        shown = ""
        try:
            shown = " ".join(text_of(raw).split())
            value = parse(shown) if shown else None
        except CellProblem as problem:
            raise _Refused(name, problem, shown[:60] or None) from None
        if value is None and needed:
            raise _Refused(name, CellProblem("required"), None)
        return value

    alumnus_id = cast("str", read("alumnus_id", str, needed=True))
    event = cast("LedgerEvent", read("wat", lambda text: _word(text, _WHAT), needed=True))
    line = PastLine(
        row,
        alumnus_id,
        cast("date", read("datum", lambda text: _day(text, today), needed=True)),
        event,
        school=read("school", str),
        kind=read("soort", _kind),
        request_id=read("aanvraag_id", str),
        team=read("team", lambda text: text[:LONGEST_TEAM]),
        hours=read("uren", lambda text: _number(text, MOST_HOURS, zero=False)),
        students=read("studenten", lambda text: int(_number(text, MOST_STUDENTS, whole=True))),
        benefit=read("opbrengst", lambda text: _word(text, _BENEFIT)),
        reason=read("reden", lambda text: _word(text, _REASON)),
    )
    wrong = _misplaced(line)
    if wrong is not None:
        raise _Refused(wrong[0], CellProblem(wrong[1]), None)
    return line


def _misplaced(line: PastLine) -> tuple[str, str] | None:
    """The column that does not go with what happened, and the code of the problem; None where all do."""
    gave, had = line.event is LedgerEvent.CONTRIBUTED, line.event is LedgerEvent.BENEFITED
    if had and line.benefit is None:
        return "wat", "history_benefit"
    if line.benefit is not None and not had:
        return "opbrengst", "history_not_had"
    if line.hours is not None and not gave:
        return "uren", "history_not_given"
    if line.students is not None and not gave:
        return "studenten", "history_not_given"
    if line.reason is not None and line.event is not LedgerEvent.DECLINED:
        return "reden", "history_no_no"
    return None


def _kind(text: str) -> RequestKind:
    (column,) = (one for one in columns_of(RecordKind.REQUESTS) if one.name == "soort")
    found = member_of(column, text)
    if found is None:
        raise CellProblem("unknown_word", word=text[:60], choices=tuple(column.words))
    return RequestKind(found)


def _word(text: str, table: Mapping[T, tuple[str, ...]]) -> T:
    for member, words in table.items():
        if word_key(text) in map(word_key, words):
            return member
    raise CellProblem("unknown_word", word=text[:60], choices=tuple(words[0] for words in table.values()))


def _day(text: str, today: date) -> date:
    day = date_of(text)
    if day > today:
        raise CellProblem("history_future", today=today)
    if day.year < _FIRST_YEAR:
        raise CellProblem("absurd_year", low=_FIRST_YEAR, high=today.year)
    return day


def _number(text: str, most: int, *, whole: bool = False, zero: bool = True) -> float:
    value = plain_number(None, text.casefold().removesuffix("uur").removesuffix("uren").strip())
    if not (0 <= value <= most and (zero or value)):
        raise CellProblem("out_of_range", low=0, high=most)
    if whole and not value.is_integer():
        raise CellProblem("not_whole")
    return value
