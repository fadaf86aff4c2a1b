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
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from matcher.errors import UnreadableFile
from matcher.locale import Language, say
from matcher.spreadsheets.bounds import BOUNDS, MEGABYTE, Bounds
from matcher.spreadsheets.grid import Row
from matcher.spreadsheets.workbook import NOT_CALCULATED, _limit_memory, _processes

KEEPS_LAYOUT = 5 * MEGABYTE
"""Bytes of a workbook up to which its layout is kept; a larger one takes gigabytes in openpyxl, and comes back plain."""
MOST_COMMENTS = 20_000
"""Cells with a text; the others have a colour only, since Excel opens such a file for minutes."""
MOST_TEXT = 1_500
"""Characters of the remarks at one cell."""
_ZIP = b"PK\x03\x04"
_AUTHOR = "alumnimatch"
_WIDTH, _LINE, _CHARACTERS = 320, 18, 44
"""Of the box of a remark: its width and the height of a line in points, and the characters of a line."""
_WITHIN = 200
"""Rows from the top among which the header is sought again."""


class Weight(IntEnum):
    """How much a remark weighs; of several at one cell the heaviest gives the colour."""

    NOTE = 1
    LEFT_OUT = 2
    REFUSED = 3


COLOURS = {Weight.NOTE: "FFF2B3", Weight.LEFT_OUT: "FBD5A5", Weight.REFUSED: "F4B6B6"}


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said at one cell: `row` as in Excel, `column` the header of the file, None for the whole row."""

    row: int
    column: str | None
    text: str
    weight: Weight


@dataclass(frozen=True, slots=True)
class Remarks:
    """All that goes into a workbook.

    `headers`: those of the table, by position ('' where there is none). `ids`: the numbers that the program gave, by
    row; `id_header`: the header of the column of numbers, None where the file has none; `id_name`: how a new column is
    named. `rows`: the rows of the table, for a file that is no workbook of Excel. `turned`: it lies on its side, so
    that its rows are numbered by column.
    """

    sheet: str
    headers: Sequence[str]
    remarks: Sequence[Remark] = ()
    ids: Mapping[int, str] = field(default_factory=dict)
    id_header: str | None = None
    id_name: str = "alumnus_id"
    header_row: int = 1
    rows: Sequence[Row] = ()
    turned: bool = False


def remarks_of(told: Mapping[str, Any], language: Language) -> Iterator[Remark]:
    """The remarks in the JSON of an import (see `docs/inlezen.md`)."""
    for item in told.get("rows_refused", ()):
        text = say(language, "import_page.remarks.refused", text=item.get("remedy") or "")
        yield Remark(item["row"], item.get("column"), text, Weight.REFUSED)
    for item in told.get("left_out", ()):
        text = say(language, "import_page.remarks.left_out", text=item.get("remedy") or "")
        for row in item.get("rows", ()):
            yield Remark(row, item.get("column"), text, Weight.LEFT_OUT)
    for item in told.get("not_records", ()):
        yield Remark(item["row"], None, say(language, "import_page.remarks.no_record"), Weight.LEFT_OUT)
    for item in told.get("withdrawals", ()):
        names = [say(language, f"words.purpose.{purpose}") for purpose in item.get("purposes", ())]
        text = say(language, "import_page.remarks.withdrawal", purposes=names)
        yield Remark(item["row"], None, text, Weight.NOTE)
    for item in told.get("possible_duplicates", ()):
        yield Remark(item["row"], None, duplicate_in_words(item, language), Weight.NOTE)
    for item in told.get("warnings", ()):
        if item.get("row"):
            yield Remark(item["row"], item.get("column"), item.get("text") or "", Weight.NOTE)


def duplicate_in_words(item: Mapping[str, Any], language: Language) -> str:
    """That a row may be a person who is there already, and why."""
    because = [say(language, f"import_page.same.{code}") for code in item.get("because", ())]
    other = item.get("of") or {}
    if isinstance(other, Mapping) and other.get("row"):
        return say(language, "import_page.remarks.same_as_row", row=str(other["row"]), because=because)
    number = other.get("id", "") if isinstance(other, Mapping) else str(other)
    return say(language, "import_page.remarks.same_as", id=number, because=because)


def annotated(path: Path, remarks: Remarks, bounds: Bounds = BOUNDS) -> bytes:
    """The workbook (.xlsx) with the remarks. Raises UnreadableFile where that takes too long or too much memory."""
    context, seconds = _processes(), bounds.seconds_for(path)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_make, args=(theirs, path, remarks, bounds), daemon=True)
    try:
        process.start()
    except (OSError, EOFError):
        ours.close()
        raise UnreadableFile("reader_not_started", file=path.name) from None
    finally:
        theirs.close()
    try:
        if not ours.poll(seconds):
            raise UnreadableFile("reads_too_long", file=path.name, seconds=round(seconds))
        answer: bytes | str = ours.recv()
    except EOFError:
        raise UnreadableFile("needs_too_much_memory", file=path.name) from None
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(answer, str):
        raise UnreadableFile("damaged", file=path.name, problem=answer)
    return answer


def _make(answers: Connection, path: Path, remarks: Remarks, bounds: Bounds) -> None:
    """In the process: sends the workbook, or the name of an error."""
    _limit_memory(bounds.memory)
    try:
        answers.send(made(path.read_bytes(), remarks))
    except Exception as error:  # noqa: BLE001 - openpyxl and its XML parser raise almost anything
        answers.send(type(error).__name__)


def made(data: bytes, remarks: Remarks) -> bytes:
    """The workbook with the remarks, in this process; `data`: the file as it was."""
    if data.startswith(_ZIP) and len(data) <= KEEPS_LAYOUT:
        try:
            return _kept(data, remarks)
        except Exception:  # noqa: BLE001 - a strict workbook, one of LibreOffice or a damaged style: its cells were read
            if not remarks.rows:
                raise
    return _rebuilt(remarks)


def _kept(data: bytes, remarks: Remarks) -> bytes:
    """The workbook itself, with colours and remarks added."""
    from openpyxl import load_workbook

    with_macros = b"xl/vbaProject.bin" in data
    book = load_workbook(io.BytesIO(data), keep_vba=with_macros)
    page = book[remarks.sheet] if remarks.sheet in book.sheetnames else book.worksheets[0]
    header_row = remarks.header_row if remarks.turned else _header_row(page, remarks)
    places = _places(remarks)
    if remarks.ids:
        _number(page, remarks, header_row, places)
    last = page.max_row if remarks.turned else page.max_column
    for number, (position, found) in enumerate(_by_cell(remarks, places)):
        row, column = position
        heaviest = max(remark.weight for remark in found)
        if heaviest is Weight.REFUSED:
            _colour_row(page, row, last, remarks.turned)
        cell = _writable(page, *((column, row) if remarks.turned else (row, column)))
        cell.fill = _fill(heaviest)
        if number < MOST_COMMENTS:
            before = cell.comment.text if cell.comment else ""
            cell.comment = _comment([*([before] if before else []), *(remark.text for remark in found)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rebuilt(remarks: Remarks) -> bytes:
    """A new workbook with the cells of the table in their rows and columns, the numbers first."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page = book.create_sheet((remarks.sheet or "alumni")[:31])
    page.freeze_panes = f"A{remarks.header_row + 1}"
    new_column = bool(remarks.ids) and remarks.id_header is None
    places = {name: position + new_column for name, position in _places(remarks).items()}
    found = dict(_by_cell(remarks, places))
    refused = {remark.row for remark in remarks.remarks if remark.weight is Weight.REFUSED}
    comments = 0

    def written(value: object, *, fill: Weight | None = None, bold: bool = False) -> Any:
        cell: Any = WriteOnlyCell(page, _plain(value))
        if isinstance(cell.value, str):
            cell.data_type = "s"
        if fill is not None:
            cell.fill = _fill(fill)
        if bold:
            cell.font = Font(bold=True)
        return cell

    for _ in range(1, remarks.header_row):
        page.append([])
    page.append([written(name, bold=True) for name in [*([remarks.id_name] if new_column else []), *remarks.headers]])
    at = remarks.header_row
    for row in remarks.rows:
        while at + 1 < row.number:
            page.append([])
            at += 1
        values = [*([remarks.ids.get(row.number)] if new_column else []), *row.cells]
        if not new_column and row.number in remarks.ids and remarks.id_header is not None:
            values[places[remarks.id_header] - 1] = remarks.ids[row.number]
        cells = [written(value, fill=Weight.REFUSED if row.number in refused else None) for value in values]
        for column in range(1, len(cells) + 1):
            said = found.get((row.number, column))
            if said:
                cells[column - 1].fill = _fill(max(remark.weight for remark in said))
                comments += 1
                if comments <= MOST_COMMENTS:
                    cells[column - 1].comment = _comment([remark.text for remark in said])
        page.append(cells)
        at = row.number
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


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


