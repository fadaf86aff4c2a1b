"""Figures per policy area and period, for the school that asks: counts and shares, and nothing of one alumnus.

What each figure means stands in `matcher.domain.figures`. The ledger and the requests are read in three queries; who
can be asked, and which wishes are open, is read off the newest pool.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.disclosure.profiles import LEAST
from matcher.domain.crebo import register, sector
from matcher.domain.figures import (
    Able,
    Entries,
    Figures,
    Period,
    Requests,
    Wish,
    figures,
    open_places,
    wishes,
    without_small,
)
from matcher.domain.kinds import Area
from matcher.domain.school_settings import areas_in
from matcher.domain.series import Month, days_by_month, months, months_without_small, times_asked, times_without_small
from matcher.errors import InvalidValue
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import NO_DAY, Bool, Int64, day_number
from matcher.services import groups, lookup
from matcher.services.app import App
from matcher.services.pools import newest_pool
from matcher.services.reports import SMALLEST
from matcher.services.wishes import municipalities, regions, wishing_courses

MOST_DAYS = 3660
EARLIEST = date(1990, 1, 1)
"""The first day of a period, and how many days it may have."""


@dataclass(frozen=True, slots=True)
class FirstPlaces:
    """First places in the saved lists of open requests that alumni of the school have today, of any school.

    `beyond`: in how many of them whoever stands first has no ask left this year. None for a number not to be shown.
    """

    places: int | None
    beyond: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a school, or of all, in a period and in the one before.

    Who can be asked, `wishes` and `first_places` are those of `today`, in both. `smallest`: counts of alumni below it
    are not shown, 1 where all are. `contacts`: of aftercare, now and before, from the register; they are no asks, and
    None where they are not to be shown. `areas`: those that the school works on.
    """

    school: str | None
    today: date
    now: Figures
    before: Figures
    wishes: Sequence[Wish]
    first_places: FirstPlaces
    smallest: int
    contacts: tuple[int | None, int | None] = (0, 0)
    areas: frozenset[Area] = frozenset(Area)


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Places of requests that were over in a period and that nobody filled.

    `field`: of the programme, empty where none is known; `town`: empty where none is stated.
    """

    field: str
    town: str
    places: int


@dataclass(frozen=True, slots=True)
class Courses:
    """A municipality today: alumni who want a course and had none, None for fewer than `LEAST`; courses there."""

    municipality: str
    wishes: int | None
    courses: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The figures of a period, each area by month, how many alumni were asked how often, and what was not filled.

    `contacts`: those of aftercare in each of the months; None for a number not to be shown.
    """

    report: Report
    months: Mapping[Area, Sequence[Month]]
    contacts: Sequence[int | None]
    times: Sequence[int | None]
    unfilled: Sequence[Unfilled]
    courses: Sequence[Courses]


def report(app: App, asker: Asker, first: date, last: date, *, school: str | None = None) -> Report:
    """The figures from a day up to and including another, with those of the period before.

    Exact for a coordinator of the school, who may see what is known of each of its alumni; for others without counts
    of fewer alumni than `SMALLEST`. Wishes are of `LEAST` alumni or more for everybody. Raises Forbidden, UnknownId,
    InvalidValue: `period_reversed`, `figures_period`.
    """
    return _counted(app, asker, first, last, school).report


def dashboard(app: App, asker: Asker, first: date, last: date, *, school: str | None = None) -> Dashboard:
    """The same with what charts are drawn of. Raises as `report`."""
    found = _counted(app, asker, first, last, school)
    told, period = found.report, found.report.now.period
    series = months_without_small(months(found.entries, period), told.now, told.smallest)
    times = times_without_small(times_asked(found.entries, found.able, period), told.smallest)
    open_ = open_places(found.entries, found.requests, period)
    with app.store.read() as records:
        about = records.figures.about(sorted(open_))
    missed = Counter[tuple[str, str]]()
    for key, (programme, town) in about.items():
        missed[programme_field(programme), town] += open_[key]
    unfilled = tuple(Unfilled(*where, places) for where, places in sorted(missed.items()))
    contacts = days_by_month(found.contacts, period, told.smallest)
    return Dashboard(told, series, contacts, times, unfilled, _courses(found, told.today))


