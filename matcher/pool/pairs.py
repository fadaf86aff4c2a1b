"""One query against many candidates, as pairs for rules and signals: the same code in both directions.

Either one demand (request or offering) meets many people, or one person meets many demands. A column of one side has
length 1, of the other side length m, and numpy broadcasts; so a rule or signal is written once, and a pair has the same
values in either direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matcher.concepts import is_essential
from matcher.domain.places import EARTH_RADIUS_KM
from matcher.pool import Pool
from matcher.pool.columns import (
    BUSY_BITS,
    OFFERING_KIND,
    UNKNOWN,
    Bool,
    Coded,
    Demands,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    People,
    Ragged,
    gives_to_alumnus,
)
from matcher.pool.concepts import SkillLink, linked

_PARTS = (1 << BUSY_BITS) - 1
_WEEK, _FIRST_WEEKDAY = 7, 3
"""Days of a week, and the weekday of day 0: a Thursday."""


@dataclass(frozen=True)
class Pairs:
    """m pairs of a query and its candidates, at a day.

    `chosen` are the candidates' rows, each once: rows of `people` when the query is a demand, else of `demands`; None
    for all people of the table. `query` is the query's own row on the other side. `people` may be a table of copies in
    which something was changed: `copied_from` is then the pool row of each copy.
    """

    pool: Pool
    people: People
    demands: Demands
    candidates: Literal["people", "demands"]
    query: int
    chosen: Int64 | None
    as_of: int
    copied_from: Int64 | None = None
    covers_table: bool = False
    """Whether the candidates are the whole table in its order: then columns need no copy."""
    agreed: int = 0
    """Purposes, as a bit mask, that count as agreed to here: the alumnus who asks for this talk agreed to it."""
    covering: dict[bytes, Int32] = field(default_factory=dict, repr=False, compare=False)
    """What is known of all people of the pool: by the skills that are asked how much of them each covers.

    Shared by all pairs that are made of these, and gone with them.
    """
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What the compiled kernel has prepared of the query, shared in the same way (`matcher.matching.compiled`)."""

    @classmethod
    def with_everybody(cls, pool: Pool, demands: Demands, row: int, as_of: int) -> Pairs:
        """One demand against every alumnus of the pool; `demands` need not be a table of the pool."""
        return cls(pool, pool.people, demands, "people", row, None, as_of, covers_table=True)

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.people) if self.chosen is None else len(self.chosen)

    @cached_property
    def rows(self) -> Int64:
        """The candidates' rows, shape (m,): made here where they are all people."""
        return np.arange(len(self.people)) if self.chosen is None else self.chosen

    def take(self, chosen: Bool | Int64) -> Pairs:
        """The pairs at these positions (a mask, or positions)."""
        if self.chosen is None:
            return self.at(np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64))
        return self.at(self.chosen[chosen])

    def at(self, rows: Int64) -> Pairs:
        """The pairs with these candidate rows."""
        known = self.pool, self.people, self.demands, self.candidates, self.query
        # `replace` takes four times as long
        return Pairs(*known, rows, self.as_of, self.copied_from, False, self.agreed, self.covering, self.prepared)

    @property
    def demand_is_query(self) -> bool:
        """True when the query is a demand and the candidates are people."""
        return self.candidates == "people"

    @property
    def person_rows(self) -> Int64:
        """Rows of the people: (m,), or (1,) when a person is the query."""
        return self.rows if self.demand_is_query else np.array([self.query])

    @property
    def demand_rows(self) -> Int64:
        """Rows of the demands: (m,), or (1,) when a demand is the query."""
        return np.array([self.query]) if self.demand_is_query else self.rows

    @property
    def pool_people(self) -> Int64:
        """Rows of the people in the pool: (m,), or (1,) when a person is the query."""
        return self.person_rows if self.copied_from is None else self.copied_from[self.person_rows]

    def person(self, column: str) -> NDArray[Any]:
        """A column of the people, for broadcasting against `demand`."""
        return self._column(self.people, column, self.demand_is_query)

    def demand(self, column: str) -> NDArray[Any]:
        """A column of the demands, for broadcasting against `person`."""
        return self._column(self.demands, column, not self.demand_is_query)

    def _column(self, table: People | Demands, column: str, many: bool) -> NDArray[Any]:
        values: NDArray[Any] | Coded = getattr(table, column)
        if not many:
            return values[self.query : self.query + 1]
        if isinstance(values, Coded):
            return values[:] if self.covers_table else values[self.rows]
        return values if self.covers_table else values.take(self.rows)

    def each(self, values: NDArray[Any]) -> NDArray[Any]:
        """A broadcast result as an array of length m."""
        return values if len(values) == len(self) else np.broadcast_to(values, (len(self),))

    def listed(self, *columns: NDArray[Any]) -> Iterator[tuple[Any, ...]]:
        """For each pair its values of these columns, (m,) or (1,) each, as Python's own."""
        count = len(self)
        return zip(*(column.tolist() * (1 if len(column) == count else count) for column in columns), strict=True)

    @cached_property
    def is_offering(self) -> Bool:
        """Whether the demand is an offering, shape (1,) or (m,)."""
        return np.asarray(self.demand("kind") == OFFERING_KIND)

    @cached_property
    def gives_to_alumnus(self) -> Bool:
        """Whether the demand gives to the alumnus (aftercare, offering) instead of asking, shape (1,) or (m,)."""
        return gives_to_alumnus(self.demand("kind"))

    @property
    def is_offered(self) -> Bool:
        """Whether the bit of the demand's kind is set in a known offer of the alumnus, shape (m,) or (1,)."""
        kind, offers = self.demand("kind"), self.person("offers")
        bit = np.left_shift(1, kind.astype(np.int16)).astype(np.int16)
        return np.asarray((offers != UNKNOWN) & ((offers & bit) != 0))

    def load(self, name: Literal["asks_in_year", "days_since_ask", "given", "received"]) -> Int32:
        """How much was asked of, given by or given to each person, shape (m,) or (1,)."""
        return self.pool.loads(self.as_of).of(name, slice(None) if self.covers_pool else self.pool_people)

    @property
    def budget(self) -> Int16:
        """How often each person may be asked in a year, shape (m,) or (1,)."""
        usual = self.pool.budgets if self.covers_pool else self.pool.budgets.take(self.pool_people)
        if self.copied_from is None:
            return usual
        said = self.person("budget")
        return np.where(said >= 0, said, usual).astype(np.int16)

    @property
    def first_places(self) -> Int32:
        """In how many saved lists of other open requests each person stands first; shape (m,) or (1,)."""
        firsts = self.pool.first_places
        if not len(firsts.person):
            return np.zeros(1, np.int32)
        count = self.pool.loads(self.as_of).first_places.take(self.pool_people).astype(np.int32)
        if self.demand_is_query:
            return count - np.isin(self.pool_people, self.firsts_of_demand(self.query))
        return count - np.isin(self.demand("key"), self.firsts_of_person(int(self.pool_people[0])))

    def firsts_of_demand(self, demand: int) -> Int32:
        """Rows of the people who stand first in the saved list of a demand that is open."""
        firsts = self.pool.first_places
        own: Int32 = firsts.person[(firsts.until >= self.as_of) & (firsts.request_key == self.demands.key[demand])]
        return own

    def firsts_of_person(self, person: int) -> Int64:
        """Keys of the open requests in whose saved lists this person of the pool stands first."""
        firsts = self.pool.first_places
        own: Int64 = firsts.request_key[(firsts.until >= self.as_of) & (firsts.person == person)]
        return own

    @property
    def consents(self) -> Int16:
        """Each person's consents in force on the day, as a bit mask over the purposes, shape (m,) or (1,)."""
        column = self.pool.consents_on(self.as_of)
        given = column if self.covers_pool else column.take(self.pool_people)
        return given | np.int16(self.agreed) if self.agreed else given

    @property
    def covers_pool(self) -> bool:
        """Whether the people are all those of the pool, in its order."""
        return self.covers_table and self.demand_is_query and self.copied_from is None

    @cached_property
    def without_travel(self) -> Bool:
        """Whether the pair can meet without travelling, shape (1,) or (m,); a blended course does need travelling."""
        online = self.demand("online")
        either = (online == 2) & ~self.is_offering
        return np.asarray((online == 1) | (either & (self.person("online") == 1)))

    @cached_property
    def distance_km(self) -> Float64:
        """Great-circle distance between the centres of the two places, rounded to 0.1 km; NaN unknown. Shape (m,).

        To the nearest place of a demand that has several.

        Source: the chord between two points on the unit sphere is 2 sin(angle / 2).
        """
        from_places, to_places = self.person("place"), self.demand("place")
        if not self.demand_is_query:
            nearest = self._km_between(from_places[0], to_places)
            several, owner = self.demands.places.gather(self.rows)
            np.fmin.at(nearest, owner, self._km_between(from_places[0], several))
            return nearest
        several = self.demands.places.row(self.query)
        if not len(several):
            return self._km_between(to_places[0], from_places)
        return np.asarray(np.fmin.reduce([self._km_between(place, from_places) for place in several]))

    @property
    def nearest_place(self) -> Int64:
        """The position of the nearest place of a demand that has several, the first of equal ones; shape (m,).

        -1 where it is not known, or there is one place.
        """
        at, rows = np.full(len(self), -1, np.int64), self.demand_rows
        if not (self.demands.places.starts[rows + 1] > self.demands.places.starts[rows]).any():
            return at
        people = np.broadcast_to(self.person("place"), (len(self),))
        for position, row in enumerate(np.broadcast_to(rows, (len(self),)).tolist()):
            km = self._km_between(people[position], self.demands.places.row(row))
            if len(km) and not np.isnan(km).all():
                at[position] = np.nanargmin(km)
        return at

    def _km_between(self, fixed: int, varying: Int32) -> Float64:
        """The distance from one place to each of these, NaN unknown, shape of `varying`."""
        points = self.pool.points
        if fixed == UNKNOWN or not len(points):
            return np.full(len(varying), np.nan)
        if len(varying) >= len(points):  # compute the distance to each place once
            return km_from(points, fixed).take(varying)
        return np.where(varying == UNKNOWN, np.nan, _km(points[varying], points[fixed]))

    @cached_property
    def over_moments(self) -> tuple[Int64, Int64]:
        """Firm moments that have not passed: (how many, and how many the person can make), (m,) each.

        A person can make a moment with all its day parts, or unknown ones, unless their calendar says busy in any.
        """
        free = self.person("day_parts")
        if self.demand_is_query:
            needed = self.moments_left(self.query)
            met = np.zeros(len(self), np.int64)
            for mask, day in zip(needed, self.days_left(self.query), strict=True):
                fits = np.broadcast_to((free & mask) == mask, (len(self),))
                busy = self._busy_positions(int(mask), int(day))
                if len(busy):
                    fits = fits.copy()
                    fits[busy] = False
                met += fits
            return np.full(len(self), len(needed), np.int64), met
        masks, owner = self.demands.moments.gather(self.rows)
        days = self.demands.moment_days.gather(self.rows)[0]
        remaining = days >= self.as_of
        masks, owner, days = masks[remaining], owner[remaining], days[remaining]
        total = np.bincount(owner, minlength=len(self))
        fits = ((free[0] & masks) == masks) & ~_busy_then(self.people.busy.row(self.query), masks, days)
        return total, np.bincount(owner, weights=fits, minlength=len(self)).astype(np.int64)

    def moments_met(self, person: int, demand: int) -> Bool:
        """For each firm moment of a demand that has not passed whether this person can make it."""
        masks, days = self.moments_left(demand), self.days_left(demand)
        fits = (self.people.day_parts[person] & masks) == masks
        return np.asarray(fits & ~_busy_then(self.people.busy.row(person), masks, days))

    def _busy_positions(self, mask: int, day: int) -> Int64:
        """Positions of the candidates whose calendar says busy in a day part of this moment."""
        values, owner = self._busy_days
        days, parts = values >> BUSY_BITS, values & _PARTS
        hit = np.zeros(len(values), np.bool_)
        for later in range(_WEEK if len(values) else 0):
            hit |= (days == day + later) & ((parts & parts_on(mask, day + later)) != 0)
        positions: Int64 = owner[hit]
        return positions

    @cached_property
    def _busy_days(self) -> tuple[Int32, Int64]:
        """The busy days of all candidates, and the position of whose each is."""
        busy = self.people.busy
        return busy.gather(self.rows) if len(busy.values) else (busy.values, np.zeros(0, np.int64))

    def moments_left(self, demand: int) -> Int32:
        """Day-part masks of the firm moments of a demand that have not passed."""
        return self.demands.moments.row(demand)[self.demands.moment_days.row(demand) >= self.as_of]

    def days_left(self, demand: int) -> Int32:
        """The day of each of those moments."""
        days = self.demands.moment_days.row(demand)
        return days[days >= self.as_of]

    @property
    def needed_on(self) -> Int64:
        """First day on which an alumnus is needed, not before the day of the ranking; shape (1,) or (m,)."""
        first = np.maximum(self.demand("starts").astype(np.int64), self.as_of)
        days, owner = self.demands.moment_days.gather(self.demand_rows)
        remaining = days >= self.as_of
        moment = np.full(len(first), np.iinfo(np.int64).max)
        np.minimum.at(moment, owner[remaining], days[remaining])
        return np.where(moment < np.iinfo(np.int64).max, moment, first)

    @cached_property
    def skill_cover(self) -> tuple[Int64, Int64]:
        """Total weight of all requested skills, and of those that the person covers, in 1/2048; shape (m,) each.

        The weight is the rarity, and more of an essential skill (`codes.skill_weights`). One that is covered in part
        counts for half. Whole numbers: the sums do not depend on the order of adding.
        """
        requested_skills = self.pool.requested_skills
        if self.demand_is_query:
            wanted = self.demands.skills.row(self.query)
            weights = 2 * requested_skills.weight[wanted].astype(np.int64)
            total = np.full(len(self), weights.sum(), np.int64)
            if self.copied_from is not None:
                return total, self._covered_by_copies(wanted, weights)
            covered = self.covering.get(wanted.tobytes())
            if covered is None:
                covered = np.zeros(len(self.people), np.int32)
                for skill, weight in zip(wanted, weights.tolist(), strict=True):
                    holders = self._holders(int(skill))
                    covered[holders] += weight  # fancy += applies once per row: a person listed twice counts once
                    covered[self._holders_in_part(int(skill), holders)] += weight // 2
                self.covering[wanted.tobytes()] = covered
            return total, (covered if self.covers_table else covered.take(self.rows)).astype(np.int64)
        entries, owner = self.demands.skills.gather(self.rows)
        weights = requested_skills.weight[entries].astype(np.float64)
        halves = self.covered_asks()[entries]
        total = np.bincount(owner, weights=2 * weights, minlength=len(self))
        met = np.bincount(owner, weights=weights * halves, minlength=len(self))
        return total.astype(np.int64), met.astype(np.int64)

    def _holders(self, skill: int) -> Int32:
        """Rows of the people who cover a requested skill; a person with two such skills is listed twice."""
        persons, _ = self.pool.people_by_skill.gather(self.pool.requested_skills.covered_by.row(skill).astype(np.int64))
        return persons

    def _holders_in_part(self, skill: int, whole: Int32) -> Int32:
        """Rows of the people who cover a requested skill in part alone; `whole`: of those who cover all of it."""
        partly_by = self.pool.partly_by
        if not len(partly_by) or not len(words := partly_by.row(skill)):
            return np.zeros(0, np.int32)
        persons, _ = self.pool.people_by_skill.gather(words.astype(np.int64))
        covers = np.zeros(len(self.people), np.bool_)
        covers[whole] = True
        return persons[~covers[persons]]

    def _covered_by_copies(self, wanted: Int32, weights: Int64) -> Int64:
        """The covered rarity from the people's own lists: those of copies may differ from the pool's."""
        skills, owner = self.people.skills.gather(self.rows)
        covered = np.zeros(len(self), np.int64)
        for skill, weight in zip(wanted, weights, strict=True):
            hits = np.isin(skills, self.pool.requested_skills.covered_by.row(int(skill)))
            whole = np.bincount(owner, weights=hits, minlength=len(self)) > 0
            covered += weight * whole
            if len(self.pool.partly_by):
                near = np.isin(skills, self.pool.partly_by.row(int(skill)))
                covered += weight // 2 * (~whole & (np.bincount(owner, weights=near, minlength=len(self)) > 0))
        return covered

    @cached_property
    def skill_words(self) -> list[tuple[list[str], list[str]]]:
        """For each pair the requested skills that the person covers, and those they do not, alphabetically.

        Their codes follow the order of the database's random keys, so another database would list them otherwise.
        """
        people, demands = self.each(self.person_rows).tolist(), self.each(self.demand_rows).tolist()
        names, covering = self.pool.vocabulary.requested_skill_names, self.pool.requested_skills.covered_by
        requested = {
            demand: [(names[skill], set(covering.row(skill).tolist())) for skill in self.demands.skills.row(demand)]
            for demand in set(demands)
        }
        stated = {person: set(self.people.skills.row(person).tolist()) for person in set(people)}
        result = []
        for person, demand in zip(people, demands, strict=True):
            person_words, demand_skills = stated[person], sorted(requested[demand], key=itemgetter(0))
            covered = [name for name, words in demand_skills if not person_words.isdisjoint(words)]
            result.append((covered, [name for name, _ in demand_skills if name not in covered]))
        return result

    @cached_property
    def skill_links(self) -> list[list[SkillLink]]:
        """For each pair the requested skills that the person covers by meaning, or in part; in the order of names."""
        links, names = self.pool.links, self.pool.vocabulary
        if links is None:
            return [[] for _ in range(len(self))]
        people, demands = self.each(self.person_rows).tolist(), self.each(self.demand_rows).tolist()
        result = []
        for person, demand in zip(people, demands, strict=True):
            own = sorted(names.skills[code] for code in self.people.skills.row(person).tolist())
            asked = [names.requested_skills[code] for code in self.demands.skills.row(demand).tolist()]
            shown = [names.requested_skill_names[code] for code in self.demands.skills.row(demand).tolist()]
            found = (linked(links, name, one, own) for name, one in sorted(zip(shown, asked, strict=True)))
            result.append([link for link in found if link is not None])
        return result

    @cached_property
    def essential_skills(self) -> list[list[str]]:
        """For each pair the requested skills that are essential to an occupation that is asked, alphabetically."""
        names = self.pool.vocabulary
        if self.pool.links is None:
            return [[] for _ in range(len(self))]
        found = {
            demand: sorted(
                names.requested_skill_names[code]
                for code in self.demands.skills.row(demand).tolist()
                if is_essential(names.requested_skills[code])
            )
            for demand in set(self.demand_rows.tolist())
        }
        return [found[demand] for demand in self.each(self.demand_rows).tolist()]

    def covered_asks(self) -> Int8:
        """For each requested skill of the pool how many halves of it the query person covers: 0, 1 or 2."""
        stated = np.zeros(len(self.pool.vocabulary.skills), np.bool_)
        stated[self.people.skills.row(self.query)] = True
        halves = np.where(_any_of(self.pool.requested_skills.covered_by, stated), np.int8(2), np.int8(0))
        if len(self.pool.partly_by):
            halves = np.maximum(halves, _any_of(self.pool.partly_by, stated).astype(np.int8))
        return halves


