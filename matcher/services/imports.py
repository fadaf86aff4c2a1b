"""Imports: the rows of a spreadsheet, and the coordinates of places, into the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.domain.differences import changed
from matcher.domain.records import RecordKind
from matcher.errors import UnknownId
from matcher.memory import many_objects
from matcher.policy import Action, Asker
from matcher.ports import Progress
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Upsert, UpsertResult
from matcher.services.app import StoreApp
from matcher.services.foreseeing import foresee, is_first
from matcher.services.in_parts import batches, counted, import_of
from matcher.services.locating import Located, corrected, locate
from matcher.services.own_columns import check_demands, check_room, fields_of_school, make_fields
from matcher.services.sourcing import note_sources

if TYPE_CHECKING:
    from matcher.spreadsheets.reader import Table
    from matcher.spreadsheets.recognition import Recognition
    from matcher.spreadsheets.report import Report
    from matcher.spreadsheets.targets import Target, Wishes

BATCH, LARGE_BATCH = 1000, 5000
"""Rows in one transaction, hence in one data revision: a killed import leaves whole batches, and goes on when it is run
again. Keys are random, so that each batch of SQLite rewrites most of a table: 5000 rows take 0.6 of the time that five
times 1000 do. A revision of more than 1000 records has the pool of the ranking built anew, and others wait for it."""
_MUCH = 10
"""An import of more than one in so many records has the pool built anew whatever its batches."""


@dataclass(frozen=True, slots=True)
class Part:
    """An import that several processes do, each what the one before left: all of it is one, to be taken back at once.

    `import_id`: what was begun by an earlier one. `begun` is told the id of one that begins, in its transaction.
    """

    import_id: str | None
    begun: Callable[[Transaction, str], None]


@many_objects()
def import_records(
    app: StoreApp,
    asker: Asker,
    path: Path,
    kind: RecordKind,
    *,
    school: str | None = None,
    dry_run: bool = False,
    wishes: Wishes | None = None,
    progress: Progress | None = None,
    at_once: int | None = None,
    show: Callable[[Recognition], None] | None = None,
    part: Part | None = None,
) -> Report:
    """Reads a spreadsheet and writes its records, a batch at a time; the report tells what was left out or refused.

    First it is foreseen what the rows would do: where that needs an answer (`Report.stopped`), nothing is written. Each
    batch is one transaction: its rows, the coordinates of the places that are new in it, and the entry in the log with
    its counts. `progress` counts rows, `at_once` those of a batch (else as many as suit). A `dry_run` writes nothing.
    `show` gets what each column is taken for, and the first records: personal data, for whoever imports only.
    `part`: where another process may go on with the same file, or left it.

    Raises Forbidden, UnknownId, UnreadableFile, MissingColumns, StoreError.
    """
    from matcher.spreadsheets.questions import is_reachable
    from matcher.spreadsheets.targets import Wishes

    wishes = wishes or Wishes()
    owner = asker.owner(Action.IMPORT, school)
    table = _table(app, path, kind, owner, wishes)
    several = kind is not RecordKind.ALUMNI
    table = replace(
        table,
        upserts=corrected(table.upserts, wishes.answers, several=several),
        block=replace(table.block, rows=()),  # the cells of a large file take half of the memory
    )
    for upsert_owner in {upsert.owner for upsert in table.upserts}:
        if asker.owner(Action.IMPORT, upsert_owner) != upsert_owner:
            raise UnknownId("unknown_school", school=upsert_owner)
    if show is not None:
        from matcher.spreadsheets.recognition import Recognition

        show(Recognition.of(table, kind))
    report = table.report
    report.dry_run = dry_run
    with app.store.read() as records:
        check_room(records, table)
        note_sources(records, kind, table.upserts, report)
        if kind is RecordKind.REQUESTS:
            table = replace(table, upserts=check_demands(records, table))
        located = locate(records, table.upserts, report, several=several, answers=wishes.answers)
        new = not dry_run and not report.stopped and is_reachable(table.guesses) and is_first(records, table, kind)
        upserts, same = (table.upserts, {}) if new else foresee(records, table, kind, wishes)
        at_once = at_once or _batch_of(records, kind, len(upserts) - len(same))
    if dry_run or report.stopped:
        if kind is RecordKind.ALUMNI:
            report.ids.clear()  # a number is given when it is written
        if progress and table.upserts:
            progress(len(table.upserts), len(table.upserts))
        return report
    report.start()
    report.import_id = part.import_id if part else None
    refused = report.refused
    for batch, done in batches(upserts, at_once):
        done_here = _write(
            app, asker, batch, table, kind=kind, same=same, located=located, owner=owner, refused=refused, part=part
        )
        report.add_results(done_here)
        refused = 0
        if progress and batch:
            progress(done, len(upserts))
    report.written = True
    return report


def _table(app: StoreApp, path: Path, kind: RecordKind, owner: str | None, wishes: Wishes) -> Table:
    from matcher.services.kept_columns import remembered
    from matcher.spreadsheets.reader import forget_texts, read_table

    def kept(headers: Sequence[str]) -> Mapping[str, Target | None]:
        with app.store.read() as records:
            return remembered(records, owner or "", kind, headers)

    with app.store.read() as records:
        own = fields_of_school(records, owner, kind)
    try:
        return read_table(path, kind, school=owner, today=app.clock.today(), wishes=wishes, kept=kept, own=own)
    finally:
        forget_texts()


def _batch_of(records: Records, kind: RecordKind, rows: int) -> int:
    """How many rows a batch has, of an import in which so many may change something."""
    if rows <= LARGE_BATCH:  # which one transaction would be, without progress or a place to stop
        return BATCH
    return LARGE_BATCH if rows * _MUCH > records.records.count(kind) else BATCH


def _write(
    app: StoreApp,
    asker: Asker,
    batch: Sequence[Upsert],
    table: Table,
    *,
    kind: RecordKind,
    same: Mapping[int, UpsertResult],
    located: Located,
    owner: str | None,
    refused: int,
    part: Part | None,
) -> list[UpsertResult]:
    """Writes a batch in one transaction, but for the rows that are known to change nothing (`same`).

    What was taken back meanwhile is not added to: the rest is another import, which can be taken back too.
    """
    from matcher.services.kept_columns import remember

    report = table.report
    started, is_first_batch = report.import_id, report.read == report.refused
    known = [same[upsert.row] for upsert in batch if upsert.row in same]
    further = [upsert for upsert in batch if upsert.row not in same] if known else batch
    of_file = owner
    if owner is None and is_first_batch and len(owners := {upsert.owner for upsert in table.upserts}) == 1:
        of_file = next(iter(owners))

    def work(tx: Transaction) -> tuple[str | None, list[UpsertResult]]:
        located.store(tx, batch)
        if is_first_batch:
            remember(tx, owner or "", kind, table.block.headers, table.guesses)
            make_fields(tx, table)
        import_id = started
        if further:
            import_id = import_of(tx, started, kind, of_file, report.file)
            if part is not None and import_id != started:
                part.begun(tx, import_id)
        results = [*tx.imports.upsert(kind, further, import_id=import_id, alike=False), *known]
        counts = counted(results)
        tx.note(Action.IMPORT, {"kind": kind.value, **counts, "refused": refused})
        return import_id, results

    report.import_id, results = app.store.write(work, by=asker)
    return results


def import_places(app: StoreApp, asker: Asker, path: Path, *, dry_run: bool = False) -> Report:
    """Adds the coordinates of a table of postcodes or towns; a `dry_run` writes nothing.

    Raises Forbidden, UnreadableFile, MissingColumns, StoreError.
    """
    from matcher.spreadsheets.places import read_places

    asker.need_all(Action.IMPORT)  # they are for every school
    places, report = read_places(path)
    report.dry_run = dry_run

    def count(records: Records) -> dict[str, int]:
        return changed(records.places.of(places), places)[1]

    def work(tx: Transaction) -> dict[str, int]:
        counts = count(tx)
        tx.places.add(places)
        tx.note(Action.IMPORT, {"kind": "places", **counts, "refused": report.refused})
        return counts

    if dry_run:
        with app.store.read() as records:
            counts = count(records)
    else:
        counts = app.store.write(work, by=asker)
    report.add_counts(counts)
    return report
