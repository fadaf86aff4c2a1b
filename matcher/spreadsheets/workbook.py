"""The sheets of a workbook, read in a process of its own (`process.py`)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from matcher.spreadsheets.bounds import Bounds
from matcher.spreadsheets.packing import Packed, packed, unpacked
from matcher.spreadsheets.process import in_process
from matcher.spreadsheets.sheets import Grid
from matcher.spreadsheets.workbook_sheets import workbook_sheets


def read_sheets(path: Path, bounds: Bounds, *, sheet: str | None = None) -> list[Grid]:
    """The visible sheets, or the one named, hidden or not. Raises UnreadableFile, also where it exceeds the bounds."""
    return [unpacked(page) for page in in_process(partial(_packed, path, bounds, sheet), path, bounds)]


def _packed(path: Path, bounds: Bounds, sheet: str | None) -> list[Packed]:
    return [packed(grid) for grid in workbook_sheets(path.name, path.read_bytes(), bounds, sheet)]
