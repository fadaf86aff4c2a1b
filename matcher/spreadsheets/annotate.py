"""The same workbook back, with what the import has to say of it in its cells: remarks and colours.

A workbook of Excel keeps what openpyxl keeps of it; any other file comes back as a new workbook, with its cells in the
same rows and columns. It is made in a process of its own with the bounds of reading: openpyxl may be at work for hours.
Formulas lose their results until Excel calculates them, since openpyxl has none; a text that would run as a formula
stays a text, as in `writer.py`.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, partial
from pathlib import Path
from typing import Any

from matcher.domain.records import RecordKind
from matcher.locale import Language, say
from matcher.spreadsheets.bounds import BOUNDS, MEGABYTE, Bounds
from matcher.spreadsheets.headers import key
from matcher.spreadsheets.marks import NOT_CALCULATED
from matcher.spreadsheets.process import in_process
from matcher.spreadsheets.sheets import HEADER_WITHIN, Row
from matcher.spreadsheets.signature import FileKind, kind_of

KEEPS_LAYOUT = MEGABYTE
"""Bytes of a workbook up to which its layout is kept; a larger one would take minutes, and comes back plain."""
MOST_COMMENTS = 20_000
"""Cells with a text; the others have a colour only, since Excel opens such a file for minutes."""
MOST_TEXT = 1_500
"""Characters of the remarks at one cell."""
_AUTHOR = "alumnimatch"
_WIDTH, _LINE, _CHARACTERS = 320, 18, 44
"""Of the box of a remark: its width and the height of a line in points, and the characters of a line."""


class Weight(IntEnum):
    """How much a remark weighs; of several at one cell the heaviest gives the colour."""

    NOTE = 1
    LEFT_OUT = 2
    REFUSED = 3


COLOURS = {Weight.NOTE: "FFF2B3", Weight.LEFT_OUT: "FBD5A5", Weight.REFUSED: "F4B6B6"}


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said at one cell: `row` as in Excel, `column` the header of the file, None for the whole row.

    `sheet`: where it is another than the first that was read; else empty.
    """

    row: int
    column: str | None
    text: str
    weight: Weight
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Remarks:
    """All that goes into a workbook.

    `headers`: those of the table, by position ('' where there is none). `ids`: the numbers that the program gave, by
    sheet ('' for the first) and row; `id_header`: the header of the column of numbers, None where the file has none;
    `id_name`: how a new column is named. `rows`: the rows of the table, for a file that is no workbook of Excel.
    `turned`: it lies on its side, so that its rows are numbered by column.
    """

    sheet: str
    headers: Sequence[str]
    remarks: Sequence[Remark] = ()
    ids: Mapping[tuple[str, int], str] = field(default_factory=dict)
    id_header: str | None = None
    id_name: str = "alumnus_id"
    header_row: int = 1
    rows: Sequence[Row] = ()
    turned: bool = False


