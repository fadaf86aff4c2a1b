"""Whether two pools say the same: whatever the order of their rows, and whatever numbers their codes have."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from matcher.pool import OfPeople, Pool
from matcher.pool.columns import Conflicts, Ledger, Qualifications
from matcher.pool.recode import with_languages, with_places, with_qualifications, with_requested_skills, with_skills
from matcher.pool.snapshot import arrays_of

_SAID = ("origin", "encoder", "scale", "vocabulary", "common_skills")


def differences(one: Pool, other: Pool) -> list[str]:
    """Names of the columns in which two pools differ: none when every ranking and explanation of both is the same.

    Nothing may be left in a pool that the other does not have: no code that nobody uses, no word.
    """
    one, other = in_order(one), in_order(other)
    mine, theirs = dict(arrays_of(one)), dict(arrays_of(other))
    found = [
        name for name in mine if not np.array_equal(mine[name], theirs[name], equal_nan=mine[name].dtype.kind == "f")
    ]
    return found + [name for name in _SAID if getattr(one, name) != getattr(other, name)]


def in_order(pool: Pool) -> Pool:
    """The same pool with rows by key, lines of the ledger in a fixed order, and codes by what they stand for."""
    return _codes_in_order(_rows_in_order(pool))


def _rows_in_order(pool: Pool) -> Pool:
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
        requests=pool.requests.take(np.argsort(pool.requests.key)),
        offerings=pool.offerings.take(np.argsort(pool.offerings.key)),
        ledger=Ledger(person[by_line], lines.request_key[by_line], lines.event[by_line], lines.day[by_line]),
        conflicts=Conflicts(against[by_pair], pool.conflicts.request_key[by_pair]),
        people_by_skill=people.skills.transposed(len(pool.vocabulary.skills)),
        of_people=OfPeople(),
    )


def _codes_in_order(pool: Pool) -> Pool:
    names = pool.vocabulary
    for put, listed in (
        (with_places, names.places),
        (with_languages, names.languages),
        (with_skills, names.skills),
        (with_requested_skills, names.requested_skills),
    ):
        pool = put(pool, np.array(sorted(range(len(listed)), key=listed.__getitem__), np.int64))
    table = np.array([getattr(pool.qualifications, column.name) for column in fields(Qualifications)], np.int64)
    _, first, meaning = np.unique(table, axis=1, return_index=True, return_inverse=True)
    held = pool.people.qualifications
    same = replace(held, values=first[meaning][held.values].astype(np.int32))  # two may mean the same
    return with_qualifications(replace(pool, people=replace(pool.people, qualifications=same)), first)
