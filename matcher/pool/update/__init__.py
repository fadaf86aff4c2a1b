"""Updates a pool incrementally: only the records that changed are read from the database.

Alumni, requests and offerings are added, changed and removed; so are the consequences for other records: how rare a
skill is, which skills are common, how they are spelled, conflicts, full requests, the order of ties. Columns are
copied, at the speed of memory; only changed records are read. A patched pool ranks exactly as a rebuilt one, to the
last bit, and holds no unused codes.

The result is None, and the pool must be rebuilt, if many records changed (`MOST`), if a revision does not say which
records it changed (a large import, replaced coordinates), or if there are more languages than `LANGUAGES`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from matcher.concepts import base_of
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import RecordKind
from matcher.pool import OfPeople, Pool, RowOfKey, Vocabulary, event_code, no_own_matches
from matcher.pool.build import NO_REQUEST, conflict_columns, first_place_columns, ledger_columns
from matcher.pool.builder import LANGUAGES, PoolBuilder, Sources
from matcher.pool.codes import qualification_table, unit_vectors
from matcher.pool.columns import (
    TEXT_COLUMNS,
    Bool,
    Conflicts,
    Demands,
    FirstPlaces,
    Int32,
    Ledger,
    People,
    Qualifications,
    names_of,
    with_small_columns,
)
from matcher.pool.own_matches import own_match_columns, words_of
from matcher.pool.recode import with_texts, without_unused
from matcher.pool.text_vectors import NO_TEXT
from matcher.pool.update.changes import MOST, ChangedRecords, changes_of, is_too_much
from matcher.pool.update.derived import derived
from matcher.pool.update.kept import kept
from matcher.pool.update.meanings import redecided
from matcher.pool.update.merge import Merge, merge_demands, merge_people, merge_rows, rows_in
from matcher.pool.update.skills import asked_now

__all__ = ["MOST", "ChangedRecords", "changes_of", "is_too_much", "orphaned_texts", "patched", "redecided"]


def patched(pool: Pool, records: ChangedRecords) -> Pool | None:
    """The pool with all changes applied; None if it must be rebuilt."""
    sources = Sources.beside(
        pool,
        records.alumni,
        places=records.places,
        vectors=records.vectors,
        rare=records.rare,
        of_words=records.of_words,
        meanings=records.meanings,
        busy=records.busy,
        own_meanings=records.own_meanings,
        newest=records.newest,
    )
    builder = PoolBuilder(sources, pool.vocabulary, records.common, pool.words)
    now = builder.people()
    qualifications, codes = _held(pool.qualifications, qualification_table(builder.qualifications))
    now = replace(now, qualifications=replace(now.qualifications, values=codes[now.qualifications.values]))
    text_rows, new_texts = pool.people.texts.places_for(now.texts.number)
    new_of: dict[str, Any] = {name: text_rows[getattr(now, name)] for name in TEXT_COLUMNS}
    now = replace(now, **new_of)
    merge = merge_people(pool.people, now, pool.person_row, sorted(records.about.alumni.difference(now.key.tolist())))
    people = merge_rows(pool.people, now, merge, records.ahead[RecordKind.ALUMNI], pool.person_row)
    added = now.texts.take(np.concatenate([[NO_TEXT], new_texts]).astype(np.int64))
    if len(new_texts) or any(getattr(people, name) is not getattr(pool.people, name) for name in TEXT_COLUMNS):
        people = with_texts(people, text_rows[new_texts], added)
    ledger = _ledger(pool, records, merge, now)
    builder.stopped = records.stopped
    builder.accepted = _accepted(ledger, [request.key for request in records.requests])
    requests = _demands(
        pool.requests, builder.demands(records.requests), records, RecordKind.REQUESTS, pool.request_row
    )
    offerings = _demands(
        pool.offerings, builder.demands(records.offerings), records, RecordKind.OFFERINGS, pool.offering_row
    )
    if len(builder.languages.names()) > LANGUAGES:
        return None
    names = _vocabulary(pool, builder, records.requested_skill_names, words_of(records.own_demands))
    same_skills = people.skills is pool.people.skills and len(names.skills) == len(pool.vocabulary.skills)
    people_by_skill = pool.people_by_skill if same_skills else people.skills.transposed(len(names.skills))
    requested_skills, partly_by = asked_now(
        pool,
        names.skills,
        names.requested_skills,
        gone=pool.people.skills.take(merge.replaced),
        now=now.skills,
        people_by_skill=people_by_skill,
        people=len(people),
    )
    new_places = names.places[len(pool.vocabulary.places) :]
    merged = without_unused(
        replace(
            pool,
            revision=records.revision,
            origin=records.origin,
            people=people,
            requests=requests,
            offerings=offerings,
            ledger=ledger,
            conflicts=_conflicts(pool, records, merge, now),
            vocabulary=names,
            points=np.concatenate([pool.points, unit_vectors(new_places, records.places)]),
            qualifications=qualifications,
            words=builder.words(),
            requested_skills=requested_skills,
            partly_by=partly_by,
            people_by_skill=people_by_skill,
            common_skills=records.common,
            own_matches=own_match_columns(records.own_demands, RowOfKey(people.key))
            if records.own_demands
            else no_own_matches(),
            first_places=_first_places(pool, records, merge, now, requests),
            of_people=OfPeople(),
        ),
        pool,
    )
    made = kept(pool, replace(merged, people=with_small_columns(merged.people, pool.people)))
    return replace(made, of_people=derived(pool, made, merge))


def orphaned_texts(before: Pool, records: ChangedRecords, after: Pool) -> list[int]:
    """The numbers of the texts that the changed alumni had, and that no alumnus has any more."""

    def texts(pool: Pool) -> set[int]:
        rows, people = rows_in(records.about.alumni, pool.person_row), pool.people
        return {
            number for column in TEXT_COLUMNS for number in people.texts.number[getattr(people, column)[rows]].tolist()
        }

    orphaned = texts(before) - texts(after) - {NO_TEXT}
    if orphaned:
        remaining = after.people.texts.number
        orphaned.difference_update(remaining[np.isin(remaining, list(orphaned))].tolist())
    return sorted(orphaned)


def _held(before: Qualifications, now: Qualifications) -> tuple[Qualifications, Int32]:
    """The qualifications with new ones appended, and the row of each of `now` in that table."""
    known: dict[tuple[int, ...], int] = {}
    for row, meaning in enumerate(_meanings(before)):
        known.setdefault(meaning, row)
    new: list[int] = []
    codes = np.empty(len(now.name), np.int32)
    for row, meaning in enumerate(_meanings(now)):
        if meaning not in known:
            known[meaning] = len(before.name) + len(new)
            new.append(row)
        codes[row] = known[meaning]
    added = now.take(np.array(new, np.int32))
    columns = [field.name for field in fields(Qualifications)]
    return Qualifications(*(np.append(getattr(before, name), getattr(added, name)) for name in columns)), codes


def _meanings(table: Qualifications) -> Iterator[tuple[int, ...]]:
    return zip(table.name.tolist(), table.crebo.tolist(), table.domain.tolist(), table.level.tolist(), strict=True)


def _ledger(pool: Pool, records: ChangedRecords, merge: Merge, now: People) -> Ledger:
    """The lines of unchanged alumni, then every line of the changed; a line of a removed request gets `NO_REQUEST`."""
    lines = pool.ledger
    others = ~np.isin(lines.person, merge.replaced)
    removed = records.about.requests.difference(request.key for request in records.requests)
    added = ledger_columns(records.ledger, _rows_of(now, merge))
    if merge.in_place and not removed and _lines(lines, ~others) == _lines(added):
        return lines
    request_key = np.where(np.isin(lines.request_key, list(removed)), NO_REQUEST, lines.request_key)
    unchanged = Ledger(merge.row_of[lines.person[others]], request_key[others], lines.event[others], lines.day[others])
    return Ledger(*(np.append(getattr(unchanged, name), getattr(added, name)) for name in names_of(Ledger)))


def _lines(ledger: Ledger, chosen: Bool | slice = slice(None)) -> list[tuple[int, ...]]:
    """These lines, in an order of their own."""
    return sorted(zip(*(getattr(ledger, name)[chosen].tolist() for name in names_of(Ledger)), strict=True))


def _accepted(ledger: Ledger, requests: Sequence[int]) -> Counter[int]:
    """How many alumni accepted each of these requests, and did not take it back."""
    of_these = np.isin(ledger.request_key, requests)

    def pairs(event: LedgerEvent) -> list[tuple[int, int]]:
        chosen = of_these & (ledger.event == event_code(event))
        return list(zip(ledger.request_key[chosen].tolist(), ledger.person[chosen].tolist(), strict=True))

    declined = set(pairs(LedgerEvent.DECLINED))
    return Counter(pair[0] for pair in pairs(LedgerEvent.ACCEPTED) if pair not in declined)


def _conflicts(pool: Pool, records: ChangedRecords, merge: Merge, now: People) -> Conflicts:
    """The pairs with neither side changed, then every pair with a changed side."""
    pairs, rows = pool.conflicts, _rows_of(now, merge)
    unchanged = ~(np.isin(pairs.person, merge.replaced) | np.isin(pairs.request_key, list(records.about.requests)))
    row_pairs = [
        (request, rows[key] if key in rows else int(merge.row_of[pool.person_row[key]]))
        for request, key in records.conflicts
    ]
    added = conflict_columns(row_pairs)
    return Conflicts(
        np.append(merge.row_of[pairs.person[unchanged]], added.person),
        np.append(pairs.request_key[unchanged], added.request_key),
    )


def _first_places(pool: Pool, records: ChangedRecords, merge: Merge, now: People, requests: Demands) -> FirstPlaces:
    """Those with neither side changed, then every one with a changed side; all with the days of the requests as now."""
    firsts = pool.first_places
    if not len(firsts.person) and not records.first_places:
        return firsts
    rows = _rows_of(now, merge)
    unchanged = ~(np.isin(firsts.person, merge.replaced) | np.isin(firsts.request_key, list(records.about.requests)))
    added = [rows[key] if key in rows else int(merge.row_of[pool.person_row[key]]) for _, key in records.first_places]
    return first_place_columns(
        np.append(merge.row_of[firsts.person[unchanged]], np.array(added, np.int32)).astype(np.int32),
        np.append(firsts.request_key[unchanged], np.array([key for key, _ in records.first_places], np.int64)),
        requests,
        RowOfKey(requests.key),
    )


def _rows_of(now: People, merge: Merge) -> dict[int, int]:
    """The row of each changed alumnus that still exists, by key."""
    return dict(zip(now.key.tolist(), merge.row_of[merge.before :].tolist(), strict=True))


def _vocabulary(
    pool: Pool, builder: PoolBuilder, requested_skill_names: Mapping[str, str], own_demands: tuple[str, ...]
) -> Vocabulary:
    """The earlier words with new ones appended; those of the pool itself if no word or spelling is new."""
    before = pool.vocabulary
    requested_skills = builder.requested_skills.names()
    earlier_names = dict(zip(before.requested_skills, before.requested_skill_names, strict=True))
    now = Vocabulary(
        builder.places.names(),
        builder.languages.names(),
        builder.skills.names(),
        requested_skills,
        tuple(
            requested_skill_names.get(base_of(name)) or earlier_names.get(name, base_of(name))
            for name in requested_skills
        ),
        own_demands,
        () if pool.links is None else (pool.links.digest,),
    )
    return before if now == before else now


def _demands(
    before: Demands, now: Demands, records: ChangedRecords, kind: RecordKind, row_of: Mapping[int, int]
) -> Demands:
    about = records.about.requests if kind is RecordKind.REQUESTS else records.about.offerings
    gone = sorted(about.difference(now.key.tolist()))
    if not len(now) and not gone:
        return before
    merge = merge_demands(before, now, row_of, gone)
    return merge_rows(before, now, merge, records.ahead[kind], row_of)
