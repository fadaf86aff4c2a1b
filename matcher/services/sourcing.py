"""From what a source gives to courses here: what it may bring, what it has no more, and when it is held."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from matcher.domain.moments import stored
from matcher.domain.records import Offering, RecordKind, Registration
from matcher.errors import InvalidValue, JobRefused
from matcher.policy import Action, Asker
from matcher.ports import Progress
from matcher.repositories import Records, Transaction
from matcher.repositories.sources import Id, KeptRun, KeptSource
from matcher.repositories.values import Upsert, UpsertResult
from matcher.services.app import StoreApp
from matcher.services.in_parts import batches, counted, import_of
from matcher.services.locating import Located, locate

if TYPE_CHECKING:
    from matcher.sources.feed import Feed
    from matcher.spreadsheets.report import Report

BATCH = 5000
"""Rows in one transaction."""
A_TENTH = 10
"""A source that gives one in so many of what it gave before, or less, is held until a person agrees."""
SHRUNK = "source_shrunk"
MOST_LISTS = 5
"""Lists that a remark names."""
_NUMBERS = re.compile(r"\[\d+\]")
_REFUSING = frozenset({"not_given", "needs", "needs_code", "twice", "person_needs"})


@dataclass(frozen=True, slots=True)
class Synced:
    """What a reading of a source did. `gone`: offerings that it had before and has no more; they are closed now."""

    report: Report
    gone: int


@dataclass(frozen=True, slots=True)
class Syncing:
    """How a source is read by command.

    `source`: a name for where it comes from, the same each time. `provider`: whose the courses are, where the document
    does not say; of a student system the school of these alumni. `providers`: of whom alone the source may bring
    courses, from now on; None: as before, and at first of all of whom nobody else has any here. `since`: of a server,
    see `matcher.sources.servers.documents`; of students, only who left on that day or later. `agreed`: a person agreed
    to it being a tenth of what it was, or less. `whole`: the document is all that the source has; else only changes,
    and nothing is gone but what the document says is gone.
    """

    source: str
    provider: str = ""
    providers: Collection[str] | None = None
    since: date | None = None
    dry_run: bool = False
    agreed: bool = False
    whole: bool = True
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A source that is read, on its way to the store.

    `file`: how the report names where it comes from. `owner`: the one provider that the asker may write for; None for
    all. `providers`: of whom the source may bring courses from now on; None: as it was. `agreed`: a person agreed to
    it being a tenth of what it was, or less. `whole`: what was read is all that the source has. `since`: what began
    before was not asked for. `taken`: the source as a process took it to read it by itself. `noted`: the action in the
    log.
    """

    name: str
    form: str
    feed: Feed
    file: str
    owner: str | None = None
    providers: tuple[str, ...] | None = None
    agreed: bool = False
    whole: bool = True
    since: date | None = None
    taken: KeptSource | None = None
    noted: str = Action.IMPORT


