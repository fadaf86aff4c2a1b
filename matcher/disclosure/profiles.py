"""How much of each alumnus a card may show: decided once for a state of the pool, never for a question.

Facts are left out in a fixed order until at least `LEAST` alumni of the school look the same, those without consent
included: first the job (its sector remains), then the town, the years, the level, the sector, and in a school with
fewer alumni than that everything, the school too. Everyone whose facts are cut at the same step with the same result
is a group, and only groups of `LEAST` or more exist: so that a card was cut further tells nothing either, and cards of
several questions do not add up.

Alumni who chose to show more (`SHOWN_ON_CARDS`) are not counted in the group of anyone: their cards can be told from
the others'. They get the facts of the finest group that they would be in, and what they chose comes on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from matcher.domain.kinds import SHOWN_ON_CARDS, mask_of
from matcher.pool import Pool
from matcher.pool.columns import UNKNOWN, Bool, Int8, Int64, card_code
from matcher.pool.rare_words import FEWEST

LEAST = FEWEST
"""The size of the smallest group: at least this many alumni share all that a card can show of one of them."""
YEARS = 5
"""Years in a band; a band begins in a year that is divisible by it."""
UInt64 = NDArray[np.uint64]
Rows = Int64 | slice
ALL = slice(None)


class Step(IntEnum):
    """What a card shows of an alumnus; each step shows less."""

    JOB = 0
    """Job (the sector where no job is known), town, years, level and school."""
    TOWN = 1
    """Sector, town, years, level and school."""
    YEARS = 2
    """Sector, years, level and school."""
    LEVEL = 3
    """Sector, level and school."""
    SECTOR = 4
    """Sector and school."""
    SCHOOL = 5
    """The school alone."""
    NOTHING = 6
    """Nothing: the school has too few alumni."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The codes of all that can ever be shown of each alumnus, shape (n,) each; 0 unknown, and -1 for a level.

    `years` is the first year of the band.
    """

    school: Int64
    function: Int64
    sector: Int64
    town: Int64
    years: Int64
    level: Int64

    def at(self, step: int) -> tuple[Int64, ...]:
        """The columns that a card shows at a step, from JOB to SCHOOL."""
        job = np.where(self.function == 0, self.sector, self.function)
        return (
            (self.school, job, self.town, self.years, self.level),
            (self.school, self.sector, self.town, self.years, self.level),
            (self.school, self.sector, self.years, self.level),
            (self.school, self.sector, self.level),
            (self.school, self.sector),
            (self.school,),
        )[step]


def facts_of(pool: Pool) -> Facts:
    """The facts of every alumnus of a pool."""
    people = pool.people
    return Facts(
        people.school[:], people.function[:], people.sector[:], people.town[:], years_of(pool), levels_of(pool)
    )


def years_of(pool: Pool, rows: Rows = ALL) -> Int64:
    """The first year of the band in which each alumnus left school last; 0 unknown."""
    year = pool.people.last_year[rows].astype(np.int64)
    return year - year % YEARS


def levels_of(pool: Pool, rows: Rows = ALL) -> Int64:
    """The highest known level of each alumnus; -1 unknown."""
    held = pool.people.qualifications
    if not isinstance(rows, slice):
        held = held.take(rows)
    levels = np.full(len(held), UNKNOWN, np.int64)
    owners = np.repeat(np.arange(len(levels)), np.diff(held.starts))
    np.maximum.at(levels, owners, pool.qualifications.level[held.values].astype(np.int64))
    return levels


def of_town(pool: Pool, rows: Rows, name: str) -> Bool:
    """Which of these alumni live in a town of this name, shape of `rows`."""
    return np.asarray(pool.people.town[rows] == card_code(name))


def steps_of(pool: Pool) -> Int8:
    """The `Step` of each alumnus of a pool, shape (n,); derived once for its alumni. Not to be written to."""
    steps = pool.of_people.card_steps
    if steps is None:
        steps = pool.of_people.card_steps = cut(facts_of(pool), shows_more(pool))
    return steps


def shows_more(pool: Pool) -> Bool:
    """The alumni who chose to show more, whether or not the term of that choice is over, shape (n,)."""
    return np.asarray((pool.people.consents & mask_of(SHOWN_ON_CARDS)) != 0)


def cut(facts: Facts, apart: Bool) -> Int8:
    """The `Step` of each alumnus, shape (n,); those `apart` count for no one else. The order of rows is irrelevant."""
    steps = np.full(len(apart), Step.SCHOOL, np.int8)
    groups = np.zeros(len(apart), np.uint64)
    left = np.flatnonzero(~apart)
    for step in range(Step.JOB, Step.NOTHING):
        codes = _codes(facts.at(step), step, left)
        _, group, count = np.unique(codes, return_inverse=True, return_counts=True)
        enough = count[group] >= LEAST
        steps[left[enough]], groups[left[enough]] = step, codes[enough]
        left = left[~enough]
    _join_rest(facts.school, steps, groups, left)
    _place_apart(facts, steps, groups, apart)
    return steps


def _join_rest(school: Int64, steps: Int8, groups: UInt64, left: Int64) -> None:
    """Fewer than `LEAST` alumni of a school are left: the smallest of its coarsest groups joins them.

    Without a group they are all of that school, and show nothing. Changes `steps` and `groups`.
    """
    schools = np.unique(school[left])
    grouped = np.flatnonzero((groups != 0) & np.isin(school, schools))
    group, first, count = np.unique(groups[grouped], return_index=True, return_counts=True)
    of_school, step = school[grouped[first]], steps[grouped[first]]
    order = np.lexsort((group, count, -step, of_school))
    joined_schools, chosen = np.unique(of_school[order], return_index=True)
    joining = np.isin(groups, group[order[chosen]]) & (groups != 0)
    steps[joining], groups[joining] = Step.SCHOOL, 0
    steps[left] = np.where(np.isin(school[left], joined_schools), Step.SCHOOL, Step.NOTHING)


def _place_apart(facts: Facts, steps: Int8, groups: UInt64, apart: Bool) -> None:
    """Those who are apart get the facts of the finest group that exists without them. Changes `steps`."""
    left = np.flatnonzero(apart)
    schools, count = np.unique(facts.school, return_counts=True)
    large = np.isin(facts.school[left], schools[count >= LEAST])
    steps[left[~large]] = Step.NOTHING
    left = left[large]
    for step in range(Step.JOB, Step.SCHOOL):
        known = np.unique(groups[steps == step])
        found = np.isin(_codes(facts.at(step), step, left), known)
        steps[left[found]] = step
        left = left[~found]


def _codes(columns: tuple[Int64, ...], step: int, rows: Int64) -> UInt64:
    """One number for what a card shows at a step: equal where that is equal; never 0. Shape of `rows`.

    64 bits, mixed as SplitMix64 does (Steele, Lea and Flood, 2014): two of a million differ with near certainty.
    """
    mixed = np.full(len(rows), step + 1, np.uint64)
    for column in columns:
        mixed = (mixed ^ column[rows].astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return np.maximum(mixed, np.uint64(1))


def group_sizes(pool: Pool) -> Int64:
    """How many alumni look the same on a card, for each alumnus of a pool, shape (n,).

    Alumni who chose to show more are counted apart: 0 for them.
    """
    facts, steps, apart = facts_of(pool), steps_of(pool), shows_more(pool)
    shown = np.zeros(len(steps), np.uint64)
    for step in range(Step.JOB, Step.NOTHING):
        rows = np.flatnonzero((steps == step) & ~apart)
        shown[rows] = _codes(facts.at(step), step, rows)
    nothing = (steps == Step.NOTHING) & ~apart
    shown[nothing] = _codes((facts.school,), Step.NOTHING, np.flatnonzero(nothing))
    sizes = np.zeros(len(steps), np.int64)
    counted = np.flatnonzero(~apart)
    _, group, count = np.unique(shown[counted], return_inverse=True, return_counts=True)
    sizes[counted] = count[group]
    return sizes
