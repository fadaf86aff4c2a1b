"""The raw cells of a file, whatever it is: its sheets, but not the meaning of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from matcher.errors import UnreadableFile
from matcher.spreadsheets.bounds import BOUNDS, MEGABYTE, Bounds, Size
from matcher.spreadsheets.html_table import html_tables
from matcher.spreadsheets.letters import Letters
from matcher.spreadsheets.packing import Packed, packed, unpacked
from matcher.spreadsheets.process import in_process
from matcher.spreadsheets.sheets import HEADER_WITHIN, Grid, Recognised, Remarks, Row
from matcher.spreadsheets.signature import WORKBOOKS, FileKind, kind_of
from matcher.spreadsheets.text_file import FORMULA, decoded, text_rows
from matcher.spreadsheets.workbook import read_sheets

__all__ = ["FORMULA", "HEADER_WITHIN", "Grid", "Recognised", "Row", "grids_of"]

_PROMISES = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})
"""Endings of workbooks: a text that has one is something else than its name says."""


def grids_of(path: Path, recognised: Recognised, bounds: Bounds = BOUNDS, *, sheet: str | None = None) -> list[Grid]:
    """The visible sheets of a file, or the one named. Raises UnreadableFile, also where it exceeds the bounds."""
    data = _bytes(path, bounds.file)
    if not data.strip(b"\0 \t\r\n"):
        raise UnreadableFile("empty_file", file=path.name)
    kind = kind_of(data)
    ending = path.suffix.lower()
    if kind in WORKBOOKS:
        del data  # its own process reads it again
        grids = read_sheets(path, bounds, sheet=sheet)
        if ending in _PROMISES and ending[1:4] != kind.value[:3]:
            other = ("other_name", {"kind": kind.value.upper(), "ending": ending})
            grids = [replace(grid, remarks=(*grid.remarks, other)) for grid in grids]
    elif kind is FileKind.TEXT:
        text, remarks = decoded(path.name, data)
        del data
        rows, told = text_rows(path.name, text, recognised, bounds)
        remarks += told
        del text
        if ending in _PROMISES:
            remarks = (("text_not_workbook", {"ending": ending}), *remarks)
        grids = [_grid(path.name, rows, remarks, text=True)]
    elif kind is FileKind.HTML:
        del data
        grids = [unpacked(table) for table in in_process(partial(_tables, path, bounds), path, bounds)]
    else:
        raise UnreadableFile(kind.value, file=path.name)
    letters = Letters()
    return [letters.mended(grid) for grid in grids]


def _bytes(path: Path, most: int) -> bytes:
    """The content of a file. Raises UnreadableFile, also for a file that is too large."""
    try:
        if path.stat().st_size > most:
            raise UnreadableFile("too_large", file=path.name, most=most // MEGABYTE)
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFile("no_such_file", file=path.name) from None
    except IsADirectoryError:
        raise UnreadableFile("is_a_folder", file=path.name) from None
    except OSError as error:
        raise UnreadableFile("cannot_open", file=path.name, problem=error.strerror or "") from None


def _grid(name: str, rows: Sequence[Sequence[str]], remarks: Remarks, *, text: bool) -> Grid:
    """`text`: a cell that its line does not have is None, and not empty."""
    width = max(map(len, rows), default=0)
    kept = [
        Row(number, row if len(row) == width else [*row, *[None if text else ""] * (width - len(row))])
        for number, row in enumerate(rows, 1)
        if any(row)
    ]
    return Grid(name, kept, remarks=remarks, text=text)


def _tables(path: Path, bounds: Bounds) -> list[Packed]:
    """The tables of a web page, each as a sheet. For another process: html.parser may be at work for hours."""
    text, remarks = decoded(path.name, path.read_bytes())
    size = Size(path.name, bounds)
    tables = html_tables(text)
    for table in tables:
        size.add_rows(len(table.rows), max(map(len, table.rows)))
    told: Remarks = (("html", {}), *remarks)
    return [
        packed(replace(_grid(path.name, table.rows, told, text=False), merges=tuple(table.merges))) for table in tables
    ]
