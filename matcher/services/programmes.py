"""Programmes by their codes: names that were told by code alone, from RIO, and which code is in the place of another.

A diploma of which a list or a student system gave the code alone gets its name; a course of a source that has no name
gets that of its programme, when the source is read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from matcher.domain.crebo import CREBO_FORM, Programme, newest, register
from matcher.domain.differences import changed
from matcher.domain.records import Alumnus, Qualification, RecordKind
from matcher.errors import InvalidValue
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Upsert
from matcher.services.app import StoreApp
from matcher.services.in_parts import batches, counted, import_of

if TYPE_CHECKING:
    from matcher.sources.rio import Named
    from matcher.sources.servers import Ask
    from matcher.spreadsheets.report import Report

BATCH = 5000
"""Alumni in one transaction."""
MOST_NAMED = 5
"""Codes that an error names."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What filling in did: codes without a name, how many of them RIO has, and alumni whose diplomas have one now.

    `courses`: how many of the codes found are of courses of sources. `import_id`: of the import that can be taken back;
    None where nothing changed.
    """

    codes: int
    found: int
    alumni: int
    import_id: str | None
    courses: int = 0


def complete(app: StoreApp, asker: Asker, ask: Ask, address: str, *, dry_run: bool = False) -> Completed:
    """Asks RIO for each crebo code of a diploma that has no name or level, and fills those in; `ask` asks it.

    Also for the crebo or RIO codes of courses without a name, which their sources use when they are read again. Codes
    of the register that comes with the program are not asked for. What alumni stated themselves stays. Nothing is
    written unless every question was answered. Raises Forbidden, InvalidValue, StoreError.
    """
    from matcher.sources.rio import names

    asker.need_all(Action.IMPORT)  # alumni of every school
    with app.store.read() as records:
        lacking, wanted = _lacking(records), records.programmes.wanted()
    codes = sorted(wanted.union(*lacking.values()))
    known = {one.crebo: one for one in names(ask, address, codes)}
    of_courses = {code: Programme(one.name, one.level) for code, one in known.items() if code in wanted}
    if of_courses and not dry_run:
        app.store.write(lambda tx: _name(tx, of_courses), by=asker)
    keys = sorted(key for key, found in lacking.items() if not found.isdisjoint(known))
    alumni, import_id = 0, None
    for part, _ in batches(keys, BATCH) if keys and not dry_run else ():
        done, import_id = _write(app, asker, part, known, (import_id, address))
        alumni += done
    return Completed(len(codes), len(known), len(keys) if dry_run else alumni, import_id, len(of_courses))


def _name(tx: Transaction, found: Mapping[str, Programme]) -> None:
    tx.programmes.put_names(found)
    tx.note(Action.IMPORT, {"kind": "programmes", "count": len(found)})


def read_links(app: StoreApp, asker: Asker, path: Path, *, dry_run: bool = False) -> Report:
    """Keeps which crebo code took the place of an old one, by a table (`oud; nieuw`; without a new one there is none).

    From then on an alumnus with the old code meets what asks the new one, as well as what asks the old; the diploma
    stays as it is. Raises Forbidden, UnreadableFile, MissingColumns, InvalidValue('crebo_link_circle'), StoreError.
    """
    from matcher.spreadsheets.crebo_links import read_links

    asker.need_all(Action.IMPORT)  # codes are of no school
    links, report = read_links(path)
    report.dry_run = dry_run

    def work(tx: Transaction) -> dict[str, int]:
        others, counts = _changed(tx, links)
        if others:
            tx.programmes.put_successors(others)
        tx.note(Action.IMPORT, {"kind": "programmes", **counts})
        return counts

    if dry_run:
        with app.store.read() as records:
            _, counts = _changed(records, links)
    else:
        counts = app.store.write(work, by=asker)
    report.add_counts(counts)
    report.written = not dry_run
    return report


def _changed(records: Records, links: Mapping[str, str | None]) -> tuple[dict[str, str | None], dict[str, int]]:
    """Those that are not so yet, and how many are new, changed and the same. Raises InvalidValue."""
    known = records.programmes.successors()
    after = {old: new for old, new in {**known, **links}.items() if new is not None}
    if circle := after.keys() - newest(after).keys():
        raise InvalidValue("crebo_link_circle", codes=", ".join(sorted(circle)[:MOST_NAMED]))
    return changed(known, links)


def _lacking(records: Records) -> dict[int, frozenset[str]]:
    """By random key of an alumnus, the codes of diplomas that have no name or level and are in no register of ours."""
    found = {}
    for one in records.records.stream(RecordKind.ALUMNI):
        codes = frozenset(item.crebo for item in cast("Alumnus", one).qualifications if item.crebo and _lacks(item))
        if codes:
            found[cast("Alumnus", one).key] = codes
    return found


def _lacks(item: Qualification) -> bool:
    code = item.crebo or ""
    return code not in register() and bool(CREBO_FORM.fullmatch(code)) and (item.name is None or item.level is None)


def _completed(one: Alumnus, known: Mapping[str, Named]) -> tuple[Qualification, ...]:
    result = []
    for item in one.qualifications:
        named = known.get(item.crebo or "") if _lacks(item) else None
        result.append(
            item if named is None else replace(item, name=item.name or named.name, level=item.level or named.level)
        )
    return tuple(result)


def _write(
    app: StoreApp, asker: Asker, keys: Sequence[int], known: Mapping[str, Named], goes_on: tuple[str | None, str]
) -> tuple[int, str | None]:
    """Fills in what these alumni lack by now; how many changed, and the import, which is begun where there is none."""
    import_id, address = goes_on

    def work(tx: Transaction) -> tuple[int, str | None]:
        alumni = [cast("Alumnus", one) for one in tx.records.by_key(RecordKind.ALUMNI, keys, consents=False).values()]
        wanted = [(one, _completed(one, known)) for one in alumni]
        rows = [
            Upsert(row, one.alumnus_id, one.school, {"qualifications": items})
            for row, (one, items) in enumerate(wanted, start=1)
            if items != one.qualifications
        ]
        here = import_of(tx, import_id, RecordKind.ALUMNI, None, address) if rows else import_id
        results = tx.imports.upsert(RecordKind.ALUMNI, rows, import_id=here, alike=False) if rows else []
        counts = counted(results)
        tx.note(Action.IMPORT, {"kind": RecordKind.ALUMNI.value, **counts, "refused": 0})
        return counts["updated"], here

    return app.store.write(work, by=asker)