@dataclass
class _Page:
    """The same for one sheet."""

    remarks: list[Remark] = field(default_factory=list)
    ids: dict[int, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


def _by_sheet(remarks: Remarks) -> dict[str, _Page]:
    """What goes into each sheet, the first that was read first."""
    pages: dict[str, _Page] = defaultdict(_Page)
    pages[remarks.sheet] = _Page()
    for remark in remarks.remarks:
        pages[remark.sheet or remarks.sheet].remarks.append(remark)
    for (sheet, number), id_ in remarks.ids.items():
        pages[sheet or remarks.sheet].ids[number] = id_
    for row in remarks.rows:
        pages[row.sheet or remarks.sheet].rows.append(row)
    return pages


def remarks_of(told: Mapping[str, Any], language: Language) -> Iterator[Remark]:
    """The remarks in the JSON of an import (see `docs/inlezen.md`)."""

    def at(item: Mapping[str, Any], text: str, weight: Weight, row: int | None = None) -> Remark:
        number = item["row"] if row is None else row
        return Remark(number, item.get("column"), text, weight, item.get("sheet") or "")

    for item in told.get("rows_refused", ()):
        text = say(language, "import_page.remarks.refused", text=item.get("remedy") or "")
        yield at(item, text, Weight.REFUSED)
    for item in told.get("left_out", ()):
        text = say(language, "import_page.remarks.left_out", text=item.get("remedy") or "")
        yield from (at(item, text, Weight.LEFT_OUT, row) for row in item.get("rows", ()))
    for item in told.get("not_records", ()):
        yield at(item, say(language, "import_page.remarks.no_record"), Weight.LEFT_OUT)
    for item in told.get("withdrawals", ()):
        text = say(language, "import_page.remarks.withdrawal", purposes=item.get("purposes", ()))
        yield at(item, text, Weight.NOTE)
    for item in told.get("possible_duplicates", ()):
        yield at(item, duplicate_in_words(item, language), Weight.NOTE)
    for item in told.get("warnings", ()):
        if item.get("row"):
            yield at(item, item.get("text") or "", Weight.NOTE)


def duplicate_in_words(item: Mapping[str, Any], language: Language) -> str:
    """That a row may be a person who is there already, and why."""
    because = [say(language, f"import_page.same.{code}") for code in item.get("because", ())]
    other = item["of"]
    if "row" in other:
        return say(language, "import_page.remarks.same_as_row", row=str(other["row"]), because=because)
    return say(language, "import_page.remarks.same_as", id=other["id"], because=because)


def read_remarks(path: Path, kind: RecordKind, told: Mapping[str, Any], language: Language) -> Remarks:
    """What goes into the workbook of a file, from the JSON of its import. Raises UnreadableFile, MissingColumns."""
    from matcher.spreadsheets.columns import columns_of
    from matcher.spreadsheets.mapping import recogniser
    from matcher.spreadsheets.tables import find_table

    block = find_table(path, recogniser(kind), sheet=told.get("sheet") or None)
    id_name = columns_of(kind)[0].name
    named = (column["header"] for column in told.get("columns", ()) if column.get("field") == id_name)
    return Remarks(
        sheet=block.sheet,
        headers=block.headers,
        remarks=tuple(remarks_of(told, language)),
        ids={(item.get("sheet") or "", item["row"]): item["id"] for item in told.get("ids") or ()},
        id_header=next(named, None),
        id_name=id_name,
        header_row=block.header_rows[-1] if block.header_rows else 1,
        rows=block.rows,
        turned=any(code == "turned" for code, _ in block.remarks),
    )


def write_annotated(path: Path, out: Path, kind: RecordKind, told: Mapping[str, Any], language: Language) -> None:
    """Writes the workbook of a file with the remarks of its import, `told` as JSON. Raises UnreadableFile, OSError."""
    from matcher import atomic

    content = annotated(path, read_remarks(path, kind, told, language))
    with atomic.write(out) as file:
        file.write(content)


def annotated(path: Path, remarks: Remarks, bounds: Bounds = BOUNDS) -> bytes:
    """The workbook (.xlsx) with the remarks. Raises UnreadableFile where that takes too long or too much memory."""
    return in_process(partial(_made, path, remarks), path, bounds)


def _made(path: Path, remarks: Remarks) -> bytes:
    return made(path.read_bytes(), remarks)


def made(data: bytes, remarks: Remarks) -> bytes:
    """The workbook with the remarks, in this process; `data`: the file as it was."""
    if len(data) <= KEEPS_LAYOUT and kind_of(data) is FileKind.XLSX:
        try:
            return _kept(data, remarks)
        except Exception:
            if not remarks.rows:
                raise
    return _rebuilt(remarks)


def _kept(data: bytes, remarks: Remarks) -> bytes:
    """The workbook itself, with colours and remarks added."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data))  # without macros: nothing that runs is given back
    left = MOST_COMMENTS
    for name, page in _by_sheet(remarks).items():
        sheet = book[name] if name in book.sheetnames else book.worksheets[0]
        left = _add(sheet, page, remarks, left)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _add(sheet: Any, page: _Page, about: Remarks, left: int) -> int:
    """Adds what goes into one sheet; `left`: how many remarks there may still be, and are after it."""
    places, turned = _places(about), about.turned
    if page.ids:
        header_row = about.header_row if turned else _header_row(sheet, about)
        _number(sheet, page, about, header_row)
    last = sheet.max_row if turned else sheet.max_column
    for (row, column), found in _by_cell(page, places):
        heaviest = _heaviest(found)
        if heaviest is Weight.REFUSED:
            _colour_row(sheet, row, last, turned=turned)
        cell = _writable(sheet, row, column, turned=turned)
        cell.fill = _fill(heaviest)
        if left > 0:
            before = cell.comment.text if cell.comment else ""
            cell.comment = _comment([*([before] if before else []), *(remark.text for remark in found)])
            left -= 1
    return left


def _rebuilt(remarks: Remarks) -> bytes:
    """A new workbook with the cells of the table in their rows and columns, the numbers first."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    new = bool(remarks.ids) and remarks.id_header is None
    places = {name: position + new for name, position in _places(remarks).items()}
    for name, page in _by_sheet(remarks).items():
        sheet = book.create_sheet((name or remarks.id_name)[:31])
        header_row = remarks.header_row if name == remarks.sheet or not page.rows else max(page.rows[0].number - 1, 1)
        sheet.freeze_panes = f"A{header_row + 1}"
        writer = _Writer(sheet, dict(_by_cell(page, places)))
        for _ in range(1, header_row):
            sheet.append([])
        sheet.append([writer.title(title) for title in [*([remarks.id_name] if new else []), *remarks.headers]])
        at = header_row
        for row in page.rows:
            for _ in range(at + 1, row.number):
                sheet.append([])
            values = [*([None] if new else []), *row.cells]
            if row.number in page.ids:
                values[places[remarks.id_header] - 1 if remarks.id_header else 0] = page.ids[row.number]
            sheet.append(writer.row(row.number, values))
            at = row.number
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class _Writer:
    """Writes cells with what is said of them."""

    def __init__(self, page: Any, found: Mapping[tuple[int, int], Sequence[Remark]]) -> None:
        self._page, self._found, self._comments = page, found, 0
        self._refused = {row for (row, _), said in found.items() if _heaviest(said) is Weight.REFUSED}

    def title(self, name: str) -> Any:
        """A header."""
        from openpyxl.styles import Font

        cell = self._cell(name)
        cell.font = Font(bold=True)
        return cell

    def row(self, number: int, values: Sequence[object]) -> list[Any]:
        """The cells of a row."""
        cells = [self._cell(value) for value in values]
        for column, cell in enumerate(cells, 1):
            said = self._found.get((number, column), ())
            if said or number in self._refused:
                cell.fill = _fill(_heaviest(said) if said else Weight.REFUSED)
            if said and self._comments < MOST_COMMENTS:
                self._comments += 1
                cell.comment = _comment([remark.text for remark in said])
        return cells

    def _cell(self, value: object) -> Any:
        from openpyxl.cell import WriteOnlyCell

        cell: Any = WriteOnlyCell(self._page, _plain(value))
        if isinstance(cell.value, str):
            cell.data_type = "s"
        return cell


def _heaviest(said: Sequence[Remark]) -> Weight:
    return max(remark.weight for remark in said)


def _plain(value: object) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if value == NOT_CALCULATED:
        return None
    if hasattr(value, "isoformat") or hasattr(value, "total_seconds"):
        return value
    return _printable(str(value))


def _printable(text: str) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("", text)[:32_767]


def _places(remarks: Remarks) -> dict[str, int]:
    """The position of each header, from 1; of headers with one name the first."""
    places: dict[str, int] = {}
    for position, header in enumerate(remarks.headers, 1):
        places.setdefault(header, position)
    return places


def _by_cell(page: _Page, places: Mapping[str, int]) -> Iterator[tuple[tuple[int, int], list[Remark]]]:
    """Row and column, from 1, with the remarks at that cell; those of a whole row stand at its first column."""
    cells: dict[tuple[int, int], list[Remark]] = defaultdict(list)
    for remark in page.remarks:
        cells[remark.row, places.get(remark.column or "", 1)].append(remark)
    yield from sorted(cells.items(), key=lambda item: item[0])


def _header_row(page: Any, remarks: Remarks) -> int:
    """The row with most of the headers; that of the table as it was read where none has any."""
    sought = {key(part) for header in remarks.headers if header for part in (header, header.rsplit(" / ", 1)[-1])}
    best, row = 0, remarks.header_row
    for number, cells in enumerate(page.iter_rows(max_row=min(page.max_row, HEADER_WITHIN), values_only=True), 1):
        found = len({key(cell) for cell in cells if cell is not None} & sought)
        if found > best:
            best, row = found, number
    return row


def _number(sheet: Any, page: _Page, about: Remarks, header_row: int) -> None:
    """Writes the numbers that were given: in their column, or in a new one behind the last.

    openpyxl moves no formula, merged cell or drop-down, so that a new first column would damage the others.
    """
    column = _places(about).get(about.id_header) if about.id_header else None
    if column is None:
        column = (sheet.max_row if about.turned else sheet.max_column) + 1
        title = _writable(sheet, header_row, column, turned=about.turned)
        title.value = about.id_name
    for row, number in page.ids.items():
        cell = _writable(sheet, row, column, turned=about.turned)
        cell.value = number
        cell.data_type = "s"


def _writable(page: Any, row: int, column: int, *, turned: bool) -> Any:
    """The cell; of a merged range its first one, which alone can hold anything."""
    from openpyxl.cell.cell import MergedCell

    cell = page.cell(column, row) if turned else page.cell(row, column)
    if isinstance(cell, MergedCell):
        for merged in page.merged_cells.ranges:
            if cell.coordinate in merged:
                return page.cell(merged.min_row, merged.min_col)
    return cell


def _colour_row(page: Any, row: int, last: int, *, turned: bool) -> None:
    for position in range(1, last + 1):
        _writable(page, row, position, turned=turned).fill = _fill(Weight.REFUSED)


@cache
def _fill(weight: Weight) -> Any:
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor=COLOURS[weight])


def _comment(texts: Sequence[str]) -> Any:
    from openpyxl.comments import Comment

    text = _printable("\n".join(dict.fromkeys(texts)))[:MOST_TEXT]
    lines = sum(1 + len(line) // _CHARACTERS for line in text.splitlines())
    return Comment(text, _AUTHOR, width=_WIDTH, height=_LINE * (lines + 1))
