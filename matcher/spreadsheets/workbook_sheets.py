"""The sheets of the content of a workbook: values by python-calamine, and what else the parts say of them.

.xlsx (Strict Open XML too), .xlsb, .xls and .ods. For 30,000 rows of 12 cells calamine takes 0.31 s of a processor,
openpyxl's read-only mode 6.75; all of this module 0.56, and 1.87 where the marks of a sheet have to be read, which
calamine does not tell (`marks.py`, `marks_ods.py`).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from matcher.errors import UnreadableFile
from matcher.spreadsheets.bounds import MEGABYTE, Bounds, Size
from matcher.spreadsheets.marks import NOT_CALCULATED, Marks, Parts, Styles, marks_of, parts_of, styles_of
from matcher.spreadsheets.marks_ods import marks_of_ods
from matcher.spreadsheets.sheets import Grid, Remarks, Row, count_filled
from matcher.spreadsheets.signature import FileKind, kind_of

_ENCRYPTED = 0x1
"""The bit of a part of a zip file that has a password."""


def workbook_sheets(name: str, data: bytes, bounds: Bounds, wanted: str | None = None) -> Iterator[Grid]:
    """The visible sheets, or the one named, hidden or not.

    Raises UnreadableFile, also where the workbook exceeds the bounds, and almost anything for a damaged one.
    """
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    kind = kind_of(data)
    if kind in {FileKind.XLSX, FileKind.XLSB, FileKind.ODS}:
        _check_parts(name, data, bounds)
    marker = {FileKind.XLSX: _Marker, FileKind.ODS: _OdsMarker}.get(kind, _Blind)(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise UnreadableFile("locked", file=name) from None
    pages = [page for page in book.sheets_metadata if page.typ is SheetTypeEnum.WorkSheet]
    shown = [page.name for page in pages if page.visible is SheetVisibleEnum.Visible]
    if wanted is not None:
        key = wanted.strip().casefold()
        chosen = [page.name for page in pages if page.name.strip().casefold() == key]
        if not chosen:
            raise UnreadableFile("no_such_sheet", file=name, sheet=wanted[:60], sheets=", ".join(shown))
    else:
        chosen = shown
    if not pages:
        raise UnreadableFile("damaged", file=name, problem="no worksheet")
    if not chosen:
        raise UnreadableFile("no_sheets", file=name)
    remarks: Remarks = ()
    hidden = [page.name for page in pages if page.visible is not SheetVisibleEnum.Visible]
    if hidden and wanted is None:
        remarks += (("hidden_sheets", {"count": len(hidden), "sheets": ", ".join(hidden)}),)
    if kind in {FileKind.XLSB, FileKind.XLS}:
        remarks += (("marks_unseen", {}),)
    size = Size(name, bounds)
    for title in chosen:
        page = book.get_sheet_by_name(title)
        marks = marker.marks(title)
        last = page.end or (-1, -1)  # None for an empty sheet
        bottom = max((row for row, _ in marks.cells), default=0)
        right = max((column for _, column in marks.cells), default=-1)
        size.add_rows(max(last[0] + 1, bottom), max(last[1], right) + 1)
        cells = page.to_python(skip_empty_area=False)
        yield _grid(name, title, cells, marks, remarks, since_1904=marker.since_1904)


class _Blind:
    """Of a kind of workbook whose marks are not read."""

    def __init__(self, _data: bytes) -> None:
        self.since_1904 = False

    def marks(self, _title: str, /) -> Marks:
        """None."""
        return Marks()


class _OdsMarker(_Blind):
    """What the content of an .ods says of its sheets besides the values."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            self._marks = marks_of_ods(book.read("content.xml"))

    def marks(self, title: str, /) -> Marks:
        """Of the sheet with this name."""
        return self._marks.get(title, Marks())


class _Marker(_Blind):
    """What the parts of an .xlsx say of its sheets besides the values."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._book = zipfile.ZipFile(io.BytesIO(data))
        self._parts: Parts = parts_of(self._book)
        styles = self._parts.styles
        self._styles = styles_of(self._book.read(styles)) if styles is not None else Styles()
        self.since_1904 = self._parts.since_1904

    def marks(self, title: str, /) -> Marks:
        """Of the sheet with this name."""
        part = self._parts.sheets.get(title)
        return marks_of(self._book.read(part), self._styles) if part is not None else Marks()


def _grid(name: str, title: str, table: list[list[Any]], marks: Marks, remarks: Remarks, *, since_1904: bool) -> Grid:
    rows = [[_whole(cell) if type(cell) is float else cell for cell in cells] for cells in table]
    for (number, column), digits in marks.zeros.items():
        if number <= len(rows) and column < len(rows[number - 1]):
            value = rows[number - 1][column]
            if type(value) is int:
                rows[number - 1][column] = str(value).zfill(digits)
    for (number, column), shown in marks.cells.items():  # an empty cell would clear the value in the database
        if number > len(rows):
            rows += [[] for _ in range(number - len(rows))]
        cells = rows[number - 1]
        cells += [""] * (column + 1 - len(cells))
        if cells[column] in {"", None}:
            cells[column] = shown or NOT_CALCULATED
    dated = _dated(rows, since_1904=since_1904)
    if dated:
        remarks += (("serial_dates", {"count": dated}),)
    kept = [
        Row(number, cells, hidden=number in marks.hidden, struck=number in marks.struck)
        for number, cells in enumerate(rows, 1)
        if count_filled(cells)
    ]
    return Grid(name, kept, title, tuple(marks.merges), remarks, marks.validated)


def _whole(value: float) -> int | float:
    """12.0 as 12: calamine gives every number of an .xlsx as a float."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


_SERIALS = range(10_000, 80_000)
"""Days that may be a date where the others of the column are: 1927 to 2119."""


def _dated(rows: list[list[Any]], *, since_1904: bool) -> int:
    """Makes dates of whole numbers in columns of dates, where the cell lost its format; the number of these cells."""
    start = date(1904, 1, 1) if since_1904 else date(1899, 12, 30)
    columns: dict[int, list[int]] = {}
    dates: dict[int, int] = {}
    for number, cells in enumerate(rows):
        for position, cell in enumerate(cells):
            if type(cell) is int:
                if cell in _SERIALS:
                    columns.setdefault(position, []).append(number)
            elif isinstance(cell, date):
                dates[position] = dates.get(position, 0) + 1
    count = 0
    for position, numbers in columns.items():
        others = sum(1 for cells in rows if position < len(cells) and type(cells[position]) in {int, float})
        if dates.get(position, 0) >= others:
            for number in numbers:
                rows[number][position] = start + timedelta(days=rows[number][position])
                count += 1
    return count


def _check_parts(name: str, data: bytes, bounds: Bounds) -> None:
    """Raises UnreadableFile for a workbook with a password, or one whose stated size when unpacked is too large."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = book.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise UnreadableFile("locked", file=name)
    if sum(part.file_size for part in parts) > bounds.unpacked:
        raise UnreadableFile("too_large_unpacked", file=name, most=bounds.unpacked // MEGABYTE)
