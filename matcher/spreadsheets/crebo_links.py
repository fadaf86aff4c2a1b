"""A table of crebo codes that were replaced: the old code, and the code in its place."""

from __future__ import annotations

from pathlib import Path

from matcher.domain.crebo import CREBO_FORM
from matcher.spreadsheets.cells import CellProblem, text_of
from matcher.spreadsheets.named_tables import Cells, NamedTable
from matcher.spreadsheets.report import Report

_NAMES = {
    "old": {"oud", "oude code", "oude crebo", "oude crebocode", "old"},
    "new": {"nieuw", "nieuwe code", "nieuwe crebo", "nieuwe crebocode", "new"},
}
_TABLE = NamedTable(_NAMES, lambda found: set(found) == _NAMES.keys(), "crebo_link_columns")


def read_links(path: Path) -> tuple[dict[str, str | None], Report]:
    """The code in the place of each old one, None where the table says that there is none; the last row of each counts.

    A row that cannot be used is refused. Raises UnreadableFile, MissingColumns.
    """
    found, report = _TABLE.read(path, _read)
    return dict(found), report


def _read(cells: Cells) -> tuple[str, str | None]:
    old, new = (text_of(cells.get(name) or "").strip().upper() for name in _NAMES)
    if not CREBO_FORM.fullmatch(old) or (new and not CREBO_FORM.fullmatch(new)):
        raise CellProblem("recognition_crebo")
    if old == new:
        raise CellProblem("crebo_link_same")
    return old, new or None
