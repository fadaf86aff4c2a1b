"""What was read in one cell: a value, what was left out of it, and remarks; and the text of a cell of any type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from matcher.domain.fields import LONGEST_TEXT
from matcher.spreadsheets.cells.nothing import is_nothing
from matcher.spreadsheets.columns import Column
from matcher.spreadsheets.marks import NOT_CALCULATED

Notes = list[tuple[str, Mapping[str, object]]]
_EXCEL_ERROR = re.compile(
    r"#(N/A|N/B|NB|REF!|VERW!|VALUE!|WAARDE!|DIV/0!|DEEL/0!|NAME\?|NAAM\?|NUM!|GETAL!|NULL!|LEEG!"
    r"|SPILL!|OVERLOOP!|CALC!|BEREKENEN!|FIELD!|VELD!|BLOCKED!|GEBLOKKEERD!|GETTING_DATA|CONNECT!)|Err:\d{3}"
)
_AS_TEXT = re.compile(r'="([^"]*)"')
"""How programs write text that looks like a number, so that Excel keeps its zeros."""
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u200b": "", "\u2060": "", "\ufeff": ""})


class CellProblem(Exception):
    """A cell, or a part of one, that cannot be used.

    `code` is a key of the locale files under `importing.problems`, `values` what its sentence names, and `text` the
    part of the cell that is not used ('' for the whole cell).
    """

    def __init__(self, code: str, /, *, text: str = "", **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
        self.text = text


@dataclass(slots=True)
class Page:
    """What a parser knows besides the cell, and where it puts what it leaves out and remarks.

    `today` is None in a form. `american`: whether the column writes the month first (`9/30/2026`); None: not known.
    `skills`: keys (`matcher.text.skill_key`) of known skills, whose commas are no separators.
    """

    today: date | None = None
    american: bool | None = None
    skills: frozenset[str] = frozenset()
    notes: Notes = field(default_factory=list)
    left_out: list[CellProblem] = field(default_factory=list)

    def leave(self, code: str, text: str, /, **values: object) -> None:
        """Leaves a part of the cell out, and names it."""
        self.left_out.append(CellProblem(code, text=text, **values))

    def note(self, code: str, /, **values: object) -> None:
        """A remark on what was read."""
        self.notes.append((code, values))

    def reading(self, value: object) -> Reading:
        """What the cell says: a value or None, with what was left out and remarked."""
        return Reading(value, stated=True, left_out=tuple(self.left_out), notes=tuple(self.notes))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one cell says.

    `stated`: whether it says something; False for an empty cell and for a word for nothing (`nothing`: "-", n.v.t.),
    which never clears a value. `left_out`: what cannot be used, each with its code and text; what can be used is the
    value. `notes`: (code, values) of sentences under `importing.notes`.

    To write: `value` where `stated` and (a value, or nothing left out); None is then a value too: "doorlopend" is
    a course without a start.
    """

    value: object = None
    stated: bool = False
    left_out: tuple[CellProblem, ...] = ()
    notes: tuple[tuple[str, Mapping[str, object]], ...] = ()
    nothing: bool = False

    @property
    def usable(self) -> bool:
        """Whether the field is to be set to `value`."""
        return self.stated and (self.value is not None or not self.left_out)


_SET = tuple(vars(Reading)[name].__set__ for name in ("value", "stated", "left_out", "notes", "nothing"))


def stating(value: object) -> Reading:
    """`Reading(value, stated=True)` at a third of its cost, which counts for a column of clean cells."""
    reading = object.__new__(Reading)
    set_value, set_stated, set_left_out, set_notes, set_nothing = _SET
    set_value(reading, value)
    set_stated(reading, True)
    set_left_out(reading, ())
    set_notes(reading, ())
    set_nothing(reading, False)
    return reading


EMPTY = Reading()
NOTHING = Reading(nothing=True)


def reading_of(read: Callable[[str], object], raw: object, page: Page, column: Column | None = None) -> Reading:
    """What `read` makes of the text of a cell, with what stands on the page; a CellProblem leaves the cell out.

    `read` is not called for an empty cell, and not for a word that is nothing in this column or in any.
    """
    value, text = None, ""
    try:
        text = text_of(raw)
        if not text:
            return EMPTY
        if is_nothing(text, column):
            return NOTHING
        value = read(text)
    except CellProblem as problem:
        problem.text = problem.text or text or str(raw)[:200]
        page.left_out.append(problem)
    return page.reading(value)


def text_of(raw: object) -> str:
    """The text of a cell of any type, without control characters and outer spaces; integers without `.0`.

    Raises CellProblem for an error value of Excel, and for more than LONGEST_TEXT characters.
    """
    match raw:
        case None:
            return ""
        case str():
            text = raw
        case bool():
            return "ja" if raw else "nee"
        case float():
            text = str(int(raw)) if raw.is_integer() else str(raw)
        case datetime():
            text = raw.date().isoformat() if raw.time() == time() else raw.isoformat(" ", "minutes")
        case _:
            text = str(raw)
    if text.replace("\n", "").replace("\t", "").isprintable() and "_x000D_" not in text:
        text = text if text.isascii() else unicodedata.normalize("NFC", text)
    else:
        text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8"))
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
        text = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"})
        text = text.translate(_BLANKS)
    text = text.strip()
    if text.startswith('="') and (match := _AS_TEXT.fullmatch(text)):
        text = match[1].strip()
    if _EXCEL_ERROR.fullmatch(text):
        raise CellProblem("excel_error", shown=text)
    if text == NOT_CALCULATED:
        raise CellProblem("not_calculated")
    return no_longer(text, LONGEST_TEXT)


def no_longer(text: str, most: int) -> str:
    """The text, if it has at most this many characters. Raises CellProblem('too_long')."""
    if len(text) > most:
        raise CellProblem("too_long", most=most)
    return text
