"""Rows of people who may not come in: who died, who asked to be taken off the list, who refuses to be kept at all.

Found in the columns that are not used (remarks), by a column that says so itself, and by a no to the question whether
data may be kept. What stands in those cells is not stored and not repeated: the row is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from matcher.spreadsheets import cells
from matcher.spreadsheets.spellings import words
from matcher.spreadsheets.targets import Block, Guess, Part
from matcher.text import fold

_DIED = re.compile(r"†|(?:is |reeds |helaas )?(?:overleden|overl\.?|verongelukt|deceased|died)\b")
_OUT = re.compile(
    r"\b(?:wil|moet|mag|graag|kan) (?:er ?uit|uit (?:het |de )?(?:alumni)?(?:bestand|lijst|systeem)"
    r"|van de lijst(?: af)?)"
    r"|^(?:graag |svp |aub )?(?:verwijder(?:en|d)?|uitschrijven|uitgeschreven)\b(?! uit (?:de )?(?:klas|opleiding))"
    r"|\b(?:verzoek|vraagt) (?:om |tot |te )?(?:verwijder\w+|uitschrijv\w+|gewist)"
    r"|\b(?:verwijderen|gewist|uitgeschreven) op (?:eigen )?verzoek\b|\bunsubscribed?\b|\bavg[- ]verwijder\w*"
)
_DIED_HEADER = re.compile(r"^(?:is )?(?:overleden|deceased|overlijden)$|^datum overlijden$|^overlijdensdatum$")
_KEPT = re.compile(r"\b(?:gegevens|je|jou|data)\b.*\b(?:bewaren|bewaard|opslaan|opgeslagen|opnemen in|keep|store)\b")
_LONGEST = 80
"""Characters of the longest remark that is looked at: a story may tell of somebody else."""


def leavers(block: Block, guesses: Sequence[Guess]) -> set[int]:
    """The numbers of the rows of people who may not come in."""
    died = [guess.position for guess in guesses if guess.target is None and _DIED_HEADER.match(words(guess.header))]
    asked = [guess.position for guess in guesses if _asks_to_keep(guess)]
    remarks = [guess.position for guess in guesses if guess.target is None and guess.position not in died]
    known: dict[str, bool] = {}
    found: set[int] = set()
    for row in block.rows:
        if (
            any(_says_yes(cell) for cell in _at(row.cells, died))
            or any(_says_no(cell) for cell in _at(row.cells, asked))
            or any(_left(cell, known) for cell in _at(row.cells, remarks) if type(cell) is str and cell)
        ):
            found.add(row.number)
    return found


def _at(row: Sequence[object], positions: Iterable[int]) -> list[object]:
    return [row[position] for position in positions if position < len(row)]


def _asks_to_keep(guess: Guess) -> bool:
    is_consent = guess.target is not None and guess.target.field in {Part.CONSENT_YES_NO.value, "toestemming"}
    return is_consent and _KEPT.search(words(guess.header)) is not None


def _says_yes(cell: object) -> bool:
    """A yes, or a day that is one: 31-12-9999 stands for none."""
    reading = cells.yes_no(cell)
    if reading.usable:
        return reading.value is True
    try:
        day = cells.date_of(cells.text_of(cell))
    except cells.CellProblem:
        return False
    return day.year > 1900


def _says_no(cell: object) -> bool:
    reading = cells.yes_no(cell)
    return reading.usable and reading.value is False


def _left(cell: str, known: dict[str, bool]) -> bool:
    if cell not in known:
        text = fold(cell[: _LONGEST + 1])
        known[cell] = len(cell) <= _LONGEST and (_DIED.match(text) is not None or _OUT.search(text) is not None)
    return known[cell]
