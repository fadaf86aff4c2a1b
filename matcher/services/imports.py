"""Imports: the rows of a spreadsheet, and the coordinates of places, into the database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.domain.records import RecordKind
from matcher.errors import UnknownId
from matcher.policy import Action, Asker
from matcher.ports import Progress
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Upsert, UpsertResult
from matcher.services.app import StoreApp
from matcher.services.locating import Located, locate

if TYPE_CHECKING:
    from matcher.spreadsheets.report import Report

BATCH = 1000
"""Rows in one transaction, hence in one data revision: a killed import leaves whole batches."""
_OUTCOMES = ("created", "updated", "unchanged")


def import_records(
    app: StoreApp,
    asker: Asker,
    path: Path,
    kind: RecordKind,
    *,
    school: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Reads a spreadsheet and writes the rows without errors, a batch at a time; the report lists the others.

    Each batch is one transaction: its rows, the coordinates of the places that are new in it, and the entry in
    the log with its counts. `progress` counts rows. A `dry_run` writes nothing.

    Raises Forbidden, UnknownId, UnreadableFile, MissingColumns, StoreError.
    """
    from matcher.spreadsheets.reader import read_table

    owner = asker.owner(Action.IMPORT, school)
    table = read_table(path, kind, school=owner, today=app.clock.today())
    for upsert in table.upserts:
        if asker.owner(Action.IMPORT, upsert.owner) != upsert.owner:
            raise UnknownId("unknown_school", school=upsert.owner)
    report = table.report
    report.dry_run = dry_run
    with app.store.read() as records:
        located = locate(records, table.upserts, report)
    if dry_run:
        with app.store.read() as records:
            for batch, done in _batches(table.upserts):
                report.add_results(records.imports.preview(kind, batch))
                if progress and batch:
                    progress(done, len(table.upserts))
        return report
    refused = report.refused
    for batch, done in _batches(table.upserts):
        report.add_results(_write(app, asker, kind, batch, located, refused=refused))
        refused = 0
        if progress and batch:
            progress(done, len(table.upserts))
    return report


def _batches(upserts: Sequence[Upsert]) -> list[tuple[Sequence[Upsert], int]]:
    """The rows of each transaction and how many rows are done after it; one empty transaction for an empty file."""
    starts = range(0, max(len(upserts), 1), BATCH)
    return [(upserts[start : start + BATCH], min(start + BATCH, len(upserts))) for start in starts]


def _write(
    app: StoreApp, asker: Asker, kind: RecordKind, batch: Sequence[Upsert], located: Located, *, refused: int
) -> list[UpsertResult]:
    def work(tx: Transaction) -> list[UpsertResult]:
        located.store(tx, batch)
        results = tx.imports.upsert(kind, batch)
        counts = {name: sum(result.outcome == name for result in results) for name in _OUTCOMES}
        tx.note(Action.IMPORT, {"kind": kind.value, **counts, "refused": refused})
        return results

    return app.store.write(work, by=asker)


def import_places(app: StoreApp, asker: Asker, path: Path, *, dry_run: bool = False) -> Report:
    """Adds the coordinates of a table of postcodes or towns; a `dry_run` writes nothing.

    Raises Forbidden, UnreadableFile, MissingColumns, StoreError.
    """
    from matcher.spreadsheets.places import read_places

    asker.scope(Action.IMPORT)
    places, report = read_places(path)
    report.dry_run = dry_run

    def count(records: Records) -> dict[str, int]:
        known = records.places.of(places)
        unchanged = sum(known.get(key) == point for key, point in places.items())
        return {"created": len(places) - len(known), "updated": len(known) - unchanged, "unchanged": unchanged}

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
    report.created, report.updated, report.unchanged = (counts[name] for name in _OUTCOMES)
    return report
