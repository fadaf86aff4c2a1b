"""Courses from other systems: the documents of a source become offerings, and what it has no more is closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.domain.records import RecordKind, Registration
from matcher.errors import InvalidValue, JobRefused, UnknownId, UnreadableFile
from matcher.policy import Action, Asker
from matcher.ports import Progress
from matcher.repositories import Transaction
from matcher.repositories.sources import Id, KeptRun, KeptSource, Sources
from matcher.repositories.values import Upsert, UpsertResult
from matcher.services.app import StoreApp
from matcher.services.locating import Located, locate

if TYPE_CHECKING:
    from matcher.sources.feed import Feed
    from matcher.sources.servers import Ask
    from matcher.spreadsheets.report import Report

BATCH = 5000
"""Rows in one transaction."""
A_TENTH = 10
"""A source that gives one in so many of what it gave before, or less, is held until a person agrees."""
LARGEST = 200_000_000
"""Bytes of a document."""
MOST_RUNS = 50
_NUMBERS = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Synced:
    """What a reading of a source did. `gone`: offerings that it had before and has no more; they are closed now."""

    report: Report
    gone: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """A source that is read, on its way to the store."""

    name: str
    form: str
    feed: Feed
    located: Located
    agreed: bool
    whole: bool
    since: date | None


def sync_file(
    app: StoreApp,
    asker: Asker,
    path: Path,
    form: str,
    *,
    source: str,
    provider: str = "",
    dry_run: bool = False,
    agreed: bool = False,
    whole: bool = True,
    progress: Progress | None = None,
) -> Synced:
    """Reads a JSON document of a source, and makes the courses of this source what the document says.

    `form`: one of `matcher.sources.FORMS`. `source`: a name for where it comes from, the same each time. `provider`:
    whose courses they are, where the document does not say. What the document has no more is closed, not removed, and
    rankings leave it out. `agreed`: a person agreed to it being a tenth of what it was, or less. `whole`: the document
    is all that the source has; else only changes, and nothing is gone but what the document says is gone.

    Raises Forbidden, UnreadableFile, InvalidValue (`source_name`, `source_form`, `source_empty`), UnknownId,
    JobRefused (`source_shrunk`), StoreError.
    """
    from matcher.sources import read

    owner = asker.owner(Action.IMPORT, provider or None)
    feed = read(form, parts_of(path), app.clock.today(), provider=provider or owner or "")
    return sync(
        app, asker, feed, form,
        source=source, file=path.name, dry_run=dry_run, agreed=agreed, whole=whole, progress=progress,
    )  # fmt: skip


def sync_server(
    app: StoreApp,
    asker: Asker,
    ask: Ask,
    address: str,
    form: str,
    *,
    source: str,
    provider: str = "",
    since: date | None = None,
    dry_run: bool = False,
    agreed: bool = False,
    whole: bool = True,
    progress: Progress | None = None,
) -> Synced:
    """As `sync_file`, of what a server has at this address. `ask` asks it.

    `since`: see `matcher.sources.servers.documents`; of an OEAPI server, what began before is not asked for and stays
    as it is. With `whole` False and no day, EDU-DEX is asked for what changed
    since the day before this source was last read. Nothing is written unless the server answered all questions.

    Raises as `sync_file`, and InvalidValue for what a server answers.
    """
    from matcher.sources import read
    from matcher.sources.servers import documents

    owner = asker.owner(Action.IMPORT, provider or None)
    if since is None and not whole and form == "edudex":
        since = _last_read(app, source.strip())
    given = documents(form, ask, address, since=since, today=app.clock.today(), whole=whole)
    feed = read(form, given, app.clock.today(), provider=provider or owner or "")
    return sync(
        app, asker, feed, form,
        source=source, file=address, dry_run=dry_run, agreed=agreed, whole=whole, progress=progress,
        since=since if form == "oeapi" else None,
    )  # fmt: skip


def _last_read(app: StoreApp, source: str) -> date | None:
    """The day before a source was last read."""
    with app.store.read() as records:
        days = [run.ran_at.date() for one, run in records.sources.runs(MOST_RUNS) if one.name == source]
    return max(days) - timedelta(days=1) if days else None


def sync(
    app: StoreApp,
    asker: Asker,
    feed: Feed,
    form: str,
    *,
    source: str,
    file: str,
    dry_run: bool = False,
    agreed: bool = False,
    whole: bool = True,
    progress: Progress | None = None,
    since: date | None = None,
) -> Synced:
    """Writes what was read of a source, some thousands in a transaction: a killed run goes on when it is run again.

    `file`: how the report names where it comes from. `since`: what began before was not asked for, and is not gone.
    Raises as `sync_file`.
    """
    if not source.strip():
        raise InvalidValue("source_name")
    for provider in {upsert.owner for upsert in feed.upserts}:
        if asker.owner(Action.IMPORT, provider) != provider:
            raise UnknownId("unknown_school", school=provider)
    report = report_of(feed, file)
    report.dry_run = dry_run
    with app.store.read() as records:
        located = locate(records, feed.upserts, report, several=True)
        report.doubts.clear()  # nobody is there to answer: what cannot be placed has no distance
        reading = _Reading(source.strip(), form, feed, located, agreed, whole, since)
        kept = records.sources.named(reading.name)
        closed = _closed(records.sources, kept, _check(kept, records.sources.ids, reading))
        if dry_run:
            report.add_results(records.imports.preview(RecordKind.OFFERINGS, feed.upserts))
            return Synced(report, len(closed))
    report.start()
    upserts = [*feed.upserts, *_closing(closed, len(feed.upserts))]
    for start in range(0, max(len(upserts), 1), BATCH):
        part = upserts[start : start + BATCH]
        report.add_results(_write(app, asker, part, reading, report, is_last=start + BATCH >= len(upserts)))
        if progress:
            progress(start + len(part), len(upserts))
    report.written = True
    return Synced(report, len(closed))


def runs(app: StoreApp, asker: Asker) -> list[tuple[KeptSource, KeptRun]]:
    """The last readings of all sources, the newest first. Raises Forbidden."""
    asker.owner(Action.IMPORT, None)
    with app.store.read() as records:
        return records.sources.runs(MOST_RUNS)


def _write(
    app: StoreApp, asker: Asker, part: Sequence[Upsert], reading: _Reading, report: Report, *, is_last: bool
) -> list[UpsertResult]:
    """Writes some rows; the last of them is written with what is gone by then, and how it went."""

    def work(tx: Transaction) -> tuple[str, list[UpsertResult]]:
        kept = tx.sources.named(reading.name)
        gone = _check(kept, tx.sources.ids, reading)
        closed = _closed(tx.sources, kept, gone)
        kept = kept or tx.sources.add(reading.name, reading.form)
        reading.located.store(tx, part)
        import_id = report.import_id or tx.imports.begin(RecordKind.OFFERINGS, None, report.file)
        rows = [row for row in part if not _is_closing(row) or (row.id, row.owner) in closed]
        results = tx.imports.upsert(RecordKind.OFFERINGS, rows, import_id=import_id, alike=False)
        added = {(row.id, row.owner) for row in rows if not _is_closing(row)}
        tx.sources.keep(kept.key, added, gone if is_last else ())
        counts = {name: sum(one.outcome == name for one in results) for name in ("created", "updated", "unchanged")}
        refused = reading.feed.refused if is_last else 0
        if is_last:
            whole = {name: counts[name] + getattr(report, name) for name in counts}
            tx.sources.ran(
                KeptRun(
                    source_key=kept.key, ran_at=tx.now.replace(tzinfo=None), gone=len(closed), refused=refused,
                    remarks=len(reading.feed.remarks), **whole,
                )
            )  # fmt: skip
        tx.note(Action.IMPORT, {"kind": RecordKind.OFFERINGS.value, **counts, "refused": refused})
        return import_id, results

    report.import_id, results = app.store.write(work, by=asker)
    return results


def _check(
    kept: KeptSource | None, ids: Callable[[int, date | None], frozenset[Id]], reading: _Reading
) -> frozenset[Id]:
    """What the source had and has no more. Raises InvalidValue, JobRefused."""
    if kept is not None and kept.form != reading.form:
        raise InvalidValue("source_form", source=reading.name, form=kept.form)
    feed = reading.feed
    if not reading.whole:
        if kept is None:
            raise InvalidValue("source_unknown", source=reading.name)
        before = ids(kept.key, None) if feed.gone else frozenset()
        return frozenset(one for one in before if feed.is_gone(*one))
    before = ids(kept.key, reading.since) if kept else frozenset()
    if not feed.ids and not before:
        raise InvalidValue("source_empty", refused=feed.refused)
    gone = frozenset(one for one in before if not feed.has(*one))
    now = len(feed.ids | (before - gone))
    if now * A_TENTH <= len(before) and not reading.agreed:
        raise JobRefused("source_shrunk", source=reading.name, before=len(before), now=now)
    return gone


def _closed(sources: Sources, kept: KeptSource | None, gone: frozenset[Id]) -> frozenset[Id]:
    """What is closed of what a source has no more: not what another source still has."""
    return gone - sources.others(kept.key) if kept is not None and gone else gone


def _closing(gone: frozenset[Id], after: int) -> list[Upsert]:
    """Rows that close what is gone."""
    return [
        Upsert(after + number, id_, owner, {"registration": Registration.CLOSED})
        for number, (id_, owner) in enumerate(sorted(gone), start=1)
    ]


def _is_closing(row: Upsert) -> bool:
    return "title" not in row.values


def parts_of(path: Path, lists: Collection[str] | None = None) -> Iterator[object]:
    """The members of a JSON file, one by one; `lists`: those of an object that have them. Raises UnreadableFile."""
    from matcher.sources.parts import LISTS, Broken, parts

    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableFile("source_too_large", file=path.name, megabytes=LARGEST // 1_000_000)
        with path.open("rb") as file:
            yield from parts(file, lists or LISTS)
    except OSError:
        raise UnreadableFile("source_missing", file=path.name) from None
    except Broken as error:
        raise UnreadableFile("no_json", file=path.name, line=error.line) from None


def report_of(feed: Feed, file: str, kind: RecordKind = RecordKind.OFFERINGS) -> Report:
    """The remarks of a feed as those of an import: each kind once per place in the document, with its records."""
    from matcher.spreadsheets.report import Remark, Report

    report = Report(file=file, kind=kind.value)
    rows = {upsert.id: upsert.row for upsert in feed.upserts}
    refusing = frozenset({"not_given", "needs", "twice", "person_needs"})
    unread = len(feed.upserts)
    for remark in feed.remarks:
        place = _NUMBERS.sub("", remark.path) or None
        told = Remark(f"sources.remarks.{remark.code}", remark.values, rows.get(remark.id), place, remark.shown)
        if remark.code in refusing:
            unread += 1
            report.problems.append(replace(told, row=unread))
        else:
            report.notes.append(told)
    return report
