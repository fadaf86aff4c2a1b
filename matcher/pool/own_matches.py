"""Which alumni have what requests demand of own fields of a school: of those requests alone the pool knows it.

A value of an own field is in no other column, and in no text that is encoded. A place for trainees demands in the same
way that the company of the alumnus is recognised for the programme, once that is asked about companies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.domain.own_fields import OwnField, demanded_of, having
from matcher.domain.recognition import Placement, Recognition, digest_of, recognised
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
    return _with_companies(records, found, request_key)


def _with_companies(records: Records, found: list[Demanded], request_key: int | None) -> list[Demanded]:
    """The demands, with that of places of trainees: a company that is known to be recognised for the programme.

    Nothing is demanded as long as nothing was ever asked about any company.
    """
    if not (answers := records.recognitions.all()):
        return found
    demands = {one.request_key: one for one in found}
    for one in recognised_at(records, records.recognitions.placements(request_key), answers):
        demands[one.request_key] = both(demands.get(one.request_key), one)
    return [demands[key] for key in sorted(demands)]


def recognised_at(
    records: Records, placements: Sequence[Placement], answers: Sequence[Recognition] | None = None
) -> list[Demanded]:
    """Who works at a company that is known to be recognised, for each of these places; none where nothing is known.

    `answers`: all that is known; read where they are not given.
    """
    if answers is None:
        answers = records.recognitions.all() if placements else []
    if not placements or not answers:
        return []
    companies = {key: digest_of(number) for key, number in records.recognitions.companies().items()}
    result = []
    for placement in placements:
        known = recognised(answers, placement)
        alumni = sorted(key for key, company in companies.items() if company in known)
        result.append(Demanded(placement.key, placement.demand, alumni))
    return result


def both(one: Demanded | None, other: Demanded) -> Demanded:
    """Two demands of one request as one: who meets both."""
    if one is None:
        return other
    met = set(other.alumni)
    return Demanded(one.request_key, f"{one.text}; {other.text}", [key for key in one.alumni if key in met])


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
