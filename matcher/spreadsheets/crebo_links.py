"""A table of crebo codes that were replaced: the old code, and the code in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matcher.domain.crebo import CREBO_FORM
from matcher.errors import MissingColumns
from matcher.spreadsheets.cells import CellProblem, text_of
from matcher.spreadsheets.columns import word_key
from matcher.spreadsheets.grid import HEADER_WITHIN, Grid, grids_of
from matcher.spreadsheets.report import Remark, Report

_NAMES = {
    "old": {"oud", "oude code", "oude crebo", "oude crebocode", "old"},
    "new": {"nieuw", "nieuwe code", "nieuwe crebo", "nieuwe crebocode", "new"},
}
_KEYS = {name: {word_key(one) for one in known} for name, known in _NAMES.items()}


def read_links(path: Path) -> tuple[dict[str, str | None], Report]:
    """The code in the place of each old one, None where the table says that there is none; the last row of each counts.

    A row that cannot be used is refused. Raises UnreadableFile, MissingColumns.
    """
    report = Report(path.name)
    grid, header, columns = _table(path)
    found: dict[str, str | None] = {}
    for row in grid.rows[header + 1 :]:
        cells = {
            name: text_of(row.cells[place] or "").strip().upper() if place < len(row.cells) else ""
            for name, place in columns.items()
        }
        if not any(cells.values()):
            continue
        try:
            old, new = _read(cells)
        except CellProblem as problem:
            report.problems.append(Remark(f"importing.problems.{problem.code}", problem.values, row.number))
        else:
            found[old] = new
    return found, report


def _table(path: Path) -> tuple[Grid, int, Mapping[str, int]]:
    for grid in grids_of(path, lambda cells: len(_columns(cells))):
        for number, row in enumerate(grid.rows[:HEADER_WITHIN]):
            columns = _columns(row.cells)
            if columns.keys() == _NAMES.keys():
                return grid, number, columns
    raise MissingColumns("crebo_link_columns", file=path.name)


def _columns(cells: Sequence[object]) -> dict[str, int]:
    keys = [word_key(cell) if isinstance(cell, str) else "" for cell in cells]
    places = {name: [place for place, key in enumerate(keys) if key in known] for name, known in _KEYS.items()}
    return {name: where[0] for name, where in places.items() if where}


def _read(cells: Mapping[str, str]) -> tuple[str, str | None]:
    old, new = cells["old"], cells["new"]
    if not CREBO_FORM.fullmatch(old) or (new and not CREBO_FORM.fullmatch(new)):
        raise CellProblem("recognition_crebo")
    if old == new:
        raise CellProblem("crebo_link_same")
    return old, new or None
