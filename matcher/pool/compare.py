"""Whether two pools are equivalent, regardless of the order of their rows and the numbering of their codes."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from matcher.pool import OfPeople, Pool
from matcher.pool.columns import NO_WORD, UNKNOWN, Conflicts, FirstPlaces, Ledger, OwnMatches, People, Qualifications
from matcher.pool.recode import (
    with_languages,
    with_places,
    with_qualifications,
    with_requested_skills,
    with_skills,
    with_texts_in_order,
    with_words,
)
from matcher.pool.snapshot import arrays_of

_SAID = ("origin", "encoder", "scale", "second", "vocabulary", "common_skills")


def differences(one: Pool, other: Pool) -> list[str]:
    """Names of the columns in which two pools differ: empty when every ranking and explanation of both is the same.

    Entries that only one pool has count as a difference, even an unused code or word.
    """
    one, other = in_order(one), in_order(other)
    arrays, other_arrays = dict(arrays_of(one)), dict(arrays_of(other))
    differing = [
        name
        for name in arrays
        if not np.array_equal(arrays[name], other_arrays[name], equal_nan=arrays[name].dtype.kind == "f")
    ]
    return differing + [name for name in _SAID if getattr(one, name) != getattr(other, name)]


def in_order(pool: Pool) -> Pool:
    """The same pool with rows by key, lines of the ledger in a fixed order, and codes by what they stand for."""
    return _codes_in_order(_rows_in_order(pool))


def _rows_in_order(pool: Pool) -> Pool:
    order = np.argsort(pool.people.key, kind="stable")
    row = np.empty(len(order), np.int32)
    row[order] = np.arange(len(order), dtype=np.int32)
    person, lines = row[pool.ledger.person], pool.ledger
    by_line = np.lexsort((lines.event, lines.day, lines.request_key, person))
    conflict_person = row[pool.conflicts.person]
    by_pair = np.lexsort((pool.conflicts.request_key, conflict_person))
    people = pool.people.take(order)
    matches = pool.own_matches
    having = np.where(matches.person < 0, UNKNOWN, row[matches.person] if len(row) else UNKNOWN).astype(np.int32)
    by_match = np.lexsort((having, matches.request_key))
    firsts, first_person = pool.first_places, row[pool.first_places.person]
    by_first = np.lexsort((first_person, firsts.request_key))
    return replace(
        pool,
        people=_with_equal_vectors_joined(with_texts_in_order(people)),
        requests=pool.requests.take(np.argsort(pool.requests.key)),
        offerings=pool.offerings.take(np.argsort(pool.offerings.key)),
        ledger=Ledger(person[by_line], lines.request_key[by_line], lines.event[by_line], lines.day[by_line]),
        conflicts=Conflicts(conflict_person[by_pair], pool.conflicts.request_key[by_pair]),
        own_matches=OwnMatches(having[by_match], matches.request_key[by_match]),
        first_places=FirstPlaces(first_person[by_first], firsts.request_key[by_first], firsts.until[by_first]),
        people_by_skill=people.skills.transposed(len(pool.vocabulary.skills)),
        of_people=OfPeople(),
    )


def _with_equal_vectors_joined(people: People) -> People:
    """The same alumni; no two rows of the vectors of their texts are equal."""
    rows: dict[bytes, int] = {}
    place = np.array([rows.setdefault(one.tobytes(), len(rows)) for one in people.texts.vectors], np.int32)
    first = np.array(np.unique(place, return_index=True)[1], np.int64)
    texts = people.texts
    return replace(people, texts=replace(texts, vector_row=place[texts.vector_row], vectors=texts.vectors[first]))


def _codes_in_order(pool: Pool) -> Pool:
    names = pool.vocabulary
    for reorder, values in (
        (with_places, names.places),
        (with_languages, names.languages),
        (with_skills, names.skills),
        (with_requested_skills, names.requested_skills),
    ):
        pool = reorder(pool, np.array(sorted(range(len(values)), key=values.__getitem__), np.int64))
    words = np.argsort(pool.words.number, kind="stable")
    pool = with_words(pool, words[pool.words.number[words] != NO_WORD])
    table = np.array([getattr(pool.qualifications, column.name) for column in fields(Qualifications)], np.int64)
    _, first, meaning = np.unique(table, axis=1, return_index=True, return_inverse=True)
    qualifications = pool.people.qualifications
    unified = replace(
        qualifications, values=first[meaning][qualifications.values].astype(np.int32)
    )  # several may have the same meaning
    return with_qualifications(replace(pool, people=replace(pool.people, qualifications=unified)), first)
