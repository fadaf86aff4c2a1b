"""Small tables with columns of fixed names, such as places or recognised companies: found, and read row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from matcher.errors import MissingColumns
from matcher.spreadsheets.cells import CellProblem, text_of
from matcher.spreadsheets.columns import word_key
from matcher.spreadsheets.grid import HEADER_WITHIN, Grid, grids_of
from matcher.spreadsheets.report import Remark, Report

Cells = Mapping[str, object]
"""The cells of a row by the name of their column; none of a column that is not there."""
Read = TypeVar("Read")


@dataclass(frozen=True)
class NamedTable:
    """Columns by the names that each may have; `has`: whether those found make the table, `missing`: the error if not.

    `skips_empty`: rows without anything in these columns are none.
    """

    names: Mapping[str, Collection[str]]
    has: Callable[[Collection[str]], bool]
    missing: str
    skips_empty: bool = True

    def read(self, path: Path, read: Callable[[Cells], Read]) -> tuple[list[Read], Report]:
        """What `read` makes of each row below the headings, in order; a row in which it finds a problem is refused.

        Raises UnreadableFile, MissingColumns.
        """
        report, found = Report(path.name), list[Read]()
        grid, header, columns = self._found(path)
        for row in grid.rows[header + 1 :]:
            cells = {name: row.cells[place] for name, place in columns.items() if place < len(row.cells)}
            if self.skips_empty and not any(text_of(value or "") for value in cells.values()):
                continue
            try:
                found.append(read(cells))
            except CellProblem as problem:
                report.problems.append(Remark(f"importing.problems.{problem.code}", problem.values, row.number))
        return found, report

    def _found(self, path: Path) -> tuple[Grid, int, Mapping[str, int]]:
        for grid in grids_of(path, lambda cells: len(self._columns(cells))):
            for number, row in enumerate(grid.rows[:HEADER_WITHIN]):
                columns = self._columns(row.cells)
                if self.has(columns.keys()):
                    return grid, number, columns
        raise MissingColumns(self.missing, file=path.name)

    def _columns(self, cells: Sequence[object]) -> dict[str, int]:
        """The first column of each name that is there."""
        keys = [word_key(cell) if isinstance(cell, str) else "" for cell in cells]
        places = {name: [place for place, key in enumerate(keys) if key in known] for name, known in self._keys.items()}
        return {name: where[0] for name, where in places.items() if where}

    @cached_property
    def _keys(self) -> Mapping[str, Collection[str]]:
        """The names as they are compared."""
        return {name: {word_key(one) for one in known} for name, known in self.names.items()}
