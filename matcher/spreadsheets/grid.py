"""The raw cells of a file: its type, encoding and separator, but not the meaning of its cells.

.csv is read by the standard library, .xlsx by openpyxl (`workbook.py`). pandas would add types only for us to remove
them, and it turns a cell with an error value into an empty one, which clears a value.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from matcher.errors import UnreadableFile
from matcher.spreadsheets.bounds import BOUNDS, MEGABYTE, Bounds, Size
from matcher.spreadsheets.workbook import read_sheets

WORKBOOKS = (".xlsx", ".xlsm")
ENDINGS = (*WORKBOOKS, ".csv", ".txt", ".tsv")
SEPARATORS = (";", ",", "\t")
HEADER_WITHIN = 20
"""Rows from the top among which the header is sought."""
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_HEAD = 65_536
"""Characters in which the separator is detected."""
_END = "\0"
"""Both cells of a line after the last one; no text holds it."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell of a .csv that starts with one of these would run as a formula (OWASP, CSV injection)."""

Recognised = Callable[[Sequence[object]], int]
"""The number of cells of a row that are headers of known columns."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty, with its number in Excel or, in a .csv, the number of the record."""

    number: int
    cells: Sequence[object]
    ragged: bool = False
    """Whether it has more cells than the header: a text without quotes contains a separator."""
    hidden: bool = False
    """Whether the sheet hides it, by hand or by a filter."""
    struck: bool = False
    """Whether its text is struck through."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of one sheet of a file."""

    file: str
    rows: Sequence[Row]
    sheet: str = ""
    """The name of the sheet; empty for a text file."""


def read_grids(path: Path, recognised: Recognised, bounds: Bounds = BOUNDS) -> Iterator[Grid]:
    """The visible sheets of a file; `recognised` finds the separator of a text file.

    Raises UnreadableFile, also for a file that exceeds the bounds.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UnreadableFile("file_type", file=path.name or str(path))
    start = _bytes(path, bounds.file, len(_OLE))
    if start.startswith(_OLE):
        raise UnreadableFile("old_or_locked", file=path.name)
    if start.startswith(_ZIP):  # its own process reads the rest
        for sheet in read_sheets(path, bounds):
            yield Grid(path.name, [Row(number, cells) for number, cells in sheet.rows], sheet.name)
        return
    data = _bytes(path, bounds.file)
    if not data.strip():
        raise UnreadableFile("empty_file", file=path.name)
    if path.suffix.lower() in WORKBOOKS:
        raise UnreadableFile("no_workbook", file=path.name)
    yield _text_table(path.name, data, recognised, bounds)


def _bytes(path: Path, most: int, count: int = -1) -> bytes:
    """The content of a file, or its first `count` bytes. Raises UnreadableFile, also for a file that is too large."""
    try:
        if path.stat().st_size > most:
            raise UnreadableFile("too_large", file=path.name, most=most // MEGABYTE)
        with path.open("rb") as file:
            data = file.read(count)
    except FileNotFoundError:
        raise UnreadableFile("no_such_file", file=path.name) from None
    except IsADirectoryError:
        raise UnreadableFile("is_a_folder", file=path.name) from None
    except OSError as error:
        raise UnreadableFile("cannot_open", file=path.name, problem=error.strerror or "") from None
    return data


# ---- .csv


def _text_table(name: str, data: bytes, recognised: Recognised, bounds: Bounds) -> Grid:
    text = _decoded(name, data)
    separator = _separator(text, recognised)
    rows = _records(name, text, separator, bounds)
    width = max(map(len, rows), default=0)
    result = [
        Row(number, [_unescaped(cell) for cell in row] + [""] * (width - len(row)))
        for number, row in enumerate(rows, 1)
        if any(row)
    ]
    return Grid(name, _marked(result, recognised))


def _records(name: str, text: str, separator: str, bounds: Bounds) -> list[list[str]]:
    """The cells of each record, [] for an empty line.

    Raises UnreadableFile for a quote that is never closed, and for a file that exceeds the bounds.
    """
    lines = chain(io.StringIO(text, newline=""), [f"{_END}{separator}{_END}"])
    rows: list[list[str]] = []
    size, width = Size(name, bounds), 0
    try:
        for row in csv.reader(lines, delimiter=separator):
            rows.append(row)
            if row != [_END, _END]:
                size.add_row(len(row))
                width = max(width, len(row))
    except csv.Error:
        raise UnreadableFile("broken_csv", file=name) from None
    size.fill(width)
    if rows.pop() != [_END, _END]:  # inside a quote it is one cell
        raise UnreadableFile("broken_csv", file=name)
    return rows


def _marked(rows: list[Row], recognised: Recognised) -> list[Row]:
    """The rows, cut to the width of the header; ragged if a cell beyond it is filled."""
    head = max(rows[:HEADER_WITHIN], key=lambda row: recognised(row.cells), default=None)
    if head is None:
        return rows
    width = max((position for position, cell in enumerate(head.cells, 1) if cell), default=0)
    return [Row(row.number, row.cells[:width], any(row.cells[width:])) for row in rows]


def _decoded(name: str, data: bytes) -> str:
    encodings = [encoding for bom, encoding in _BOMS if data.startswith(bom)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("encoding", file=name)


def _separator(text: str, recognised: Recognised) -> str:
    """The separator with which a row near the top has the most known headers."""
    head = text[:_HEAD].splitlines()[:HEADER_WITHIN]

    def best(separator: str) -> int:
        try:
            return max((recognised(row) for row in csv.reader(head, delimiter=separator)), default=0)
        except csv.Error:
            return 0

    return max(SEPARATORS, key=best)


def _unescaped(cell: object) -> object:
    """The cell without the apostrophe that our export puts before a text that would run as a formula."""
    if isinstance(cell, str) and cell.startswith("'") and cell[1:].startswith(FORMULA):
        return cell[1:]
    return cell
