"""What a file is taken for, shown to whoever imports before anything is written. It holds personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from matcher.domain.own_fields import OWN_PREFIX
from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from matcher.spreadsheets.columns import columns_of
from matcher.spreadsheets.targets import Guess
from matcher.spreadsheets.writer import cell_of, decimal_text

if TYPE_CHECKING:
    from matcher.spreadsheets.reader import Table

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Recognition:
    """A guess for each column of the file, with examples, and the first ten records as they would be.

    A person is a text for each Dutch header of ours that has a value; `row` is the row in the file.
    """

    guesses: tuple[Guess, ...]
    people: tuple[Mapping[str, str], ...]
    rows: tuple[int, ...] = ()

    @classmethod
    def of(cls, table: Table, kind: RecordKind) -> Self:
        """Of the rows of a file."""
        first = table.upserts[:SHOWN]
        people = tuple(_person(upsert, kind) for upsert in first)
        rows = tuple(upsert.row for upsert in first)
        return cls(tuple(table.guesses), people, rows)


def _person(upsert: Upsert, kind: RecordKind) -> dict[str, str]:
    """The texts of one record by Dutch header, in the order of the columns."""
    columns = columns_of(kind)
    own = {name.removeprefix(OWN_PREFIX): value for name, value in upsert.values.items() if name.startswith(OWN_PREFIX)}
    texts = {columns[0].name: upsert.id}
    for column in columns[1:]:
        value = upsert.values.get(column.field)
        if value not in (None, frozenset(), ()):
            written = cell_of(value, column)
            texts[column.name] = decimal_text(written) if isinstance(written, float) else str(written)
    texts |= {name: value for name, value in own.items() if isinstance(value, str)}
    return {name: text for name, text in texts.items() if text}
