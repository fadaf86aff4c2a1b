"""Writing of records as the spreadsheet that the importer reads, and of any table of rows.

A file appears whole or not at all. A text that a spreadsheet program would run as a formula is written as text: in
.xlsx as a string, in .csv after an apostrophe, which the importer removes.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, cast

from matcher import atomic
from matcher.domain.consent import Withdrawals
from matcher.domain.fields import FieldType
from matcher.domain.own_fields import own_key
from matcher.domain.records import (
    Alumnus,
    Contact,
    Moment,
    Offering,
    Qualification,
    Record,
    RecordKind,
    Request,
    owner_of,
    record_id,
)
from matcher.spreadsheets.columns import DAY_WORDS, PART_WORDS, Column, columns_of, word_of
from matcher.spreadsheets.grid import FORMULA


def write_records(
    path: Path,
    kind: RecordKind,
    records: Iterable[Record],
    withdrawals: Mapping[int, Withdrawals] | None = None,
    own: Mapping[int, Mapping[str, str]] | None = None,
) -> int:
    """Writes the records, ordered by school or provider and id; returns how many. Raises OSError.

    Of alumni it writes every consent that was not withdrawn: the caller leaves out those whose term is over.
    `withdrawals`: what they took back, by random key. `own`: what they have of own fields, by random key and name.
    """
    columns = columns_of(kind)
    ordered = sorted(records, key=lambda record: (owner_of(record), record_id(record)))
    taken = {record.key: withdrawals[record.key] for record in ordered if withdrawals and record.key in withdrawals}
    rows = [[cell(record, column, taken.get(record.key)) for column in columns] for record in ordered]
    headers = [column.name for column in columns]
    if own:
        by_key = [{own_key(name): text for name, text in own.get(record.key, {}).items()} for record in ordered]
        names = {own_key(name): name for record in ordered for name in own.get(record.key, {})}
        rows = [[*row, *map(values.get, names)] for row, values in zip(rows, by_key, strict=True)]
        headers += names.values()
    write_rows(path, kind.value, headers, rows)
    return len(rows)


def write_rows(path: Path, sheet: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes a table as `.xlsx` or `.csv` (semicolons, UTF-8 with BOM, as a Dutch Excel expects). Raises OSError."""
    write = _write_csv if path.suffix.lower() == ".csv" else _write_xlsx
    with atomic.write(path) as file:
        write(file, sheet, headers, rows)


def _write_csv(file: IO[bytes], _: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    import io

    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(headers)
    writer.writerows([_cell(value) for value in row] for row in rows)
    text.flush()
    text.detach()


def _cell(value: object) -> object:
    if isinstance(value, float):
        return decimal_text(value)
    return escaped(value) if isinstance(value, str) else value


def decimal_text(value: float) -> str:
    """A number with the decimal comma of a Dutch spreadsheet."""
    return str(value).replace(".", ",")


def escaped(text: str) -> str:
    """A text for a .csv, after an apostrophe if it would run as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _write_xlsx(file: IO[bytes], sheet: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.freeze_panes = "A2"
    titles = []
    for header in headers:
        title = WriteOnlyCell(page, header)
        title.font = Font(bold=True)
        titles.append(title)
    page.append(titles)
    for row in rows:
        cells = []
        for value in row:
            written: Any = WriteOnlyCell(page, cast("Any", value))
            if isinstance(value, str):
                written.data_type = "s"
            cells.append(written)
        page.append(cells)
    book.save(file)


# ---- one cell: the inverse of matcher.spreadsheets.cells


def _consents(alumnus: Alumnus) -> str | None:
    purposes = [consent.purpose for consent in alumnus.consents if consent.withdrawn_on is None]
    return "; ".join(sorted(word_of(purpose) for purpose in purposes)) or None


def _consent_date(alumnus: Alumnus) -> date | None:
    """The date of all these consents; None if they differ, since one date would falsify the others."""
    dates = {consent.given_on for consent in alumnus.consents if consent.withdrawn_on is None}
    return dates.pop() if len(dates) == 1 else None


_OF_ALUMNUS: dict[str, Callable[[Alumnus], object]] = {
    "postcode": lambda alumnus: alumnus.contact.postcode or alumnus.pc4,
    "consents": _consents,
    "consent_date": _consent_date,
}


def cell(record: Record, column: Column, withdrawals: Withdrawals | None = None) -> object:
    """The value of one cell in the form that the importer reads: text, number, date or None."""
    if column.cell is FieldType.WITHDRAWALS:
        from matcher.spreadsheets.withdrawals import written

        return written(withdrawals) if withdrawals is not None else None
    if isinstance(record, Alumnus) and column.english in _OF_ALUMNUS:
        return _OF_ALUMNUS[column.english](record)
    match record:
        case Alumnus():
            value = getattr(record.contact if column.field in Contact.__dataclass_fields__ else record, column.field)
        case Request() | Offering():
            value = getattr(record, column.field)
    return cell_of(value, column)


def cell_of(value: object, column: Column) -> object:
    """A value of a field as the importer reads it: text, number, date or None."""
    written: object = value
    match value:
        case bool():
            written = "ja" if value else "nee"
        case int() if column.cell is FieldType.DAY_PARTS:
            written = day_parts_text(value)
        case float() if column.cell is FieldType.NLQF and value == 4.5:
            written = "4+"
        case float() if value.is_integer():
            written = int(value)
        case tuple() | frozenset():
            words = [_item(item) for item in value]
            written = "; ".join(sorted(words) if isinstance(value, frozenset) else words) or None
        case StrEnum() | str():
            written = _item(value)
    return written


def _item(value: object) -> str:
    match value:
        case Qualification():
            return qualification_text(value)
        case Moment():
            return moment_text(value)
        case _:
            return word_of(value)


def day_parts_text(mask: int) -> str | None:
    """A mask as `di-middag; do`, where `do` is a whole day; None for an empty mask."""
    texts = []
    for number, day in enumerate(DAY_WORDS):
        bits = mask >> (3 * number) & 0b111
        if bits == 0b111:
            texts.append(day)
        else:
            texts += [f"{day}-{part}" for bit, part in enumerate(PART_WORDS) if bits >> bit & 1]
    return "; ".join(texts) or None


def qualification_text(item: Qualification) -> str:
    """A qualification as `25655|Verzorgende IG|3|BBL|2014`, with unknown parts empty."""
    parts = (item.crebo, item.name, item.level, item.pathway, item.year)
    return "|".join("" if part is None else str(part) for part in parts)


def moment_text(moment: Moment) -> str:
    """A moment as `2026-03-17 13:00-15:00`."""
    return f"{moment.start:%Y-%m-%d %H:%M}-{moment.end:%H:%M}"
