"""How large a file may be, and how long reading it may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import UnreadableFile

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an import accepts. A hundred thousand alumni take 40 MB, and three million cells."""

    file: int = 200 * MEGABYTE
    """Bytes of a file."""
    unpacked: int = 500 * MEGABYTE
    """Bytes of a workbook when unpacked; zipfile stops a part that exceeds its stated size."""
    columns: int = 500
    """Columns of a sheet; ours have thirty."""
    rows: int = 300_000
    """Rows of all sheets together, empty ones in between too."""
    cells: int = 15_000_000
    """Cells of all sheets together; an empty one counts up to the last of its row."""
    seconds: float = 60
    """Seconds of reading a small file: of a workbook in its process, and of all cells of any file."""
    seconds_per_megabyte: float = 60
    """Seconds more for a larger one: a megabyte of a workbook, 300,000 cells, takes six on an idle machine."""
    most_seconds: float = 1800
    """Seconds of reading any file."""
    memory: int = 4_000 * MEGABYTE
    """Bytes of memory for reading a workbook (Linux)."""

    def seconds_for(self, path: Path) -> float:
        """Seconds that reading this file may take."""
        try:
            size = path.stat().st_size
        except OSError:  # whoever opens it says so
            size = 0
        return min(self.seconds + self.seconds_per_megabyte * size / MEGABYTE, self.most_seconds)


BOUNDS = Bounds()


class Size:
    """The rows and cells of a file that were read so far."""

    def __init__(self, file: str, bounds: Bounds) -> None:
        self._file = file
        self._bounds = bounds
        self._rows = 0
        self._cells = 0

    def add_widths(self, widths: Sequence[int]) -> None:
        """Counts a row for each of these numbers of cells. Raises UnreadableFile where the file becomes too large."""
        self._rows += len(widths)
        self._cells += sum(widths)
        self._check(max(widths, default=0))

    def add_rows(self, count: int, width: int) -> None:
        """Counts this many rows, each of this many cells. Raises UnreadableFile."""
        self._rows += count
        self._cells += count * width
        self._check(width)

    def fill(self, width: int) -> None:
        """Counts every row as this wide, as in a table in memory. Raises UnreadableFile."""
        self._cells = self._rows * width
        self._check(width)

    def _check(self, width: int) -> None:
        if width > self._bounds.columns:
            raise UnreadableFile("too_many_columns", file=self._file, most=self._bounds.columns)
        if self._rows > self._bounds.rows:
            raise UnreadableFile("too_many_rows", file=self._file, most=self._bounds.rows)
        if self._cells > self._bounds.cells:
            raise UnreadableFile("too_many_cells", file=self._file, most=self._bounds.cells)
