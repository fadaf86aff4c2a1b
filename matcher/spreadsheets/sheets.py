"""What a file gives before its tables are found: sheets of rows of raw cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Recognised = Callable[[Sequence[object]], int]
"""The number of cells of a row that are headers of known columns."""
Remarks = tuple[tuple[str, Mapping[str, object]], ...]
"""(code, values) of what was done to read a file: sentences under `files.remarks`."""
HEADER_WITHIN = 200
"""Rows from the top among which the header is sought."""


def count_filled(cells: Sequence[object]) -> int:
    """How many cells are filled, blanks counted as text: fast."""
    return len(cells) - cells.count("") - cells.count(None)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty, with its number in Excel or, in a text file, the number of the record."""

    number: int
    cells: Sequence[object]
    ragged: bool = False
    """Whether it has more cells than the header: a text without quotes contains a separator."""
    hidden: bool = False
    """Whether the sheet hides it, by hand or by a filter."""
    struck: bool = False
    """Whether the text of all its cells is struck through."""
    sheet: str = ""
    """The name of its sheet where a table is read from several; else empty."""

    def at(self, position: int) -> object:
        """The cell at this position, empty beyond the last."""
        return self.cells[position] if position < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells that are one on the sheet: rows as numbered by Excel, columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of one sheet of a file that are not empty."""

    file: str
    rows: Sequence[Row]
    sheet: str = ""
    """The name of the sheet; empty for a text file."""
    merges: tuple[Merge, ...] = ()
    remarks: Remarks = ()
    validated: int = 0
    """The last row that its drop-downs reach; 0 if it has none."""
    text: bool = False
    """Whether it comes from a text file, in which a row with too many cells lacks quotes."""
