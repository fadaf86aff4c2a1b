"""What a provider offers: made and changed by the provider itself, and how many alumni it would help.

A provider is told counts alone, and none below five: names and cards of alumni are for those who advise them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import numpy as np

from matcher.disclosure import counts_on_cards
from matcher.domain.answers import BANDS
from matcher.domain.records import Offering, RecordKind, can_be_joined, cells_of
from matcher.errors import InvalidValue
from matcher.matching import ranking
from matcher.matching.question import Question, row_of
from matcher.matching.ranking import similarities
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.cards import cards_of
from matcher.pool.columns import day_number
from matcher.recent import keep
from matcher.repositories import Transaction
from matcher.repositories.values import FROM_FORM, Upsert
from matcher.services import locating, lookup, sourcing
from matcher.services.app import App, StoreApp
from matcher.services.pools import newest_pool

MOST_LISTED = 200
MOST_COUNTED = 500
"""Of so many of the best it is looked at whether a course would help them."""
LEAST_COUNTED, PAIRS_AT_ONCE = 2, 250_000
"""How many courses of a list are counted unasked, or as many as make so many pairs with alumni: a fifteenth second."""
_REMEMBERED = 2_000
"""Courses of which a pool remembers the count."""
FITS = frozenset(BANDS[:2])


@dataclass(frozen=True, slots=True)
class Reach:
    """How many alumni a course would help, of those who may hear of it; a count below five is 0 here.

    `most`: there are more than are counted. `excluded`: why others may not or cannot, by rules about the course.
    """

    eligible: int
    fits: int
    most: bool
    excluded: Mapping[str, int]


def mine(app: StoreApp, asker: Asker) -> list[Offering]:
    """What the asker's organisation offers, the first to begin on top and what has begun last. Raises Forbidden."""
    owner, today = asker.owner(Action.OFFERINGS_SAVE), app.clock.today()
    with app.store.read() as records:
        found = cast("list[Offering]", records.records.page(RecordKind.OFFERINGS, owner, 0, MOST_LISTED))
    return sorted(found, key=lambda one: (has_begun(one, today), one.start or date.max))


def has_begun(offered: Offering, today: date) -> bool:
    """Whether its first day is over, so that nobody can join any more."""
    return offered.start is not None and offered.start < today and not can_be_joined(offered, today)


def offering(app: StoreApp, asker: Asker, offering_id: str) -> Offering:
    """One of these. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.OFFERINGS_SAVE)
    with app.store.read() as records:
        return lookup.offering(records, offering_id, owner)


def of_sources(app: StoreApp, asker: Asker, offerings: Sequence[Offering]) -> Mapping[int, str]:
    """Those of these courses of the asker's own that a source says, by random key, with its name. Raises Forbidden."""
    owner = asker.owner(Action.OFFERINGS_SAVE)
    keys = {(one.offering_id, one.provider): one.key for one in offerings if owner in {None, one.provider}}
    with app.store.read() as records:
        return {keys[id_]: name for id_, name in records.connectors.of(keys.keys()).items()}


def save(app: StoreApp, asker: Asker, offered: Offering, *, offering_id: str = "") -> str:
    """Makes what is offered, or changes the one with this id to these fields; returns the id.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `title_needed`, `period_order`, `provider_needed`,
    `offering_of_source`.
    """
    owner = asker.owner(Action.OFFERINGS_SAVE, offered.provider or None)
    if not owner:
        raise InvalidValue("provider_needed")
    checked = _checked(offered)

    def work(tx: Transaction) -> str:
        there = lookup.offering(tx, offering_id, owner) if offering_id else None
        if there is not None:
            sourcing.need_own(tx, there)
        id_ = there.offering_id if there else ""
        locating.store_towns(tx, checked)
        import_id = None if id_ else tx.imports.begin(RecordKind.OFFERINGS, owner, FROM_FORM)
        new = id_ or tx.demands.new_id()  # without one it would be that of the same title
        row = Upsert(row=1, id=new, owner=owner, values=cells_of(checked, clears=bool(id_)))
        (result,) = tx.imports.upsert(RecordKind.OFFERINGS, [row], import_id=import_id, alike=False)
        (stored,) = tx.records.find(RecordKind.OFFERINGS, result.id, owner)
        tx.note(Action.OFFERINGS_SAVE, {"offering": stored.key, "step": "changed" if id_ else "created"})
        return result.id

    return app.store.write(work, by=asker)


