"""Letters that were damaged on their way, such as `RenÃ©e`: mended by ftfy where it is sure, else counted."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from matcher.spreadsheets.sheets import Grid, Remarks, Row

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

_SIGNS = frozenset("€‘’“”„–—…•™✓✔ȘșȚț")
_SUSPECT = re.compile(r"[^\x00-\x7f][^\x00-\x7f ]|[^\x00-\x7f] ")
"""A letter outside ASCII that was decoded wrongly became two or more; the second may be a space without a break."""
_LOST = "\ufffd"
"""Stands where a letter was lost for good."""


@cache
def _mojibake_only() -> TextFixerConfig:
    """Wrong decoding is mended; quotes, ligatures, composed letters, entities and line ends stay as they are."""
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        fix_surrogates=False,
        remove_control_chars=False,
        normalization=None,
        replace_lossy_sequences=False,  # it would put a letter that stands for any letter
        fix_c1_controls=False,
    )


class Letters:
    """Mends the texts of a file; each distinct text is looked at once, and plain ASCII not at all (15 µs a text)."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def mended(self, grid: Grid) -> Grid:
        """The sheet with its texts mended, and remarks that say how many were, and in how many letters are lost."""
        count = lost = 0
        rows: list[Row] = []
        for row in grid.rows:
            if grid.text and "".join(filter(None, row.cells)).isascii():  # type: ignore[arg-type]
                rows.append(row)
                continue
            cells: list[object] | None = None
            for position, cell in enumerate(row.cells):
                if isinstance(cell, str) and not cell.isascii():
                    lost += _LOST in cell
                    mended = self._mended(cell)
                    if mended != cell:
                        cells = list(row.cells) if cells is None else cells
                        cells[position] = mended
                        count += 1
            rows.append(row if cells is None else replace(row, cells=cells))
        remarks: Remarks = ()
        if count:
            remarks += (("letters_mended", {"count": count}),)
        if lost:
            remarks += (("letters_lost", {"count": lost}),)
        return replace(grid, rows=rows, remarks=(*grid.remarks, *remarks)) if remarks else grid

    def _mended(self, text: str) -> str:
        if not _SUSPECT.search(text):
            return text
        known = self._seen.get(text)
        if known is None:
            from ftfy import fix_encoding

            fixed = fix_encoding(text, _mojibake_only())
            known = self._seen[text] = fixed if _western(fixed, text) else text
        return known


def _western(fixed: str, text: str) -> bool:
    """Whether all that is new are letters and signs of Europe; ftfy makes one Cyrillic letter of `”ü`, ɀ of `É€`."""
    return all(char in text or ord(char) < 0x180 or char in _SIGNS for char in fixed)