@dataclass(frozen=True, slots=True)
class _Counted:
    """The figures with what they were counted from."""

    report: Report
    entries: Entries
    requests: Requests
    able: Able
    pool: Pool
    wishing: Int64
    """The rows of the alumni who want a course and had none."""
    contacts: Sequence[date]
    """The days of the contacts of aftercare."""


def _counted(app: App, asker: Asker, first: date, last: date, school: str | None) -> _Counted:
    owner = asker.owner(Action.FIGURES_READ, school)
    period = _period(first, last)
    smallest = SMALLEST if asker.school is None else 1
    with app.store.read() as records:
        owner = lookup.owner_meant(records, asker, owner)
        today, origin = records.today, records.changes.origin()
        entries = records.figures.entries(owner)
        requests = Requests.of(records.figures.requests(owner), today)
        reasons = records.figures.reasons(owner)
        days = records.figures.contacts(owner)
        areas = areas_in({} if owner is None else records.school_settings.of(owner))
    pool = newest_pool(app, origin).with_terms(app.terms)
    own = groups.of_school(pool, owner)
    masks = groups.able_by_area(app, pool, own, today)
    some = masks.any(axis=0)
    able = Able(pool.people.key[some], masks[:, some])
    told = [figures(entries, requests, reasons, able, one) for one in (period, period.before)]
    now, before = told if smallest == 1 else [without_small(one, smallest) for one in told]
    wishing = wishing_courses(pool, own, entries, today)
    made = Report(
        owner,
        today,
        now,
        before,
        wishes(Counter(zip(groups.fields(pool, wishing), regions(pool, wishing), strict=True)), LEAST),
        _first_places(pool, own, today, smallest),
        smallest,
        _contacts(days, period, smallest),
        areas,
    )
    return _Counted(made, entries, requests, able, pool, wishing, days)


def _contacts(days: Sequence[date], period: Period, smallest: int) -> tuple[int | None, int | None]:
    """How many contacts of aftercare there were in a period and in the one before; none below `smallest`."""
    counts = [sum(one.first <= day <= one.last for day in days) for one in (period, period.before)]
    now, before = (_shown(count, smallest) for count in counts)
    return now, before


def _shown(count: int, smallest: int) -> int | None:
    """A count; None for one from 1 below `smallest`."""
    return None if 0 < count < smallest else count


def _period(first: date, last: date) -> Period:
    if last < first:
        raise InvalidValue("period_reversed", first=first, last=last)
    if first < EARLIEST or (last - first).days >= MOST_DAYS:
        raise InvalidValue("figures_period", days=MOST_DAYS, day=EARLIEST)
    return Period(first, last)


def _first_places(pool: Pool, own: Bool, today: date, smallest: int) -> FirstPlaces:
    loads = pool.loads(day_number(today))
    left = pool.asks_left(day_number(today))
    places = loads.first_places[own]
    counts = (int(places.sum()), int(np.maximum(places - left[own], 0).sum()))
    shown = [count if count == 0 or count >= smallest else None for count in counts]
    return FirstPlaces(*shown)


# ---- courses


def _courses(found: _Counted, today: date) -> tuple[Courses, ...]:
    """Wishes for courses, and courses that can still be begun, by municipality; those online are nowhere."""
    pool, offered = found.pool, found.pool.offerings
    day = day_number(today)
    open_ = ((offered.closes == NO_DAY) | (offered.closes >= day)) & (
        (offered.starts == NO_DAY) | (offered.starts >= day)
    )
    wishes_ = Counter(municipalities(pool, pool.people.place[found.wishing]))
    courses = Counter(municipalities(pool, offered.place[open_ & (offered.online != 1)]))
    return tuple(
        Courses(name, _shown(wishes_[name], LEAST), courses[name])
        for name in sorted(wishes_.keys() | courses.keys())
        if name
    )


def programme_field(crebo: str | None) -> str:
    """The sector of a qualification by its code; empty where the register does not know it."""
    known = register().get(crebo or "")
    return "" if known is None else sector(known.domain)
