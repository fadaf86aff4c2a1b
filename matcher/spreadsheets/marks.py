"""What the parts of an .xlsx say besides the values: hidden rows, struck text, leading zeros, errors, formulas.

calamine gives an empty cell for an error and for a formula that was never calculated, which would clear a value.
openpyxl shows hidden rows and merged cells only where it loads the whole sheet (50 times its size in memory), and finds
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
    path: list[str] = []
    struck_fonts: set[int] = set()
    formats: dict[int, int] = {}
    struck: set[int] = set()
    zeros: dict[int, int] = {}
    fonts = styles = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal fonts, styles
        parent = path[-1] if path else ""
        path.append(name)
        if parent == "fonts" and name == "font":
            fonts += 1
        elif name == "strike" and parent == "font" and attributes.get("val", "1") not in {"0", "false"}:
            if "fonts" in path:
                struck_fonts.add(fonts - 1)
        elif name == "numFmt" and parent == "numFmts" and _ZEROS.fullmatch(attributes.get("formatCode", "")):
            formats[int(attributes.get("numFmtId", "-1"))] = len(attributes["formatCode"])
        elif name == "xf" and parent == "cellXfs":
            if int(attributes.get("fontId", "-1")) in struck_fonts:
                struck.add(styles)
            digits = formats.get(int(attributes.get("numFmtId", "-1")))
            if digits is not None:
                zeros[styles] = digits
            styles += 1

    def end(_: str) -> None:
        path.pop()

    parse(data, start, end)
    return Styles(frozenset(struck), zeros)


def marks_of(data: bytes, styles: Styles) -> Marks:
    """From the part of one sheet."""
    marks = Marks()
    if not (styles.struck or styles.zeros or any(sign in data for sign in _WORTH)):
        return marks
    row = column = 0
    style, kind = 0, ""
    formula = valued = within = False
    seen = struck_cells = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, style, kind, formula, valued, within, seen, struck_cells
        if name == "c":
            place = attributes.get("r")
            column = column_of(place) if place else column + 1
            style, kind = int(attributes.get("s", "0")), attributes.get("t", "")
            formula = valued = False
        elif name in {"v", "is"}:
            within = True
            valued = kind != "" or name == "is"  # an empty text is a result, an empty number is none
            if kind == "e":
                marks.cells[row, column] = ""
        elif name == "f":
            formula = True
        elif name == "row":
            row, column = int(attributes.get("r", row + 1)), -1
            seen = struck_cells = 0
            if attributes.get("hidden") in {"1", "true"}:
                marks.hidden.add(row)
        elif name == "mergeCell":
            merge = _area(attributes.get("ref", ""))
            if merge is not None:
                marks.merges.append(merge)
        elif name == "dataValidation":
            for part in attributes.get("sqref", "").split():
                area = _area(part)
                marks.validated = max(marks.validated, area.bottom if area is not None else 0)

    def text(data: str) -> None:
        nonlocal valued
        if within:
            valued = True
            if kind == "e" and data.startswith("#"):
                marks.cells[row, column] = data.strip()

    def end(name: str) -> None:
        nonlocal within, seen, struck_cells
        if name in {"v", "is"}:
            within = False
        elif name == "c":
            if formula and not valued:
                marks.cells[row, column] = NOT_CALCULATED
            if valued or formula:
                seen += 1
                if style in styles.struck:
                    struck_cells += 1
                digits = styles.zeros.get(style)
                if digits is not None and kind in {"", "n"}:
                    marks.zeros[row, column] = digits
        elif name == "row" and seen and seen == struck_cells:
            marks.struck.add(row)

    parse(data, start, end, text)
    return marks


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
