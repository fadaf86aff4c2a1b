"""Exports: records, the best alumni for every open request, what alumni gave and had, and recommendations, as files.

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
from matcher.domain.demands import replies_of
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Alumnus, Record, RecordKind, Request, owner_of, record_id
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
from matcher.services.pools import newest_pool
from matcher.services.requests import open_requests

if TYPE_CHECKING:
    import pandas as pd

    from matcher.spreadsheets.history import PastLine

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
        _note_alumni(app, asker, Action.EXPORT, kind.value, [record.key for record in records])
    _note(app, asker, Action.EXPORT, {"kind": kind.value, "count": len(records), "school": owner})
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
    """Writes the best alumni for every request that is open today, with reasons, and whoever was asked for a request.

    Numbers of alumni and no names. Each request's list is logged, as any ranking is, and the other alumni of the file,
    before it is written; returns how many rows. Raises Forbidden, UnknownId, OSError.
    """
    from matcher.spreadsheets.writer import write_rows

    owner = asker.owner(Action.EXPORT_MATCHES, school)
    rankings = _open_rankings(app, owner, progress)
    notes = [matching.note_of(ranking, MATCHES_PER_REQUEST, export=True) for ranking in rankings]
    for start in range(0, len(notes), _NOTES):
        app.store.write(partial(_note_rankings, notes[start : start + _NOTES]), by=asker)
    with app.store.read() as records:
        states = _states(records, owner)
        listed = {(match.key, ranking.query.key) for ranking in rankings for match in ranking.matches}
        asked = _asked(records, states, sorted(states.keys() - listed))
    _note_alumni(app, asker, Action.EXPORT_MATCHES, "matches", sorted({key for key, _ in states.keys() - listed}))
    names = ("request", "alumnus", "school", "rank", "score", "band", "reasons", "state", "since")
    headers = [say(language, f"exchange.matches.header_{name}") for name in names]
    rows = [row for ranking in rankings for row in _rows(ranking, states, language)]
    rows += [[*ids, *[None] * 4, *_state_cells(state, language)] for ids, state in asked]
    _note(app, asker, Action.EXPORT_MATCHES, {"kind": "matches", "count": len(rows), "school": owner})
    write_rows(path, say(language, "exchange.matches.sheet"), headers, rows)
    return len(rows)


def export_ledger(app: StoreApp, asker: Asker, path: Path, language: Language, *, school: str | None = None) -> int:
    """Writes what the alumni of a school, or of all, gave and had, as far as it counts; returns how many rows.

    The columns are those of a list of the past (`matcher.spreadsheets.history`), so that it can be brought in again.
    Numbers of alumni and no names; a request of another school is left out of its row. That it was written is in the
    log of each alumnus before the file is. Raises Forbidden, UnknownId, OSError.
    """
    from matcher.spreadsheets.history import COLUMNS, cells_of
    from matcher.spreadsheets.writer import write_rows

    owner = asker.owner(Action.LEDGER_EXPORT, school)
    with app.store.read() as records:
        lines = list(_past_lines(records, owner))
    _note_alumni(app, asker, Action.LEDGER_EXPORT, "ledger", sorted({key for key, _ in lines}))
    _note(app, asker, Action.LEDGER_EXPORT, {"kind": "ledger", "count": len(lines), "school": owner})
    write_rows(path, say(language, "exchange.ledger.sheet"), list(COLUMNS), [cells_of(line) for _, line in lines])
    return len(lines)


def _past_lines(records: Records, owner: str | None) -> Iterator[tuple[int, PastLine]]:
    """The entries that count of the alumni of a school, or of all, by school, number and day. Raises UnknownId."""
    from matcher.spreadsheets.history import PastLine

    people = {
        key: (of, id_) for key, of, id_ in records.records.names(RecordKind.ALUMNI) if owner is None or of == owner
    }
    if owner is not None and not people:
        raise UnknownId("unknown_school", school=owner)
    requests = {key: id_ for key, of, id_ in records.records.names(RecordKind.REQUESTS) if owner is None or of == owner}
    reasons = records.figures.reasons(owner)
    lines = records.ledger.all() if owner is None else records.ledger.of(*people)
    for line in sorted(lines, key=lambda one: (people[one.alumnus_key], one.on)):
        of, id_ = people[line.alumnus_key]
        declined = line.event is LedgerEvent.DECLINED and line.request_key is not None
        yield (
            line.alumnus_key,
            PastLine(
                0,
                id_,
                line.on,
                line.event,
                of,
                line.kind,
                requests.get(line.request_key or 0),
                line.team,
                line.hours,
                line.students,
                line.benefit,
                reasons.get((line.alumnus_key, line.request_key or 0)) if declined else None,
            ),
        )


_State = tuple[LedgerEvent, date]
"""The last that happened between an alumnus and a request, and the day of it."""


def _states(records: Records, owner: str | None) -> dict[tuple[int, int], _State]:
    """Where alumni stand with requests of a school, or of all, by the random keys of both."""
    lines: dict[int, list[LedgerLine]] = {}
    for line in records.ledger.of_school(owner, date.min):
        if line.request_key is not None:
            lines.setdefault(line.request_key, []).append(line)
    states = {}
    for request, of_request in lines.items():
        reached: dict[int, LedgerEvent] = replies_of(of_request)
        came = {one.alumnus_key: one.event for one in of_request if one.event is LedgerEvent.CONTRIBUTED}
        days = {one.alumnus_key: one.on for one in of_request}
        states.update({(key, request): (event, days[key]) for key, event in (reached | came).items()})
    return states


def _asked(
    records: Records, states: Mapping[tuple[int, int], _State], pairs: Sequence[tuple[int, int]]
) -> list[tuple[list[object], _State]]:
    """The request, number and school of each of these pairs, by request and number, and where they stand."""
    people = records.records.by_key(RecordKind.ALUMNI, sorted({key for key, _ in pairs}), consents=False)
    requests = records.records.by_key(RecordKind.REQUESTS, sorted({key for _, key in pairs}))
    rows = []
    for alumnus, request in pairs:
        if alumnus in people and request in requests:
            one = people[alumnus]
            ids: list[object] = [record_id(requests[request]), record_id(one), owner_of(one)]
            rows.append((ids, states[alumnus, request]))
    return sorted(rows, key=lambda row: list(map(str, row[0])))


def _state_cells(state: _State | None, language: Language) -> list[object]:
    return [None, None] if state is None else [say(language, f"words.event.{state[0].value}"), state[1]]


def _note_alumni(app: StoreApp, asker: Asker, action: Action, kind: str, keys: Sequence[int]) -> None:
    for start in range(0, len(keys), ALUMNI_PER_ENTRY):
        _note(app, asker, action, {"kind": kind, "alumni": list(keys[start : start + ALUMNI_PER_ENTRY])})


def _note(app: StoreApp, asker: Asker, action: Action, details: Mapping[str, object]) -> None:
    app.store.write(lambda tx: tx.note(action, details), by=asker)


def _note_rankings(notes: Sequence[Mapping[str, object]], tx: Transaction) -> None:
    for details in notes:
        tx.note(Action.MATCH, details)


def _open_rankings(app: App, school: str | None, progress: Progress | None) -> list[Ranking]:
    """The best alumni for each request that is open today, by id, all of one state of the data."""
    pool, day = newest_pool(app), app.clock.today()
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


def _rows(ranking: Ranking, states: Mapping[tuple[int, int], _State], language: Language) -> Iterator[list[object]]:
    for match in ranking.matches:
        reasons = " ".join(explain.reasons(match, language, "asker"))
        band = say(language, f"words.band.{match.band or 'none'}")
        state = _state_cells(states.get((match.key, ranking.query.key)), language)
        yield [ranking.query.id, match.candidate_id, match.owner, match.rank, match.score, band, reasons, *state]


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
