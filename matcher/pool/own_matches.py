"""Which alumni have what requests demand of own fields of a school: of those requests alone the pool knows it.

A value of an own field is in no other column, and in no text that is encoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.domain.own_fields import OwnField, demanded_of, having
from matcher.pool.columns import UNKNOWN, OwnMatches
from matcher.repositories import Records


@dataclass(frozen=True, slots=True)
class Demanded:
    """A request that demands own fields: in words, and the random keys of the alumni of its school who have them."""

    request_key: int
    text: str
    alumni: Sequence[int]


def demanded(records: Records, request_key: int | None = None) -> list[Demanded]:
    """Every request that demands own fields, by key, or this one; two queries more for each school with any."""
    fields: dict[str, list[OwnField]] = {}
    values: dict[str, dict[int, dict[int, str]]] = {}
    found = []
    for key, school, text in records.own_fields.demands(request_key):
        if school not in fields:
            fields[school] = records.own_fields.of(school)
            values[school] = records.own_fields.of_school(school)
        wanted = demanded_of(fields[school], text)
        alumni = [] if wanted is None else having(values[school], wanted)
        found.append(Demanded(key, text, alumni))
    return found


def own_match_columns(demands: Iterable[Demanded], rows: Mapping[int, int]) -> OwnMatches:
    """These as columns; `rows`: the row of each alumnus by random key."""
    lines = [
        (row, one.request_key)
        for one in demands
        for row in (UNKNOWN, *sorted(rows[key] for key in one.alumni if key in rows))
    ]
    return OwnMatches(np.array([row for row, _ in lines], np.int32), np.array([key for _, key in lines], np.int64))


def words_of(demands: Iterable[Demanded]) -> tuple[str, ...]:
    """What is demanded, in words, for `Vocabulary.own_demands`."""
    return tuple(f"{one.request_key} {one.text}" for one in demands)
