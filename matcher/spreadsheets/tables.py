"""The table of a file: its headers wherever they stand, its rows whatever lies between and beside them.

What was done to read it (sheets joined, a table turned, cells filled) is said in remarks; nothing is read twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.errors import MissingColumns
from matcher.spreadsheets.bounds import BOUNDS, Bounds
from matcher.spreadsheets.grid import grids_of
from matcher.spreadsheets.headers import Head, count_filled, find_head, is_filled, is_value, key, like_header, text
from matcher.spreadsheets.sheets import HEADER_WITHIN, Grid, Merge, Recognised, Remarks, Row
from matcher.spreadsheets.targets import Block

_SHOWN = 60
"""Characters of a text of the file that a remark repeats."""
_SURE = 2
"""Known names that make a table known."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A table that was found: its place is that of its sheet."""

    sheet: str
    headers: tuple[str, ...]
    rows: list[Row]
    numbers: tuple[int, ...]
    known: int
    remarks: Remarks = ()

    @property
    def keys(self) -> list[str]:
        return [key(name) for name in self.headers]


def find_table(path: Path, recognised: Recognised, *, sheet: str | None = None, bounds: Bounds = BOUNDS) -> Block:
    """The table of a file: of several the one with the most known names, joined with those that have the same headers.

    `recognised` counts the cells of a row that are headers of known columns; where it knows none, the headers are found
    by their shape. `sheet`: the name of the only sheet to look at. Raises UnreadableFile, and MissingColumns where
    there is no table at all.
    """
    grids = grids_of(path, recognised, bounds, sheet=sheet)
    tables = [table for grid in grids for table in _tables(grid, recognised)]
    if not tables:
        raise MissingColumns("no_table", file=path.name, count=sum(len(grid.rows) for grid in grids))
    most = max(table.known for table in tables)
    rank = [(table.known >= max(most / 2, _SURE), bool(table.rows)) for table in tables]
    first = (
        tables[max(range(len(tables)), key=lambda index: (*rank[index], -index))] if most >= _SURE else _fullest(tables)
    )
    same = [table for table in tables if table is not first and sorted(table.keys) == sorted(first.keys)]
    apart = [table for table in tables if table is not first and all(table is not other for other in same)]
    remarks = [*grids[0].remarks, *first.remarks]
    for grid in grids[1:]:
        remarks += [remark for remark in grid.remarks if remark not in remarks]
    for table in same:
        remarks += [remark for remark in table.remarks if remark not in remarks]
    rows = list(first.rows)
    sheets = list(dict.fromkeys(table.sheet for table in tables if table is first or table in same))
    if same:
        parts = [table for table in tables if table is first or any(table is other for other in same)]
        rows = [
            replace(row, sheet=table.sheet) if len(sheets) > 1 else row
            for table in parts
            for row in _ordered(table, first)
        ]
        if len(sheets) > 1:
            remarks.append(("sheets_joined", {"count": len(sheets), "sheets": ", ".join(sheets)}))
        if len(parts) > len(sheets):
            remarks.append(("tables_joined", {"count": len(parts)}))
    known = [table for table in apart if table.known >= _SURE or (most < _SURE and len(table.headers) > 1)]
    others = tuple(dict.fromkeys(table.sheet for table in known if table.sheet not in sheets))
    beside = [table for table in known if table.sheet in sheets]
    if beside:
        heads = "; ".join(_shown(table) for table in beside)
        remarks.append(("other_tables", {"count": len(beside), "headers": heads}))
    if others:
        remarks.append(("other_sheets", {"count": len(others), "sheet": first.sheet, "sheets": ", ".join(others)}))
    return Block(path.name, first.sheet, first.headers, rows, first.numbers, others, tuple(remarks))


def _fullest(tables: Sequence[_Table]) -> _Table:
    return max(tables, key=lambda table: sum(map(bool, table.headers)) * min(len(table.rows), 20))


def _shown(table: _Table) -> str:
    return ", ".join([name for name in table.headers if name][:3])[:_SHOWN]


def _ordered(table: _Table, like: _Table) -> list[Row]:
    """The rows with their cells in the order of another table with the same headers."""
    if table.keys == like.keys:
        return table.rows
    left: dict[str, list[int]] = {}
    for position, name in enumerate(table.keys):
        left.setdefault(name, []).append(position)
    order = [left[name].pop(0) for name in like.keys]
    return [
        replace(row, cells=[row.cells[position] if position < len(row.cells) else "" for position in order])
        for row in table.rows
    ]


