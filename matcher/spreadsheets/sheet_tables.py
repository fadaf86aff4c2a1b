"""The tables of one sheet: beside and below each other, on their side, with merged cells and rows that go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matcher.spreadsheets.headers import Head, filled, find_head, is_filled, is_value, key, like_header, text
from matcher.spreadsheets.sheets import HEADER_WITHIN, Grid, Merge, Recognised, Remarks, Row, count_filled

SURE = 2
"""Known names that make a table known."""


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A table that was found: its place is that of its sheet."""

    sheet: str
    headers: tuple[str, ...]
    rows: list[Row]
    numbers: tuple[int, ...]
    known: int
    remarks: Remarks = ()

    @property
    def keys(self) -> list[str]:
        """Its headers as they are compared."""
        return [key(name) for name in self.headers]


def tables_of(grid: Grid, recognised: Recognised) -> list[SheetTable]:
    """Every table of a sheet, from the top; `recognised` counts the headers of known columns among cells."""
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
    found: list[SheetTable] = []
    start: Head | None = head
    while start is not None:
        rows, start_next = _below(grid, start, recognised)
        rows, filled = _with_merges(grid, rows)
        told = remarks
        if filled:
            told += (("merges_filled", {"count": filled}),)
        table = SheetTable(grid.sheet, start.names, rows, start.numbers, start.known, told)
        found += [_finished(part, grid) for part in _beside(table, recognised)]
        start = start_next
    return found


def _turned(grid: Grid, head: Head | None, recognised: Recognised) -> tuple[Grid, Head] | None:
    """The sheet on its side, where a column of its names is better known than any row."""
    if len(grid.rows) > HEADER_WITHIN:
        return None
    width = max(len(row.cells) for row in grid.rows)
    best, most = -1, max(head.known if head is not None else 0, 1)
    for position in range(min(width, 5)):
        column = [row.at(position) for row in grid.rows]
        known = recognised(column) if len(set(column)) > most and like_header(column) else 0
        if known > most:
            best, most = position, known
    if best < 0:
        return None
    columns = [Row(position + 1, [row.at(position) for row in grid.rows]) for position in range(best, width)]
    kept = [row for row in columns if any(map(is_filled, row.cells))]
    names = tuple(text(cell) for cell in kept[0].cells)
    return replace(grid, rows=kept, merges=()), Head(0, (kept[0].number,), names, most)


def _below(grid: Grid, head: Head, recognised: Recognised) -> tuple[list[Row], Head | None]:
    """The rows of the table, headers that are repeated among them, and the headers of another table below it."""
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
                rows.append(row)  # told as no record by `rows`
                continue
        apart = row.number > before + 1 or (bool(rows) and count_filled(rows[-1].cells) == 1)
        before = row.number
        if apart and index > head.index + 1 and _another(cells, recognised):
            rest = find_head(replace(grid, rows=grid.rows[index : index + 3]), recognised)
            if rest is not None and rest.known >= SURE:
                return rows, replace(rest, index=index + rest.index)
        rows.append(row)
    return rows, None


def _another(cells: Sequence[object], recognised: Recognised) -> bool:
    there = sum(map(is_filled, cells))
    return (
        there > 1 and like_header(cells) and not any(map(is_value, cells)) and recognised(cells) >= max(SURE, there / 2)
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
        value = rows[top].at(merge.left) if top is not None else None
        if not is_filled(value):
            continue
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


def _beside(table: SheetTable, recognised: Recognised) -> list[SheetTable]:
    """The tables that stand beside each other, with an empty column between them and names that return."""
    names = table.keys
    if len(set(filter(None, names))) == len([name for name in names if name]):
        return [table]
    used = [bool(name) for name in names]
    gaps = [
        position
        for position, there in enumerate(used)
        if not there and not any(is_filled(row.at(position)) for row in table.rows)
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


def _finished(table: SheetTable, grid: Grid) -> SheetTable:
    """The table as wide as its headers or its cells, records in several rows joined, and the last remarks."""
    width = max((position for position, name in enumerate(table.headers, 1) if name), default=0)
    if grid.text:
        own = next((row.cells for row in grid.rows if row.number == table.numbers[-1]), ()) if table.numbers else ()
        width = max(width, sum(cell is not None for cell in own))
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
    there = filled(cells)
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
