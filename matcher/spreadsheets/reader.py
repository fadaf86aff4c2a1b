"""Reading of a spreadsheet into rows for the store, with a report of the cells that cannot be used."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from matcher.domain.fields import FieldType
from matcher.domain.records import RecordKind
from matcher.errors import MissingColumns, UnreadableFile
from matcher.repositories.values import Upsert
from matcher.spreadsheets.bounds import BOUNDS, Bounds
from matcher.spreadsheets.cells import CellProblem, Notes, parse
from matcher.spreadsheets.columns import EXAMPLE_ID, Column, by_header, columns_of, forbidden, word_key
from matcher.spreadsheets.grid import HEADER_WITHIN, Grid, Row, read_grids
from matcher.spreadsheets.places import Abroad
from matcher.spreadsheets.report import MOST_SHOWN, Remark, Report
from matcher.text import id_key

Outcome = tuple[object, CellProblem | None, Notes]


@dataclass(frozen=True)
class Table:
    """The rows to write, in the order of the file, and the report, which the rest of the import completes."""

    upserts: Sequence[Upsert]
    report: Report


@dataclass(frozen=True)
class _Header:
    """The row of the header, and the position of each known column; of columns with one name the first counts."""

    row: int
    positions: Mapping[Column, int]
    unknown: Sequence[str]
    twice: Sequence[str]


def read_table(
    path: Path, kind: RecordKind, *, school: str | None = None, today: date, bounds: Bounds = BOUNDS
) -> Table:
    """The rows of a file. `school`: for rows that name none; `today`: the last possible date of a consent.

    Raises UnreadableFile, MissingColumns.
    """
    seconds = bounds.seconds_for(path)
    end = time.monotonic() + seconds
    school = " ".join(school.split()) or None if school is not None else None
    known = by_header(kind)
    grid, header, others = _find_header(read_grids(path, lambda cells: _recognised(cells, known), bounds), kind)
    columns = columns_of(kind)
    owner = next(column for column in columns if column.cell is FieldType.OWNER)
    needed = {column for column in columns if column.required}
    if kind is RecordKind.ALUMNI and school is None:
        needed.add(owner)
    missing = [column.name for column in columns if column in needed - header.positions.keys()]
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
    present = {column.english for column in header.positions}
    if "consent_date" in present and "consents" not in present:
        report.add_note("importing.notes.date_without_consents")
    reader = _Reader(kind, header, report, school=school, today=today, needed=needed)
    upserts = [upsert for row in _until(end, grid, header, seconds) if (upsert := reader.read(row)) is not None]
    if not upserts and not report.problems:
        report.add_note("importing.notes.no_rows")
    return Table(upserts, report)


def _until(end: float, grid: Grid, header: _Header, seconds: float) -> Iterator[Row]:
    """The rows below the header. Raises UnreadableFile where the time, of `time.monotonic()`, is over."""
    for row in grid.rows[header.row + 1 :]:
        if time.monotonic() >= end:
            raise UnreadableFile("reads_too_long", file=grid.file, seconds=round(seconds))
        yield row


def _recognised(cells: Sequence[object], known: Mapping[str, Column]) -> int:
    return len({known.get(word_key(cell)) for cell in cells if isinstance(cell, str)} - {None})


def _find_header(grids: Iterable[Grid], kind: RecordKind) -> tuple[Grid, _Header, list[str]]:
    """The first sheet with a known table, its header (the row with the most known columns), and the other such sheets.

    A known table has the column of the id and another one; if no sheet has both, any two columns or the id alone will
    do. Raises MissingColumns.
    """
    first, file = columns_of(kind)[0], ""
    tables: list[tuple[Grid, _Header]] = []
    for grid in grids:
        file = grid.file
        rows = enumerate(grid.rows[:HEADER_WITHIN])
        best = max(
            (_header(number, row, kind) for number, row in rows), key=lambda header: len(header.positions), default=None
        )
        if best is not None and (len(best.positions) > 1 or first in best.positions):
            tables.append((grid, best))
    complete = [(grid, header) for grid, header in tables if first in header.positions and len(header.positions) > 1]
    tables = complete or tables
    if not tables:
        names = [column.name for column in columns_of(kind) if column.required]
        raise MissingColumns("no_header", file=file, columns=names)
    return *tables[0], [grid.sheet for grid, _ in tables[1:]]


def _header(number: int, row: Row, kind: RecordKind) -> _Header:
    known = by_header(kind)
    positions: dict[Column, int] = {}
    unknown: list[str] = []
    twice: list[str] = []
    for position, raw in enumerate(row.cells):
        name = raw.strip() if isinstance(raw, str) else ""
        column = known.get(word_key(name))
        if column is None:
            if raw not in (None, ""):
                unknown.append(str(raw).strip())
        elif column in positions:
            twice.append(column.name)
        else:
            positions[column] = position
    return _Header(number, positions, unknown, twice)


@dataclass
class _RowRemarks:
    """The problems and notes of one row."""

    number: int
    problems: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


class _Reader:
    """Reads rows one by one; caches parsed cells, since most texts in a column occur often."""

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
        self._columns = [(column, position, column in needed) for column, position in header.positions.items()]
        self._names = [{word_key(column.name), word_key(column.english)} for column, _, _ in self._columns]
        self._every_name = set().union(*self._names)
        self._width = max((position for _, position, _ in self._columns), default=0) + 1
        self._seen: dict[tuple[str, str], Upsert] = {}
        self._remembered: dict[tuple[str, object], Outcome] = {}
        self._abroad = Abroad()

    def read(self, row: Row) -> Upsert | None:
        """The row for the store; None if it is empty, an example, or refused."""
        cells = row.cells
        if all(cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in cells):
            return None
        if self._is_header(cells):
            self._report.add_note("importing.notes.header_again", row=row.number)
            return None
        remarks = _RowRemarks(row.number)
        if len(cells) < self._width:
            cells = [*cells, *[None] * (self._width - len(cells))]
        if row.ragged:
            remarks.problems.append(Remark("importing.problems.ragged", {}, row.number))
        values: dict[Column, object] = {}
        for column, position, needed in self._columns:
            values[column] = self._cell(column, cells[position], remarks, needed=needed)
        named = values.get(self._id)
        if isinstance(named, str) and word_key(named) == word_key(EXAMPLE_ID):
            self._report.add_note("importing.notes.example_skipped", row=row.number)
            return None
        remarks.problems += _row_problems(self._kind, values, row.number)
        if remarks.problems:
            self._report.problems += remarks.problems
            return None
        self._report.notes += remarks.notes
        return self._once(self._upsert(row.number, values))

    def _is_header(self, cells: Sequence[object]) -> bool:
        """Whether the row repeats the header, as where two files were pasted together."""
        first = cells[self._columns[0][1]] if len(cells) > self._columns[0][1] else None
        if not isinstance(first, str) or word_key(first) not in self._names[0]:
            return False
        return sum(isinstance(cell, str) and word_key(cell) in self._every_name for cell in cells) >= len(self._columns)

    def _cell(self, column: Column, raw: object, row: _RowRemarks, *, needed: bool) -> object:
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
            row.problems.append(Remark(key, problem.values, row.number, column.name, shown))
        for code, values in remarks:
            row.notes.append(Remark(f"importing.notes.{code}", values, row.number, column.name))
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
        if self._abroad.has(fields.get("postcode", fields.get("pc4")), fields.get("town")):
            fields |= dict.fromkeys(fields.keys() & {"postcode", "pc4"})
            self._report.add_note("importing.notes.postcode_foreign", row=number)
        return Upsert(number, id_, owner, fields)

    def _once(self, upsert: Upsert) -> Upsert | None:
        """The row, unless its id occurs earlier in the file."""
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
    """Problems between two cells: an end before its start."""
    by_name: dict[str, tuple[Column, object]] = {column.field: (column, value) for column, value in values.items()}
    problems = []
    for first, last in _ORDERED[kind]:
        start, end = by_name.get(first), by_name.get(last)
        if start and end and isinstance(start[1], date) and isinstance(end[1], date) and start[1] > end[1]:
            names = {"first": start[0].name, "start": start[1]}
            problems.append(Remark("importing.problems.end_first", names, number, end[0].name, end[1].isoformat()))
    return problems