# ---- the tables of a sheet


def _tables(grid: Grid, recognised: Recognised) -> list[_Table]:
    if not grid.rows:
        return []
    head = find_head(grid, recognised)
    turned = _turned(grid, head, recognised)
    remarks: Remarks = ()
    if turned is not None:
        grid, head = turned
        remarks = (("turned", {}),)
    if head is None:
        return []
    found: list[_Table] = []
    start: Head | None = head
    while start is not None:
        rows, start_next = _below(grid, start, recognised)
        rows, filled = _with_merges(grid, rows)
        told = remarks
        if filled:
            told += (("merges_filled", {"count": filled}),)
        table = _Table(grid.sheet, start.names, rows, start.numbers, start.known, told)
        found += [_finished(part, grid, recognised) for part in _beside(table, recognised)]
        start = start_next
    return found


def _turned(grid: Grid, head: Head | None, recognised: Recognised) -> tuple[Grid, Head] | None:
    """The sheet on its side, where a column of its names is better known than any row."""
    if len(grid.rows) > HEADER_WITHIN:
        return None
    width = max(len(row.cells) for row in grid.rows)
    best, most = -1, max(head.known if head is not None else 0, 1)
    for position in range(min(width, 5)):
        column = [row.cells[position] if position < len(row.cells) else "" for row in grid.rows]
        known = recognised(column) if like_header(column) else 0
        if known > most:
            best, most = position, known
    if best < 0:
        return None
    columns = [
        Row(position + 1, [row.cells[position] if position < len(row.cells) else "" for row in grid.rows])
        for position in range(best, width)
    ]
    kept = [row for row in columns if any(map(is_filled, row.cells))]
    names = tuple(text(cell) for cell in kept[0].cells)
    return replace(grid, rows=kept, merges=()), Head(0, (kept[0].number,), names, most)


def _below(grid: Grid, head: Head, recognised: Recognised) -> tuple[list[Row], Head | None]:
    """The rows of the table, without headers that are repeated, and the headers of another table below it."""
    names = [key(name) for name in head.names]
    lower = [key(cell) for cell in grid.rows[head.index].cells]
    first = next((position for position, name in enumerate(lower) if name), 0)
    rows: list[Row] = []
    before = head.numbers[-1]
    for index in range(head.index + 1, len(grid.rows)):
        row = grid.rows[index]
        cells = row.cells
        if first < len(cells) and isinstance(cells[first], str) and key(cells[first]) == lower[first]:
            keys = [key(cell) for cell in cells]
            if _same(keys, lower) or _same(keys, names):
                before = row.number
                continue
        apart = row.number > before + 1 or (bool(rows) and count_filled(rows[-1].cells) == 1)
        before = row.number
        if apart and index > head.index + 1 and _another(cells, head, recognised):
            rest = find_head(replace(grid, rows=grid.rows[index : index + 3]), recognised)
            if rest is not None and rest.known >= _SURE:
                return rows, replace(rest, index=index + rest.index)
        rows.append(row)
    return rows, None


def _another(cells: Sequence[object], head: Head, recognised: Recognised) -> bool:
    there = sum(map(is_filled, cells))
    return (
        there > 1
        and like_header(cells)
        and not any(map(is_value, cells))
        and recognised(cells) >= max(_SURE, there / 2)
    )


def _same(first: Sequence[str], second: Sequence[str]) -> bool:
    return [name for name in first if name] == [name for name in second if name]


def _with_merges(grid: Grid, rows: list[Row]) -> tuple[list[Row], int]:
    """The rows with cells that are merged downwards filled, and how many were."""
    down = _apart(grid.merges)
    if not down or not rows:
        return rows, 0
    index = {row.number: at for at, row in enumerate(rows)}
    changed: dict[int, list[object]] = {}
    count = 0
    for merge in down:
        top = index.get(merge.top)
        if top is None or merge.left >= len(rows[top].cells) or not is_filled(rows[top].cells[merge.left]):
            continue
        value = rows[top].cells[merge.left]
        for number in range(merge.top + 1, min(merge.bottom, rows[-1].number) + 1):
            at = index.get(number)
            if at is None:
                continue
            cells = changed.setdefault(at, list(rows[at].cells))
            cells += [""] * (merge.left + 1 - len(cells))
            if not is_filled(cells[merge.left]):
                cells[merge.left] = value
                count += 1
    return [replace(row, cells=changed[at]) if at in changed else row for at, row in enumerate(rows)], count


