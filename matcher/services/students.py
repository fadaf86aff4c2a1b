"""Alumni from a student system: who finished a programme comes in, and what an alumnus said goes before it.

A student system gives no consent: whoever comes in has none, and is in no list until they give it. Nobody is removed or
closed for being in it no more, since it forgets people long before their school does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from matcher.domain.moments import stored
from matcher.domain.own_fields import OWN_PREFIX, OwnField, own_key, value_of
from matcher.domain.records import Alumnus, Qualification, RecordKind
from matcher.errors import InvalidValue, JobRefused
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.sources import KeptRun, KeptSource
from matcher.repositories.values import Upsert, UpsertResult
from matcher.services.app import StoreApp
from matcher.services.feeds import parts_of
from matcher.services.in_parts import batches, counted, import_of
from matcher.services.locating import Located, locate
from matcher.services.sourcing import A_TENTH, BATCH, Synced, Syncing, report_of
from matcher.sources import STUDENTS
from matcher.text import id_key

if TYPE_CHECKING:
    from matcher.sources.feed import Feed
    from matcher.sources.servers import Ask
    from matcher.spreadsheets.report import Report

_KIND = RecordKind.ALUMNI
_TEXTS = ("first_name", "infix", "last_name", "email", "phone", "postcode", "town")
"""What a source gives as texts, to be read as cells of these fields."""
_NAMES = _TEXTS[:3]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A source that is read, on its way to the store."""

    name: str
    school: str
    feed: Feed
    upserts: Sequence[Upsert]
    located: Located
    agreed: bool
    whole: bool


def sync_file(app: StoreApp, asker: Asker, path: Path, *, how: Syncing) -> Synced:
    """Reads a JSON document with persons and the programmes that they finished, and makes alumni of this school of it.

    Only what has all people of the source, and not those alone who changed, is compared with what it had.

    Raises Forbidden, UnknownId, UnreadableFile, InvalidValue (`source_name`, `source_form`, `students_school`,
    `students_empty`, `students_bsn`), JobRefused (`students_shrunk`), StoreError.
    """
    from matcher.sources.students import LISTS, read

    owner = _school(asker, how.provider)
    feed = read(parts_of(path, LISTS), app.clock.today(), school=owner, since=how.since)
    return sync(app, asker, feed, file=path.name, how=how)


def sync_server(app: StoreApp, asker: Asker, ask: Ask, address: str, *, how: Syncing) -> Synced:
    """As `sync_file`, of what a server has at this address. `ask` asks it.

    Nothing is written unless the server answered all questions. Raises as `sync_file`, and InvalidValue for what a
    server answers.
    """
    from matcher.sources.student_servers import documents
    from matcher.sources.students import read

    owner = _school(asker, how.provider)
    feed = read(documents(ask, address), app.clock.today(), school=owner, since=how.since)
    return sync(app, asker, feed, file=address, how=how)


def sync(app: StoreApp, asker: Asker, feed: Feed, *, file: str, how: Syncing) -> Synced:
    """Writes what was read of a student system, some thousands in a transaction, as one import that can be taken back.

    `file`: how the report names where it comes from. The report names where the source says something else than the
    alumnus did, which stays, and who may be somebody who is there under another number. Raises as `sync_file`.
    """
    owner, source, whole = _school(asker, how.provider), how.source.strip(), how.whole and how.since is None
    if not source:
        raise InvalidValue("source_name")
    _need_no_bsns(feed)
    report = report_of(feed, file, _KIND)
    report.dry_run = how.dry_run
    with app.store.read() as records:
        rows = _with_own(_read_as_fields(feed.upserts, report), records.own_fields.of(owner), report)
        twice = records.duplicates.said_twice(_KIND, rows)
        skipped = {one.row for one in twice}
        rows = [row for row in rows if row.row not in skipped]
        located = locate(records, rows, report)
        report.doubts.clear()  # nobody is there to answer: what cannot be placed has no distance
        reading = _Reading(source, owner, feed, rows, located, how.agreed, whole)
        _check(records, reading)
        foreseen = [
            one for part, _ in batches(rows, BATCH) for one in records.imports.preview(_KIND, _merged(records, part))
        ]
        _name_others(report, foreseen, {row.id for row in rows})
    report.add_results(twice)
    if how.dry_run:
        report.add_results(foreseen)
        return Synced(report, 0)
    same = {one.row: one for one in foreseen if one.outcome == "unchanged"}
    for part, done in batches(rows, BATCH):
        changed = [row for row in part if row.row not in same]
        report.add_results(_write(app, asker, changed, reading, report, is_last=done == len(rows)))
        report.add_results(same[row.row] for row in part if row.row in same)
        if how.progress:
            how.progress(done, len(rows))
    report.written = True
    return Synced(report, 0)


def _school(asker: Asker, school: str) -> str:
    """The school whose alumni they are. Raises Forbidden, UnknownId, InvalidValue."""
    owner = asker.owner(Action.IMPORT, school.strip() or None)
    if not owner:
        raise InvalidValue("students_school")
    return owner


def _need_no_bsns(feed: Feed) -> None:
    """Raises InvalidValue where what the source calls numbers of students are BSNs."""
    from matcher.spreadsheets.forbidden import forbidden_content

    if forbidden_content([row.id for row in feed.upserts]):
        raise InvalidValue("students_bsn")