def _by_cell(
    remarks: Remarks, places: Mapping[str, int]
) -> Iterator[tuple[tuple[int, int], list[Remark]]]:
    """Row and column, from 1, with the remarks at that cell; those of a whole row stand at its first column."""
    cells: dict[tuple[int, int], list[Remark]] = defaultdict(list)
    for remark in remarks.remarks:
        cells[remark.row, places.get(remark.column or "", 1)].append(remark)
    yield from sorted(cells.items(), key=lambda item: item[0])


def _header_row(page: Any, remarks: Remarks) -> int:
    """The row with most of the headers; that of the table as it was read where none has any."""
    sought = {_folded(part) for header in remarks.headers if header for part in (header, header.rsplit(" / ", 1)[-1])}
    best, row = 0, remarks.header_row
    for number, cells in enumerate(page.iter_rows(max_row=min(page.max_row, _WITHIN), values_only=True), 1):
        found = len({_folded(cell) for cell in cells if cell is not None} & sought)
        if found > best:
            best, row = found, number
    return row


def _folded(value: object) -> str:
    return " ".join(str(value).split()).casefold()


def _number(page: Any, remarks: Remarks, header_row: int, places: Mapping[str, int]) -> None:
    """Writes the numbers that were given: in their column, or in a new one behind the last.

    openpyxl moves no formula, merged cell or drop-down, so that a new first column would damage the others.
    """
    column = places.get(remarks.id_header) if remarks.id_header else None
    if column is None:
        column = (page.max_row if remarks.turned else page.max_column) + 1
        title = _writable(page, *((column, header_row) if remarks.turned else (header_row, column)))
        title.value = remarks.id_name
    for row, number in remarks.ids.items():
        cell = _writable(page, *((column, row) if remarks.turned else (row, column)))
        cell.value = number
        cell.data_type = "s"


def _writable(page: Any, row: int, column: int) -> Any:
    """The cell; of a merged range its first one, which alone can hold anything."""
    from openpyxl.cell.cell import MergedCell

    cell = page.cell(row, column)
    if isinstance(cell, MergedCell):
        for merged in page.merged_cells.ranges:
            if cell.coordinate in merged:
                return page.cell(merged.min_row, merged.min_col)
    return cell


def _colour_row(page: Any, row: int, last: int, turned: bool) -> None:
    for position in range(1, last + 1):
        _writable(page, *((position, row) if turned else (row, position))).fill = _fill(Weight.REFUSED)


def _fill(weight: Weight) -> Any:
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor=COLOURS[weight])


def _comment(texts: Sequence[str]) -> Any:
    from openpyxl.comments import Comment

    text = _printable("\n".join(dict.fromkeys(texts)))[:MOST_TEXT]
    lines = sum(1 + len(line) // _CHARACTERS for line in text.splitlines())
    return Comment(text, _AUTHOR, width=_WIDTH, height=_LINE * (lines + 1))
