"""What alumni gave and had of it: shown to themselves and to their school, added to, and corrected by an entry.

The balance is over all schools of this installation, as rankings count it (`matcher.domain.balance`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import cast

import numpy as np

from matcher.domain.balance import YEAR, Balance, balance
from matcher.domain.ledger import (
    MOST_HOURS,
    MOST_STUDENTS,
    Benefit,
    LedgerEvent,
    LedgerLine,
    standing,
)
from matcher.domain.records import Alumnus, RecordKind
from matcher.errors import InvalidValue
from matcher.policy import Action, Asker
from matcher.pool import NEVER, Pool
from matcher.pool.columns import Bool, Int64, day_number
from matcher.repositories import Records, Transaction
from matcher.services import groups, lookup
from matcher.services.app import App, StoreApp
from matcher.services.browsing import Slice
from matcher.services.deciding import most_asks
from matcher.services.groups import EVERYBODY, Group
from matcher.services.pools import newest_pool
from matcher.services.reports import SMALLEST

ADDED = frozenset({LedgerEvent.CONTRIBUTED, LedgerEvent.BENEFITED})
"""What a coordinator may add and correct: asks and replies are those of invitations alone."""
_NO_DAY = date.min


class Show(StrEnum):
    """Which alumni of a school. `NEVER`: never asked. `SPENT`: as often this year as they want. `BALANCED`: neither."""

    GAVE = "gave"
    NEVER = "never"
    BALANCED = "balanced"
    SPENT = "spent"


STATES = (Show.NEVER, Show.BALANCED, Show.SPENT)
"""Each of the alumni who can be asked is in one of these."""


@dataclass(frozen=True, slots=True)
class Account:
    """What one alumnus gave and had: the balance, every entry (oldest first), which of them count, and the benefits."""

    alumnus: Alumnus
    balance: Balance
    entries: Sequence[LedgerLine]
    counting: frozenset[int]
    benefits: Mapping[Benefit, int]


@dataclass(frozen=True, slots=True)
class Row:
    """An alumnus in the list of a school."""

    alumnus: Alumnus
    balance: Balance


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of the alumni of a school, or all; how many of `alumni` there are of each `Show`, and on all pages.

    `everybody`: how many there are of the school, of whom `alumni` are the group that was chosen.
    """

    rows: Sequence[Row]
    total: int
    alumni: int
    everybody: int
    counts: Mapping[Show, int]


@dataclass(frozen=True, slots=True)
class Part:
    """A group of alumni who can be asked, how many they are, and how many of them are in each of `STATES`.

    None for counts that would tell of few.
    """

    group: Group
    alumni: int
    counts: Mapping[Show, int | None]


@dataclass(frozen=True, slots=True)
class TeamAsks:
    """What a team asked in a year: of how many alumni, how often in all, and how often of the one asked most."""

    team: str
    alumni: int
    asks: int
    most: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How asks are spread over the alumni who can be asked. `teams`: those that asked most first."""

    whole: Part
    fields: Sequence[Part]
    cohorts: Sequence[Part]
    teams: Sequence[TeamAsks]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a coordinator adds: a benefit, or a contribution of so many hours to so many students."""

    benefit: Benefit | None = None
    hours: float | None = None
    students: int | None = None


def mine(app: StoreApp, asker: Asker) -> Account:
    """What the asking alumnus gave and had. Raises Forbidden."""
    key = asker.own_key(Action.LEDGER_READ)
    with app.store.read() as records:
        return _account(records, lookup.own_record(records, asker), key)


def account(app: StoreApp, asker: Asker, alumnus_id: str, *, school: str | None = None) -> Account:
    """What an alumnus of the asker's school gave and had, which is noted. Raises Forbidden, UnknownId, AmbiguousId."""

    def work(tx: Transaction) -> Account:
        alumnus = lookup.alumnus(tx, asker, Action.LEDGER_READ, alumnus_id, school)
        tx.note(Action.LEDGER_READ, {"alumnus": alumnus.key})
        return _account(tx, alumnus, alumnus.key)

    return app.store.write(work, by=asker)


