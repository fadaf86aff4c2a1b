"""Reading of a spreadsheet into rows for the store, with a report of what cannot be used.

A file gives a table (`tables`), its columns get targets (`mapping`), its rows are told from totals and headings
(`rows`), its cells become fields by column (`filling`), fields become rows to write (`records`), and rows of one person
or thing are joined (`people`, `runs`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from matcher.domain.fields import FieldType
from matcher.domain.records import RecordKind
from matcher.errors import MissingColumns, UnreadableFile
from matcher.repositories.values import Upsert
from matcher.spreadsheets import cells, mapping
from matcher.spreadsheets.bounds import BOUNDS, Bounds
from matcher.spreadsheets.classes import classes_of, with_classes, with_sheet_years
from matcher.spreadsheets.columns import Column, by_header, choices_of, columns_of, word_key
from matcher.spreadsheets.content import is_town
from matcher.spreadsheets.filling import Filler
from matcher.spreadsheets.leavers import leavers
from matcher.spreadsheets.naming import by_name
from matcher.spreadsheets.own import Fields
from matcher.spreadsheets.people import Joiner, name_duplicates, with_shared_names, without_leavers, without_refused
from matcher.spreadsheets.questions import ask_columns, ask_hidden
from matcher.spreadsheets.records import Records
from matcher.spreadsheets.report import AGAIN, Because, Remark, Report, without_examples
from matcher.spreadsheets.rows import sort_rows
from matcher.spreadsheets.runs import with_ids, with_runs
from matcher.spreadsheets.sheets import Row
from matcher.spreadsheets.spellings import spellings
from matcher.spreadsheets.tables import find_table
from matcher.spreadsheets.targets import Block, Guess, How, Part, Target, Wishes

Kept = Callable[[Sequence[str]], Mapping[str, Target | None]]
"""The mapping that a school keeps for a file with these headers."""
ANSWERABLE = frozenset({"kind", "provider"})
"""Fields that one answer may give for all rows."""


@dataclass(frozen=True)
class Table:
    """The rows to write, in the order of the file, and the report, which the rest of the import completes.

    `full`: rows whose list of consents was understood whole, so that what it does not name may be withdrawn.
    """

    upserts: Sequence[Upsert]
    report: Report
    block: Block
    guesses: Sequence[Guess]
    full: frozenset[int] = frozenset()


def read_table(
    path: Path,
    kind: RecordKind,
    *,
    school: str | None = None,
    today: date,
    wishes: Wishes | None = None,
    kept: Kept = lambda _: {},
    own: Fields | None = None,
    bounds: Bounds = BOUNDS,
) -> Table:
    """The rows of a file. `school`: for rows that name none; `today`: the last possible date of a consent.

    `own`: the own fields of the school.

    Raises UnreadableFile, MissingColumns.
    """
    wishes = wishes or Wishes()
    seconds = bounds.seconds_for(path)
    end = time.monotonic() + seconds
    school = " ".join((school or "").split()) or None

    def tick() -> None:
        if time.monotonic() >= end:
            raise UnreadableFile("reads_too_long", file=path.name, seconds=round(seconds))

    block = find_table(path, mapping.recogniser(kind), sheet=wishes.sheet, bounds=bounds)
    tick()
    guesses = mapping.recognise(kind, block, wishes=wishes, kept=kept(block.headers), own=own)
    guesses = with_own_names(kind, guesses)
    return read_block(block, guesses, kind, school=school, today=today, wishes=wishes, tick=tick, own=own)


def read_block(
    block: Block,
    guesses: Sequence[Guess],
    kind: RecordKind,
    *,
    school: str | None,
    today: date,
    wishes: Wishes,
    tick: Callable[[], None] = lambda: None,
    own: Fields | None = None,
) -> Table:
    """The rows of a table whose columns are known. Raises MissingColumns, and whatever `tick` raises."""
    report = Report(block.file, kind.value, block.sheet, columns=without_examples(guesses))
    block = replace(block, rows=_numbered(block, report))
    _tell_table(block, guesses, report)
    lacking = _lacking(block, guesses, kind, school, wishes)
    for column in lacking:
        if column.field in ANSWERABLE:
            report.ask(column.field, answers=choices_of(column), column=column.name)
    ask_columns(guesses, block, report, wishes, [c.name for c in lacking if c.field not in ANSWERABLE])
    id_column = columns_of(kind)[0]
    found = sort_rows(block, guesses, id_column.name)
    report.not_records += found.not_records
    rows = found.records
    if not ask_hidden(report, wishes, found.hidden, found.struck):
        rows = [row for row in rows if not (row.hidden or row.struck)]
    report.problems += [Remark("importing.problems.ragged", {}, row.number) for row in rows if row.ragged]
    rows = [row for row in rows if not row.ragged]
    tick()
    numbers = [row.number for row in rows]
    filler = Filler(kind, [row.cells for row in rows], numbers, report, today=today, tick=tick, own=own)
    filled = filler.fill(guesses)
    tick()
    records = Records(kind, filled, numbers, report, school=school, wishes=wishes, today=today)
    upserts = records.upserts() if not lacking else []
    filled.values.clear()  # a quarter of the memory of a large file; the rows have them
    if kind is not RecordKind.ALUMNI:
        upserts, report.ids = with_ids(kind, upserts)
    if kind is RecordKind.OFFERINGS:
        upserts = with_runs(upserts)
    joiner = Joiner(report, report.header_of(id_column.name))
    if kind is RecordKind.ALUMNI:
        refused = {number for number, answer in zip(numbers, filled.consent_answers, strict=True) if answer is False}
        upserts = _joined_people(upserts, joiner, block, guesses, refused)
    else:
        upserts = joiner.join(upserts)
    tick()
    if kind is RecordKind.ALUMNI:
        if not all(upsert.id for upsert in upserts):
            upserts = with_shared_names(upserts)
        name_duplicates(upserts, report)
        report.numberless = {upsert.row for upsert in upserts if not upsert.id}
    report.settle()
    if not upserts and not report.problems and not report.stopped:
        report.add_note("importing.notes.no_rows")
    full = records.full - {first for row, first in joiner.joined.items() if row not in records.full}
    return Table(upserts, report, block, guesses, frozenset(full))


def with_own_names(kind: RecordKind, guesses: Sequence[Guess]) -> tuple[Guess, ...]:
    """The guesses, and the columns with a name of ours and nothing else to be: cells that do not fit are named."""
    known = by_header(kind)
    taken = {guess.target for guess in guesses}
    result = []
    for guess in guesses:
        column = known.get(word_key(guess.header))
        free = guess.target is None and guess.forbidden is None and guess.how is not How.MAPPING
        if column is not None and free and Target(column.name) not in taken:
            taken.add(Target(column.name))
            guess = replace(guess, target=Target(column.name), how=How.EXACT)  # noqa: PLW2901 - the same column
        result.append(guess)
    return tuple(result)


def _joined_people(
    upserts: Sequence[Upsert], joiner: Joiner, block: Block, guesses: Sequence[Guess], refused: Collection[int]
) -> list[Upsert]:
    """The people, with what headings and sheets tell of their rows, each once, without those who may not come in.

    `refused`: the rows that say no to consent.
    """
    report = joiner.report
    classes, count = classes_of(block.rows, {number for number, _ in report.not_records}, guesses)
    if classes:
        upserts = with_classes(upserts, classes)
        report.add_note("importing.notes.classes", count=count)
    upserts, count = with_sheet_years(upserts, {row.number: row.sheet or block.sheet for row in block.rows})
    if count:
        report.add_note("importing.notes.sheet_year", count=count)
    ids = {upsert.row: upsert.id for upsert in upserts}
    upserts = without_refused(joiner.join(upserts), joiner.joined, refused)
    gone = leavers(block, guesses)
    report.not_records += [(number, Because.LEAVER) for number in ids if number in gone]
    return without_leavers(upserts, joiner.joined, ids, gone)


def _numbered(block: Block, report: Report) -> list[Row]:
    """The rows with a number of their own: those of joined sheets and of tables side by side have the same ones."""
    seen: dict[int, int] = {}
    sheets: dict[int, str] = {}
    rows = []
    for row in block.rows:
        times = seen[row.number] = seen.get(row.number, -1) + 1
        if times:
            row = replace(row, number=row.number + times * AGAIN)  # noqa: PLW2901 - the same row, numbered
        if row.sheet and row.sheet != block.sheet:
            sheets[row.number] = row.sheet
        rows.append(row)
    report.sheets = sheets
    return rows


def _tell_table(block: Block, guesses: Sequence[Guess], report: Report) -> None:
    """Remarks about the whole file: what was done to read it, other sheets, and columns that are not used."""
    for code, values in block.remarks:
        report.notes.append(Remark(f"files.remarks.{code}", values))
    if block.others:
        names = ", ".join(block.others)
        report.ask("sheet", answers=block.others, stops=False, count=len(block.others), sheet=block.sheet, sheets=names)
    for guess in guesses:
        if guess.forbidden is not None:
            report.add_note("importing.notes.forbidden_column", column_name=guess.header)
    unknown = [
        " ".join(g.header.split())[:60] or f"({g.position + 1})"
        for g in guesses
        if g.target is None and not g.forbidden and (g.header or g.examples)
    ]
    if unknown:
        report.add_note("importing.notes.unknown_columns", count=len(unknown), columns=", ".join(unknown))
    fields = {guess.target.field for guess in guesses if guess.target is not None}
    if "toestemming_datum" in fields and not fields & {"toestemming", Part.CONSENT_YES_NO.value}:
        report.add_note("importing.notes.date_without_consents")


def _lacking(
    block: Block, guesses: Sequence[Guess], kind: RecordKind, school: str | None, wishes: Wishes
) -> list[Column]:
    """The columns that every record needs and the file lacks, unless an answer stands for them.

    Raises MissingColumns for alumni without any school.
    """
    fields = {guess.target.field for guess in guesses if guess.target is not None}
    columns = columns_of(kind)
    owner = next(column for column in columns if column.cell is FieldType.OWNER)
    if kind is RecordKind.ALUMNI and school is None and owner.name not in fields:
        raise MissingColumns("columns_missing", file=block.file, columns=[owner.name], count=1)
    return [
        column
        for column in columns[1:]
        if column.required and column.name not in fields and column.field not in wishes.answers
    ]


def forget_texts() -> None:
    """Lets go of the texts of a file that were kept to read each once: they may be about somebody."""
    for kept in (*cells.KEPT, is_town, mapping.header_target, by_name, spellings):
        kept.cache_clear()
