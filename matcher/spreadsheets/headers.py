"""Where the headers of a table are: by the known names among them, else by their shape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from matcher.spreadsheets.sheets import HEADER_WITHIN, Grid, Merge, Recognised, Row
from matcher.spreadsheets.text_file import clearly_known

LONGEST = 300
"""Characters of a header: a question of a form. Longer ones are notes."""
_VALUE = re.compile(r"[^\s@]+@[^\s@]+\.\w+|https?://.*|[\d\s.,:/+()€%-]+|\d{4} ?[A-Za-z]{2}")
_BELOW = 30
"""Rows below a possible header by which its shape is judged."""
_SURE = 2
"""Known names with which a row is a header whatever its shape."""


@dataclass(frozen=True, slots=True)
class Head:
    """The headers of a table: the index of its last header row among the rows of the grid, and the numbers of all.

    `names` has one text for each position ('' where there is none); `known` counts the names that are recognised.
    """

    index: int
    numbers: tuple[int, ...]
    names: tuple[str, ...]
    known: int


def text(cell: object) -> str:
    """A cell as the text of a header: on one line."""
    return " ".join(cell.split()) if isinstance(cell, str) else "" if cell is None else str(cell)


def key(cell: object) -> str:
    """A header as it is compared with another."""
    return text(cell).casefold()


def is_filled(cell: object) -> bool:
    """Whether a cell has more than blanks."""
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def filled(cells: Sequence[object]) -> list[int]:
    """The positions of the cells that have more than blanks."""
    return [position for position, cell in enumerate(cells) if is_filled(cell)]


def like_header(cells: Sequence[object], share: float = 0.7) -> bool:
    """Whether this share of the filled cells are texts that name something: no number, date, address or long note."""
    there = [cell for cell in cells if is_filled(cell)]
    names = [cell for cell in there if isinstance(cell, str) and not is_value(cell)]
    return len(names) >= len(there) * share and bool(names) and all(len(name) <= LONGEST for name in names)


def find_head(grid: Grid, recognised: Recognised) -> Head | None:
    """The headers of the sheet; None where no row can be one."""
    rows = grid.rows[:HEADER_WITHIN]
    if not rows:
        return None
    scores = [0] * len(rows)
    last = len(rows)
    for index, row in enumerate(rows):
        if index >= last:
            break
        scores[index] = recognised(row.cells) if like_header(row.cells, 0.5) else 0
        if clearly_known(scores[index], row.cells):
            last = min(last, index + 3)  # names of groups may be known too
    best = max(range(len(rows)), key=lambda index: scores[index])
    if scores[best] < _SURE:
        shaped = _by_shape(rows)
        if shaped is None:
            if not scores[best]:
                return None
        elif scores[shaped] >= scores[best] or len(filled(rows[best].cells)) < len(filled(rows[shaped].cells)) * 0.6:
            best = shaped
    return _joined(grid, best, scores[best], recognised)


def _by_shape(rows: Sequence[Row]) -> int | None:
    """The first row of distinct short texts, about as many as the widest row has cells, above rows with cells there."""
    most = max((len(filled(row.cells)) for row in rows), default=0)
    if most < 2:
        return None
    for index, row in enumerate(rows):
        if not like_header(row.cells):
            continue
        there = filled(row.cells)
        names = [key(row.cells[position]) for position in there]
        if len(there) < max(most * 0.6, 2) or len(set(names)) < len(names) * 0.8:
            continue
        below = rows[index + 1 : index + 1 + _BELOW]
        used = {p for r in below for p in there if is_filled(r.at(p))}
        if below and len(used) >= max(len(there) * 0.3, 1):
            return index
    return None


def _joined(grid: Grid, index: int, known: int, recognised: Recognised) -> Head:
    """The headers with those of a second row: groups above, or choices below."""
    rows = grid.rows
    row = rows[index]
    above = rows[index - 1] if index else None
    below = rows[index + 1] if index + 1 < len(rows) else None
    if below is not None and _has_choices(row, below, rows[index + 2] if index + 2 < len(rows) else None, grid):
        names = _names(row, below, grid.merges, hold=True)
        return Head(index + 1, (row.number, below.number), names, max(known, recognised(names)))
    if above is not None and _has_groups(above, row, grid.merges):
        names = _names(above, row, grid.merges, hold=False)
        return Head(index, (above.number, row.number), names, known)
    return Head(index, (row.number,), tuple(text(cell) for cell in row.cells), known)


def _has_groups(above: Row, row: Row, merges: Sequence[Merge]) -> bool:
    """Whether the row above names groups of columns, and is no title, note or row of data."""
    there, below = filled(above.cells), filled(row.cells)
    last = max(below, default=0)
    if not there or not _adjacent(above, row) or not like_header(above.cells) or there[-1] > last:
        return False
    if len(there) >= len(below):
        return False
    if any(len(text(above.cells[position])) > 60 for position in there):
        return False
    across = [m for m in merges if m.top == above.number and m.right > m.left and m.left in there]
    if not across and there == list(range(len(there))) and last > 2 * len(there):
        return False  # a line about the export, which stands over the first columns only
    whole = any(m.left == 0 and m.right >= last for m in across)
    label = text(above.cells[there[0]]).endswith(":") or (
        len(there) == 2 and there[1] == there[0] + 1 and last > there[1] + 1
    )
    return not whole and (bool(across) or (len(there) > 1 and not label))


def _has_choices(row: Row, below: Row, after: Row | None, grid: Grid) -> bool:
    """Whether the row below names choices under a header that stands over several columns."""
    if not _adjacent(row, below) or not like_header(below.cells) or after is None:
        return False
    first = filled(row.cells)[0]
    upright = {m.left for m in grid.merges if m.top == row.number and m.bottom >= below.number and m.left == m.right}
    under = [p for p in filled(below.cells) if p not in upright]
    new = [p for p in under if not is_filled(row.at(p))]
    if not new or min(new) < first or first in under or not is_filled(after.at(first)):
        return False
    alone = [p for p in under if p not in new and not (p + 1 < len(row.cells) and p + 1 in new)]
    names = [key(below.cells[p]) for p in under]
    return not alone and len(set(names)) == len(names)


def _adjacent(first: Row, second: Row) -> bool:
    return second.number == first.number + 1


def _names(upper: Row, lower: Row, merges: Sequence[Merge], *, hold: bool) -> tuple[str, ...]:
    """The names of two header rows, the group first. A group reaches as far as it is merged, else to the next one.

    `hold`: a name without one below it is no group: the table's own header.
    """
    width = max(len(upper.cells), len(lower.cells))
    ends = {m.left: m.right for m in merges if m.top == upper.number and m.right > m.left}
    names: list[str] = []
    group, end = "", width
    for position in range(width):
        own = text(upper.at(position))
        name = text(lower.at(position))
        if own:
            group, end = own, ends.get(position, width)
        elif position > end:
            group = ""
        if not name:
            names.append(own)
            if hold and own and position not in ends:
                group = "" if not _next_under(lower, upper, position) else group
        elif not group or key(group) == key(name):
            names.append(name)
        else:
            names.append(f"{group} / {name}")
    return tuple(names)


def _next_under(lower: Row, upper: Row, position: int) -> bool:
    """Whether the next column has a name below and none above: the group's first column has no choice of its own."""
    return is_filled(lower.at(position + 1)) and not is_filled(upper.at(position + 1))


def is_value(cell: object) -> bool:
    """Whether a cell is a number, a date, an address, a postcode: nothing that names a column."""
    if isinstance(cell, int | float | date | time | timedelta):
        return True
    return isinstance(cell, str) and bool(_VALUE.fullmatch(cell.strip()))
