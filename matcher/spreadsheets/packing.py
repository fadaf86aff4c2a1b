"""Sheets on their way from the process that reads them: rows as JSON, which is faster than pickle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson

from matcher.spreadsheets.sheets import Grid, Row


@dataclass(frozen=True, slots=True)
class Packed:
    """A sheet without its rows, and these: numbers and cells as JSON, what JSON has no word for apart, marks."""

    grid: Grid
    numbers: bytes
    cells: bytes
    others: list[tuple[int, int, object]]
    """Index of the row, position, value: dates, times, durations."""
    hidden: frozenset[int]
    struck: frozenset[int]


def packed(grid: Grid) -> Packed:
    """A sheet for another process."""
    others: list[tuple[int, int, object]] = []
    table: list[list[object]] = []
    plain = {str, int, float, bool, type(None)}
    for index, row in enumerate(grid.rows):
        cells = list(row.cells)
        if not plain.issuperset(map(type, cells)):
            for position, cell in enumerate(cells):
                if type(cell) not in plain:
                    others.append((index, position, cell))
                    cells[position] = None
        table.append(cells)
    return Packed(
        replace(grid, rows=()),
        orjson.dumps([row.number for row in grid.rows]),
        orjson.dumps(table),
        others,
        frozenset(row.number for row in grid.rows if row.hidden),
        frozenset(row.number for row in grid.rows if row.struck),
    )


def unpacked(sheet: Packed) -> Grid:
    """The sheet as it was."""
    table: list[list[object]] = orjson.loads(sheet.cells)
    numbers: list[int] = orjson.loads(sheet.numbers)
    for index, position, cell in sheet.others:
        table[index][position] = cell
    rows = [
        Row(number, cells, hidden=number in sheet.hidden, struck=number in sheet.struck)
        for number, cells in zip(numbers, table, strict=True)
    ]
    return replace(sheet.grid, rows=rows)
