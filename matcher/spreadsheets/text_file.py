"""The cells of a text file: its encoding, its separator and its records, but not the meaning of its cells.

Encoding: a mark at the start, UTF-16 by its zero bytes, strict UTF-8, else the one of three old code pages in which its
letters look Dutch. charset-normalizer (3.5, with `cp_isolation`) is right for lists, but not where one name has an
accent: 11 of 15 names in mac_roman, 6 of 13 in cp850. csv.Sniffer knows no headers and stumbles over lists in a cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice

from matcher.errors import UnreadableFile
from matcher.spreadsheets.bounds import Bounds, Size
from matcher.spreadsheets.sheets import Recognised, Remarks, count_filled

SEPARATORS = (";", ",", "\t", "|", ":", "^", "~", "¦", "§")
"""In this order where two fit as well."""
CODE_PAGES = ("cp1252", "mac_roman", "cp850")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell of a .csv that starts with one of these would run as a formula (OWASP, CSV injection)."""
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_HEAD = 262_144
"""Characters in which the separator is detected."""
_HEAD_LINES = 250
_FIRST = 3
"""Rows in which headers are sought before those further down are looked at."""
_SAMPLE = 20_000
"""Letters outside ASCII, with what stands around them, by which a code page is chosen; bytes for UTF-16: even."""
_USUAL = {"é": 4, "ë": 4, "è": 3, "ï": 3, "ö": 3, "ü": 3, **dict.fromkeys("áàäêíóçñ", 2), **dict.fromkeys("âôûîúåø", 1)}
"""Letters in Dutch names and words, by how usual they are."""
_SIGNS = frozenset("€£§°²½’‘“”–—…•·×´«»©®\xa0")
_OPENING = frozenset("€£§‘“«×")
"""Signs that stand before a word and not after a letter."""
_SEP_LINE = re.compile(r'"?sep=(.)"?(?:[;,\t]*)\r?(?:\n|$)', re.IGNORECASE)
_ESCAPED = re.compile(r"'[=+\-@\t\r]")
_END = "\0"
_LAST = [_END, _END]
"""A line after the last one; no text holds it."""
_ROWS, _BLOCK = 500, 65_536
"""Rows, and characters, that are taken at a time."""
_KNOWN = 50_000
"""Texts that are known at a time, to be one object where they come again."""


def text_rows(name: str, text: str, recognised: Recognised, bounds: Bounds) -> tuple[list[list[str]], Remarks]:
    """The cells of each record ([] for an empty line), and what was done to read them.

    `recognised` helps to find the separator. Raises UnreadableFile, also for a file that exceeds the bounds.
    """
    remarks: Remarks = ()
    told = _SEP_LINE.match(text)
    if told is not None:  # for Excel, which does not number this line either
        text, separator = text[told.end() :], told.group(1)
    else:
        separator = separator_of(text, recognised)
    rows = records(name, text, separator, bounds, spaced=f'{separator} "' in text)
    rows, wrapped = unwrapped(rows, separator)
    if wrapped:
        remarks = (*remarks, ("rows_in_one_cell", {"count": wrapped}))
    if _ESCAPED.search(text):
        rows = [[_unescaped(cell) for cell in row] for row in rows]
    return rows, remarks


