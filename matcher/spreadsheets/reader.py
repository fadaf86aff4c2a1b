"""Reads a spreadsheet into rows for the store: finds the table, parses every cell, and reports what cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from matcher.domain.fields import FieldType
from matcher.domain.records import RecordKind
from matcher.errors import MissingColumns, UnreadableFile
from matcher.ports import Upsert
from matcher.spreadsheets.cells import CellProblem, Notes, parse
from matcher.spreadsheets.columns import EXAMPLE_ID, Column, by_header, columns_of, forbidden, word_key
from matcher.spreadsheets.grid import Grid, Row, read_grids
from matcher.spreadsheets.report import MOST_SHOWN, Remark, Report
from matcher.text import id_key

HEADER_WITHIN = 20
"""The header is looked for in this many rows from the top."""

Outcome = tuple[object, CellProblem | None, Notes]


@dataclass(frozen=True)
class Table:
    """The rows that can be written, in the order of the file, and the report that the rest of the import completes."""

    upserts: Sequence[Upsert]
    report: Report


@dataclass(frozen=True)
class _Header:
    """Where the header is and which column of the grid each of our columns is; the first of a name counts."""

    row: int
    places: Mapping[Column, int]
    unknown: Sequence[str]
    twice: Sequence[str]


def read_table(path: Path, kind: RecordKind, *, school: str | None = None, today: date) -> Table:
    """The rows of a file; `school` is that of rows without one, `today` the last possible date of a consent.

    Raises UnreadableFile, MissingColumns.
    """
    school = " ".join(school.split()) or None if school is not None else None
    known = by_header(kind)
    grid, header, others = _find_header(read_grids(path, lambda cells: _recognised(cells, known)), kind)
    columns = columns_of(kind)
    owner = next(column for column in columns if column.cell is FieldType.OWNER)
    needed = {column for column in columns if column.required}
    if kind is RecordKind.ALUMNI and school is None:
        needed.add(owner)
    missing = [column.name for column in columns if column in needed - header.places.keys()]
    if missing:
        raise MissingColumns("columns_missing", file=path.name, columns=missing, count=len(missing))
    report = Report(path.name)
    if others:
        report.add_note("importing.notes.other_sheets", count=len(others), sheet=grid.sheet, sheets=", ".join(others))
    refused = [name[:MOST_SHOWN] for name in header.unknown if forbidden(name)]
    if refused:
        raise UnreadableFile("forbidden_columns", file=grid.file, count=len(refused), columns=refused)
    if header.unknown:
        names = [name[:MOST_SHOWN] for name in header.unknown]
        report.add_note("importing.notes.unknown_columns", count=len(names), columns=", ".join(names))
    for name in header.twice:
        report.add_note("importing.notes.column_twice", column_name=name)
    given = {column.english for column in header.places}
    if "consent_date" in given and "consents" not in given:
        report.add_note("importing.notes.date_without_consents")
    reader = _Reader(kind, header, report, school=school, today=today, needed=needed)
    upserts = [upsert for row in grid.rows[header.row + 1 :] if (upsert := reader.read(row)) is not None]
    if not upserts and not report.problems:
        report.add_note("importing.notes.no_rows")
    return Table(upserts, report)


def _recognised(cells: Sequence[object], known: Mapping[str, Column]) -> int:
    return len({known.get(word_key(cell)) for cell in cells if isinstance(cell, str)} - {None})


def _find_header(grids: Iterable[Grid], kind: RecordKind) -> tuple[Grid, _Header, list[str]]:
    """The first sheet with a table of ours, its header (the row that names most columns), and the other such sheets.

    A table of ours has the column of the id and another; where no sheet has both, two columns, or the id alone.
    Raises MissingColumns.
    """
    first, file = columns_of(kind)[0], ""
    found: list[tuple[Grid, _Header]] = []
    for grid in grids:
        file = grid.file
        rows = enumerate(grid.rows[:HEADER_WITHIN])
        best = max((_header(number, row, kind) for number, row in rows), key=lambda one: len(one.places), default=None)
        if best is not None and (len(best.places) > 1 or first in best.places):
            found.append((grid, best))
    whole = [(grid, header) for grid, header in found if first in header.places and len(header.places) > 1]
    found = whole or found
    if not found:
        names = [column.name for column in columns_of(kind) if column.required]
        raise MissingColumns("no_header", file=file, columns=names)
    return *found[0], [grid.sheet for grid, _ in found[1:]]


def _header(number: int, row: Row, kind: RecordKind) -> _Header:
    known = by_header(kind)
    places: dict[Column, int] = {}
    unknown: list[str] = []
    twice: list[str] = []
    for place, raw in enumerate(row.cells):
        name = raw.strip() if isinstance(raw, str) else ""
        column = known.get(word_key(name))
        if column is None:
            if raw not in (None, ""):
                unknown.append(str(raw).strip())
        elif column in places:
            twice.append(column.name)
        else:
            places[column] = place
    return _Header(number, places, unknown, twice)


@dataclass
class _Found:
    """What was found in one row."""

    number: int
    problems: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


class _Reader:
    """Reads rows one after another; remembers parsed cells, since most texts in a column occur often."""

    def __init__(
        self,
        kind: RecordKind,
        header: _Header,
        report: Report,
        *,
        school: str | None,
        today: date,
        needed: set[Column],
    ) -> None:
        self._kind = kind
        self._report = report
        self._school = school
        self._today = today
        self._id = columns_of(kind)[0]
        self._columns = [(column, place, column in needed) for column, place in header.places.items()]
        self._names = [{word_key(column.name), word_key(column.english)} for column, _, _ in self._columns]
        self._every_name = set().union(*self._names)
        self._width = max((place for _, place, _ in self._columns), default=0) + 1
        self._seen: dict[tuple[str, str], Upsert] = {}
        self._remembered: dict[tuple[str, object], Outcome] = {}

    def read(self, row: Row) -> Upsert | None:
        """The row as the store takes it; None where it is empty, an example, or refused."""
        cells = row.cells
        if all(cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in cells):
            return None
        if self._is_header(cells):
            self._report.add_note("importing.notes.header_again", row=row.number)
            return None
        found = _Found(row.number)
        if len(cells) < self._width:
            cells = [*cells, *[None] * (self._width - len(cells))]
        if row.ragged:
            found.problems.append(Remark("importing.problems.ragged", {}, row.number))
        values: dict[Column, object] = {}
        for column, place, needed in self._columns:
            values[column] = self._cell(column, cells[place], found, needed=needed)
        named = values.get(self._id)
        if isinstance(named, str) and word_key(named) == word_key(EXAMPLE_ID):
            self._report.add_note("importing.notes.example_skipped", row=row.number)
            return None
        found.problems += _row_problems(self._kind, values, row.number)
        if found.problems:
            self._report.problems += found.problems
            return None
        self._report.notes += found.notes
        return self._once(self._upsert(row.number, values))

    def _is_header(self, cells: Sequence[object]) -> bool:
        """Whether the names of the columns stand here once more, as where two files were pasted together."""
        first = cells[self._columns[0][1]] if len(cells) > self._columns[0][1] else None
        if not isinstance(first, str) or word_key(first) not in self._names[0]:
            return False
        return sum(isinstance(cell, str) and word_key(cell) in self._every_name for cell in cells) >= len(self._columns)

    def _cell(self, column: Column, raw: object, found: _Found, *, needed: bool) -> object:
        empty = raw is None or raw == ""
        value, problem, remarks = (None, None, []) if empty else self._parsed(column, raw)
        if (
            value is None
            and problem is None
            and needed
            and not (column.cell is FieldType.OWNER and self._school is not None)
        ):
            problem = CellProblem("required")
        if problem is None and column.cell is FieldType.PAST_DATE and isinstance(value, date) and value > self._today:
            problem = CellProblem("future_date", today=self._today)
        if problem is not None:
            shown = None if column.personal or empty else str(raw)[:MOST_SHOWN]
            key = f"importing.problems.{problem.code}"
            found.problems.append(Remark(key, problem.values, found.number, column.name, shown))
        for code, values in remarks:
            found.notes.append(Remark(f"importing.notes.{code}", values, found.number, column.name))
        return value

    def _parsed(self, column: Column, raw: object) -> Outcome:
        key = (column.english, raw) if isinstance(raw, str) and len(raw) < 100 else None
        if key is not None and key in self._remembered:
            return self._remembered[key]
        notes: Notes = []
        try:
            outcome: Outcome = parse(column, raw, notes), None, notes
        except CellProblem as problem:
            outcome = None, problem, notes
        if key is not None:
            self._remembered[key] = outcome
        return outcome

    def _upsert(self, number: int, values: Mapping[Column, object]) -> Upsert:
        fields: dict[str, object] = {}
        id_, owner = "", self._school or ""
        for column, value in values.items():
            if column is self._id:
                id_ = str(value)
            elif column.cell is FieldType.OWNER:
                owner = str(value) if value is not None else owner
            else:
                fields[column.field] = column.empty if value is None else value
        if self._kind is RecordKind.ALUMNI and "postcode" in fields:
            postcode = fields["postcode"]
            fields["pc4"] = postcode[:4] if isinstance(postcode, str) else None
        return Upsert(number, id_, owner, fields)

    def _once(self, upsert: Upsert) -> Upsert | None:
        """The row, unless its id stands higher in the file."""
        name = (id_key(upsert.owner), upsert.id)
        first = self._seen.setdefault(name, upsert)
        if first is upsert:
            return upsert
        if first.values == upsert.values:
            self._report.add_note("importing.notes.same_row", row=upsert.row, first=str(first.row))
        else:
            remark = Remark(
                "importing.problems.id_twice", {"first": str(first.row)}, upsert.row, self._id.name, upsert.id
            )
            self._report.problems.append(remark)
        return None


_ORDERED = {
    RecordKind.ALUMNI: (),
    RecordKind.REQUESTS: (("period_from", "period_to"),),
    RecordKind.OFFERINGS: (("start", "end"),),
}


def _row_problems(kind: RecordKind, values: Mapping[Column, object], number: int) -> list[Remark]:
    """What is wrong with two cells together: an end before its start."""
    by_name: dict[str, tuple[Column, object]] = {column.field: (column, value) for column, value in values.items()}
    found = []
    for first, last in _ORDERED[kind]:
        start, end = by_name.get(first), by_name.get(last)
        if start and end and isinstance(start[1], date) and isinstance(end[1], date) and start[1] > end[1]:
            names = {"first": start[0].name, "start": start[1]}
            found.append(Remark("importing.problems.end_first", names, number, end[0].name, end[1].isoformat()))
    return found
