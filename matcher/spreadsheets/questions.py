"""What an import asks before it writes: one question of each kind, with what may be answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.locale import Language, say
from matcher.spreadsheets import cells
from matcher.spreadsheets.columns import Column, by_header, choices_of, word_key
from matcher.spreadsheets.report import Report
from matcher.spreadsheets.targets import Block, Doubt, Guess, Part, Wishes

COLUMNS, HIDDEN, WITHDRAWALS, CHANGE = "columns", "hidden_rows", "withdrawals", "large_change"
ACCEPTED = (WITHDRAWALS, COLUMNS, HIDDEN, CHANGE)
"""What may be accepted."""
CONSENT, SINCE = "consent_yes_no", "consent_since"
NONE = "geen"
"""The answer that a yes is a consent for nothing."""
SKIP = "overslaan"
"""The answer that hidden rows are not read."""
_MOST_NAMED = 20
_REACHABLE = frozenset({"voornaam", "achternaam", "email", "telefoon", Part.FULL_NAME.value})


def question_sentence(doubt: Doubt, language: Language) -> str:
    """The question, and how it is answered."""
    values = dict(doubt.values)
    if "because" in values:
        values["because"] = say(language, f"importing.because.{values['because']}", **doubt.values)
    return say(language, f"importing.questions.{doubt.code.partition(':')[0]}", **values)


def ask_columns(guesses: Sequence[Guess], block: Block, report: Report, wishes: Wishes, missing: Sequence[str]) -> None:
    """Asks what columns are where most that have values are not recognised, or where one is missed."""
    filled = _filled(block)
    named = [guess for guess in guesses if guess.position in filled and guess.forbidden is None]
    told = [guess for guess in named if guess.header not in wishes.mapping]
    unknown = [guess for guess in told if guess.target is None]
    known = len(named) - len(unknown)
    few = known * 2 < len(named) and COLUMNS not in wishes.accept
    if missing or few:
        ask_about(unknown, report, missing)


def ask_about(unknown: Sequence[Guess], report: Report, missing: Sequence[str], *, nobody: bool = False) -> None:
    """Asks what these columns are; `missing`: columns of ours that the file must have; `nobody`: no name or contact."""
    said = [could_be(guess) for guess in unknown[:_MOST_NAMED]]
    if len(unknown) > _MOST_NAMED:
        said.append("...")
    because = "missing" if missing else "nobody" if nobody else "few"
    report.ask(COLUMNS, count=len(unknown), columns="; ".join(said) or "-", missing=", ".join(missing), because=because)


def could_be(guess: Guess) -> str:
    """A header, and what the column may be: `Bedrijf: werkgever / sector?`."""
    header = " ".join(guess.header.split())[:60] or f"({guess.position + 1})"
    names = [other.field if other.word is None else f"{other.field} ({other.word})" for other in guess.others[:3]]
    return f"{header}: {' / '.join(names)}?" if names else header


def _filled(block: Block) -> set[int]:
    """The positions of columns in which a cell has a value."""
    found: set[int] = set()
    sought = list(range(max((len(row.cells) for row in block.rows), default=0)))
    for row in block.rows:
        cells, width = row.cells, len(row.cells)
        there = {place for place in sought if place < width and cells[place] is not None and cells[place] != ""}
        if there:
            found |= there
            sought = [place for place in sought if place not in there]
        if len(found) >= len(block.headers):
            break
    return found


def is_reachable(guesses: Iterable[Guess]) -> bool:
    """Whether a file of alumni has a column for a name, an address or a phone number."""
    return any(guess.target is not None and guess.target.field in _REACHABLE for guess in guesses)


def ask_hidden(report: Report, wishes: Wishes, hidden: Sequence[int], struck: Sequence[int]) -> bool:
    """Whether rows that are hidden or struck through are read; asks where that was not said."""
    report.hidden_rows = sorted([*hidden, *struck])
    if not report.hidden_rows or HIDDEN in wishes.accept:
        return True
    if wishes.answers.get(HIDDEN) == SKIP:
        return False
    shown = report.by_sheet(report.hidden_rows[:_MOST_NAMED])
    rows = ", ".join(f"{row} ({sheet})" if sheet else str(row) for sheet, its in shown for row in its)
    report.ask(
        HIDDEN, answers=(SKIP,), count=len(report.hidden_rows), hidden=len(hidden), struck=len(struck), rows=rows
    )
    return False


def consent_of(wishes: Wishes, today: date) -> tuple[frozenset[Purpose] | None, date | None]:
    """The purposes that a yes stands for (None where it was not said), and since when."""
    said, since = wishes.answers.get(CONSENT), wishes.answers.get(SINCE)
    when = None
    if since:
        reading = cells.read(_column("toestemming_datum"), since, today=today)
        when = reading.value if isinstance(reading.value, date) else None
    if said is None:
        return None, when
    if said.strip().casefold() in {NONE, "none"}:
        return frozenset(), when
    reading = cells.read(_column("toestemming"), said.replace(",", ";"), today=today)
    value = reading.value if isinstance(reading.value, frozenset) and not reading.left_out else None
    return value or None, when


def _column(name: str) -> Column:
    return by_header(RecordKind.ALUMNI)[word_key(name)]


def ask_consent(report: Report, header: str, texts: Mapping[str, int]) -> None:
    """Asks for which purposes a yes in the column of consent is."""
    report.ask(
        CONSENT,
        answers=(*choices_of(_column("toestemming")), NONE),
        count=sum(texts.values()),
        column=header,
        values=", ".join(f"{text} ({count})" for text, count in list(texts.items())[:5]),
    )
