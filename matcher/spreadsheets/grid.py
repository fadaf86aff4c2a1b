"""The raw cells of a file: its type, encoding and separator, but not the meaning of its cells.

.csv is read by the standard library, .xlsx by openpyxl. pandas would add types only for us to remove them, and it turns
a cell with an error value into an empty one, which clears a value.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from matcher.errors import UnreadableFile

WORKBOOKS = (".xlsx", ".xlsm")
ENDINGS = (*WORKBOOKS, ".csv", ".txt", ".tsv")
SEPARATORS = (";", ",", "\t")
MEGABYTE = 1_000_000
MOST_BYTES = 200 * MEGABYTE
"""Largest file; a hundred thousand alumni take about 40 MB."""
MOST_UNPACKED = 500 * MEGABYTE
"""Largest workbook when unpacked; zipfile stops a part that exceeds its stated size."""
MOST_COLUMNS = 500
"""Most columns of a sheet; ours have thirty."""
HEADER_WITHIN = 20
"""Rows from the top among which the header is sought."""
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_HEAD = 65_536
"""Characters in which the separator is detected."""
_ENCRYPTED = 0x1
"""The bit of a part of a zip file that has a password."""
_END = "\0"
"""Both cells of a line after the last one; no text holds it."""
_FORMULA_TAG = re.compile(rb"<(?:\w+:)?f[ />]")
NOT_CALCULATED = "#FORMULA"
"""Stands for a formula whose result was never saved."""
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


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of one sheet of a file."""

    file: str
    rows: Sequence[Row]
    sheet: str = ""
    """The name of the sheet; empty for a text file."""


def read_grids(path: Path, recognised: Recognised) -> Iterator[Grid]:
    """The visible sheets of a file; `recognised` finds the separator of a text file. Raises UnreadableFile."""
    if path.suffix.lower() not in ENDINGS:
        raise UnreadableFile("file_type", file=path.name or str(path))
    data = _bytes(path)
    if not data.strip():
        raise UnreadableFile("empty_file", file=path.name)
    if data.startswith(_OLE):
        raise UnreadableFile("old_or_locked", file=path.name)
    if data.startswith(_ZIP):
        _check_parts(path.name, data)
        yield from _sheets(path.name, data)
    elif path.suffix.lower() in WORKBOOKS:
        raise UnreadableFile("no_workbook", file=path.name)
    else:
        yield _text_table(path.name, data, recognised)


# ---- .xlsx


def _bytes(path: Path) -> bytes:
    """The content of a file. Raises UnreadableFile, also for one that is too large."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableFile("too_large", file=path.name, most=MOST_BYTES // MEGABYTE)
        data = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFile("no_such_file", file=path.name) from None
    except IsADirectoryError:
        raise UnreadableFile("is_a_folder", file=path.name) from None
    except OSError as error:
        raise UnreadableFile("cannot_open", file=path.name, problem=error.strerror or "") from None
    return data


@contextmanager
def _refusing_damage(name: str) -> Iterator[None]:
    """Raises whatever a library makes of a workbook that it cannot read as UnreadableFile.

    zipfile alone raises BadZipFile, NotImplementedError, RuntimeError, KeyError, EOFError, OSError, ValueError and the
    errors of zlib, bz2 and lzma; openpyxl and its XML parser almost anything.
    """
    try:
        yield
    except UnreadableFile:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        raise UnreadableFile("damaged", file=name, problem=type(error).__name__) from None


def _check_parts(name: str, data: bytes) -> None:
    """Raises UnreadableFile for a workbook with a password, or one whose stated size when unpacked is too large."""
    with _refusing_damage(name), zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = book.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise UnreadableFile("old_or_locked", file=name)
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise UnreadableFile("too_large_unpacked", file=name, most=MOST_UNPACKED // MEGABYTE)


def _sheets(name: str, data: bytes) -> Iterator[Grid]:
    from openpyxl import load_workbook

    with _refusing_damage(name):
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        pages = [page for page in book.worksheets if page.sheet_state == "visible"]
        if not pages:
            raise UnreadableFile("no_sheets", file=name)
        unsolved = _formulas(data)
        for page in pages:
            yield Grid(name, list(_rows(name, page, unsolved.get(page.title, {}))), page.title)


def _formulas(data: bytes) -> dict[str, dict[int, list[int]]]:
    """Positions of formulas: sheet -> row number -> columns from 0. Stops early if there are none."""
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        pages = [name for name in parts.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        if not any(_FORMULA_TAG.search(parts.read(name)) for name in pages):
            return {}
    formulas: dict[str, dict[int, list[int]]] = {}
    for page in load_workbook(io.BytesIO(data), read_only=True).worksheets:
        page.reset_dimensions()
        for number, cells in enumerate(page.iter_rows(), 1):
            positions = [position for position, cell in enumerate(cells) if cell.data_type == "f"]
            if positions:
                formulas.setdefault(page.title, {})[number] = positions
    return formulas


def _rows(file: str, page: Any, formulas: Mapping[int, Sequence[int]]) -> Iterator[Row]:
    page.reset_dimensions()  # some programs write a wrong size of the sheet
    for number, row in enumerate(page.iter_rows(), 1):
        _check_width(file, len(row))
        cells = [_shown(cell) for cell in row]
        for position in formulas.get(number, ()):
            if cells[position] is None:  # never calculated; an empty cell would clear the value in the database
                cells[position] = NOT_CALCULATED
        if any(cell is not None for cell in cells):
            yield Row(number, cells)


def _shown(cell: Any) -> object:
    """The value as displayed: an integer with the leading zeros of its format (00012)."""
    value = cell.value
    if type(value) is int and set(cell.number_format) == {"0"}:
        return str(value).zfill(len(cell.number_format)) if len(cell.number_format) > 1 else value
    return value


# ---- .csv


def _text_table(name: str, data: bytes, recognised: Recognised) -> Grid:
    text = _decoded(name, data)
    separator = _separator(text, recognised)
    rows = _records(name, text, separator)
    width = max(map(len, rows), default=0)
    _check_width(name, width)
    result = [
        Row(number, [_unescaped(cell) for cell in row] + [""] * (width - len(row)))
        for number, row in enumerate(rows, 1)
        if any(row)
    ]
    return Grid(name, _marked(result, recognised))


def _records(name: str, text: str, separator: str) -> list[list[str]]:
    """The cells of each record, [] for an empty line. Raises UnreadableFile for a quote that is never closed."""
    lines = chain(io.StringIO(text, newline=""), [f"{_END}{separator}{_END}"])
    try:
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        raise UnreadableFile("broken_csv", file=name) from None
    if rows.pop() != [_END, _END]:  # inside a quote it is one cell
        raise UnreadableFile("broken_csv", file=name)
    return rows


def _check_width(file: str, width: int) -> None:
    if width > MOST_COLUMNS:
        raise UnreadableFile("too_many_columns", file=file, most=MOST_COLUMNS)


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