def decoded(name: str, data: bytes) -> tuple[str, Remarks]:
    """The text, without zero characters, and a remark where the encoding had to be chosen. Raises UnreadableFile."""
    told = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None) or _wide(data)
    try:
        return data.decode(told or "utf-8").replace("\0", ""), ()
    except UnicodeDecodeError:
        if told is not None:
            raise UnreadableFile("encoding", file=name) from None
    encoding = code_page(data)
    return data.decode(encoding, "replace").replace("\0", ""), (("code_page", {"encoding": encoding}),)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of western text is zero."""
    head = data[:_SAMPLE]
    half = len(head) // 2
    if half < 2:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > half * 0.7 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.7 and odd < half * 0.1 else None


def code_page(data: bytes) -> str:
    """The code page in which the letters outside ASCII look most like names and words; cp1252 if none does better."""
    found = re.findall(rb"[\x00-\x7f]?[\x80-\xff]+[\x00-\x7f]?", data)
    pieces = Counter(found[:_SAMPLE])
    return max(CODE_PAGES, key=lambda page: sum(_likely(piece, page) * count for piece, count in pieces.items()))


def _likely(piece: bytes, page: str) -> int:
    """How much the letters of a piece look like those of a name: a small letter inside a word, a sign outside one."""
    text = piece.decode(page, "replace")
    points = 0
    for position, char in enumerate(text):
        if char.isascii():
            continue
        before, after = text[position - 1 : position] if position else "", text[position + 1 : position + 2]
        usual = _USUAL.get(char.lower(), 0)
        if not usual:
            beside = before if char in _OPENING else after
            fits = char in _SIGNS and (char in "’–" or not beside.isalpha())
            points += 2 if fits else -2
        elif char != char.lower():
            points += -2 if before.islower() or not (before.isalpha() or after.isalpha()) else min(usual, 2)
        elif char == "à" or before.isalpha() or after.isalpha():
            points += 3 if char == "ç" and after in {"a", "o", "u"} else usual if before.isalpha() else usual // 2
        else:
            points -= 1
    return points


def separator_of(text: str, recognised: Recognised) -> str:
    """The separator with which a row near the top has the most known headers, then with which most rows are as wide."""
    head = list(islice(io.StringIO(text[:_HEAD], newline=""), _HEAD_LINES))
    if len(text) > _HEAD:
        head = head[:-1] or head
    wide = {separator: _wide_rows(head, separator) for separator in SEPARATORS}
    regular = {separator: _regularity(rows, len(head)) for separator, rows in wide.items()}
    known = dict.fromkeys(SEPARATORS, 0)
    order = sorted(SEPARATORS, key=lambda one: -regular[one])
    for separator in order:
        if any(clearly_known(recognised(row), row) for row in wide[separator][:_FIRST]):
            return separator
    for separator in order:
        for row in wide[separator]:
            count = recognised(row)
            known[separator] = max(known[separator], count if count > 1 else 0)
            if clearly_known(count, row):  # to recognise names that are none takes a millisecond a row
                return separator
    return max(SEPARATORS, key=lambda one: (known[one], regular[one]))


def clearly_known(count: int, row: Sequence[object]) -> bool:
    """Whether so many names of a row are known that no other row needs to be looked at."""
    return count > 2 and count * 2 >= count_filled(row)


def _wide_rows(head: list[str], separator: str) -> list[list[str]]:
    """The rows of more than one cell near the top."""
    if not any(separator in line for line in head):
        return []
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(
            csv.reader(head, delimiter=separator, skipinitialspace=any(f'{separator} "' in one for one in head))
        )
    return [row for row in unwrapped(rows, separator)[0] if len(row) > 1]


def _regularity(wide: list[list[str]], lines: int) -> float:
    """The share of the lines with the most usual width, more for wider ones."""
    widths = Counter(map(len, wide))
    most, count = max(widths.items(), key=lambda item: item[1] * min(item[0], 4), default=(0, 0))
    return count / lines * min(most, 8) if lines else 0


def records(name: str, text: str, separator: str, bounds: Bounds, *, spaced: bool = False) -> list[list[str]]:
    """The cells of each record, [] for an empty line. `spaced`: a quote may stand after a separator and a space.

    Most cells with the same text are one object: lists repeat themselves.

    Raises UnreadableFile for a quote that is never closed, and for a file that exceeds the bounds.
    """
    lines = chain(_lines(text), [f"{_END}{separator}{_END}"])
    rows: list[list[str]] = []
    size, width = Size(name, bounds), 0
    known: dict[str, str] = {}
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=spaced)
    try:
        while some := list(islice(reader, _ROWS)):
            if len(known) > _KNOWN:
                known.clear()
            rows += [list(map(known.setdefault, row, row)) for row in some]
            widths = [len(row) for row in some if row != _LAST]
            size.add_widths(widths)
            width = max(width, *widths, 0)
    except csv.Error:
        raise UnreadableFile("broken_csv", file=name) from None
    size.fill(width)
    if rows.pop() != _LAST:  # inside a quote it is one cell
        raise UnreadableFile("broken_csv", file=name)
    return rows


def _lines(text: str) -> Iterator[str]:
    """The lines with their ends. io.StringIO of all of it would be a copy of four bytes for each character."""
    return chain.from_iterable(io.StringIO(block, newline="") for block in _blocks(text))


def _blocks(text: str) -> Iterator[str]:
    """The text in parts that end with a line."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _BLOCK) + 1 or len(text)
        yield text[start:end]
        start = end


def unwrapped(rows: list[list[str]], separator: str) -> tuple[list[list[str]], int]:
    """The rows, those that stand in one quoted cell taken apart, and how many these were.

    Only where the parts are as many as the cells of other rows: a title may hold a separator too.
    """
    alone = [number for number, row in enumerate(rows) if row and separator in row[0] and not any(row[1:])]
    if not alone:
        return rows, 0
    try:
        apart = {number: next(csv.reader([rows[number][0]], delimiter=separator)) for number in alone}
    except (csv.Error, StopIteration):
        return rows, 0
    others = Counter(len(row) for row in rows if len(row) > 1 and any(row[1:]))
    width = (others or Counter(map(len, apart.values()))).most_common(1)[0][0]
    inside = {number: cells for number, cells in apart.items() if len(cells) == width}
    if len(alone) > sum(others.values()):  # nearly all rows: the odd one is a row too
        inside = apart
    return [inside.get(number, row) for number, row in enumerate(rows)], len(inside)


def _unescaped(cell: str) -> str:
    """The cell without the apostrophe that our export puts before a text that would run as a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