def _apart(merges: Sequence[Merge]) -> list[Merge]:
    """Those that reach downwards; of those that overlap the first, as no program writes others."""
    found: list[Merge] = []
    for merge in sorted(merges, key=lambda merge: (merge.left, merge.top)):
        above = found[-1] if found and found[-1].left == merge.left else None
        if merge.bottom > merge.top and (above is None or merge.top > above.bottom):
            found.append(merge)
    return found


def _beside(table: _Table, recognised: Recognised) -> list[_Table]:
    """The tables that stand beside each other, with an empty column between them and names that return."""
    names = table.keys
    if len(set(filter(None, names))) == len([name for name in names if name]):
        return [table]
    used = [bool(name) for name in names]
    gaps = [
        position
        for position, there in enumerate(used)
        if not there and not any(position < len(row.cells) and is_filled(row.cells[position]) for row in table.rows)
    ]
    parts: list[tuple[int, int]] = []
    start = 0
    for end in [*gaps, len(names)]:
        if any(used[start:end]):
            parts.append((start, end))
        start = end + 1
    known = [{name for name in names[start:end] if name} for start, end in parts]
    if len(parts) < 2 or not all(known[0] & other for other in known[1:]):
        return [table]
    found = []
    for start, end in parts:
        rows = [replace(row, cells=row.cells[start:end]) for row in table.rows]
        rows = [row for row in rows if any(map(is_filled, row.cells))]
        found.append(
            replace(table, headers=table.headers[start:end], rows=rows, known=recognised(table.headers[start:end]))
        )
    return found


def _finished(table: _Table, grid: Grid, recognised: Recognised) -> _Table:
    """The table as wide as its headers or its cells, records in several rows joined, and the last remarks."""
    del recognised
    width = max((position for position, name in enumerate(table.headers, 1) if name), default=0)
    if grid.text:
        rows = [
            row
            if len(row.cells) == width
            else Row(row.number, row.cells[:width], ragged=any(map(is_filled, row.cells[width:])))
            for row in table.rows
        ]
    else:
        wide = max(
            (p for row in table.rows for p in range(len(row.cells), width, -1) if is_filled(row.cells[p - 1])),
            default=width,
        )
        width = max(width, wide)
        rows = [row if len(row.cells) == width else replace(row, cells=row.cells[:width]) for row in table.rows]
    rows = [row for row in rows if row.ragged or any(map(is_filled, row.cells))]
    headers = (*table.headers[:width], *[""] * (width - len(table.headers)))
    remarks = table.remarks
    rows, joined = _with_continuations(rows)
    if joined:
        remarks += (("rows_continued", {"count": len(joined), "rows": ", ".join(map(str, joined[:10]))}),)
    if grid.validated and rows and rows[-1].number > grid.validated:
        remarks += (("below_lists", {"row": str(grid.validated)}),)
    return replace(table, headers=headers, rows=rows, remarks=remarks)


def _with_continuations(rows: list[Row]) -> tuple[list[Row], list[int]]:
    """The rows, each that only goes on with lists of the row above joined to it, and the numbers of these.

    Such a row has no first and no second cell, most of its cells are empty, and those that are not are texts without a
    number or address, below a cell that is filled.
    """
    result: list[Row] = []
    joined: list[int] = []
    before = 0
    for row in rows:
        if (
            result
            and row.number == before + 1
            and not row.ragged
            and not any(map(is_filled, row.cells[:2]))
            and any(map(is_filled, result[-1].cells[:2]))
            and _goes_on(row.cells, result[-1].cells)
        ):
            above = result[-1]
            cells = [
                f"{old}\n{new}" if is_filled(new) else old for old, new in zip(above.cells, row.cells, strict=False)
            ]
            result[-1] = replace(above, cells=[*cells, *above.cells[len(cells) :]], hidden=above.hidden and row.hidden)
            joined.append(row.number)
        else:
            result.append(row)
        before = row.number
    return result, joined


def _goes_on(cells: Sequence[object], above: Sequence[object]) -> bool:
    there = [position for position, cell in enumerate(cells) if is_filled(cell)]
    if not there or len(there) > max(len(cells) // 2, 1):
        return False
    return all(
        isinstance(cells[p], str)
        and not is_value(cells[p])
        and not any(char.isdigit() or char == "@" for char in str(cells[p]))
        and p < len(above)
        and isinstance(above[p], str)
        and is_filled(above[p])
        and not is_value(above[p])
        for p in there
    )