def reach(app: App, asker: Asker, offering_id: str) -> Reach:
    """How many alumni a course of the asker's own would help, today. Raises Forbidden, UnknownId, AmbiguousId."""
    owner = asker.owner(Action.AUDIENCE_COUNT)
    with app.store.read() as records:
        course = lookup.offering(records, offering_id, owner)
        origin = records.changes.origin()
    pool = cards_of(newest_pool(app, origin))
    return _told(app, asker, {course.key: _reached(app.with_weights(), pool, course)})[course.key]


def reaches(
    app: App, asker: Asker, courses: Sequence[Offering], *, pairs: int | None = PAIRS_AT_ONCE
) -> Mapping[int, Reach]:
    """The same of some of these courses of the asker's own, the first first, by random key.

    Of as many as make so many `pairs` with alumni, of at least LEAST_COUNTED, and of those that were counted in this
    state of the data already; None: of all. Raises Forbidden.
    """
    owner = asker.owner(Action.AUDIENCE_COUNT)
    pool, app = cards_of(newest_pool(app)), app.with_weights()
    own = [one for one in courses if owner in {None, one.provider} and one.key in pool.offering_row]
    most = len(own) if pairs is None else max(LEAST_COUNTED, pairs // max(len(pool.people), 1))
    chosen = [one for place, one in enumerate(own) if place < most or _kept(app, pool, one) is not None]
    return _told(app, asker, {one.key: _reached(app, pool, one) for one in chosen})


_Count = tuple[int, int, Mapping[str, int]]
"""How many may hear of a course, how many of them it would help, and why others may not."""


def _kept(app: App, pool: Pool, course: Offering) -> _Count | None:
    """What was counted before in this pool; None where nothing was."""
    weights, bands, *count = pool.reached.get(_where(app, pool, course), (None, None))
    return cast("_Count", tuple(count)) if weights is app.weights and bands is app.bands else None


def _where(app: App, pool: Pool, course: Offering) -> tuple[int, int]:
    return row_of(pool.offering_row, course), day_number(app.clock.today())


def _reached(app: App, pool: Pool, course: Offering) -> _Count:
    known = _kept(app, pool, course)
    if known is not None:
        return known
    question = Question(course, app.clock.today())
    outcome = ranking.rank(pool, question, app.weights, k=MOST_COUNTED, limits=app.limits, observer=app.observer)
    best = outcome.candidates.pairs.at(outcome.best.rows)
    banded = app.bands.of(best, similarities(best), app.weights)
    fits = int(np.count_nonzero([banded.band(at) in FITS for at in range(len(best))]))
    count = len(outcome.eligible.pairs), fits, outcome.eligible.excluded
    keep(pool.reached, _where(app, pool, course), (app.weights, app.bands, *count), _REMEMBERED)
    return count


def _told(app: App, asker: Asker, counts: Mapping[int, _Count]) -> Mapping[int, Reach]:
    """What the asker is told of these courses, by random key, which is noted."""

    def note(tx: Transaction) -> None:
        for key, (eligible, fits, _) in counts.items():
            tx.note(Action.AUDIENCE_COUNT, {"query": key, "eligible": eligible, "fits": fits})

    if counts:
        app.store.write(note, by=asker)
    return {key: _reach(*count) for key, count in counts.items()}


def _reach(eligible: int, fits: int, excluded: Mapping[str, int]) -> Reach:
    told, why = counts_on_cards({"eligible": eligible, "fits": fits}, excluded)
    return Reach(told["eligible"], told["fits"], fits == MOST_COUNTED, why)


def _checked(offered: Offering) -> Offering:
    if not offered.title.strip():
        raise InvalidValue("title_needed")
    if offered.start is not None and offered.end is not None and offered.end < offered.start:
        raise InvalidValue("period_order")
    return replace(offered, title=offered.title.strip())
