"""What a provider offers: made and changed by the provider itself, and how many alumni it would help.

A provider is told counts alone, and none below five: names and cards of alumni are for those who advise them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import numpy as np

from matcher.disclosure import counts_on_cards
from matcher.domain.answers import BANDS
from matcher.domain.records import Offering, RecordKind, can_be_joined, cells_of
from matcher.errors import InvalidValue
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.matching.ranking import similarities
from matcher.policy import Action, Asker
from matcher.pool.cards import cards_of
from matcher.repositories import Transaction
from matcher.repositories.values import FROM_FORM, Upsert
from matcher.services import locating, lookup, matching
from matcher.services.app import App, StoreApp

MOST_LISTED = 200
MOST_COUNTED = 500
"""Of so many of the best it is looked at whether a course would help them."""
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


def save(app: StoreApp, asker: Asker, offered: Offering, *, offering_id: str = "") -> str:
    """Makes what is offered, or changes the one with this id to these fields; returns the id.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `title_needed`, `period_order`, `provider_needed`.
    """
    owner = asker.owner(Action.OFFERINGS_SAVE, offered.provider or None)
    if not owner:
        raise InvalidValue("provider_needed")
    checked = _checked(offered)

    def work(tx: Transaction) -> str:
        id_ = lookup.offering(tx, offering_id, owner).offering_id if offering_id else ""
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
    pool = cards_of(matching.newest_pool(app, origin))
    app = app.with_weights()
    question = Question(course, app.clock.today())
    outcome = ranking.rank(pool, question, app.weights, k=MOST_COUNTED, limits=app.limits, observer=app.observer)
    best = outcome.candidates.pairs.at(outcome.best.rows)
    banded = app.bands.of(best, similarities(best), app.weights)
    fits = int(np.count_nonzero([banded.band(at) in FITS for at in range(len(best))]))
    eligible = len(outcome.eligible.pairs)
    details = {"query": course.key, "eligible": eligible, "fits": fits}
    app.store.write(lambda tx: tx.note(Action.AUDIENCE_COUNT, details), by=asker)
    told, excluded = counts_on_cards({"eligible": eligible, "fits": fits}, outcome.eligible.excluded)
    return Reach(told["eligible"], told["fits"], fits == MOST_COUNTED, excluded)


def _checked(offered: Offering) -> Offering:
    if not offered.title.strip():
        raise InvalidValue("title_needed")
    if offered.start is not None and offered.end is not None and offered.end < offered.start:
        raise InvalidValue("period_order")
    return replace(offered, title=offered.title.strip())