def _any_of(lists: Ragged, stated: Bool) -> Bool:
    """Whether any of each list is stated."""
    owner = np.repeat(np.arange(len(lists)), np.diff(lists.starts))
    return np.asarray(np.bincount(owner, weights=stated[lists.values], minlength=len(lists)) > 0)


def parts_on(mask: int, day: int) -> int:
    """The day parts of a moment on one of its days, as `People.busy` has them; a moment is shorter than a week."""
    return mask >> BUSY_BITS * ((day + _FIRST_WEEKDAY) % _WEEK) & _PARTS


def _busy_then(busy: Int32, masks: Int32, days: Int32) -> Bool:
    """Whether a calendar, ascending, says busy in a day part of each of these moments; shape of `masks`."""
    found = np.zeros(len(masks), np.bool_)
    if not len(busy):
        return found
    of_day = dict(zip((busy >> BUSY_BITS).tolist(), (busy & _PARTS).tolist(), strict=True))
    for position, (mask, day) in enumerate(zip(masks.tolist(), days.tolist(), strict=True)):
        found[position] = any(of_day.get(day + later, 0) & parts_on(mask, day + later) for later in range(_WEEK))
    return found


def km_from(points: Float64, place: int) -> Float64:
    """The distance from one place to each, and NaN for `UNKNOWN` at the end; shape (places + 1,)."""
    return np.append(_km(points, points[place]), np.nan)


def _km(points: Float64, origin: Float64) -> Float64:
    """Kilometres, to 0.1, from points on the unit sphere, shape (n, 3), to one of them."""
    x, y, z = (points - origin).T
    chord = np.sqrt(x * x + y * y + z * z)
    km: Float64 = np.rint(20.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))) / 10.0
    return km
