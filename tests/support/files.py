"""Real files to import."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from matcher.domain.records import RecordKind
from matcher.spreadsheets.reader import Table, read_table
from matcher.spreadsheets.targets import Wishes

TODAY = date(2027, 3, 1)
ANYHOW = Wishes(accept=frozenset({"columns"}))
"""People come in without a name or a contact."""


def workbook(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def read(path: Path, kind: RecordKind = RecordKind.ALUMNI, school: str | None = "Vechtdal") -> Table:
    return read_table(path, kind, school=school, today=TODAY)


def left_out(table: Table) -> list[tuple[str, str, list[int]]]:
    return [(item.field, item.remark.code, item.rows) for item in table.report.left_out]


def asked(table: Table) -> list[str]:
    return [doubt.code for doubt in table.report.doubts]


def codes(table: Table) -> list[tuple[int | None, str | None, str]]:
    return [(problem.row, problem.column, problem.code) for problem in table.report.problems]
