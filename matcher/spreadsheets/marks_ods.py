"""What the content of an .ods says besides the values: hidden and filtered rows, struck text, errors, merged cells.

calamine tells none of these for .ods, and gives an empty cell for an error; odfpy makes objects of the whole document.
"""

from __future__ import annotations

from matcher.spreadsheets.marks import Marks, parse
from matcher.spreadsheets.sheets import Merge

_MOST = 100_000
"""Cells of one sheet whose marks are kept."""
_CELLS = frozenset({"table-cell", "covered-table-cell"})


def marks_of_ods(data: bytes) -> dict[str, Marks]:
    """Marks by name of the sheet, from `content.xml`. Raises expat.ExpatError, BrokenMarkup."""
    reader = _Reader()
    parse(data, reader.start, reader.end, reader.text)
    return reader.marks


class _Reader:
    def __init__(self) -> None:
        self.marks: dict[str, Marks] = {}
        self._marks = Marks()
        self._style = ""
        self._struck_styles: set[str] = set()
        self._depth = 0
        self._row, self._column = 0, 0
        self._rows = 1
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._in_text = False
        self._seen = self._struck = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style":
            self._style = attributes.get("style:name", "")
        elif name == "text-properties":
            if attributes.get("style:text-line-through-style", "none") != "none":
                self._struck_styles.add(self._style)
        elif name == "table":
            self._depth += 1
            if self._depth == 1:
                self._marks = self.marks.setdefault(attributes.get("table:name", ""), Marks())
                self._row = 0
        elif self._depth == 1 and name == "table-row":
            self._column = self._seen = self._struck = 0
            self._rows = _number(attributes.get("table:number-rows-repeated"))
            if attributes.get("table:visibility", "visible") != "visible":
                self._marks.hidden.update(range(self._row + 1, self._row + 1 + min(self._rows, _MOST)))
        elif self._depth == 1 and name in _CELLS:
            self._cell, self._text = attributes, []
        elif name == "p":
            self._in_text = True

    def text(self, data: str) -> None:
        if self._in_text and len(self._text) < 10:
            self._text.append(data)

    def end(self, name: str) -> None:
        if name == "p":
            self._in_text = False
        elif name == "table":
            self._depth -= 1
        elif self._depth == 1 and name in _CELLS:
            self._end_cell()
        elif self._depth == 1 and name == "table-row":
            if self._seen and self._seen == self._struck:
                self._marks.struck.update(range(self._row + 1, self._row + 1 + min(self._rows, _MOST)))
            self._row += self._rows

    def _end_cell(self) -> None:
        cell, text = self._cell, "".join(self._text).strip()
        number = self._row + 1
        if text:
            self._seen += 1
            self._struck += cell.get("table:style-name", "") in self._struck_styles
        wrong = cell.get("calcext:value-type") == "error" or (
            "table:formula" in cell and text.startswith(("#", "Err:"))
        )
        if wrong and len(self._marks.cells) < _MOST:
            self._marks.cells[number, self._column] = text
        down = _number(cell.get("table:number-rows-spanned"))
        across = _number(cell.get("table:number-columns-spanned"))
        if (down > 1 or across > 1) and len(self._marks.merges) < _MOST:
            self._marks.merges.append(Merge(number, self._column, number + down - 1, self._column + across - 1))
        self._column += _number(cell.get("table:number-columns-repeated"))


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 9 else 1
