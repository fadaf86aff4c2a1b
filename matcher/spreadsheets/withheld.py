"""Cells that hold a number like a BSN, in columns where such a number does not belong: not read, and never repeated.

Numbers of students and companies, telephone numbers, postcodes and addresses are left alone: one in eleven numbers of
nine digits passes the test of a BSN by chance. A column that holds only such numbers is left out whole (`forbidden`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from matcher.domain.fields import FieldType
from matcher.spreadsheets.cells import CellProblem
from matcher.spreadsheets.forbidden import single_bsn

if TYPE_CHECKING:
    from matcher.spreadsheets.columns import Column

BSN = "bsn"
"""The code of the problem; its sentence names no value."""
NOT_READ = "-"
"""Stands for such a cell: a word for nothing, which neither states nor clears."""
_MOST_SHOWN, _LONGEST_SHOWN = 3, 60
_NUMBERS = frozenset(
    {FieldType.ID, FieldType.REFERENCE, FieldType.PHONE, FieldType.POSTCODE, FieldType.URL, FieldType.EMAIL}
)
"""Types that hold numbers of nine digits which are something else."""
_CLOSED = frozenset(
    {FieldType.DATE, FieldType.PAST_DATE, FieldType.YES_NO, FieldType.NUMBER, FieldType.WHOLE, FieldType.NLQF,
     FieldType.LANGUAGE, FieldType.LANGUAGES, FieldType.MEMBER, FieldType.SET, FieldType.DAY_PARTS, FieldType.MOMENTS,
     FieldType.CREBO, FieldType.WITHDRAWALS}
)  # fmt: skip
"""Types of which no value holds such a number: what is left out of them is told without it (`silenced`)."""
_DIGITS = re.compile(r"[0-9](?:[. -]{0,2}[0-9]){7}")
"""Eight digits: without those a text holds no BSN."""


def may_hold(column: Column | None) -> bool:
    """Whether the cells of a column are texts in which a BSN could come in; None: a column that is no field of ours."""
    return column is None or column.cell not in _NUMBERS | _CLOSED


def is_refused(column: Column, text: str) -> bool:
    """Whether a text that somebody states for a field may not be kept."""
    return column.cell not in _NUMBERS and holds_bsn(text)


def holds_bsn(text: str) -> bool:
    """`single_bsn`, at once for a text without the digits."""
    return _DIGITS.search(text) is not None and single_bsn(text)


def without_bsns(raws: Sequence[object]) -> tuple[Sequence[object], list[int]]:
    """The cells of a column, those with a BSN not read, and the positions of those. Each distinct text once."""
    distinct = dict.fromkeys(raws)
    try:
        if not _DIGITS.search("\n\n\n".join(filter(None, distinct))):  # type: ignore[arg-type]
            return raws, []
    except TypeError:  # numbers and dates among them
        pass
    found = {raw for raw in distinct if holds_bsn(raw if isinstance(raw, str) else _whole(raw))}
    if not found:
        return raws, []
    places = [place for place, raw in enumerate(raws) if raw in found]
    return [NOT_READ if raw in found else raw for raw in raws], places


def _whole(raw: object) -> str:
    """A whole number as the text of its cell; empty for anything else."""
    return str(int(raw)) if isinstance(raw, int | float) and raw == raw // 1 else ""


def silenced(problem: CellProblem, *shown: str | None) -> CellProblem:
    """The problem; of a cell that holds a BSN one that does not repeat it. `shown`: what is shown of the cell."""
    told = (*shown, *(value for value in problem.values.values() if isinstance(value, str)))
    return CellProblem(BSN) if any(text and holds_bsn(text) for text in told) else problem


def examples(texts: Iterable[str]) -> tuple[str, ...]:
    """At most three texts, shortened: the first without a BSN, then others with their digits hidden."""
    plain: list[str] = []
    hidden: list[str] = []
    for text in texts:
        if len(plain) == _MOST_SHOWN:
            break
        if holds_bsn(text):
            hidden.append(re.sub(r"[0-9]", "*", text))
        else:
            plain.append(text)
    return tuple(" ".join(text.split())[:_LONGEST_SHOWN] for text in (*plain, *hidden)[:_MOST_SHOWN])
