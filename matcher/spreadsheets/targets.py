"""What the columns of a file are for, and what whoever imports says beforehand: values that pass between the steps.

The steps: a file gives grids of raw cells (`grid`), a grid gives tables (`tables`), the columns of a table get targets
(`mapping`), cells become values (`cells`), rows become records to write (`reader`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from matcher.spreadsheets.grid import Row


class How(StrEnum):
    """How a column was recognised."""

    EXACT = "exact"
    SYNONYM = "synonym"
    NEAR = "near"
    CONTENT = "content"
    MAPPING = "mapping"
    """Told by a mapping: given now, or remembered."""
    CHOICE = "choice"
    """A column for one word of a closed list, such as `gastles` with a cross in its cells."""
    UNKNOWN = "unknown"


class Part(StrEnum):
    """What a column can hold besides a field: a part of one, or several at once."""

    FULL_NAME = "naam"
    POSTCODE_AND_TOWN = "postcode_plaats"
    CREBO = "opleiding_crebo"
    PROGRAMME = "opleiding_naam"
    LEVEL = "opleiding_niveau"
    PATHWAY = "opleiding_leerweg"
    YEAR = "opleiding_jaar"
    CONSENT_YES_NO = "toestemming_ja_nee"
    MOMENT_DATE = "moment_datum"
    MOMENT_START = "moment_begin"
    MOMENT_END = "moment_eind"


@dataclass(frozen=True, slots=True)
class Target:
    """What a column of a file fills.

    `field`: the Dutch header of one of our columns (`voornaam`), or a `Part`. `word`: the word of a closed list whose
    cells say yes or no (`gastles`, `di-middag`), or the day (`di`) whose cells name its parts; else None.
    """

    field: str
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """One column of a file: what it is for, and how sure that is (0-1).

    `position` counts from 0 in the cells of a row. `target` is None for a column that is not used. `forbidden`: the
    code of why its data may not be stored; such a column is never read. `others`: what else it could be, best first.
    `examples`: at most three values, for whoever imports only: never in a log or a report.
    """

    position: int
    header: str
    target: Target | None = None
    how: How = How.UNKNOWN
    sure: float = 0.0
    forbidden: str | None = None
    others: tuple[Target, ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One table in a file: its headers, one for each position ('' where there is none), and the rows below them.

    Two header rows are joined to one, the group first (`Aanbod / gastles`). A table that lies on its side is turned;
    its rows are then numbered by column. `others`: names of sheets that hold such a table too, and were not read.
    `remarks`: (code, values) of what was done to read it, sentences under `files.remarks`.
    """

    file: str
    sheet: str
    headers: tuple[str, ...]
    rows: Sequence[Row]
    header_rows: tuple[int, ...] = ()
    others: tuple[str, ...] = ()
    remarks: tuple[tuple[str, Mapping[str, object]], ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever imports said beforehand.

    `mapping`: target by header, None for a column to leave out. `accept`: of `withdrawals`, `columns`, `hidden_rows`,
    `large_change`. `answers`: by code of the question, such as `consent_yes_no`.
    """

    mapping: Mapping[str, Target | None] = field(default_factory=dict)
    sheet: str | None = None
    accept: frozenset[str] = frozenset()
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A question of an import: code and values of its sentence under `importing.questions`, and possible answers.

    `stops`: nothing is written before it is answered; else only the cell is left out.
    """

    code: str
    values: Mapping[str, object]
    answers: tuple[str, ...] = ()
    stops: bool = True
