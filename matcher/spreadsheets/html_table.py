"""Tables of a web page, as some programs save a list that they call .xls: html.parser reads it, nothing is fetched."""

from __future__ import annotations

from html.parser import HTMLParser

MOST_SPAN = 100
"""Columns that one cell may take."""


class _Tables(HTMLParser):
    """Collects the rows of every outermost table; a table in a cell is text of that cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._depth = 0
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self._skipped += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
        elif self._depth == 1 and tag in {"td", "th"}:
            self._end_cell()
            self._row = [] if self._row is None else self._row
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), MOST_SPAN) if span.isdecimal() and span.isascii() and len(span) < 6 else 1

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
            self._row += [text] + [""] * (self._span - 1)
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None:
            self.tables[-1].append(self._row)
        self._row = None


def html_tables(text: str) -> list[list[list[str]]]:
    """The outermost tables of a page: rows of texts, a cell over several columns followed by empty ones."""
    page = _Tables()
    page.feed(text)
    page.close()
    return [table for table in page.tables if table]
