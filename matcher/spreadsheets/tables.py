"""The table of a file: its headers wherever they stand, its rows whatever lies between and beside them.

What was done to read it (sheets joined, a table turned, cells filled) is said in remarks; nothing is read twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from matcher.errors import MissingColumns
from matcher.spreadsheets.bounds import BOUNDS, Bounds
from matcher.spreadsheets.grid import grids_of
from matcher.spreadsheets.headers import key
from matcher.spreadsheets.sheet_tables import SURE, SheetTable, tables_of
from matcher.spreadsheets.sheets import Recognised, Row
from matcher.spreadsheets.targets import Block

NOT_THERE = "-"
"""Stands in a column that only another sheet has: a word for nothing, which neither states nor clears."""
_SHOWN = 60
"""Characters of a text of the file that a remark repeats."""


def find_table(path: Path, recognised: Recognised, *, sheet: str | None = None, bounds: Bounds = BOUNDS) -> Block:
    """The table of a file: of several the one with the most known names, joined with those that have the same headers.

    `recognised` counts the cells of a row that are headers of known columns; where it knows none, the headers are found
    by their shape. `sheet`: the name of the only sheet to look at. Raises UnreadableFile, and MissingColumns where
    there is no table at all.
    """
    grids = grids_of(path, recognised, bounds, sheet=sheet)
    tables = [table for grid in grids for table in tables_of(grid, recognised)]
    if not tables:
        raise MissingColumns("no_table", file=path.name, count=sum(len(grid.rows) for grid in grids))
    most = max(table.known for table in tables)
    first = max(tables, key=lambda table: _worth(table, most)) if most >= SURE else _fullest(tables)
    parts = [table for table in tables if _alike(table, first, most)]
    headers = _all_headers(parts, first)
    sheets = list(dict.fromkeys(table.sheet for table in parts))
    remarks = [*grids[0].remarks, *first.remarks]
    for told in (*(grid.remarks for grid in grids[1:]), *(table.remarks for table in parts)):
        remarks += [remark for remark in told if remark not in remarks]
    rows = [
        replace(row, sheet=table.sheet) if len(sheets) > 1 else row
        for table in parts
        for row in _ordered(table, headers)
    ]
    if len(sheets) > 1:
        remarks.append(("sheets_joined", {"count": len(sheets), "sheets": ", ".join(sheets)}))
    more = headers[len(first.headers) :]
    lacking = [name for name in first.headers if name and any(key(name) not in table.keys for table in parts)]
    if more or lacking:
        remarks.append(("columns_differ", {"columns": ", ".join([*lacking, *more]), "count": len(more) + len(lacking)}))
    if len(parts) > len(sheets):
        remarks.append(("tables_joined", {"count": len(parts)}))
    apart = [table for table in tables if all(table is not part for part in parts)]
    known = [table for table in apart if table.known >= SURE or (most < SURE and len(table.headers) > 1)]
    others = tuple(dict.fromkeys(table.sheet for table in known if table.sheet not in sheets))
    beside = [table for table in known if table.sheet in sheets]
    if beside:
        heads = "; ".join(_shown(table) for table in beside)
        remarks.append(("other_tables", {"count": len(beside), "headers": heads}))
    if others:
        remarks.append(("other_sheets", {"count": len(others), "sheet": first.sheet, "sheets": ", ".join(others)}))
    return Block(path.name, first.sheet, headers, rows, first.numbers, others, tuple(remarks))


def _worth(table: SheetTable, most: int) -> tuple[bool, bool]:
    """By what a table is chosen where some are known, `most` names in the best: known about as well, with rows."""
    return table.known >= max(most / 2, SURE), bool(table.rows)


def _fullest(tables: Sequence[SheetTable]) -> SheetTable:
    return max(tables, key=lambda table: sum(map(bool, table.headers)) * min(len(table.rows), 20))


def _shown(table: SheetTable) -> str:
    return ", ".join([name for name in table.headers if name][:3])[:_SHOWN]


def _alike(table: SheetTable, first: SheetTable, most: int) -> bool:
    """Whether a table has the headers of the first one; where they are known, one may have a column more."""
    if sorted(table.keys) == sorted(first.keys):
        return True
    names, its = set(filter(None, first.keys)), set(filter(None, table.keys))
    whole = len(names) + len(its) == len([key for key in (*first.keys, *table.keys) if key])
    nested = (names < its or its < names) and len(names ^ its) == 1
    return whole and nested and min(table.known, first.known) >= SURE and most >= SURE


def _all_headers(parts: Sequence[SheetTable], first: SheetTable) -> tuple[str, ...]:
    """The headers of the first table, and those that only others have."""
    headers, known = list(first.headers), set(first.keys)
    for table in parts:
        for name in table.headers:
            if key(name) not in known:
                known.add(key(name))
                headers.append(name)
    return tuple(headers)


def _ordered(table: SheetTable, headers: Sequence[str]) -> list[Row]:
    """The rows with their cells in the order of these headers; `NOT_THERE` where the table has no such column."""
    wanted = [key(name) for name in headers]
    if table.keys == wanted:
        return table.rows
    left: dict[str, list[int]] = {}
    for position, name in enumerate(table.keys):
        left.setdefault(name, []).append(position)
    order = [left[name].pop(0) if left.get(name) else None for name in wanted]
    return [
        replace(row, cells=[NOT_THERE if position is None else row.at(position) for position in order])
        for row in table.rows
    ]
