"""A pool in which a few alumni changed, made from the one before: what a click changes need not read everybody again.

Only what the codes of the pool can say is put in: consents, a pause, day parts, offers, texts, what was asked and
replied. Where a change reaches further (another skill, place, language or qualification, a new address)
there is no patch, and the pool is built anew. A patched pool ranks as a new one does, to the last bit; the rows may
stand in another order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matcher.domain import Alumnus, LedgerEvent, Request
from matcher.pool import Pool, event_code
from matcher.pool.build import Sources, ledger_columns, people_of
from matcher.pool.columns import Conflicts, Int64, Ledger, People, names_of
from matcher.ports import Coordinates, Int8Matrix, LedgerLine

_KEPT = frozenset({"key", "order", "school"})
"""Columns that no change of this kind touches."""
_FIXED = frozenset({"skills", "qualifications"})
"""Lists on which the pool's other tables rest."""
_CODED = ("place", "languages")
"""Columns of codes that are given in order: another value may change the codes of others."""


@dataclass(frozen=True)
class Changed:
    """What is known now of the alumni that changed, all of one state of the data."""

    revision: int
    origin: str
    alumni: Sequence[Alumnus]
    ledger: Sequence[LedgerLine]
    """Every line of these alumni."""
    requests: Mapping[int, Request]
    """The requests that stand in their lines, now or before."""
    places: Mapping[str, Coordinates]
    vectors: Mapping[str, Int8Matrix]


def requests_of(pool: Pool, keys: Sequence[int], ledger: Sequence[LedgerLine]) -> set[int]:
    """The requests that stand in lines of these alumni, in the pool or now."""
    rows = np.array([pool.person_row[key] for key in keys], np.int64)
    before = pool.ledger.request_key[np.isin(pool.ledger.person, rows)]
    return {key for key in (*before.tolist(), *(line.request_key or 0 for line in ledger)) if key > 0}


def patched(pool: Pool, changed: Changed) -> Pool | None:
    """The pool with these alumni, each of them in it, as they are now; None where a change reaches further."""
    sources = Sources(
        changed.revision,
        changed.origin,
        pool.encoder,
        pool.scale,
        changed.alumni,
        (),
        (),
        (),
        (),
        changed.places,
        changed.vectors,
    )
    now, held, grown = people_of(sources, pool.vocabulary)
    rows = np.array([pool.person_row[one.key] for one in changed.alumni], np.int64)
    if grown or not _same_lists(pool, now, held, rows):
        return None
    ledger = _ledger(pool, changed.ledger, rows)
    return replace(
        pool,
        revision=changed.revision,
        origin=changed.origin,
        people=_people(pool.people, now, rows),
        ledger=ledger,
        requests=replace(pool.requests, full=_full(pool, ledger, changed.requests)),
        _loads={},
    )


def _same_lists(pool: Pool, now: People, held: Sequence[tuple[int, ...]], rows: Int64) -> bool:
    """Whether everybody has the skills, qualifications, place and languages of before."""
    if any((getattr(now, name) != getattr(pool.people, name)[rows]).any() for name in _CODED):
        return False
    for place, row in enumerate(rows.tolist()):
        if now.skills.row(place).tolist() != pool.people.skills.row(row).tolist():
            return False
        mine = [held[entry] for entry in now.qualifications.row(place).tolist()]
        before = pool.held.take(pool.people.qualifications.row(row))
        columns = (before.name, before.crebo, before.domain, before.level)
        if mine != [tuple(int(value) for value in entry) for entry in zip(*columns, strict=True)]:
            return False
    return True


def _people(before: People, now: People, rows: Int64) -> People:
    """Columns in which something changed, as copies with the new values; the others are those of before."""
    changes: dict[str, Any] = {}
    for name in names_of(People):
        if name in _KEPT or name in _FIXED:
            continue
        column, new = getattr(before, name), getattr(now, name)
        if not np.array_equal(column[rows], new, equal_nan=new.dtype.kind == "f"):
            changes[name] = np.array(column)
            changes[name][rows] = new
    return replace(before, **changes)


def _ledger(pool: Pool, lines: Sequence[LedgerLine], rows: Int64) -> Ledger:
    """Lines of others, and then every line of the changed."""
    others, now = ~np.isin(pool.ledger.person, rows), ledger_columns(lines, pool.person_row)
    columns = {name: np.append(getattr(pool.ledger, name)[others], getattr(now, name)) for name in names_of(Ledger)}
    return Ledger(**columns)


def _full(pool: Pool, ledger: Ledger, requests: Mapping[int, Request]) -> np.ndarray:
    """Which requests have all the people that they asked for: counted anew for `requests`, by this ledger."""
    accepted = ledger.event == event_code(LedgerEvent.ACCEPTED)
    full = np.array(pool.requests.full)
    for key, request in requests.items():
        if key in pool.request_row:
            count = int(np.count_nonzero(accepted & (ledger.request_key == key)))
            full[pool.request_row[key]] = int(count >= request.people)
    return full


def in_order(pool: Pool) -> Pool:
    """The same pool with the alumni by key and the lines of the ledger in a fixed order: to compare two."""
    order = np.argsort(pool.people.key, kind="stable")
    row = np.empty(len(order), np.int32)
    row[order] = np.arange(len(order), dtype=np.int32)
    person, lines = row[pool.ledger.person], pool.ledger
    by_line = np.lexsort((lines.event, lines.day, lines.request_key, person))
    against = row[pool.conflicts.person]
    by_pair = np.lexsort((pool.conflicts.request_key, against))
    people = pool.people.take(order)
    return replace(
        pool,
        people=people,
        ledger=Ledger(person[by_line], lines.request_key[by_line], lines.event[by_line], lines.day[by_line]),
        conflicts=Conflicts(against[by_pair], pool.conflicts.request_key[by_pair]),
        holders=people.skills.transposed(len(pool.vocabulary.skills)),
        _loads={},
    )
