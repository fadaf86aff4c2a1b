"""Tables of a web page, as some programs save a list that they call .xls: html.parser reads it, nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from matcher.spreadsheets.sheets import Merge

MOST_SPAN, MOST_ROWS = 100, 10_000
"""Columns and rows that one cell may take."""


@dataclass(slots=True)
class HtmlTable:
    """Rows of texts, and the cells that take several: the others that such a cell takes are empty."""

    rows: list[list[str]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)


class _Tables(HTMLParser):
    """Collects the rows of every outermost table; a table in a cell is text of that cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[HtmlTable] = []
        self._depth = 0
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._across = self._down = 1
        self._taken: dict[int, int] = {}
        """By column, the rows that a cell above still takes."""
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self._skipped += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(HtmlTable())
                self._taken = {}
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
        elif self._depth == 1 and tag in {"td", "th"}:
            self._end_cell()
            self._row = [] if self._row is None else self._row
            self._cell = []
            told = dict(attrs)
            self._across, self._down = _span(told.get("colspan"), MOST_SPAN), _span(told.get("rowspan"), MOST_ROWS)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._skipped = max(self._skipped - 1, 0)
        elif tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
            self._depth -= 1
        elif self._depth == 1 and tag in {"td", "th"}:
            self._end_cell()
        elif self._depth == 1 and tag == "tr":
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._skipped:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        if self._depth:
            self._end_row()

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            lines = "".join(self._cell).replace("\xa0", " ").split("\n")
            text = "\n".join(line for line in (" ".join(part.split()) for part in lines) if line)
            while self._taken.get(len(self._row)):
                self._leave_taken()
            row, left = len(self.tables[-1].rows) + 1, len(self._row)
            self._row += [text] + [""] * (self._across - 1)
            if self._down > 1:
                self._taken |= dict.fromkeys(range(left, left + self._across), self._down - 1)
            if self._down > 1 or self._across > 1:
                self.tables[-1].merges.append(Merge(row, left, row + self._down - 1, left + self._across - 1))
        self._cell = None

    def _leave_taken(self) -> None:
        """An empty cell, where one above reaches to."""
        if self._row is not None:
            column = len(self._row)
            self._taken[column] = max(self._taken.get(column, 0) - 1, 0)
            self._row.append("")

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None:
            last = max((column for column, rows in self._taken.items() if rows), default=-1)
            while len(self._row) <= last:
                self._leave_taken()
            self.tables[-1].rows.append(self._row)
        self._row = None


def _span(text: str | None, most: int) -> int:
    return min(int(text), most) or 1 if text and text.isdecimal() and text.isascii() and len(text) < 6 else 1


def html_tables(text: str) -> list[HtmlTable]:
    """The outermost tables of a page that have rows."""
    page = _Tables()
    page.feed(text)
    page.close()
    return [table for table in page.tables if table.rows]
