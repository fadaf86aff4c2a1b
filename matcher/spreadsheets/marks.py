"""What the parts of an .xlsx say besides the values: hidden rows, struck text, leading zeros, errors, formulas.

calamine gives an empty cell for an error and for a formula that was never calculated, which would clear a value.
openpyxl shows hidden rows and merged cells only where it loads the whole sheet (167 MB for 1.7 MB), and finds
no sheet in a workbook saved as Strict Open XML. So the parts are read by expat, once, and only where something in them
is worth it: a second for 300,000 cells.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from matcher.spreadsheets.sheets import Merge

NOT_CALCULATED = "#FORMULA"
"""Stands for a formula whose result was never saved."""
_WORTH = (b"<f", b":f>", b":f ", b't="e"', b"t='e'", b"hidden=", b"mergeCell", b"dataValidation ")
"""A sheet without any of these, and without styles that matter, has no marks."""
_STYLED = re.compile(rb"<(?:\w+:)?strike\b|formatCode=[\"']0{2,}[\"']")
_ZEROS = re.compile(r"0{2,}")


class BrokenMarkup(Exception):
    """XML that defines its own entities, as no program writes a workbook."""


@dataclass(slots=True)
class Marks:
    """Of one sheet; rows as numbered by Excel, columns from 0."""

    hidden: set[int] = field(default_factory=set)
    struck: set[int] = field(default_factory=set)
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    """Errors, formulas without a result: what the cell shows."""
    zeros: dict[tuple[int, int], int] = field(default_factory=dict)
    """Whole numbers that are shown with at least this many digits."""
    merges: list[Merge] = field(default_factory=list)
    validated: int = 0


def parse(data: bytes, on_start: Callable[[str, dict[str, str]], None], on_end: Callable[[str], None] | None = None,
          on_text: Callable[[str], None] | None = None) -> None:  # fmt: skip
    """Walks through XML; names come without their prefix. Raises expat.ExpatError, BrokenMarkup."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise BrokenMarkup

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: on_start(name.rpartition(":")[2], attributes)
    if on_end is not None:
        end = on_end
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if on_text is not None:
        parser.CharacterDataHandler = on_text
    parser.Parse(data, True)


@dataclass(frozen=True, slots=True)
class Styles:
    """By number of a cell's style: the struck ones, and the digits of those shown with leading zeros."""

    struck: frozenset[int] = frozenset()
    zeros: Mapping[int, int] = field(default_factory=dict)


def styles_of(data: bytes) -> Styles:
    """From `xl/styles.xml`."""
    if not _STYLED.search(data):
        return Styles()
    reader = _StyleReader()
    parse(data, reader.start, reader.end)
    return Styles(frozenset(reader.struck), reader.zeros)


class _StyleReader:
    def __init__(self) -> None:
        self.struck: set[int] = set()
        self.zeros: dict[int, int] = {}
        self._path: list[str] = []
        self._struck_fonts: set[int] = set()
        self._formats: dict[int, int] = {}
        self._fonts = self._styles = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if (parent, name) == ("fonts", "font"):
            self._fonts += 1
        elif (parent, name) == ("font", "strike") and "fonts" in self._path:
            if attributes.get("val", "1") not in {"0", "false"}:
                self._struck_fonts.add(self._fonts - 1)
        elif (parent, name) == ("numFmts", "numFmt"):
            code = attributes.get("formatCode", "")
            if _ZEROS.fullmatch(code):
                self._formats[int(attributes.get("numFmtId", "-1"))] = len(code)
        elif (parent, name) == ("cellXfs", "xf"):
            if int(attributes.get("fontId", "-1")) in self._struck_fonts:
                self.struck.add(self._styles)
            digits = self._formats.get(int(attributes.get("numFmtId", "-1")))
            if digits is not None:
                self.zeros[self._styles] = digits
            self._styles += 1

    def end(self, _: str) -> None:
        self._path.pop()


def marks_of(data: bytes, styles: Styles) -> Marks:
    """From the part of one sheet."""
    if not (styles.struck or styles.zeros or any(sign in data for sign in _WORTH)):
        return Marks()
    reader = _SheetReader(styles)
    parse(data, reader.start, reader.end, reader.text)
    return reader.marks


