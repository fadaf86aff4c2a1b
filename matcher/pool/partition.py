"""A range of consecutive alumni of a pool, as a pool of its own: its pairs have the same values as in the whole pool.

The slice keeps what a score needs to know about all alumni: how rare a skill is, which schools have alumni. It leaves
out the rest: the words that people stated (of their texts the vectors of words remain, and the numbers of those that a
request does not want), their random keys, other demands, and vectors that no demand is compared with. So a slice can be
sent to another machine.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from matcher.pool import OfPeople, Pool, Vocabulary
from matcher.pool.columns import (
    CAN,
    WANTS,
    Coded,
    Conflicts,
    Demands,
    FirstPlaces,
    Int32,
    Int64,
    Ledger,
    OwnMatches,
    People,
    Ragged,
    Words,
    gives_to_alumnus,
    names_of,
)
from matcher.pool.rare_words import among
from matcher.pool.recode import with_texts_in_order, with_words, words_used
from matcher.pool.text_vectors import Texts


def slice_of(pool: Pool, demands: Demands, start: int, stop: int, words: Collection[int] = ()) -> Pool:
    """The alumni in the rows from `start` up to `stop`, for these demands; rows are counted from `start`.

    The demands are then its requests: their words have other codes. `words`: the numbers of the words of alumni that
    count in whichever text they stand; no other word keeps its number.

    Columns are views of the pool's columns where possible.
    """
    people = _people(pool.people, start, stop)
    nothing = np.zeros(len(people), np.int32)
    gives = gives_to_alumnus(demands.kind)
    sides = (WANTS if gives.any() else 0) | (0 if gives.all() else CAN)
    matches = pool.own_matches
    having = _lines(matches.person, start, stop)
    asked = np.flatnonzero(matches.person < 0)
    ledger, conflicts = _lines(pool.ledger.person, start, stop), _lines(pool.conflicts.person, start, stop)
    firsts = _lines(pool.first_places.person, start, stop)
    part = replace(
        pool,
        people=_with_texts_alone(
            replace(
                people,
                key=np.zeros(len(people), np.int64),
                can_text=nothing if gives.all() else people.can_text,
                wants_text=people.wants_text if gives.any() else nothing,
                common_words=_kept(people.common_words, pool.words, sides, words),
                rare_words=_kept(people.rare_words, pool.words, sides, words),
                card_can_text=nothing,
                card_wants_text=nothing,
            )
        ),
        requests=demands,
        offerings=demands,
        ledger=Ledger(
            pool.ledger.person[ledger] - np.int32(start),
            pool.ledger.request_key[ledger],
            pool.ledger.event[ledger],
            pool.ledger.day[ledger],
        ),
        conflicts=Conflicts(pool.conflicts.person[conflicts] - np.int32(start), pool.conflicts.request_key[conflicts]),
        first_places=FirstPlaces(
            pool.first_places.person[firsts] - np.int32(start),
            pool.first_places.request_key[firsts],
            pool.first_places.until[firsts],
        ),
        own_matches=OwnMatches(
            np.append(matches.person[asked], matches.person[having] - np.int32(start)),
            np.append(matches.request_key[asked], matches.request_key[having]),
        ),
        vocabulary=Vocabulary((), (), (), (), ()),
        common_skills=frozenset(),
        people_by_skill=people.skills.transposed(len(pool.people_by_skill.starts) - 1),
        of_schools=pool.schools,
        links=None,
        of_people=OfPeople(),
    )
    part = with_words(part, np.flatnonzero(words_used(part)))
    number = part.words.number
    number = np.where(np.isin(number, list(words)), number, np.int32(0))
    return replace(part, words=replace(part.words, number=number))


def _with_texts_alone(people: People) -> People:
    """The same alumni with the vectors of their texts alone, which have no number."""
    people = with_texts_in_order(people)
    return replace(people, texts=replace(people.texts, number=np.zeros(len(people.texts), np.int64)))


def _people(people: People, start: int, stop: int) -> People:
    columns: dict[str, Any] = {}
    for name in names_of(People):
        column = getattr(people, name)
        if not isinstance(column, Texts):
            column = _part(column, start, stop)
        columns[name] = column
    return People(**columns)


def _kept(lists: Ragged, words: Words, sides: int, numbers: Collection[int]) -> Ragged:
    """The words that stand in one of these texts, and those with one of these numbers in any text."""
    kept = (lists.values & sides) != 0
    if numbers:
        kept |= among(lists, words, numbers)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])[lists.starts]
    return Ragged(starts, lists.values[kept])


def _part(column: Any, start: int, stop: int) -> Any:
    if isinstance(column, Coded):
        return column.take(slice(start, stop))
    return _lists(column, start, stop) if isinstance(column, Ragged) else column[start:stop]


def _lists(lists: Ragged, start: int, stop: int) -> Ragged:
    begin, end = lists.starts[start], lists.starts[stop]
    return Ragged(lists.starts[start : stop + 1] - begin, lists.values[begin:end])


def _lines(person: Int32, start: int, stop: int) -> Int64:
    """Which lines are about these people, in their order."""
    return np.flatnonzero((person >= start) & (person < stop))