@dataclass(frozen=True, slots=True)
class _Way:
    """How far a reading is: where its places are, and what it did."""

    reading: Reading
    located: Located
    report: Report


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands against a reading at one state of the data.

    `refused`: offerings that the source may not bring, each with a code. `gone`: what it had and has no more;
    `closed`: what of that is closed.
    """

    refused: Mapping[Id, str]
    gone: frozenset[Id]
    closed: frozenset[Id]


def synced(
    app: StoreApp, asker: Asker, reading: Reading, *, dry_run: bool = False, progress: Progress | None = None
) -> Synced:
    """Makes the courses of a source what was read, some thousands in a transaction.

    A killed run goes on when it is run again. Raises InvalidValue (`source_form`, `source_empty`, `source_unknown`,
    `source_changed`), JobRefused (`source_shrunk`; what was held is kept with the source), StoreError.
    """
    feed = reading.feed
    report = report_of(feed, reading.file)
    report.dry_run = dry_run
    try:
        with app.store.read() as records:
            located = locate(records, feed.upserts, report, several=True)
            report.doubts.clear()  # nobody is there to answer: what cannot be placed has no distance
            kept = records.sources.named(reading.name)
            found = _found(records, kept, reading)
            if dry_run:
                rows = [one for one in feed.upserts if (one.id, one.owner) not in found.refused]
                report.add_results(records.imports.preview(RecordKind.OFFERINGS, rows))
                _refuse(report, feed.upserts, found.refused)
                return Synced(report, len(found.closed))
        report.start()
        way = _Way(reading, located, report)
        upserts = [*feed.upserts, *closing(found.closed, len(feed.upserts))]
        closed = 0
        for part, done in batches(upserts, BATCH):
            results, found = _write(app, asker, part, way, is_last=done == len(upserts))
            report.add_results(results)
            _refuse(report, part, found.refused)
            closed = len(found.closed)
            if progress:
                progress(done, len(upserts))
    except JobRefused as refused:
        if not dry_run:
            _hold(app, asker, reading, refused)
        raise
    report.written = True
    return Synced(report, closed)


def _write(
    app: StoreApp, asker: Asker, part: Sequence[Upsert], way: _Way, *, is_last: bool
) -> tuple[list[UpsertResult], _Found]:
    """Writes some rows; the last of them is written with what is gone by then, and how it went."""
    reading, report = way.reading, way.report
    feed = reading.feed

    def work(tx: Transaction) -> tuple[str, list[UpsertResult], _Found]:
        kept = tx.sources.named(reading.name)
        need_turn(reading.taken, kept)
        found = _found(tx, kept, reading)
        kept = kept or tx.sources.add(reading.name, reading.form)
        way.located.store(tx, part)
        import_id = import_of(tx, report.import_id, RecordKind.OFFERINGS, None, reading.file)
        may = [one for one in part if (one.id, one.owner) not in found.refused]
        rows = [one for one in may if not _is_closing(one) or (one.id, one.owner) in found.closed]
        results = tx.imports.upsert(RecordKind.OFFERINGS, rows, import_id=import_id, alike=False)
        added = {(one.id, one.owner): feed.parts.get((one.id, one.owner), "") for one in rows if not _is_closing(one)}
        tx.sources.keep(kept.key, added, found.gone if is_last else ())
        counts = counted(results)
        refused = feed.refused + len(feed.unlisted) + len(found.refused) if is_last else 0
        if is_last:
            done = {name: counts[name] + getattr(report, name) for name in counts}
            tx.sources.ran(
                KeptRun(
                    source_key=kept.key, ran_at=stored(tx.now), gone=len(found.closed), refused=refused,
                    remarks=len(feed.remarks), whole=reading.whole, **done,
                )
            )  # fmt: skip
            tx.programmes.want(feed.codes)
            lists = sorted(feed.lists | {one for one in kept.lists if one in feed.unlisted})
            settings = {} if reading.providers is None else {"providers": reading.providers}
            tx.connectors.put(
                kept.key, held=None, agreed=None, problem=None, tried_at=stored(tx.now), lists=lists, **settings
            )
        details = {"kind": RecordKind.OFFERINGS.value, "source": kept.key, **counts, "refused": refused}
        tx.note(reading.noted, details)
        return import_id, results, found

    report.import_id, results, found = app.store.write(work, by=asker)
    return results, found


def need_turn(taken: KeptSource | None, kept: KeptSource | None) -> None:
    """Raises InvalidValue('source_changed') where a source was taken by another process, switched off or changed.

    `taken`: as this process took it, None for a reading by command; `kept`: as it is in this transaction.
    """
    if taken is None:
        return
    if kept is None or not kept.is_as_taken(taken):
        raise InvalidValue("source_changed", source=taken.name)


def _hold(app: StoreApp, asker: Asker, reading: Reading, refused: JobRefused) -> None:
    """Keeps what a reading that was held would have left, so that a person can agree to exactly that."""

    def work(tx: Transaction) -> None:
        kept = tx.sources.named(reading.name)
        need_turn(reading.taken, kept)
        if kept is not None:
            held = {**refused.values, "digest": digest_of(reading.feed), "at": stored(tx.now).isoformat()}
            tx.connectors.put(kept.key, held=held, agreed=None, tried_at=stored(tx.now))

    app.store.write(work, by=asker)


def digest_of(feed: Feed) -> str:
    """Which courses a source has, as a digest: by it a person agrees to what was held, and to nothing else."""
    lines = [f"{owner}\0{id_}" for id_, owner in sorted(feed.ids)]
    lines += [f"\0{one}" for one in (*sorted(feed.unread), "", *sorted(feed.unlisted))]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _found(records: Records, kept: KeptSource | None, reading: Reading) -> _Found:
    """What stands against a reading. Raises InvalidValue, JobRefused."""
    if kept is not None and kept.form != reading.form:
        raise InvalidValue("source_form", source=reading.name, form=kept.form)
    allowed = _allowed(kept, reading)
    gone = frozenset(one for one in _gone(records, kept, reading) if not allowed or one[1] in allowed)
    refused = _refused(records, kept, reading, allowed)
    closed = gone - records.sources.brought(but=kept.key, gone=False) if kept is not None and gone else gone
    return _Found(refused, gone, closed)


def _gone(records: Records, kept: KeptSource | None, reading: Reading) -> frozenset[Id]:
    """What the source had and has no more. Raises InvalidValue, JobRefused."""
    feed = reading.feed
    if not reading.whole:
        if kept is None:
            raise InvalidValue("source_unknown", source=reading.name)
        had = records.sources.ids(kept.key) if feed.gone else {}
        return frozenset(one for one in had if feed.is_gone(*one))
    before = records.sources.ids(kept.key, reading.since) if kept else {}
    if not feed.ids and not before:
        raise InvalidValue("source_empty", refused=feed.refused)
    gone = frozenset(one for one, part in before.items() if not feed.has(*one, part))
    now = len(feed.ids | (before.keys() - gone))
    agreed = reading.agreed or (kept is not None and kept.agreed == digest_of(feed))
    if now * A_TENTH <= len(before) and not agreed:
        raise JobRefused(SHRUNK, source=reading.name, before=len(before), now=now)
    return gone


def _allowed(kept: KeptSource | None, reading: Reading) -> frozenset[str]:
    """The providers that a source is bound to; empty for none."""
    if reading.owner is not None:
        return frozenset({reading.owner})
    return frozenset(reading.providers if reading.providers is not None else kept.providers if kept else ())


def _refused(records: Records, kept: KeptSource | None, reading: Reading, allowed: frozenset[str]) -> Mapping[Id, str]:
    """What the source may not bring: courses of others than its providers; without those, what somebody else has."""
    ids = frozenset((one.id, one.owner) for one in reading.feed.upserts)
    if allowed:
        return {one: "other_provider" for one in ids if one[1] not in allowed}
    new = ids - (records.sources.brought(by=kept.key, gone=False) if kept else frozenset())
    if not new:
        return {}
    others = records.sources.brought(but=kept.key if kept else None, gone=False)
    here = records.sources.owners_here({owner for _, owner in new})
    return {
        one: "of_another_source" if one in others else "provider_here" for one in new if one in others or one[1] in here
    }


def closing(gone: Iterable[Id], after: int = 0) -> list[Upsert]:
    """Rows that close what is gone, numbered from `after` + 1."""
    return [
        Upsert(after + number, id_, owner, {"registration": Registration.CLOSED})
        for number, (id_, owner) in enumerate(sorted(gone), start=1)
    ]


def _is_closing(row: Upsert) -> bool:
    return "title" not in row.values


def _refuse(report: Report, rows: Iterable[Upsert], refused: Mapping[Id, str]) -> None:
    """Says of rows that the source may not bring why not: one sentence for each provider."""
    from matcher.spreadsheets.report import Remark

    for row in rows:
        code = refused.get((row.id, row.owner))
        if code and not _is_closing(row):
            report.problems.append(Remark(f"sources.remarks.{code}", {"provider": row.owner}, row.row))


def report_of(feed: Feed, file: str, kind: RecordKind = RecordKind.OFFERINGS) -> Report:
    """The remarks of a feed as those of an import: each kind once per place in the document, with its records."""
    from matcher.spreadsheets.report import Remark, Report

    report = Report(file=file, kind=kind.value)
    rows = {upsert.id: upsert.row for upsert in feed.upserts}
    unread = len(feed.upserts)
    for remark in feed.remarks:
        place = _NUMBERS.sub("", remark.path) or None
        told = Remark(f"sources.remarks.{remark.code}", remark.values, rows.get(remark.id), place, remark.shown)
        if remark.code in _REFUSING:
            unread += 1
            report.problems.append(replace(told, row=unread))
        else:
            report.notes.append(told)
    if feed.unlisted:
        named = ", ".join(sorted(feed.unlisted)[:MOST_LISTS])
        values = {"lists": named, "count": len(feed.unlisted)}
        report.problems.append(Remark("sources.remarks.no_list", values))
    return report


def need_own(records: Records, offering: Offering) -> None:
    """Raises InvalidValue('offering_of_source') where a source says what a course is: a change would be lost."""
    id_ = (offering.offering_id, offering.provider)
    source = records.connectors.of([id_]).get(id_)
    if source is not None:
        raise InvalidValue("offering_of_source", source=source)


def note_sources(records: Records, kind: RecordKind, upserts: Iterable[Upsert], report: Report) -> None:
    """Says of courses in a list which of them a source says again, so that what the list changes is lost by then."""
    if kind is not RecordKind.OFFERINGS:
        return
    rows = {(one.id, one.owner): one.row for one in upserts if one.id}
    for id_, source in records.connectors.of(rows.keys()).items():
        report.add_note("sources.remarks.of_source", row=rows[id_], source=source)