def overview(
    app: App, asker: Asker, show: Show, part: Slice, *, school: str | None = None, group: Group = EVERYBODY
) -> Overview:
    """The alumni of a school, or of a group of it, who gave (most first), were never asked, may be asked, or may not.

    Those on the page are noted. Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.LEDGER_READ, school)
    if asker.alumnus_key is not None:
        raise asker.refusal(Action.LEDGER_READ)
    pool, today = newest_pool(app).with_terms(app.terms), app.clock.today()
    everybody = groups.of_school(pool, owner)
    own = groups.members(app, pool, everybody, group, today)
    chosen = _chosen(pool, own, day_number(today))
    rows = chosen[show]
    keys = pool.people.key[rows[part.start : part.start + part.size]].tolist()

    def work(tx: Transaction) -> list[Row]:
        alumni = cast("dict[int, Alumnus]", tx.records.by_key(RecordKind.ALUMNI, keys))
        entries = lookup.by_alumnus(tx.ledger.of(*keys))
        if alumni:
            tx.note(Action.LEDGER_READ, {"alumni": sorted(alumni)})
        asks = tx.school_settings.asks()
        return [
            Row(alumni[key], balance(entries.get(key, ()), most_asks(alumni[key], asks), tx.today))
            for key in keys
            if key in alumni
        ]

    listed = app.store.write(work, by=asker)
    counts = {one: len(found) for one, found in chosen.items()}
    return Overview(listed, len(rows), int(own.sum()), int(everybody.sum()), counts)


def spread(app: App, asker: Asker, *, school: str | None = None) -> Spread:
    """How asks are spread over the alumni who can be asked: in all, by field, by cohort; and over teams in a year.

    Exact for whoever is of the school; for others counts of fewer than `SMALLEST` alumni are None. Raises Forbidden,
    UnknownId.
    """
    owner = asker.owner(Action.LEDGER_READ, school)
    if asker.alumnus_key is not None:
        raise asker.refusal(Action.LEDGER_READ)
    with app.store.read() as records:
        today, origin = records.today, records.changes.origin()
        teams = records.desk.asks_of_teams(owner, today - YEAR)
    pool = newest_pool(app, origin).with_terms(app.terms)
    rows = np.flatnonzero(groups.can_be_asked(app, pool, groups.of_school(pool, owner), today))
    state = _state(pool, day_number(today))[rows]
    smallest = 1 if asker.school is not None else SMALLEST
    fields = np.array(groups.fields(pool, rows), np.object_)
    by_field = [
        _part(Group(able=True, field=name), state[fields == name], smallest) for name in sorted(set(fields.tolist()))
    ]
    years = pool.people.last_year[rows]
    cohorts = [
        _part(replace(cohort, able=True), state[groups.in_years(years, cohort)], smallest)
        for cohort in groups.cohorts(today)
    ]
    told = [TeamAsks(*one) for one in teams if one[1] >= smallest]
    fields_told, cohorts_told = ([part for part in some if part.alumni >= smallest] for some in (by_field, cohorts))
    return Spread(_part(Group(able=True), state, smallest), fields_told, cohorts_told, told)


def _part(group: Group, state: Int64, smallest: int) -> Part:
    counts = {show: int((state == number).sum()) for number, show in enumerate(STATES)}
    hidden = any(0 < count < smallest for count in counts.values())
    return Part(group, len(state), {show: None if hidden else count for show, count in counts.items()})


def _state(pool: Pool, day: int) -> Int64:
    """Of each alumnus, the place in `STATES`; whoever was never asked is the first."""
    loads = pool.loads(day)
    spent = np.where(loads.asks_in_year >= pool.budgets, STATES.index(Show.SPENT), STATES.index(Show.BALANCED))
    return np.where(loads.days_since_ask >= NEVER, STATES.index(Show.NEVER), spent)


def add(app: StoreApp, asker: Asker, alumnus_id: str, entry: Entry, *, school: str | None = None) -> int:
    """Adds what an alumnus gave or had, of today; returns the key of the entry.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `entry_hours`, `entry_students`, `entry_empty`.
    """
    line = _line_of(entry)

    def work(tx: Transaction) -> int:
        alumnus = lookup.alumnus(tx, asker, Action.LEDGER_WRITE, alumnus_id, school)
        key = tx.ledger.add(replace(line, alumnus_key=alumnus.key, on=tx.today, school=alumnus.school))
        tx.note(Action.LEDGER_WRITE, {"alumnus": alumnus.key, "entry": key, "event": line.event.value})
        return key

    return app.store.write(work, by=asker)


def correct(app: StoreApp, asker: Asker, alumnus_id: str, entry: int, *, school: str | None = None) -> int:
    """Adds the entry by which a contribution or a benefit does not count; returns its key.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `no_such_entry`, `corrected_already`.
    """

    def work(tx: Transaction) -> int:
        alumnus = lookup.alumnus(tx, asker, Action.LEDGER_WRITE, alumnus_id, school)
        entries = tx.ledger.entries(alumnus.key)
        found = [line for line in entries if line.key == entry and line.event in ADDED]
        if not found:
            raise InvalidValue("no_such_entry")
        if found[0] not in standing(entries):
            raise InvalidValue("corrected_already")
        key = tx.ledger.add(LedgerLine(alumnus.key, None, LedgerEvent.CORRECTED, tx.today, corrects=entry))
        tx.note(Action.LEDGER_WRITE, {"alumnus": alumnus.key, "entry": key, "corrects": entry})
        return key

    return app.store.write(work, by=asker)


def _account(records: Records, alumnus: Alumnus, key: int) -> Account:
    entries = records.ledger.entries(key)
    counting = standing(entries)
    year = [line for line in counting if records.today - YEAR < line.on <= records.today]
    had = [line.benefit for line in year if line.event is LedgerEvent.BENEFITED and line.benefit is not None]
    return Account(
        alumnus,
        balance(entries, most_asks(alumnus, records.school_settings.asks()), records.today),
        entries,
        frozenset(line.key for line in counting),
        {benefit: had.count(benefit) for benefit in Benefit if benefit in had},
    )


def _chosen(pool: Pool, own: Bool, day: int) -> dict[Show, Int64]:
    """The rows of the alumni to show, in order: who gave most first, else by id."""
    loads, order = pool.loads(day), pool.people.order
    masks = {
        Show.GAVE: loads.given > 0,
        Show.NEVER: loads.days_since_ask >= NEVER,
        Show.SPENT: loads.asks_in_year >= pool.budgets,
    }
    masks[Show.BALANCED] = ~(masks[Show.NEVER] | masks[Show.SPENT])
    rows = {show: np.flatnonzero(own & mask) for show, mask in masks.items()}
    return {
        show: found[np.lexsort((order[found], -loads.given[found] if show is Show.GAVE else order[found]))]
        for show, found in rows.items()
    }


def _line_of(entry: Entry) -> LedgerLine:
    """The line of an entry, of nobody yet. Raises InvalidValue."""
    if entry.benefit is not None:
        return LedgerLine(0, None, LedgerEvent.BENEFITED, _NO_DAY, benefit=entry.benefit)
    if entry.hours is None and entry.students is None:
        raise InvalidValue("entry_empty")
    if entry.hours is not None and not 0 < entry.hours <= MOST_HOURS:
        raise InvalidValue("entry_hours", most=MOST_HOURS)
    if entry.students is not None and not 0 <= entry.students <= MOST_STUDENTS:
        raise InvalidValue("entry_students", most=MOST_STUDENTS)
    return LedgerLine(0, None, LedgerEvent.CONTRIBUTED, _NO_DAY, hours=entry.hours, students=entry.students)
