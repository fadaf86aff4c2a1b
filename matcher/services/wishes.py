"""Wishes for courses: which alumni have one, where they live, and drafts of courses for five or more of them.

A draft holds counts, names of skills that are public, and nothing that one alumnus wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cache
from math import asin, atan2, degrees

import numpy as np

from matcher.disclosure.profiles import LEAST
from matcher.domain.balance import YEAR
from matcher.domain.figures import AREAS, COURSES, Entries
from matcher.domain.kinds import NeedKind, Purpose, mask_of
from matcher.domain.ledger import LedgerEvent
from matcher.domain.places import EARTH_RADIUS_KM, Coordinates
from matcher.exchange.drafts import Draft
from matcher.gazetteer.outlines import municipality
from matcher.gazetteer.table import postcodes
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.codes import unit_vectors
from matcher.pool.columns import UNKNOWN, Bool, Float64, Int32, Int64, day_number
from matcher.services import groups, lookup
from matcher.services.app import App
from matcher.services.pools import newest_pool
from matcher.services.wished_skills import WishedSkills

_LEARNING = mask_of(frozenset({NeedKind.COURSE, NeedKind.FURTHER_STUDY}))
_ADVICE = mask_of(frozenset({Purpose.LLO_ADVICE}))
_SOME_WAY_KM = 15.0
"""Within this distance of a postcode a place without one is in its region."""


def drafts(app: App, asker: Asker, *, school: str | None = None) -> tuple[Draft, ...]:
    """A draft of a course for each field and region of which `LEAST` alumni or more want one and had none.

    By field, and the most alumni first. A school is told of its own alumni, an organisation of those of all schools.
    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.WISHES_READ, school)
    with app.store.read() as records:
        owner = lookup.owner_meant(records, asker, owner)
        today, origin = records.today, records.changes.origin()
        entries = records.figures.entries(owner)
    pool = newest_pool(app, origin).with_terms(app.terms)
    wishing = wishing_courses(pool, groups.of_school(pool, owner), entries, today)
    clusters = _clusters(pool, wishing)
    skills = WishedSkills(pool, [row for rows in clusters.values() for row in rows])
    made = []
    for (field, region), rows in clusters.items():
        wished = skills.of(rows)
        if field or wished:
            place = _of_enough(municipalities(pool, pool.people.place[rows]))
            made.append(Draft(asker.school or owner, field, region, place, len(rows), wished, today))
    return tuple(sorted(made, key=lambda one: (one.field, -one.count, one.region)))


def _clusters(pool: Pool, wishing: Int64) -> dict[tuple[str, str], list[int]]:
    """The rows of alumni with a wish, by field and known region; of at least `LEAST` alumni each."""
    clusters: dict[tuple[str, str], list[int]] = {}
    for row, *where in zip(wishing.tolist(), groups.fields(pool, wishing), regions(pool, wishing), strict=True):
        clusters.setdefault((where[0], where[1]), []).append(row)
    return {where: rows for where, rows in clusters.items() if where[1] and len(rows) >= LEAST}


def _of_enough(words: Sequence[str]) -> str:
    """The word that most have, if `LEAST` have it; else empty."""
    counts = Counter(filter(None, words))
    most = min(counts, key=lambda word: (-counts[word], word), default="")
    return most if counts[most] >= LEAST else ""


def wishing_courses(pool: Pool, own: Bool, entries: Entries, today: date) -> Int64:
    """The alumni who want a course and had neither one nor advice in a year; of those who agreed to advice."""
    people = pool.people
    agrees = (pool.consents_on(day_number(today)) & _ADVICE) != 0
    wants = (people.need_kinds != UNKNOWN) & ((people.need_kinds & _LEARNING) != 0)
    had = entries.standing().having(LedgerEvent.BENEFITED)
    recent = (had.area == AREAS.index(COURSES)) & (had.day > (today - YEAR).toordinal())
    wishing = np.flatnonzero(own & agrees & wants)
    return wishing[~np.isin(people.key[wishing], had.alumnus[recent])]


def municipalities(pool: Pool, places: Int32) -> list[str]:
    """The municipality of each; empty where it is not known, or abroad."""
    distinct, which = np.unique(places, return_inverse=True)
    names = [_municipality(pool, place) for place in distinct.tolist()]
    return [names[number] for number in which.tolist()]


def _municipality(pool: Pool, place: int) -> str:
    if place == UNKNOWN or np.isnan(pool.points[place]).any():
        return ""
    x, y, z = pool.points[place].tolist()
    return _at(round(degrees(asin(z)), 4), round(degrees(atan2(y, x)), 4))


@cache
def _at(latitude: float, longitude: float) -> str:
    return municipality(Coordinates(latitude, longitude))


def regions(pool: Pool, rows: Int64) -> list[str]:
    """The first two digits of the postcode of each, of the nearest one where only a town is known; empty for none."""
    places = pool.people.place[rows]
    distinct, which = np.unique(places, return_inverse=True)
    digits = [_region(pool, place) for place in distinct.tolist()]
    return [digits[number] for number in which.tolist()]


def _region(pool: Pool, place: int) -> str:
    if place == UNKNOWN:
        return ""
    name = pool.vocabulary.places[place]
    if name.startswith("pc4:"):
        return name[4:6]
    codes, points = _postcodes()
    apart = np.linalg.norm(points - pool.points[place], axis=1) * EARTH_RADIUS_KM
    nearest = int(np.argmin(np.where(np.isnan(apart), np.inf, apart)))
    return codes[nearest][:2] if apart[nearest] <= _SOME_WAY_KM else ""


@cache
def _postcodes() -> tuple[list[str], Float64]:
    """Postcodes, and where they are on the unit sphere, shape (n, 3)."""
    codes = list(postcodes())
    return codes, unit_vectors(codes, postcodes())
