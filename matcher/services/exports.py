"""Exports: records, the best alumni for every open request, and the recommendations of a batch, as files.

Each export is logged before its file is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from matcher import explain
from matcher.batch import NOTHING
from matcher.domain.answers import BANDS, Ranking
from matcher.domain.consent import Terms, Withdrawals
from matcher.domain.kinds import Purpose
from matcher.domain.records import Alumnus, Record, RecordKind, Request, owner_of
from matcher.errors import UnknownId
from matcher.locale import Language, say
from matcher.matching.bands import NONE
from matcher.matching.question import Question
from matcher.matching.ranking import similarities
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import Demands, Int64, day_number
from matcher.pool.pairs import Pairs
from matcher.ports import Progress
from matcher.repositories import Records, Transaction
from matcher.services import matching
from matcher.services.app import App, StoreApp
from matcher.services.batches import ALUMNI_PER_ENTRY, Recommendations
from matcher.services.own_columns import values_of
from matcher.services.requests import open_requests

if TYPE_CHECKING:
    import pandas as pd

MATCHES_PER_REQUEST = 10
_NOTES = 200
"""Rankings logged in one transaction, so that a long export does not block other writers."""


def export_records(app: StoreApp, asker: Asker, path: Path, kind: RecordKind, *, school: str | None = None) -> int:
    """Writes every record of a kind so that it can be imported again; returns how many.

    The file of alumni holds names, addresses, own fields, the consents that are in force today, and what was withdrawn;
    that it was written is in the log of each of them. `school` limits it to one school (or provider). Raises Forbidden,
    UnknownId, OSError.
    """
    from matcher.spreadsheets.writer import write_records

    is_alumni = kind is RecordKind.ALUMNI
    owner = asker.owner(Action.EXPORT, school)
    with app.store.read() as reading:
        today, stream = reading.today, reading.records.stream(kind, personal=True)
        records = [
            _with_consents_in_force(record, app.terms, today)
            for record in stream
            if owner is None or owner_of(record) == owner
        ]
        withdrawals = _withdrawals(reading) if is_alumni else {}
        own = values_of(reading, [record.key for record in records], owner) if is_alumni else {}
    if owner is not None and not records:
        raise UnknownId("unknown_school", school=owner)
    if is_alumni:
        _note_alumni(app, asker, [record.key for record in records])
    _note(app, asker, kind.value, len(records), owner)
    return write_records(path, kind, records, withdrawals, own)


def _withdrawals(records: Records) -> dict[int, Withdrawals]:
    """What alumni took back, by random key."""
    objections = records.consents.objections()
    days: dict[int, dict[Purpose, date]] = {key: {} for key in objections}
    for key, consent in records.consents.all():
        if consent.withdrawn_on is not None:
            days.setdefault(key, {})[consent.purpose] = consent.withdrawn_on
    return {key: Withdrawals(own, objections.get(key)) for key, own in days.items()}


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
    """Writes the best alumni for every request that is open today, with reasons; returns how many rows.

    Each request's list is logged, as any ranking is, before the file is written. Raises Forbidden, OSError.
    """
    from matcher.spreadsheets.writer import write_rows

    owner = asker.owner(Action.EXPORT_MATCHES, school)
    rankings = _open_rankings(app, owner, progress)
    notes = [matching.note_of(ranking, MATCHES_PER_REQUEST, export=True) for ranking in rankings]
    for start in range(0, len(notes), _NOTES):
        app.store.write(partial(_note_rankings, notes[start : start + _NOTES]), by=asker)
    names = ("request", "alumnus", "school", "rank", "score", "band", "reasons")
    headers = [say(language, f"exchange.matches.header_{name}") for name in names]
    rows = [row for ranking in rankings for row in _rows(ranking, language)]
    _note(app, asker, "matches", len(rows), owner)
    write_rows(path, say(language, "exchange.matches.sheet"), headers, rows)
    return len(rows)


def _note_alumni(app: StoreApp, asker: Asker, keys: Sequence[int]) -> None:
    for start in range(0, len(keys), ALUMNI_PER_ENTRY):
        details = {"kind": RecordKind.ALUMNI.value, "alumni": keys[start : start + ALUMNI_PER_ENTRY]}
        app.store.write(partial(_note_export, details), by=asker)


def _note_export(details: Mapping[str, object], tx: Transaction) -> None:
    tx.note(Action.EXPORT, details)


def _note(app: StoreApp, asker: Asker, kind: str, count: int, school: str | None) -> None:
    details = {"kind": kind, "count": count, "school": school}
    app.store.write(lambda tx: tx.note(Action.EXPORT, details), by=asker)


def _note_rankings(notes: Sequence[Mapping[str, object]], tx: Transaction) -> None:
    for details in notes:
        tx.note(Action.MATCH, details)


def _open_rankings(app: App, school: str | None, progress: Progress | None) -> list[Ranking]:
    """The best alumni for each request that is open today, by id, all of one state of the data."""
    pool, day = matching.newest_pool(app), app.clock.today()
    app.engine.current.snapshots.hold(pool)
    with app.store.read() as records:
        open_records = records.records.by_key(RecordKind.REQUESTS, open_requests(pool, day)).values()
    requests = [cast("Request", record) for record in open_records if school in {None, owner_of(record)}]
    requests.sort(key=lambda request: (request.request_id, request.school or ""))
    rankings = []
    for done, request in enumerate(requests, 1):
        rankings.append(matching.ranked(app, Question(request, day), MATCHES_PER_REQUEST, pool))
        if progress:
            progress(done, len(requests))
    return rankings


def _rows(ranking: Ranking, language: Language) -> Iterator[list[object]]:
    for match in ranking.matches:
        reasons = " ".join(explain.reasons(match, language, "asker"))
        band = say(language, f"words.band.{match.band or 'none'}")
        yield [ranking.query.id, match.candidate_id, match.owner, match.rank, match.score, band, reasons]


def recommendations(app: App, asker: Asker, run: Recommendations) -> pd.DataFrame:
    """A table with a row for each recommendation: alumnus, school, rank, item, its owner, score and band.

    Raises Forbidden.
    """
    import pandas as pd

    asker.owner(Action.RECOMMEND_ALL, run.school)
    pool, best = run.pool, run.best
    demands = pool.offerings if run.target == "offerings" else pool.requests
    with app.store.read() as records:
        people = {key: (name, id_) for key, name, id_ in records.records.names(RecordKind.ALUMNI)}
        things = {key: (name, id_) for key, name, id_ in records.records.names(RecordKind(run.target))}
    person, rank = np.nonzero(best.rows != NOTHING)
    rows, values = best.rows[person, rank], best.scores[person, rank]
    alumni = [people.get(key, ("", "")) for key in pool.people.key.tolist()]
    recommended = [things.get(key, ("", "")) for key in demands.key.tolist()]

    def words(codes: np.ndarray, names: Sequence[str]) -> Any:
        categories, code = np.unique(np.array(names, dtype=object), return_inverse=True)
        return pd.Categorical.from_codes(code[codes], categories=pd.Index(categories))

    bands = _bands(app, pool, demands, person, rows.astype(np.int64))
    return pd.DataFrame(
        {
            "school": words(person, [owner for owner, _ in alumni]),
            "alumnus": words(person, [id_ for _, id_ in alumni]),
            "rank": (rank + 1).astype(np.int16),
            run.target.removesuffix("s"): words(rows, [id_ for _, id_ in recommended]),
            "owner": words(rows, [owner for owner, _ in recommended]),
            "score": values,
            "band": pd.Categorical.from_codes(bands, categories=pd.Index(BANDS)),
        }
    )


def _bands(app: App, pool: Pool, demands: Demands, person: Int64, rows: Int64) -> Int64:
    """The position in `BANDS` of each pair of an alumnus and a demand, -1 without a band: one demand after another."""
    positions = np.full(len(rows), NONE)
    order = np.argsort(rows, kind="stable")
    day = day_number(app.clock.today())
    for entries in np.split(order, np.flatnonzero(np.diff(rows[order])) + 1) if len(rows) else ():
        pairs = Pairs(pool, pool.people, demands, "people", int(rows[entries[0]]), person[entries], day)
        positions[entries] = app.bands.of(pairs, similarities(pairs), app.weights).positions
    return np.where(positions == NONE, -1, positions)


def write_table(table: pd.DataFrame, out: Path) -> int:
    """Writes a table of recommendations as `.parquet` or `.csv`, atomically; returns how many rows. Raises OSError."""
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
