"""The empty workbook that a school fills in, with drop-downs, an example row, and a sheet of explanation."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from matcher import atomic
from matcher.domain.fields import FieldType
from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.locale import Language, say
from matcher.spreadsheets.columns import EXAMPLE_ID, Column, choices_of, columns_of, open_choices

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

ROWS = 5000
"""Rows with the drop-downs."""
_LISTS = "keuzes"
_WIDE, _NARROW = 44, 16
_HEADER, _REQUIRED, _EXAMPLE = "1F4E5F", "8A3B12", "6B6B6B"
_AS_TEXT = {
    FieldType.ID,
    FieldType.REFERENCE,
    FieldType.POSTCODE,
    FieldType.PHONE,
    FieldType.SKILLS,
    FieldType.TEXT,
    FieldType.MOMENTS,
    FieldType.QUALIFICATIONS,
}
"""Cells that Excel must not turn into numbers or dates."""


def write_template(
    kind: RecordKind, path: Path | BinaryIO, language: Language, closed: Collection[Purpose] = frozenset()
) -> None:
    """Writes the workbook for one kind of record. `closed`: purposes that the school does not use. Raises OSError."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    assert page is not None  # noqa: S101 - a new workbook has a sheet
    page.title = kind.value
    columns = columns_of(kind)
    _fill_page(page, kind, columns, language, closed)
    _explain(book, kind, columns, language, closed)
    _add_choices(book, page, columns, language, closed)
    if not isinstance(path, Path):
        book.save(path)
        return
    with atomic.write(path) as file:
        book.save(file)


def _fill_page(
    page: Worksheet, kind: RecordKind, columns: tuple[Column, ...], language: Language, closed: Collection[Purpose]
) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for number, column in enumerate(columns, 1):
        letter = get_column_letter(number)
        head = page.cell(1, number, column.name)
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor=_REQUIRED if column.required else _HEADER)
        head.alignment = Alignment(vertical="center")
        example = page.cell(2, number, _example(kind, column, language, closed))
        example.font = Font(italic=True, color=_EXAMPLE)
        page.column_dimensions[letter].width = (
            _WIDE if column.cell is FieldType.TEXT else max(_NARROW, len(column.name) + 4)
        )
        if column.cell in _AS_TEXT:
            page.column_dimensions[letter].number_format = "@"
            example.number_format = "@"
    page.freeze_panes = "B2"
    page.row_dimensions[1].height = 22


def _example(kind: RecordKind, column: Column, language: Language, closed: Collection[Purpose]) -> str:
    """A cell of the example row; the importer skips the row by its id."""
    if column is columns_of(kind)[0]:
        return EXAMPLE_ID
    example, words = say(language, f"fields.{kind.value}.{column.english}.example"), choices_of(column)
    there = open_choices(column, closed)
    if len(there) == len(words):
        return example
    named = [word for part in example.split(";") if (word := part.strip()) in there]
    return "; ".join(named) or next(iter(there), "")


def _explain(
    book: Workbook, kind: RecordKind, columns: tuple[Column, ...], language: Language, closed: Collection[Purpose]
) -> None:
    from openpyxl.styles import Alignment, Font

    page = book.create_sheet(say(language, "exchange.template.explanation"))
    page.append([say(language, "exchange.template.intro")])
    page.append([])
    titles = ("column", "english", "required", "meaning", "choices", "example")
    page.append([say(language, f"exchange.template.{title}") for title in titles])
    for cell in page[3]:
        cell.font = Font(bold=True)
    for column in columns:
        key = f"fields.{kind.value}.{column.english}"
        needed = say(language, f"exchange.template.{'yes' if column.required else 'no'}")
        first = column is columns[0]
        example = say(language, f"{key}.example") if first else _example(kind, column, language, closed)
        words = "; ".join(open_choices(column, closed))
        page.append([column.name, column.english, needed, say(language, f"{key}.help"), words, example])
    for letter, width in zip("ABCDEF", (22, 20, 11, 70, 44, 34), strict=True):
        page.column_dimensions[letter].width = width
    for row in page.iter_rows(min_row=4):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "A4"


def _add_choices(
    book: Workbook, page: Worksheet, columns: tuple[Column, ...], language: Language, closed: Collection[Purpose]
) -> None:
    """Adds a drop-down for each closed list; if a cell may hold several words, it accepts other text too."""
    from openpyxl.utils import get_column_letter

    lists: Any = book.create_sheet(_LISTS)
    lists.sheet_state = "hidden"
    used = 0
    for number, column in enumerate(columns, 1):
        words = open_choices(column, closed)
        if not words:
            continue
        used += 1
        for row, word in enumerate(words, 1):
            lists.cell(row, used, word)
        letter, source = get_column_letter(number), get_column_letter(used)
        rule = _drop_down(f"'{_LISTS}'!${source}$1:${source}${len(words)}", language, several=column.several)
        page.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{ROWS}")


def _drop_down(source: str, language: Language, *, several: bool) -> Any:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="list", formula1=source, allow_blank=True)
    rule.showErrorMessage = not several
    rule.error = say(language, "exchange.template.not_in_list")
    rule.showInputMessage = True
    rule.prompt = say(language, f"exchange.template.{'pick_several' if several else 'pick'}")
    return rule
