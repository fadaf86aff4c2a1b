"""Which rows of a table are no record: totals, headings, footnotes, lines of dashes, headers again, the example."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from matcher.spreadsheets.columns import EXAMPLE_ID, word_key
from matcher.spreadsheets.marks import NOT_CALCULATED
from matcher.spreadsheets.report import Because
from matcher.spreadsheets.sheets import Row
from matcher.spreadsheets.targets import Block, Guess, Part
from matcher.text import DASHES, fold

_TOTAL = re.compile(
    r"((eind|sub)?tota(al|len)|(grand |sub)?total|gemiddelde?|average|som|sum|aantal( (alumni|personen|rijen))?)\b.*"
)
_SIGN = re.compile(
    r"[*†‡¹²³]|(bron|nb|n\.b\.|let op|toelichting|peildatum|versie|legenda|opmerking|noot|source|note)\b"
)
_NUMBER = re.compile(r"[€%\s]*-?[\d.,]+[€%\s,\-]*")
_COUNTED = re.compile(
    r"(?:\d{1,6} )?(?:alumni|personen|mensen|leerlingen|oud-leerlingen|studenten|rijen|stuks|people|rows)"
)
_TESTS = frozenset(
    {"test", "tester", "testtest", "testpersoon", "testtesttest", "testtester", "asdf", "asdfasdf", "qwerty"}
)
_EXAMPLES = frozenset({word_key(EXAMPLE_ID), "voorb", "vb", "bijv", "bijvoorbeeld", "example", "test"})
_NO_LETTERS = re.compile(r"[\W_]+")
_MOST_WORDS = 4
"""A lone text of more words is a note, else a heading."""
_FEW_COLUMNS = 3
"""In a table with fewer columns a row with one filled cell is as good as any other."""
_SAMPLE = 200
_REACH = frozenset({"email", "telefoon"})
_FIRST_NAMES = frozenset({"voornaam", Part.FULL_NAME.value})
_NAMES = frozenset({"voornaam", "achternaam", Part.FULL_NAME.value})


@dataclass(frozen=True, slots=True)
class Sorted:
    """The rows that may be records, in order, and the others with the reason; empty rows are in neither.

    `hidden` and `struck` are numbers of rows among `records`.
    """

    records: list[Row] = field(default_factory=list)
    not_records: list[tuple[int, Because]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    struck: list[int] = field(default_factory=list)


def sort_rows(block: Block, guesses: Sequence[Guess], id_header: str) -> Sorted:
    """Tells the records of a table from the other rows; `id_header` is the Dutch header of the column of the id."""
    sorter = _Sorter(block, guesses, id_header)
    result = Sorted()
    for row in block.rows:
        if not sorter.is_plain(row.cells):
            filled = [place for place, cell in enumerate(row.cells) if not _is_blank(cell)]
            if not filled:
                continue
            because = sorter.because(row.cells, filled)
            if because is not None:
                result.not_records.append((row.number, because))
                continue
        result.records.append(row)
        if row.hidden:
            result.hidden.append(row.number)
        elif row.struck:
            result.struck.append(row.number)
    return result


def _is_blank(cell: object) -> bool:
    return cell is None or cell == "" or (type(cell) is str and cell.isspace())


class _Sorter:
    def __init__(self, block: Block, guesses: Sequence[Guess], id_header: str) -> None:
        self._headers = [{word_key(header), word_key(header.rpartition(" / ")[2])} - {""} for header in block.headers]
        self._wide = sum(map(bool, self._headers)) >= _FEW_COLUMNS
        fields = {guess.position: guess.target.field for guess in guesses if guess.target is not None}
        self._id = next((place for place, name in fields.items() if name == id_header), None)
        self._telling = {place for place, name in fields.items() if name in _REACH | _NAMES or name == id_header}
        self._names = sorted(place for place, name in fields.items() if name in _FIRST_NAMES)
        self._reach = {place for place, name in fields.items() if name in _REACH}
        self._ids_have_space, self._ids_have_digits = self._shape(block.rows[:_SAMPLE])

    def _shape(self, rows: Sequence[Row]) -> tuple[bool, bool]:
        """Whether ids hold spaces, and whether all hold digits."""
        if self._id is None:
            return True, False
        cells = [row.cells[self._id] for row in rows if len(row.cells) > self._id and sum(map(bool, row.cells)) > 1]
        ids = [str(cell).strip() for cell in cells if not _is_blank(cell)]
        return any(" " in text for text in ids), bool(ids) and all(re.search(r"\d", text) for text in ids)

    def is_plain(self, cells: Sequence[object]) -> bool:
        """Whether `because` has surely no reason: a quick answer for most rows, which may be too careful."""
        first = cells[0] if cells else None
        if type(first) is not str or not first[:1].isalnum():
            return False
        key = word_key(first)
        if not key or (self._headers and key in self._headers[0]) or key.startswith(_TOTALS):
            return False
        filled = 0
        for cell in cells:
            if cell is not None and cell != "" and not (type(cell) is str and cell.isspace()):
                filled += 1
                if filled > _FEW_COLUMNS:
                    return not self._is_test(cells, key if self._id == 0 else "")
        return False

    def because(  # noqa: PLR0911 - a table of reasons, of which the first counts
        self, cells: Sequence[object], filled: Sequence[int]
    ) -> Because | None:
        """Why these cells are no record; None for a record."""
        first = cells[filled[0]]
        if not isinstance(first, str):
            return self._numbers(cells, filled)
        key = word_key(first)
        if self._is_test(cells, key if filled[0] == self._id else ""):
            return Because.EXAMPLE
        if not _NO_LETTERS.sub("", first) and self._is_dashes(cells, filled):
            return Because.DASHES
        if filled[0] < len(self._headers) and key in self._headers[filled[0]] and self._is_header(cells, filled):
            return Because.HEADER
        if len(filled) > _FEW_COLUMNS and not key.startswith(_TOTALS):
            return None
        text = fold(first)
        if _TOTAL.fullmatch(text) and all(_is_count(cells[place]) for place in filled[1:]):
            return Because.TOTAL
        if len(filled) == 1:
            return self._lone(text, filled[0])
        if len(filled) == 2 and _SIGN.match(text):
            return Because.NOTE
        return self._numbers(cells, filled)

    def _is_test(self, cells: Sequence[object], number: str) -> bool:
        """Whether the name, or the number, says that the row was made to try something."""
        if number.strip(":. ") in _EXAMPLES:
            return True
        names = [word_key(str(cells[place])).strip("0123456789") for place in self._names if place < len(cells)]
        return any(name in _TESTS for name in names)  # a last name may be Test

    def _is_header(self, cells: Sequence[object], filled: Sequence[int]) -> bool:
        same = sum(
            place < len(self._headers)
            and isinstance(cells[place], str)
            and word_key(str(cells[place])) in self._headers[place]
            for place in filled
        )
        return same >= max(1, 0.6 * len(filled)) and (same > 1 or not self._wide)

    @staticmethod
    def _is_dashes(cells: Sequence[object], filled: Sequence[int]) -> bool:
        texts = [str(cells[place]).translate(DASHES).strip() for place in filled]
        return all(set(text) <= set("-_.=~*. /|") for text in texts)

    def _numbers(self, cells: Sequence[object], filled: Sequence[int]) -> Because | None:
        """A row of nothing but numbers, without who it is about, is a sum."""
        if self._telling.isdisjoint(filled) and self._telling and all(_is_number(cells[place]) for place in filled):
            return Because.TOTAL
        return None

    def _lone(self, text: str, place: int) -> Because | None:
        words = len(text.split())
        is_note = words > _MOST_WORDS or text.endswith((".", ":", ";", "!")) or _SIGN.match(text)
        note = Because.NOTE if is_note else Because.HEADING
        if place in self._reach:
            return None
        if place != self._id and _NUMBER.fullmatch(text):
            return Because.TOTAL
        if place == self._id:
            if note is Because.NOTE and words > 1:
                return note
            odd = (" " in text and not self._ids_have_space) or (self._ids_have_digits and not re.search(r"\d", text))
            return note if odd and self._wide else None
        return note if self._wide else None


def _is_count(cell: object) -> bool:
    """Whether a cell is a number, one with the word for what was counted, or a formula."""
    if not isinstance(cell, str):
        return _is_number(cell)
    return _is_number(cell) or cell == NOT_CALCULATED or _COUNTED.fullmatch(cell.strip()) is not None


def _is_number(cell: object) -> bool:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return True
    return isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()) is not None


_TOTALS = ("tota", "subtot", "eindtot", "gemiddeld", "average", "som", "sum", "aantal", "grandtotal")
