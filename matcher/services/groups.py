"""Groups of the alumni of a pool: who can be asked, of which field, of which cohort."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from matcher.domain.crebo import register, sector
from matcher.domain.figures import AREAS
from matcher.domain.kinds import KINDS, RequestKind
from matcher.domain.records import Request
from matcher.matching.question import Question
from matcher.matching.rules import no_consent, no_interest, not_offered, paused
from matcher.pool import Pool
from matcher.pool.columns import Bool, Int16, Int64, code_of, day_number
from matcher.recent import keep
from matcher.services.app import App

CAN_BE_ASKED = (no_consent, paused, not_offered, no_interest)
"""The rules about what an alumnus decided; whether somebody was asked often enough is what the figures are about."""
COHORTS = ((0, 2), (3, 5), (6, 10), (11, None))
"""Years since the latest qualification, first and last; None for no end."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the alumni of a school. `able`: who can be asked for something today, and wants to be asked at all.

    `field`: the domain of the highest qualification; None says nothing, empty is unknown. `first`, `last`: the year of
    the latest qualification.
    """

    able: bool = False
    field: str | None = None
    first: int | None = None
    last: int | None = None


EVERYBODY = Group()
_NO_YEAR = 9999


def of_school(pool: Pool, owner: str | None) -> Bool:
    """Which alumni are of a school, or all; shape (n,)."""
    return np.ones(len(pool.people), np.bool_) if owner is None else pool.people.school == code_of(owner)


def able_by_area(app: App, pool: Pool, own: Bool, today: date) -> Bool:
    """Which of these alumni can be asked today, by area; shape (areas, n)."""
    day = day_number(today)
    masks = pool.able.get(day)
    if masks is None:
        masks = keep(pool.able, day, _able_by_area(app, pool, today), 1)
    return masks & own


def _able_by_area(app: App, pool: Pool, today: date) -> Bool:
    vector = app.engine.vectors.of_query("")
    masks = np.zeros((len(AREAS), len(pool.people)), np.bool_)
    for kind in RequestKind:
        pairs = Question(Request(request_id="", kind=kind, title=""), today, vector=vector).candidates(pool).pairs
        can = np.ones(len(pool.people), np.bool_)
        for rule in CAN_BE_ASKED:
            can &= rule.passes(pairs)
        masks[AREAS.index(KINDS[kind].area)] |= can
    return masks


def can_be_asked(app: App, pool: Pool, own: Bool, today: date) -> Bool:
    """Which of these alumni can be asked for something today, and want to be asked at all; shape (n,)."""
    able = able_by_area(app, pool, own, today).any(axis=0)
    return np.asarray(able & (pool.budgets > 0))


def members(app: App, pool: Pool, own: Bool, group: Group, today: date) -> Bool:
    """Which of these alumni are of a group; shape (n,)."""
    found = can_be_asked(app, pool, own, today) if group.able else own.copy()
    years = pool.people.last_year
    if group.first is not None:
        found &= years >= group.first
    if group.last is not None:
        found &= (years != 0) & (years <= group.last)
    if group.field is not None:
        rows = np.flatnonzero(found)
        found[rows[np.array([name != group.field for name in fields(pool, rows)], np.bool_)]] = False
    return found


def cohorts(today: date) -> list[Group]:
    """All cohorts of that day, the newest first."""
    return [
        Group(first=None if oldest is None else today.year - oldest, last=today.year - newest)
        for newest, oldest in COHORTS
    ]


def in_years(years: Int16, cohort: Group) -> Bool:
    """Whose latest qualification is of these years, by `last_year` of each; nobody of whom no year is known."""
    first, last = cohort.first or 1, cohort.last or _NO_YEAR
    return np.asarray((years >= first) & (years <= last))


def parted(pool: Pool, rows: Int64, today: date) -> list[tuple[Group, Bool]]:
    """These alumni by field, and once more by cohort: each group with which of them are of it."""
    names = fields(pool, rows)
    by_field = [(Group(field=name), np.array([one == name for one in names], np.bool_)) for name in sorted({*names})]
    years = pool.people.last_year[rows]
    return by_field + [(cohort, in_years(years, cohort)) for cohort in cohorts(today)]


def fields(pool: Pool, rows: Int64) -> list[str]:
    """The sector of the highest qualification of each, by the register; empty where it knows none."""
    values, owner = pool.people.qualifications.gather(rows)
    domain, level = pool.qualifications.domain[values], pool.qualifications.level[values]
    known = np.flatnonzero(domain != 0)
    order = known[np.lexsort((domain[known], -level[known], owner[known]))]
    found, first = np.unique(owner[order], return_index=True)
    codes = np.zeros(len(rows), np.int64)
    codes[found] = domain[order][first]
    names = _domains()
    return [names.get(code, "") for code in codes.tolist()]


@cache
def _domains() -> dict[int, str]:
    return {code_of(f"domain:{entry.domain}"): sector(entry.domain) for entry in register().values()}