class _SheetReader:
    def __init__(self, styles: Styles) -> None:
        self.marks = Marks()
        self._styles = styles
        self._row, self._column = 0, -1
        self._style, self._kind = 0, ""
        self._formula = self._valued = self._within = False
        self._seen = self._struck = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place = attributes.get("r")
            self._column = column_of(place) if place else self._column + 1
            self._style, self._kind = int(attributes.get("s", "0")), attributes.get("t", "")
            self._formula = self._valued = False
        elif name in {"v", "is"}:
            self._within = True
            self._valued = self._kind != "" or name == "is"  # an empty text is a result, an empty number is none
            if self._kind == "e":
                self.marks.cells[self._row, self._column] = ""
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), -1
            self._seen = self._struck = 0
            if attributes.get("hidden") in {"1", "true"}:
                self.marks.hidden.add(self._row)
        else:
            self._around(name, attributes)

    def _around(self, name: str, attributes: dict[str, str]) -> None:
        """What stands below the rows: merged cells, drop-downs."""
        if name == "mergeCell":
            merge = _area(attributes.get("ref", ""))
            if merge is not None:
                self.marks.merges.append(merge)
        elif name == "dataValidation":
            for part in attributes.get("sqref", "").split():
                area = _area(part)
                if area is not None:
                    self.marks.validated = max(self.marks.validated, area.bottom)

    def text(self, data: str) -> None:
        if self._within:
            self._valued = True
            if self._kind == "e" and data.startswith("#"):
                self.marks.cells[self._row, self._column] = data.strip()

    def end(self, name: str) -> None:
        if name in {"v", "is"}:
            self._within = False
        elif name == "c":
            self._end_cell()
        elif name == "row" and self._seen and self._seen == self._struck:
            self.marks.struck.add(self._row)

    def _end_cell(self) -> None:
        if self._formula and not self._valued:
            self.marks.cells[self._row, self._column] = NOT_CALCULATED
        if self._valued or self._formula:
            self._seen += 1
            self._struck += self._style in self._styles.struck
            digits = self._styles.zeros.get(self._style)
            if digits is not None and self._kind in {"", "n"}:
                self.marks.zeros[self._row, self._column] = digits


def column_of(place: str) -> int:
    """`AB12` -> 27."""
    number = 0
    for char in place:
        if not ("A" <= char <= "Z"):
            break
        number = number * 26 + ord(char) - 64
    return number - 1


def _area(reference: str) -> Merge | None:
    first, _, last = reference.replace("$", "").partition(":")
    last = last or first
    try:
        top, bottom = (int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for place in (first, last))
    except ValueError:
        return None
    return Merge(top, column_of(first), bottom, column_of(last))


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the parts of a workbook are: by name of the sheet, and whether its dates count from 1904."""

    sheets: Mapping[str, str]
    styles: str | None
    since_1904: bool


def parts_of(book: zipfile.ZipFile) -> Parts:
    """From `xl/workbook.xml` and its relations."""
    names = {name.lower(): name for name in book.namelist()}
    main = names.get("xl/workbook.xml")
    if main is None:
        return Parts({}, None, since_1904=False)
    ids: dict[str, str] = {}
    since_1904 = False

    def on_workbook(name: str, attributes: dict[str, str]) -> None:
        nonlocal since_1904
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            ids[attributes.get("name", "")] = relation
        elif name == "workbookPr":
            since_1904 = attributes.get("date1904") in {"1", "true"}

    parse(book.read(main), on_workbook)
    targets: dict[str, str] = {}
    styles: list[str] = []

    def on_relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            target = attributes.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            targets[attributes.get("Id", "")] = whole
            if attributes.get("Type", "").endswith("/styles"):
                styles.append(whole)

    relations = names.get("xl/_rels/workbook.xml.rels")
    if relations is not None:
        parse(book.read(relations), on_relation)
    where = {title: names[path] for title, id_ in ids.items() if (path := targets.get(id_, "").lower()) in names}
    style = next((names[path.lower()] for path in styles if path.lower() in names), None)
    return Parts(where, style, since_1904)