def _read_as_fields(upserts: Sequence[Upsert], report: Report) -> list[Upsert]:
    """The rows with their texts read as cells of a list; what cannot be used is left out and named.

    Names are taken apart as those of lists are: a `tussenvoegsel` in a surname would else stand there twice.
    """
    from matcher.spreadsheets.cells import CellProblem, tidied
    from matcher.spreadsheets.forms import value_in

    rows = []
    for row in upserts:
        values = dict(row.values)
        for field in _TEXTS:
            text = values.get(field)
            if not isinstance(text, str):
                continue
            try:
                values[field] = value_in(_KIND, field, text)
            except InvalidValue as wrong:
                del values[field]
                problem = CellProblem(wrong.code)
                problem.values.update(wrong.values)
                report.leave_out(field, field, problem, None, [row.row])
        parts = tidied(*(cast("str | None", values.get(name)) for name in _NAMES))
        values |= {name: text for name, text in zip(_NAMES, parts, strict=True) if text is not None}
        rows.append(replace(row, values=values))
    return rows


def _with_own(rows: Sequence[Upsert], fields: Sequence[OwnField], report: Report) -> list[Upsert]:
    """The rows with what the school has own fields for; what it has none for is not kept, and told once."""
    known = {own_key(field.name): field for field in fields}
    result, without = [], set[str]()
    for row in rows:
        values: dict[str, object] = {}
        for name, value in row.values.items():
            if not name.startswith(OWN_PREFIX):
                values[name] = value
                continue
            field = known.get(own_key(name.removeprefix(OWN_PREFIX)))
            text = value_of(field, str(value)) if field else None
            if field is None:
                without.add(name.removeprefix(OWN_PREFIX))
            elif text is not None:
                values[f"{OWN_PREFIX}{field.name}"] = text
        result.append(replace(row, values=values))
    for name in sorted(without):
        report.add_note("sources.remarks.no_own_field", name=name)
    return result


def _check(records: Records, reading: _Reading) -> KeptSource | None:
    """The source, if it was read before. Raises InvalidValue, JobRefused."""
    kept = records.sources.named(reading.name)
    if kept is not None and kept.form != STUDENTS:
        raise InvalidValue("source_form", source=reading.name, form=kept.form)
    runs = records.sources.runs(1, kept.key, whole=True) if kept is not None and reading.whole else []
    before = sum(run.created + run.updated + run.unchanged for _, run in runs)
    now = len(reading.feed.ids)
    if not now and not before and reading.whole:
        raise InvalidValue("students_empty", refused=reading.feed.refused)
    if before and now * A_TENTH <= before and not reading.agreed:
        raise JobRefused("students_shrunk", source=reading.name, before=before, now=now)
    return kept


def _merged(records: Records, rows: Sequence[Upsert]) -> list[Upsert]:
    """The rows with the qualifications that only the school's lists know of these alumni."""
    from matcher.sources.students import merged

    there = _known(records, {row.id for row in rows}, {id_key(row.owner) for row in rows})
    result = []
    for row in rows:
        known = there.get((id_key(row.owner), row.id))
        said = cast("Sequence[Qualification]", row.values.get("qualifications", ()))
        if known is not None and said:
            row = replace(row, values={**row.values, "qualifications": merged(said, known.qualifications)})  # noqa: PLW2901
        result.append(row)
    return result


def _known(records: Records, ids: set[str], schools: set[str]) -> Mapping[tuple[str, str], Alumnus]:
    """The alumni with these numbers, by school as compared and number; also under the number of before a merge."""
    keys = {
        key: (id_key(school), id_)
        for key, school, id_ in records.records.names(_KIND)
        if id_ in ids and id_key(school) in schools
    }
    given = records.records.by_key(_KIND, [*keys], consents=False)
    found = {keys[key]: cast("Alumnus", one) for key, one in given.items()}
    left = ids - {id_ for _, id_ in keys.values()}
    if left and records.merges.holders():
        for school in {name for name in records.records.owners() if id_key(name) in schools}:
            now = {former: id_ for former in left if (id_ := records.merges.number_of(school, former))}
            for former, id_ in now.items():
                for one in records.records.find(_KIND, id_, school):
                    found[id_key(school), former] = cast("Alumnus", one)
    return found


def _name_others(report: Report, foreseen: Sequence[UpsertResult], here: set[str]) -> None:
    """Names who may be somebody who is there under another number: both stand on the page of possible duplicates."""
    from matcher.spreadsheets.report import Duplicate

    for result in foreseen:
        for other in result.same_as:
            if other.row is not None:
                report.duplicates.append(Duplicate(result.row, tuple(other.because), of=other.row))
            elif other.id not in here:
                report.duplicates.append(Duplicate(result.row, tuple(other.because), number=other.id))


def _write(
    app: StoreApp,
    asker: Asker,
    part: Sequence[Upsert],
    reading: _Reading,
    report: Report,
    *,
    is_last: bool,
) -> list[UpsertResult]:
    """Writes some rows, as the records are by then; the last of them with how the reading went."""

    def work(tx: Transaction) -> tuple[str | None, list[UpsertResult]]:
        kept = _check(tx, reading) or tx.sources.add(reading.name, STUDENTS)
        reading.located.store(tx, part)
        import_id = report.import_id
        results: list[UpsertResult] = []
        if part:
            import_id = import_of(tx, import_id, _KIND, reading.school, report.file)
            results = tx.imports.upsert(_KIND, _merged(tx, part), import_id=import_id, alike=False)
        counts = counted(results)
        refused = reading.feed.refused if is_last else 0
        if is_last:
            whole = {name: counts[name] + getattr(report, name) for name in counts}
            whole["unchanged"] += len(reading.feed.ids) - sum(whole.values())
            tx.sources.ran(
                KeptRun(
                    source_key=kept.key, ran_at=stored(tx.now), gone=0, refused=refused,
                    remarks=len(reading.feed.remarks), whole=reading.whole, **whole,
                )
            )  # fmt: skip
        tx.note(Action.IMPORT, {"kind": _KIND.value, **counts, "refused": refused})
        return import_id, results

    report.import_id, results = app.store.write(work, by=asker)
    return results
