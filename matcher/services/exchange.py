"""The use cases of spreadsheets: a file into the database, and what is there into a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher import explain
from matcher.batch import NOTHING, Best
from matcher.domain.answers import BANDS
from matcher.domain.consent import Terms
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, Record, RecordKind, Request, Target, owner_of
from matcher.engine.current import Engine
from matcher.errors import UnknownId
from matcher.locale import Language, say
from matcher.old_ports import OldStore as Store
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import code_of
from matcher.ports import Progress, Upsert
from matcher.services import matching
from matcher.services.app import App
from matcher.services.requests import open_requests

if TYPE_CHECKING:
    from matcher.spreadsheets.report import Report

BATCH = 1000
"""Rows in one transaction, hence in one data revision: a killed import leaves whole batches."""
MATCHES_PER_REQUEST = 10
_MOST_TOWNS_NAMED = 10
_TOWN = re.compile(r"[^\d@]{2,40}")
"""What can be the name of a town; anything else may be somebody's address in the wrong column, and is not repeated."""


def import_file(
    store: Store,
    path: Path,
    kind: RecordKind,
    *,
    school: str | None = None,
    today: date,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Reads a spreadsheet and writes the rows without errors, a batch at a time; the report tells the rest.

    Coordinates of towns that are named for the first time are added from GeoNames. `progress` counts rows. With
    `dry_run` nothing is written. Raises UnreadableFile, MissingColumns, StoreError.
    """
    from matcher.spreadsheets.reader import read_table

    table = read_table(path, kind, school=school, today=today)
    report = table.report
    report.dry_run = dry_run
    _add_towns(store, table.upserts, report, dry_run=dry_run)
    total = len(table.upserts)
    for start in range(0, total, BATCH):
        batch = table.upserts[start : start + BATCH]
        report.add_results(store.upsert(kind, batch, today=today, dry_run=dry_run))
        if progress:
            progress(start + len(batch), total)
    return report


def _add_towns(store: Store, upserts: Sequence[Upsert], report: Report, *, dry_run: bool) -> None:
    from matcher.spreadsheets.places import coordinates_of, towns_in

    named, known = towns_in(upserts), store.places()
    missing = {key: town for key, town in named.items() if key not in known}
    found = coordinates_of(missing)
    if found and not dry_run:
        store.add_places(found)
    unknown = sorted(town if _TOWN.fullmatch(town) else "?" for key, town in missing.items() if key not in found)
    if unknown:
        shown = [*unknown[:_MOST_TOWNS_NAMED], *(["..."] if len(unknown) > _MOST_TOWNS_NAMED else [])]
        report.add_note("exchange.notes.unknown_towns", count=len(unknown), towns=", ".join(shown))


def import_places(store: Store, path: Path, *, dry_run: bool = False) -> Report:
    """Adds the coordinates of a table of postcodes or towns. Raises UnreadableFile, MissingColumns, StoreError."""
    from matcher.spreadsheets.places import read_places

    places, report = read_places(path)
    report.dry_run = dry_run
    known: Mapping[str, Coordinates] = store.places()
    report.created = sum(key not in known for key in places)
    report.updated = sum(key in known and known[key] != point for key, point in places.items())
    report.unchanged = len(places) - report.created - report.updated
    if not dry_run:
        store.add_places(places)
    return report


def export_file(
    store: Store, path: Path, kind: RecordKind, *, terms: Terms, today: date, school: str | None = None
) -> int:
    """Writes every record of a kind so that it can be imported again; how many. Raises OSError.

    The file of alumni holds names, addresses, and the consents that are in force today. `school` narrows to one school
    (or provider).
    """
    from matcher.spreadsheets.writer import write_records

    records = [record for record in store.export_rows(kind) if school is None or owner_of(record) == school]
    if school is not None and not records:
        raise UnknownId("unknown_school", school=school)
    return write_records(path, kind, [_with_consents_in_force(record, terms, today) for record in records])


def _with_consents_in_force(record: Record, terms: Terms, today: date) -> Record:
    if not isinstance(record, Alumnus):
        return record
    consents = tuple(consent for consent in record.consents if terms.in_force(consent, today))
    return record if consents == record.consents else replace(record, consents=consents)


def export_matches(
    app: App,
    asker: Asker,
    path: Path,
    language: Language,
    *,
    school: str | None = None,
    progress: Progress | None = None,
) -> int:
    """Writes the best alumni for every request that is open today, with reasons; how many rows. Raises OSError."""
    from matcher.spreadsheets.writer import write_rows

    names = ("request", "alumnus", "school", "rank", "score", "band", "reasons")
    headers = [say(language, f"exchange.matches.header_{name}") for name in names]
    asker.scope(Action.EXPORT_MATCHES)
    rows = list(_match_rows(app, asker, language, school, progress))
    write_rows(path, say(language, "exchange.matches.sheet"), headers, rows)
    return len(rows)


def _match_rows(
    app: App, asker: Asker, language: Language, school: str | None, progress: Progress | None
) -> Iterator[list[object]]:
    requests = [request for request in _requests_by_id(app.engine) if school is None or request.school == school]
    for done, request in enumerate(requests, 1):
        ranking = matching.match(app, asker, request.request_id, school=request.school or "", top=MATCHES_PER_REQUEST)
        for match in ranking.matches:
            reasons = " ".join(explain.reasons(match, language, "asker"))
            band = say(language, f"words.band.{match.band}")
            yield [ranking.query.id, match.candidate_id, match.owner, match.rank, match.score, band, reasons]
        if progress:
            progress(done, len(requests))


def _requests_by_id(engine: Engine) -> list[Request]:
    """Requests that are open today, in the order of their ids; one query to the database."""
    keys = open_requests(engine.pool(), engine.clock.today())
    records = engine.store.by_key(RecordKind.REQUESTS, keys).values()
    requests = [record for record in records if isinstance(record, Request)]
    return sorted(requests, key=lambda request: (request.request_id, request.school or ""))


def recommendations(engine: Engine, pool: Pool, best: Best, target: Target, school: str | None = None) -> Any:
    """A pandas table with a row for each recommendation: alumnus, school, rank, what, of whom, score and band.

    `school`: of the alumni of one school only. Raises UnknownId where that has none.
    """
    import pandas as pd

    demands = pool.offerings if target == "offerings" else pool.requests
    people = {key: (owner, id_) for key, owner, id_ in engine.store.names(RecordKind.ALUMNI)}
    things = {key: (owner, id_) for key, owner, id_ in engine.store.names(RecordKind(target))}
    listed = best.rows != NOTHING
    if school is not None:
        own = pool.people.school == code_of(school)
        if not own.any():
            raise UnknownId("unknown_school", school=school)
        listed &= own[:, None]
    person, rank = np.nonzero(listed)
    rows, values = best.rows[person, rank], best.scores[person, rank]
    alumni = [people.get(key, ("", "")) for key in pool.people.key.tolist()]
    found = [things.get(key, ("", "")) for key in demands.key.tolist()]

    def words(codes: np.ndarray, names: Sequence[str]) -> Any:
        listed, back = np.unique(np.array(names, dtype=object), return_inverse=True)
        return pd.Categorical.from_codes(back[codes], categories=pd.Index(listed))

    bands = engine.weights.bands(demands.kind[rows], values)
    return pd.DataFrame(
        {
            "school": words(person, [owner for owner, _ in alumni]),
            "alumnus": words(person, [id_ for _, id_ in alumni]),
            "rank": (rank + 1).astype(np.int16),
            target.removesuffix("s"): words(rows, [id_ for _, id_ in found]),
            "owner": words(rows, [owner for owner, _ in found]),
            "score": values,
            "band": pd.Categorical.from_codes(bands, categories=pd.Index(BANDS)),
        }
    )


def write_table(table: Any, out: Path) -> int:
    """Writes such a table as `.parquet` or `.csv`, whole or not at all; how many rows. Raises OSError."""
    from matcher import atomic
    from matcher.spreadsheets.writer import escaped

    with atomic.write(out) as file:
        if out.suffix.lower() == ".parquet":
            table.to_parquet(file, engine="pyarrow", index=False)
        else:
            plain = table.copy()
            for name in table.columns[table.dtypes == "category"]:
                words = [escaped(word) for word in table[name].cat.categories]
                plain[name] = table[name].cat.rename_categories(words)
            plain.to_csv(file, mode="wb", sep=";", index=False, encoding="utf-8-sig")
    return len(table)
