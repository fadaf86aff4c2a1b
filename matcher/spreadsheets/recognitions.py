"""A table of recognised training companies: number, crebo code, yes or no, the day it was asked, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from matcher.domain.crebo import CREBO_FORM
from matcher.domain.recognition import Recognition, digest_of
from matcher.errors import MissingColumns
from matcher.spreadsheets.cells import CellProblem, date_of, text_of, yes_no
from matcher.spreadsheets.columns import word_key
from matcher.spreadsheets.grid import HEADER_WITHIN, Grid, grids_of
from matcher.spreadsheets.report import Remark, Report

_NAMES = {
    "company": {"leerbedrijf id", "leerbedrijf_id", "leerbedrijf", "leerbedrijfnummer", "leerbedrijf nummer"},
    "crebo": {"crebo", "crebocode", "crebo code", "kwalificatie"},
    "recognised": {"erkend", "erkenning"},
    "checked_on": {"gecontroleerd op", "nagevraagd op", "datum", "peildatum", "controledatum"},
    "until": {"tot", "geldig tot", "erkend tot", "einddatum"},
}
_KEYS = {name: {word_key(one) for one in known} for name, known in _NAMES.items()}
_NEEDED = {"company", "crebo", "recognised", "checked_on"}


def read_recognitions(path: Path, today: date) -> tuple[list[Recognition], Report]:
    """The answers of a table, the last of each company and code; what cannot be used is refused by row.

    Raises UnreadableFile, MissingColumns.
    """
    report = Report(path.name)
    grid, header, columns = _table(path)
    found: dict[tuple[str, str], Recognition] = {}
    for row in grid.rows[header + 1 :]:
        cells = {name: row.cells[position] for name, position in columns.items() if position < len(row.cells)}
        if not any(text_of(value or "") for value in cells.values()):
            continue
        try:
            one = _read(cells, today)
        except CellProblem as problem:
            report.problems.append(Remark(f"importing.problems.{problem.code}", problem.values, row.number))
        else:
            found[one.company, one.crebo] = one
    return list(found.values()), report


def _table(path: Path) -> tuple[Grid, int, Mapping[str, int]]:
    for grid in grids_of(path, lambda cells: len(_columns(cells))):
        for number, row in enumerate(grid.rows[:HEADER_WITHIN]):
            columns = _columns(row.cells)
            if columns.keys() >= _NEEDED:
                return grid, number, columns
    raise MissingColumns("recognition_columns", file=path.name)


def _columns(cells: Sequence[object]) -> dict[str, int]:
    keys = [word_key(cell) if isinstance(cell, str) else "" for cell in cells]
    places = {name: [place for place, key in enumerate(keys) if key in known] for name, known in _KEYS.items()}
    return {name: where[0] for name, where in places.items() if where}


def _read(cells: Mapping[str, object], today: date) -> Recognition:
    company, crebo = (text_of(cells.get(name) or "").strip() for name in ("company", "crebo"))
    if not company:
        raise CellProblem("recognition_company")
    if not CREBO_FORM.fullmatch(crebo.upper()):
        raise CellProblem("recognition_crebo")
    says = yes_no(cells.get("recognised")).value
    if not isinstance(says, bool):
        raise CellProblem("recognition_yes")
    checked, until = _day(cells.get("checked_on")), _day(cells.get("until"))
    if checked is None or checked > today:
        raise CellProblem("recognition_day")
    return Recognition(digest_of(company), crebo.upper(), says, checked, until)


def _day(cell: object) -> date | None:
    if isinstance(cell, date):
        return date(cell.year, cell.month, cell.day)
    text = text_of(cell or "")
    if not text:
        return None
    try:
        return date_of(text)
    except CellProblem:
        raise CellProblem("recognition_day") from None
